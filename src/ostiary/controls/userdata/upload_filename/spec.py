"""A document says which operations take files, and nothing of what becomes of their names."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown
from ostiary.parts.seen.purposes import purpose


async def audit_spec(spec: Spec) -> Finding:
    """Say which operations take names of files."""
    found = [each.key for each in spec.api.operations if each.declared and purpose(each) == "upload"]
    if not found:
        return not_applicable("no operation takes files")
    return unknown(f"{', '.join(found[:5])} take files: a document does not bound the names inside a form")
