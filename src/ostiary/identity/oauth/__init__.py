"""OAuth 2.1 and OpenID Connect: checks are rows of a matrix, endpoints its columns (steps.py)."""
