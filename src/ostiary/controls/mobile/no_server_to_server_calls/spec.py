"""The document that apps are built from does not tell of what is for servers."""

from __future__ import annotations

from ostiary.controls.mobile.no_server_to_server_calls.audience import for_servers
from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown

_SHOWN = 5


async def audit_spec(spec: Spec) -> Finding:
    """Look for operations that the document keeps for servers, in a document that the API itself hands out."""
    kept = [(each, why) for each in spec.api.operations if (why := for_servers(spec.api, each))]
    if not kept:
        return not_applicable("the document keeps no operation for servers (x-audience: server)")
    shown = [spec.at(each.pointer, f"{each.key}: {why}") for each, why in kept[:_SHOWN]]
    others = len([each for each in spec.api.operations if each.declared]) - len(kept)
    handed_out = spec.api.source.startswith(("http://", "https://")) and others
    where = "which the API hands out to whoever asks" if handed_out else "which apps may be built from"
    return unknown(
        f"the document, {where}, tells of {len(kept)} operations for servers: only a live call shows more", *shown
    )
