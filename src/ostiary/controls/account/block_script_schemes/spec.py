"""A declared link says which schemes it may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence import Spec
from ostiary.model import Evidence, Finding, Severity, failed, not_applicable, passed
from ostiary.parts.seen.fields import resolve

_FORMATS: Final = frozenset({"uri", "url", "iri"})
_DEEPEST: Final = 6


async def audit_spec(spec: Spec) -> Finding:
    """Look for links in request bodies that no pattern keeps to a scheme."""
    free: list[Evidence] = []
    places: list[tuple[str, str]] = []
    looked = 0
    for operation in spec.api.operations:
        for media in operation.consumes.values():
            if media.schema is None:
                continue
            for name, schema in _links(media.schema.fragment, media.schema.root, 0):
                looked += 1
                if "pattern" not in schema and "enum" not in schema:
                    free.append(
                        spec.at(operation.pointer, f"{name} of {operation.key} may have any scheme: no pattern")
                    )
                    places.append((operation.key, name))
    if free:
        return failed(
            f"{free[0].what} ({len(free)} in all)",
            *free[:4],
            severity=Severity.LOW,
            places=tuple(dict.fromkeys(key for key, _ in places)),
            facts={"fields": list(dict.fromkeys(name for _, name in places))},
        )
    if not looked:
        return not_applicable("no request body declares a link (format uri)")
    return passed(f"{looked} declared links are kept to a scheme by a pattern or a list")


def _links(node: Any, root: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    node = resolve(node, root)
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return
    for name, each in node.get("properties", {}).items():
        inner = resolve(each, root)
        if isinstance(inner, Mapping) and (inner.get("format") or inner.get("x-format")) in _FORMATS:
            yield name, inner
        else:
            yield from _links(each, root, depth + 1)
    for part in (node.get("items"), *node.get("allOf", ()), *node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _links(part, root, depth + 1)
