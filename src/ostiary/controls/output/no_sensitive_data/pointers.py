"""Where something stands in a document is said as a JSON pointer (RFC 6901), with * for places in a list."""

from __future__ import annotations

import re
from typing import Any, Final

MOST_DEEP: Final = 6


def pointers(document: Any, names: frozenset[str], at: str = "", depth: int = 0) -> list[str]:
    """Where fields of these names stand, with * for places in a list; each once."""
    if depth > MOST_DEEP:
        return []
    if isinstance(document, list):
        return list(
            dict.fromkeys(found for each in document[:3] for found in pointers(each, names, f"{at}/*", depth + 1))
        )
    found: list[str] = []
    for name, value in document.items() if isinstance(document, dict) else ():
        own = [f"{at}/{name}"] if name in names and isinstance(value, str) else []
        found += own or pointers(value, names, f"{at}/{name}", depth + 1)
    return list(dict.fromkeys(found))


def everywhere(pointer: str) -> str:
    """The same pointer with * for each place in a list."""
    return re.sub(r"/\d+(?=/|$)", "/*", pointer)


def at_pointer(document: Any, pointer: str) -> Any:
    """What stands at a JSON pointer (RFC 6901); None: nothing."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document
