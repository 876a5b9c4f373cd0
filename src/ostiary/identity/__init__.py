"""Accounts, sign-in and OAuth 2.1 / OpenID Connect, so that nobody writes them again; defaults are the checklist."""
