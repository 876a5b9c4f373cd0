"""A document says where formats with references are taken, and not how they are read."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown
from ostiary.parts import baselines


async def audit_spec(spec: Spec) -> Finding:
    """Name operations that take formats with references."""
    found = [each.key for each in spec.api.operations if each.declared and baselines.takes(each, "xml", "yaml")]
    if not found:
        return not_applicable("no operation declares XML or YAML")
    return unknown(
        f"{', '.join(found[:5])} take formats in which little can stand for much: whether it grows shows live"
    )
