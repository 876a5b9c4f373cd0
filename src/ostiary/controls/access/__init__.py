"""Section: Access."""
