"""A document may say which replies are kept on purpose; what is sent about the others, it does not say."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown


async def audit_spec(spec: Spec) -> Finding:
    """Name operations with credentials whose replies the document wants kept (x-cache)."""
    private = [each for each in spec.api.operations if each.declared and each.security]
    if not private:
        return not_applicable("the document declares no credentials")
    kept = [each.key for each in private if each.extensions.get("x-cache")]
    if kept:
        return unknown(
            f"{', '.join(kept[:5])} may be kept by caches though they ask for credentials: was that reviewed?"
        )
    return unknown(f"{len(private)} operations ask for credentials: what their replies say to caches shows live")
