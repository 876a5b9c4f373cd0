"""A claim is found by its name, or by a path of names; what it says is read as texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def claim_of(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The texts of a token's claim: one for a text or a number, each of a list, none for anything else.

    :param name: the claim's name, dots and all (``"https://example.com/plan"``); where there is none of this name, a path
        into objects (``"org.id"``).
    """
    value = claims.get(name)
    if value is None and "." in name:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    found = value if isinstance(value, list) else [value]
    return tuple(str(each) for each in found if isinstance(each, (str, int)) and not isinstance(each, bool))
