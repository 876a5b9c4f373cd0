"""A document contradicts itself where a read says that it writes, or a body has no meaning."""

from __future__ import annotations

import re

from ostiary.evidence import Spec
from ostiary.model import (
    Evidence,
    Finding,
    Severity,
    failed,
    passed,
    unknown,
)

_WRITING = {"create", "update", "delete", "remove", "send", "reset", "insert", "set", "add", "revoke", "disable"}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


async def audit_spec(spec: Spec) -> Finding:
    """Look for reads that say they write, and for bodies where the method gives them no meaning."""
    faults: list[Evidence] = []
    mild: list[Evidence] = []
    places: dict[str, None] = {}
    for operation in spec.api.operations:
        words = [word.lower() for word in _WORDS.findall(operation.id)]
        last = operation.path.rstrip("/").rpartition("/")[2].lower()
        if operation.method in {"GET", "HEAD"}:
            name = operation.id if words and words[0] in _WRITING else last if last in _WRITING else ""
            if name:
                what = f"{operation.key} reads by its method and writes by its name, {name}"
                faults.append(spec.at(operation.pointer, what))
                places[operation.key] = None
            if operation.consumes:
                faults.append(spec.at(operation.pointer, f"{operation.key} declares a request body"))
                places[operation.key] = None
        elif operation.method == "DELETE" and operation.consumes:
            mild.append(spec.at(operation.pointer, f"{operation.key} declares a request body"))
            places[operation.key] = None
    if faults or mild:
        severity = None if faults else Severity.LOW
        every = faults + mild
        more = f" (and {len(every) - 1} more)" if every[1:] else ""
        return failed(f"{every[0].what}{more}", *every[:4], severity=severity, places=tuple(places))
    if not spec.api.operations:
        return unknown("the document declares no operation")
    return passed(f"no contradiction between method and name in {len(spec.api.operations)} operations")
