"""A published document names nothing that is there for debugging, testing or the inside."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, Severity, failed, passed, unknown
from ostiary.parts.seen.workshop import debugging, inner


async def audit_spec(spec: Spec) -> Finding:
    """Look for operations that say by their path, or by ``x-internal``, that clients have no business there."""
    operations = spec.api.operations
    if not operations:
        return unknown("the document declares no operation")
    worse = [each for each in operations if debugging(each)]
    rest = [each for each in operations if each not in worse and inner(each)]
    found = [*worse, *rest]
    if not found:
        return passed(f"none of {len(operations)} operations is for debugging, tests or the inside")
    what = "for debugging" if worse else "for tests or the inside"
    more = f" (and {len(found) - 1} more)" if found[1:] else ""
    return failed(
        f"{found[0].key} is published and says that it is {what}{more}",
        *(spec.at(each.pointer, f"{each.key} is in the document") for each in found[:4]),
        severity=Severity.MEDIUM if worse else Severity.LOW,
        places=tuple(each.key for each in found),
    )
