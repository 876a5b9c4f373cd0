"""A document says what kind of tokens the API takes, the same everywhere."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, passed, unknown


async def audit_spec(spec: Spec) -> Finding:
    """Read the format of every bearer scheme."""
    schemes = spec.api.security_schemes
    if not schemes:
        return not_applicable("the document declares no security scheme")
    bearers = {
        name: each
        for name, each in schemes.items()
        if each.get("type") in {"oauth2", "openIdConnect"}
        or (each.get("type") == "http" and str(each.get("scheme", "")).lower() == "bearer")
    }
    if not bearers:
        return not_applicable("no scheme of the document carries a token")
    formats = {name: str(each.get("bearerFormat", "")).strip() for name, each in bearers.items()}
    if all(formats[name] or each.get("type") == "openIdConnect" for name, each in bearers.items()):
        named = ", ".join(sorted({each for each in formats.values() if each} or {"OpenID Connect"}))
        return passed(f"the document says what its tokens are: {named}")
    silent = sorted(name for name, each in bearers.items() if not formats[name] and each.get("type") != "openIdConnect")
    return unknown(f"the document does not say what kind of token {silent[0]} is (bearerFormat)")
