"""A credential that is name and password themselves travels in base64: as HTTP Basic has it, or in a field of the API's own."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence


def field_with(headers: Sequence[tuple[str, str]], password: str) -> str:
    """The header field that carries a user's password; empty: none does."""
    return next((name for name, value in headers if password and _ends_in(value, password)), "")


def _ends_in(value: str, password: str) -> bool:
    text = value.rpartition(" ")[2]
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    return plain.endswith(f":{password}")
