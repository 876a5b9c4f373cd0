"""Section: Accounts/registration."""
