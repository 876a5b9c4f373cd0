"""A document can bound texts, lists and objects; whether anything is refused before it is kept shows live."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown
from ostiary.parts.seen import declared

_BOUNDS = {"string": ("maxLength", "enum", "const", "format", "pattern"), "array": ("maxItems",)}


async def audit_spec(spec: Spec) -> Finding:
    """Count members of bodies that have no bound (input.validation-schema names them)."""
    taking = [each for each in spec.api.operations if each.declared and each.consumes]
    if not taking:
        return not_applicable("no operation takes a body")
    members = [pair for each in taking for schema in declared.taken(each) for pair in declared.properties(spec, schema)]
    loose = [
        name for name, each in members if (words := _BOUNDS.get(str(each.get("type")))) and not each.keys() & set(words)
    ]
    if loose:
        return unknown(f"{len(loose)} of {len(members)} members of bodies have no bound (first {loose[0]})")
    return unknown(f"the members of {len(taking)} bodies have bounds in the document; what the API takes shows live")
