"""A document offers no flow that hands out tokens in redirects or for passwords."""

from __future__ import annotations

from typing import Any

from ostiary.evidence import Spec
from ostiary.model import Confidence, Evidence, Finding, Severity, failed, not_applicable, passed

_OLD = {"implicit": "hands out tokens in redirects", "password": "takes users' passwords"}


async def audit_spec(spec: Spec) -> Finding:
    """Read the flows of the OAuth schemes."""
    schemes = [(name, each) for name, each in spec.api.security_schemes.items() if each.get("type") == "oauth2"]
    if not schemes:
        return not_applicable("the document declares no OAuth scheme")
    found: list[Evidence] = []
    kinds: list[str] = []
    for name, each in schemes:
        flows = each.get("flows")
        named = list(flows) if isinstance(flows, dict) else [str(each.get("flow", ""))]
        for kind in (kind for kind in named if kind in _OLD):
            kinds.append(kind)
            found.append(spec.at(f"/components/securitySchemes/{name}", f"the {kind} flow {_OLD[kind]}"))
    if not found:
        return passed("the document's OAuth flows hand out tokens for codes or to clients alone")
    own = set(kinds) == {"password"} and not any(_has_endpoint(each) for _, each in schemes)
    return failed(
        f"the document offers the {' and the '.join(dict.fromkeys(kinds))} flow",
        *found,
        severity=Severity.LOW if own else None,  # an API's own login, which frameworks describe so
        facts={"flows": list(dict.fromkeys(kinds))},
        confidence=Confidence.TENTATIVE,  # a flow that is documented may be switched off
    )


def _has_endpoint(scheme: Any) -> bool:
    flows = scheme.get("flows")
    listed = list(flows.values()) if isinstance(flows, dict) else [scheme]
    return any(isinstance(each, dict) and each.get("authorizationUrl") for each in listed)
