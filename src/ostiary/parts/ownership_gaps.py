"""An operation whose path names an object is a gap as long as nobody said whose the object is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ostiary.model import Operation

_ID: Final = re.compile(
    r"(?:.*[_.-])?(?:[a-z]?id|ids|uuid|guid|key|no|nr|number|num|ref|reference|slug|code|hash|handle|username|user|account"
    r"|email|login|pk|token)",
    re.IGNORECASE,
)
_NAMES: Final = re.compile(r"\{([^{}/]+)\}")
_CAMEL: Final = re.compile(r".*[a-z0-9](?:Id|ID|Ids|Uuid|UUID|Guid|GUID|Key|No|Number|Ref|Slug|Code|Hash|Name)")


def names_object(operation: Operation) -> bool:
    """Whether a path parameter looks like what tells one object from another: ``id``, ``orderId``, ``/orders/{order}``.

    Of an alias only what its own path still names: the rest is the caller's by construction.
    """
    segments = operation.path.split("/")
    return any(
        _ID.fullmatch(name) or _CAMEL.fullmatch(name) or _one_of(name, segments[at - 1])
        for at, segment in enumerate(segments)
        for name in _NAMES.findall(segment)
    )


def _one_of(name: str, collection: str) -> bool:
    """Whether a name is the singular of the segment before it: ``/orders/{order}``."""
    name, collection = name.casefold(), collection.casefold()
    return collection in {f"{name}s", f"{name}es", f"{name[:-1]}ies"}


def gaps(operations: Iterable[tuple[Operation, bool]]) -> list[Operation]:
    """The operations with object ids and no rule, writes first.

    :param operations: each with whether something checks its owner; public ones (``security: []``) are passed over.
    """
    found = [
        operation
        for operation, checked in operations
        if not checked and operation.declared and operation.security != () and names_object(operation)
    ]
    return sorted(found, key=lambda each: (each.method in {"GET", "HEAD"}, each.path, each.method))
