"""A careless API, and the loop shown on it."""
