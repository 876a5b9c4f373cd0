"""A document that leaves the type of a reply open promises nothing; one that names it is not yet proof."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown


async def audit_spec(spec: Spec) -> Finding:
    """Count replies whose media type is left open."""
    replies = [
        (each, media)
        for each in spec.api.operations
        if each.declared
        for content in each.replies.values()
        for media in content
    ]
    if not replies:
        return not_applicable("the document declares no reply with a body")
    opened = [each.key for each, media in replies if "*" in media]
    if opened:
        return unknown(f"{len(opened)} of {len(replies)} replies have any type by the document (first {opened[0]})")
    return unknown(f"all {len(replies)} replies have a type by the document; what is sent shows live")
