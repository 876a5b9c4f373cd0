"""Section: Infrastructure."""
