"""Section: Processing."""
