"""A document of HTTP operations says where GraphQL is spoken, and none of its limits."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown
from ostiary.parts.seen.purposes import purpose


async def audit_spec(spec: Spec) -> Finding:
    """Name the endpoints."""
    found = [each.key for each in spec.api.operations if each.declared and purpose(each) == "graphql"]
    if not found:
        return not_applicable("the document has no GraphQL endpoint")
    return unknown(f"{', '.join(found[:3])} takes GraphQL: its limits show only when it is asked")
