"""A document names the issuer whose tokens count."""

from __future__ import annotations

from urllib.parse import urlsplit

from ostiary.evidence import Spec
from ostiary.model import Confidence, Finding, Severity, failed, not_applicable, passed, unknown

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


async def audit_spec(spec: Spec) -> Finding:
    """Look for the issuer that the document names (OpenID Connect Discovery section 4)."""
    schemes = spec.api.security_schemes
    for name, scheme in schemes.items():
        url = str(scheme.get("openIdConnectUrl", ""))
        if scheme.get("type") != "openIdConnect" or not url:
            continue
        where = spec.at(f"/components/securitySchemes/{name}", url)
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname not in _LOCAL:
            return failed(
                "the issuer's keys are found over clear text: whoever is on the way names his own",
                where,
                severity=Severity.HIGH,
                facts={"discovery": url},
                confidence=Confidence.TENTATIVE,
            )
        return passed("the document names the issuer whose tokens count", where)
    if not schemes:
        return not_applicable("the document declares no security scheme")
    if not any(_may_be_jwt(each) for each in schemes.values()):
        return not_applicable("no declared security scheme carries a signed token")
    return unknown("the document does not name the issuer of its tokens (openIdConnectUrl)")


def _may_be_jwt(scheme: object) -> bool:
    if not isinstance(scheme, dict):
        return False
    kind = str(scheme.get("type", "")).lower()
    return kind in {"oauth2", "openidconnect"} or (kind == "http" and str(scheme.get("scheme", "")).lower() == "bearer")
