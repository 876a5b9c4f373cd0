"""Every scope of a document is described, and one is said to be the default."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ostiary.evidence import Spec
from ostiary.model import Confidence, Finding, Severity, failed, not_applicable, passed, unknown

_DEFAULT = re.compile(
    r"default[^.]{0,40}scope|scope[^.]{0,60}(?:default|omitted|missing|not (?:given|named))", re.IGNORECASE
)


async def audit_spec(spec: Spec) -> Finding:
    """Read the scopes of the OAuth flows."""
    scopes: dict[str, tuple[str, str]] = {}
    texts = [json.dumps(spec.document.get("info", {}), default=str)]
    for name, scheme in spec.api.security_schemes.items():
        if scheme.get("type") != "oauth2":
            continue
        texts.append(json.dumps(scheme, default=str))
        for flow in [scheme, *_mappings(scheme.get("flows"))]:
            listed = flow.get("scopes")
            if isinstance(listed, Mapping):
                scopes |= {str(key): (name, str(value or "")) for key, value in listed.items()}
    if not scopes:
        return not_applicable("the document names no OAuth scopes")
    bare = [(scope, where) for scope, (where, said) in scopes.items() if not said.strip()]
    if bare:
        return failed(
            f"{len(bare)} of {len(scopes)} scopes are not described: nobody can tell what a default would grant",
            spec.at(f"/components/securitySchemes/{bare[0][1]}", f"{bare[0][0]} has no description"),
            severity=Severity.LOW,
            facts={"scopes": [scope for scope, _ in bare]},
            confidence=Confidence.TENTATIVE,
        )
    if any(_DEFAULT.search(each) for each in texts):
        return passed(f"all {len(scopes)} scopes are described, and the document speaks of the default")
    return unknown(f"all {len(scopes)} scopes are described, and what a request without any gets is not said")


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [each for each in value.values() if isinstance(each, dict)] if isinstance(value, dict) else []
