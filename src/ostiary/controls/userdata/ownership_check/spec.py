"""Operations that name an object are what has to be tried by two people; a document does not say who may."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, Place, not_applicable, unknown


async def audit_spec(spec: Spec) -> Finding:
    """Count the matrix: operations with an id in their path, and those of them that ask for credentials."""
    named = [
        each
        for each in spec.api.operations
        if each.declared and any(parameter.place is Place.PATH for parameter in each.parameters)
    ]
    if not named:
        return not_applicable("no operation reads one object by an id in its path")
    guarded = sum(bool(each.security) for each in named)
    return unknown(f"{len(named)} operations name an object, {guarded} with credentials: two people have to try them")
