"""Each pattern of the document's inputs is read for loops that double the work with every character."""

from __future__ import annotations

from ostiary.controls.beyond.redos.inputs import met_by
from ostiary.evidence import Spec
from ostiary.model import Evidence, Finding, failed, not_applicable, passed


async def audit_spec(spec: Spec) -> Finding:
    """Flag exponential patterns on inputs that may be longer than a word."""
    met = met_by(spec.api.operations)
    if not met:
        return not_applicable("no input of the document has a pattern")
    flagged = [each for each in met if each.pump]
    if not flagged:
        return passed(f"none of the {len(met)} patterns has an ambiguous loop")
    evidence = [
        Evidence(what=f"{each.pattern[:100]!r} doubles its work with every {each.pump.char!r}", where=each.place)
        for each in flagged[:5]
        if each.pump is not None
    ]
    return failed(
        f"{len(flagged)} of {len(met)} patterns are exponential in a backtracking engine",
        *evidence[:4],
        places=tuple(dict.fromkeys(each.operation.key for each in flagged)),
        facts={"patterns": [each.pattern[:200] for each in flagged]},
    )
