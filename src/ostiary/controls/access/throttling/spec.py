"""A document that knows 429 tells its clients to expect it."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, passed, unknown


async def audit_spec(spec: Spec) -> Finding:
    """A document that knows 429 tells clients to expect it; that it happens, only a live check shows."""
    operations = spec.api.operations
    told = [each for each in operations if {"429", "4XX"} & {code.upper() for code in each.replies}]
    if not told:
        return unknown("the document says nothing of a limit")
    return passed(f"429 is documented on {len(told)} of {len(operations)} operations", spec.at(told[0].pointer, "429"))
