"""Section: User data & permission."""
