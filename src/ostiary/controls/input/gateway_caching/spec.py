"""What may be cached says so in the document: an ETag, a 304 or a Cache-Control beside the reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, not_applicable, passed, unknown
from ostiary.parts.seen.fields import resolve

_MARKS = frozenset({"etag", "cache-control", "last-modified", "vary"})


async def audit_spec(spec: Spec) -> Finding:
    """Look for marks of caching; that there are none is a note about speed."""
    reads = [each for each in spec.api.operations if each.method == "GET" and each.declared]
    if not reads:
        return not_applicable("the document has no reads")
    marked = [each for each in reads if "304" in each.replies or _MARKS & _headers(spec, each)]
    if marked:
        shown = [spec.at(each.pointer, f"{each.key} says how it may be cached") for each in marked[:3]]
        return passed(f"{len(marked)} of {len(reads)} reads say how they may be cached", *shown)
    return unknown(
        "no operation of the document says that it may be cached: what is not marked is not cached on purpose"
    )


def _headers(spec: Spec, operation: Operation) -> set[str]:
    """The header fields of an operation's replies, as the document writes them."""
    at: Any = spec.document
    for part in operation.pointer.split("/")[1:]:
        at = at.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(at, Mapping) else None
    replies = at.get("responses") if isinstance(at, Mapping) else None
    found: set[str] = set()
    for each in replies.values() if isinstance(replies, Mapping) else ():
        reply = resolve(each, spec.document)
        headers = reply.get("headers") if isinstance(reply, Mapping) else None
        found |= {str(name).lower() for name in headers} if isinstance(headers, Mapping) else set()
    return found
