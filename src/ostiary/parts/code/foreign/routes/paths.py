"""Paths of operations: joined to their prefixes, and the names in them."""

from __future__ import annotations

import re
from typing import Final

_HOLE: Final = re.compile(r":(\w+)|\{\*?(\w+)|<(?:\w+:)?(\w+)>")


def under(prefix: str, path: str) -> str:
    """A path below a prefix."""
    if not prefix:
        return path
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}" if path not in {"", "/"} else prefix


def holes(path: str) -> tuple[str, ...]:
    """The names of what callers fill in: of ``:id``, ``{id}`` and ``<int:id>``."""
    return tuple(next(filter(None, found.groups())) for found in _HOLE.finditer(path))
