"""How changes got into a project, read off histories, rulesets and lists of reviews; whoever fetched them is elsewhere."""
