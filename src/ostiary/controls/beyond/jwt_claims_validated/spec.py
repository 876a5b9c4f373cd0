"""A document names the issuer whose tokens count."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, passed, unknown


async def audit_spec(spec: Spec) -> Finding:
    """Look for the issuer that the document names."""
    for name, scheme in spec.api.security_schemes.items():
        if scheme.get("type") == "openIdConnect" and str(scheme.get("openIdConnectUrl", "")).startswith("https://"):
            where = spec.at(f"/components/securitySchemes/{name}", f"{scheme['openIdConnectUrl']}")
            return passed("the document names the issuer whose tokens count", where)
    if not spec.api.security_schemes:
        return not_applicable("the document declares no security scheme")
    return unknown("the document does not name the issuer of its tokens (openIdConnectUrl)")
