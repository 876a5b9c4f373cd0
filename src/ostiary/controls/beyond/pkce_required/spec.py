"""A document says that codes want a challenge: in its authorization request, or in words."""

from __future__ import annotations

import json
import re

from ostiary.evidence import Spec
from ostiary.model import Confidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts.role_words import squeezed
from ostiary.parts.seen.purposes import purpose

_SAID = re.compile(r"\bS256\b|\bPKCE\b", re.IGNORECASE)
_REQUIRED = re.compile(r"requir|must|mandatory|only|always", re.IGNORECASE)


async def audit_spec(spec: Spec) -> Finding:
    """Look at the flows that hand out codes, and at the parameters of the authorization request."""
    schemes = [(name, each) for name, each in spec.api.security_schemes.items() if _has_codes(each)]
    asks = [each for each in spec.api.operations if purpose(each) == "authorize"]
    if not schemes and not asks:
        return not_applicable("the document knows no authorization code")
    for operation in asks:
        found = {squeezed(each.name): each for each in operation.parameters}
        challenge = found.get("codechallenge")
        if challenge is not None and challenge.required:
            return passed(
                "an authorization request without a challenge is invalid", spec.at(operation.pointer, operation.key)
            )
        method = found.get("codechallengemethod")
        listed = method.schema.fragment if method is not None and method.schema is not None else None
        if isinstance(listed, dict) and "plain" in (listed.get("enum") or ()):
            where = spec.at(operation.pointer, "code_challenge_method may be plain")
            return failed("the document offers plain challenges", where, confidence=Confidence.TENTATIVE)
    for name, each in schemes:
        text = json.dumps(each, default=str)
        extensions = [key for key in _keys(each) if "pkce" in key.lower()]
        if extensions or (_SAID.search(text) and _REQUIRED.search(text)):
            return passed(
                "the document says that codes want PKCE", spec.at(f"/components/securitySchemes/{name}", name)
            )
    return unknown("the document names an authorization endpoint, and does not say that PKCE is required")


def _has_codes(scheme: object) -> bool:
    if not isinstance(scheme, dict):
        return False
    flows = scheme.get("flows")
    named = list(flows) if isinstance(flows, dict) else [scheme.get("flow")]
    return scheme.get("type") == "openIdConnect" or (
        scheme.get("type") == "oauth2" and any(each in {"authorizationCode", "accessCode"} for each in named)
    )


def _keys(value: object) -> list[str]:
    if not isinstance(value, dict):
        return []
    return [*map(str, value), *(key for each in value.values() for key in _keys(each))]
