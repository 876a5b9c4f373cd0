"""A document says that tokens are bound to their holders by a scheme: mutual TLS, or DPoP."""

from __future__ import annotations

import json

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, passed, unknown


async def audit_spec(spec: Spec) -> Finding:
    """Look for DPoP or mutual TLS among the schemes that operations ask for."""
    schemes = spec.api.security_schemes
    if not schemes:
        return not_applicable("the document declares no security scheme")
    binding = [
        name
        for name, each in schemes.items()
        if each.get("type") == "mutualTLS" or "dpop" in json.dumps(each, default=str).lower()
    ]
    users = [
        each for each in spec.api.operations if any(name in one for one in each.security or () for name in binding)
    ]
    if users:
        shown = spec.at(users[0].pointer, f"{users[0].key} asks for {', '.join(binding)}")
        return passed(f"{len(users)} operations ask for tokens that are bound to their holder", shown)
    return unknown("no operation asks for DPoP or mutual TLS; whether one is worth it only the owner knows")
