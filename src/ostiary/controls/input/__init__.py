"""Section: Input."""
