"""A security.txt is read as strictly as RFC 9116 writes it: what readers must ignore counts as no file."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, NamedTuple

_FIELD: Final = re.compile(r"([A-Za-z0-9-]+):[ \t]*+(\S.*)")
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)"
)  # RFC 3339 section 5.6
_SIGNED: Final = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[A-Za-z-]+: .*\r?\n)*\r?\n(.*?)\r?\n-----BEGIN PGP SIGNATURE-----",
    re.DOTALL,
)


class Fault(NamedTuple):
    """What is wrong, and the line it is wrong on (from 1; 0: something is missing)."""

    what: str
    line: int = 0


def fault(text: str, now: float) -> Fault | None:
    """The first thing that is wrong with a file; None: nothing.

    :param now: seconds since the epoch.
    """
    signed = _SIGNED.search(text)
    skipped = text.count("\n", 0, signed.start(1)) if signed else 0
    fields: dict[str, list[tuple[str, int]]] = {}
    for number, line in enumerate((signed[1] if signed else text).splitlines(), skipped + 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _FIELD.fullmatch(line.rstrip(" \t"))
        if match is None:
            return Fault("security.txt has a line that is neither a field nor a comment", number)
        fields.setdefault(match[1].lower(), []).append((match[2], number))
    return _of_fields(fields, now)


def _of_fields(fields: dict[str, list[tuple[str, int]]], now: float) -> Fault | None:
    contacts = fields.get("contact", [])
    if not contacts:
        return Fault("security.txt has no Contact")
    for contact, line in contacts:
        scheme, colon, rest = contact.partition(":")
        if not colon or not rest or " " in contact:
            return Fault("a Contact in security.txt is not a URI (an address needs mailto:)", line)
        if scheme.lower() == "http":
            return Fault("a Contact in security.txt is a clear-text page", line)
    for name in ("expires", "preferred-languages"):
        if len(fields.get(name, [])) > 1:
            return Fault(f"security.txt has {name.title()} twice", fields[name][1][1])
    return _of_expiry(fields.get("expires", []), now)


def _of_expiry(expires: list[tuple[str, int]], now: float) -> Fault | None:
    if not expires:
        return Fault("security.txt has no Expires")
    text, line = expires[0]
    if _MOMENT.fullmatch(text) is None:
        return Fault("Expires in security.txt is not a date and time of RFC 3339", line)
    try:
        moment = dt.datetime.fromisoformat(text.upper())
    except ValueError:
        return Fault("Expires in security.txt is no date of the calendar", line)
    return Fault("security.txt has expired", line) if moment.timestamp() <= now else None
