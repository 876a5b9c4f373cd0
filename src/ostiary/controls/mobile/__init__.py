"""Section: Mobile apps."""
