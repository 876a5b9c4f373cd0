"""Section: Output."""
