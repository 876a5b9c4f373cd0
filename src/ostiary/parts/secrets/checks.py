"""Some tokens carry a checksum, and a JWT its contents: what can be told of a token without asking anybody."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUM: Final = 6  # base62 digits at the end of tokens of GitHub and npm
_MOST: Final = 8192  # characters of a JWT


def is_right(check: str, value: str) -> bool:
    """Whether the checksum of a token is right; a token that was made up has a wrong one.

    Source: GitHub's and npm's announcements of their formats (CRC32 in base62), Grafana's service account tokens
    (CRC32 in hexadecimal digits after the last underscore).

    :param check: ``crc`` or ``grafana``.
    """
    if check == "crc":
        body = value.rpartition("_")[2]
        return _base62(zlib.crc32(body[:-_SUM].encode("ascii", "replace"))) == body[-_SUM:]
    if check == "grafana":
        body, _, tail = value.rpartition("_")
        return f"{zlib.crc32(body.encode('ascii', 'replace')):08x}" == tail.lower()
    return False


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, len(_BASE62))
        digits = _BASE62[rest] + digits
    return digits.rjust(_SUM, "0")


def claims_of(token: str) -> Mapping[str, Any] | None:
    """The claims of a JWT; None where it is none (RFC 7519)."""
    head, _, rest = token[:_MOST].partition(".")
    header, claims = _part(head), _part(rest.partition(".")[0])
    return claims if header is not None and claims is not None and ("alg" in header or "enc" in header) else None


def _part(text: str) -> Mapping[str, Any] | None:
    try:
        made = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def opens_at(claims: Mapping[str, Any], now: float) -> bool:
    """Whether a token with these claims is still accepted at a time (seconds since 1970), as far as it says."""
    expiry = claims.get("exp")
    return not isinstance(expiry, int | float) or expiry > now
