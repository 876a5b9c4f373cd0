"""What an operation is to an attacker can mostly be read off its document: a login, a code check, a reset, a sign-up."""

from __future__ import annotations

from ostiary.model import Operation


def recognised(operation: Operation) -> str:
    """Return "login", "otp-verify", "otp-send", "reset", "register", or "" where nothing says so clearly."""
    del operation
    return ""
