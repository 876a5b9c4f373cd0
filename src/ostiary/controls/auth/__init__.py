"""Section: Authentication."""
