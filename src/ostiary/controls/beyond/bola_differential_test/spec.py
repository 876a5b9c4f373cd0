"""The document says which operations name an object, and which of them a test can reach: what creates it, and gives its id."""

from __future__ import annotations

import re

from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, not_applicable, unknown

_SHOWN = 5
_HOLE = re.compile(r"\{[^{}]*\}")


async def audit_spec(spec: Spec) -> Finding:
    """Count the matrix; whether it is kept only two users can tell."""
    declared = [each for each in spec.api.operations if each.declared]
    named = [each for each in declared if _HOLE.search(each.path)]
    if not named:
        return not_applicable("no operation of the document names an object in its path")
    creates = {each.path.rstrip("/") for each in declared if each.method == "POST"}
    loose = [each for each in named if not _collections(each) & creates]
    shown = [spec.at(each.pointer, f"{each.key}: nothing in the document creates what it names") for each in loose]
    rest = f"; for {len(loose)} of them nothing creates one" if loose else ""
    return unknown(f"{len(named)} operations name an object: two users have to try them{rest}", *shown[:_SHOWN])


def _collections(operation: Operation) -> set[str]:
    return {operation.path[: match.start()].rstrip("/") for match in _HOLE.finditer(operation.path)}
