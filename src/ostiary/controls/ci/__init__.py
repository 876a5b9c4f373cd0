"""Section: CI & CD."""
