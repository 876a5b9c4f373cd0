"""The document says how large a page may be, and how many items a list may have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ostiary.evidence import Spec
from ostiary.model import Evidence, Finding, Operation, Place, Severity, failed, not_applicable, passed
from ostiary.parts.seen.fields import resolve

_SIZES: Final = frozenset({
    "limit", "perpage", "pagesize", "pagelimit", "maxresults", "itemsperpage", "size", "count", "first", "top", "take", "rows",
})  # fmt: skip
_LARGEST: Final = 100_000  # a maximum from here on bounds a number, not a page


async def audit_spec(spec: Spec) -> Finding:
    """Hold list replies and page sizes against what bounds them."""
    faults: list[Evidence] = []
    places: dict[str, str] = {}  # operation -> the parameter, or empty: it has none
    looked = 0
    for operation in spec.api.operations:
        listed = _list_of(operation)
        if operation.method != "GET" or listed is None or operation.path.rstrip("/").endswith("}"):
            continue
        looked += 1
        sizes = [each for each in operation.parameters if each.place is Place.QUERY and _plain(each.name) in _SIZES]
        for each in sizes:
            schema = resolve(each.schema.fragment, each.schema.root) if each.schema is not None else {}
            if not _bounded(schema):
                faults.append(spec.at(operation.pointer, f"{each.name} of {operation.key} has no maximum"))
                places[operation.key] = each.name
        if not sizes and "maxItems" not in listed:
            faults.append(spec.at(operation.pointer, f"{operation.key} lists without a page size or maxItems"))
            places[operation.key] = ""
    if faults:
        return failed(
            f"{faults[0].what} ({len(faults)} in all)",
            *faults[:4],
            severity=Severity.LOW,
            places=tuple(places),
            facts={
                "fields": list(dict.fromkeys(name for name in places.values() if name)),
                "places": [{"operation": key, "name": name} for key, name in places.items()],
            },
        )
    if not looked:
        return not_applicable("the document declares no collection")
    return passed(f"{looked} collections are bounded")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _bounded(schema: Any) -> bool:
    if not isinstance(schema, Mapping):
        return False
    parts = [schema, *(each for each in schema.get("anyOf", ()) if isinstance(each, Mapping))]
    return any("enum" in each or each.get("maximum", _LARGEST) < _LARGEST for each in parts)


def _list_of(operation: Operation) -> Mapping[str, Any] | None:
    """The schema of the list that a successful reply is, or has as its only list."""
    for code, content in operation.replies.items():
        for name, media in content.items():
            if not code.startswith("2") or "json" not in name or media.schema is None:
                continue
            root = media.schema.root
            schema = resolve(media.schema.fragment, root)
            if not isinstance(schema, Mapping):
                continue
            if schema.get("type") == "array":
                return schema
            inner = [resolve(each, root) for each in schema.get("properties", {}).values()]
            lists = [each for each in inner if isinstance(each, Mapping) and each.get("type") == "array"]
            if len(lists) == 1 and len(inner) <= 6:  # noqa: PLR2004 - the list and what is said of its pages
                return lists[0]
    return None
