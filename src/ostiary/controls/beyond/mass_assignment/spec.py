"""Bodies that are closed and share nothing with replies leave little to assign; the document's word is not proof."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown
from ostiary.parts.seen import declared
from ostiary.parts.seen.fields import resolve

_WRITES = frozenset({"POST", "PUT", "PATCH"})


async def audit_spec(spec: Spec) -> Finding:
    """Say which writes take members that the document does not name, and which share their schema with replies."""
    writes = [each for each in spec.api.operations if each.declared and each.method in _WRITES and each.consumes]
    if not writes:
        return not_applicable("no write operation")
    bodies = [(each, schema) for each in writes for schema in declared.taken(each)]
    opened = [each.key for each, schema in bodies if not _is_closed(resolve(schema.fragment, schema.root))]
    shared = [
        each.key
        for each, schema in bodies
        if any(schema.pointer and schema.pointer == other.pointer for other in declared.given(each))
    ]
    if opened:
        return unknown(f"{len(opened)} of {len(bodies)} bodies may hold more than is declared (first {opened[0]})")
    if shared:
        return unknown(f"{shared[0]} takes what it gives: members that callers must not set need readOnly")
    return unknown(f"all {len(bodies)} bodies are closed by the document: a live API shows whether it keeps to that")


def _is_closed(schema: object) -> bool:
    return isinstance(schema, dict) and (
        schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False
    )
