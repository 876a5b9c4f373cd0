"""A document lists the methods that a path has, and none that mirror requests."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, Severity, failed, unknown

_MIRRORS = {"TRACE", "TRACK", "CONNECT"}


async def audit_spec(spec: Spec) -> Finding:
    """Look for declared TRACE and its like; what a server does with other methods no document can tell."""
    operations = spec.api.operations
    mirrors = [each for each in operations if each.method in _MIRRORS]
    if mirrors:
        return failed(
            f"{mirrors[0].key} is declared: it sends requests back with their credentials",
            *(spec.at(each.pointer, f"{each.key} is declared") for each in mirrors[:4]),
            severity=Severity.MEDIUM,
            places=tuple(each.key for each in mirrors),
        )
    if not operations:
        return unknown("the document declares no operation")
    paths = len({each.path for each in operations})
    return unknown(
        f"{len(operations)} methods are declared on {paths} paths; what others get only the live API can say"
    )
