"""Section: People/process."""
