"""Section: JWT."""
