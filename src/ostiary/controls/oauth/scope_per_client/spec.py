"""Each operation under OAuth names the scopes that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ostiary.evidence import Spec
from ostiary.model import Finding, failed, not_applicable, passed

_SCOPED = frozenset({"oauth2", "openIdConnect"})


async def audit_spec(spec: Spec) -> Finding:
    """Look for operations that any token of the authorization server opens, whatever its scopes."""
    schemes = {name: each for name, each in spec.api.security_schemes.items() if each.get("type") in _SCOPED}
    users = [
        each for each in spec.api.operations if any(name in one for one in each.security or () for name in schemes)
    ]
    if not users:
        return not_applicable("no operation asks for a token of OAuth 2.0 or OpenID Connect")
    bare = [each for each in users if any(_is_bare(one, schemes) for one in each.security or ())]
    if not bare:
        return passed(f"all {len(users)} operations under OAuth name the scopes that they need")
    if len(bare) == len(users) and not any(_scopes_of(each) for each in schemes.values()):
        return not_applicable(
            "the document knows no scopes: roles decide, or nothing (beyond.function-level-authorization)"
        )
    shown = [spec.at(each.pointer, f"{each.key} lists no scope") for each in bare[:5]]
    return failed(f"{len(bare)} of {len(users)} operations under OAuth list no scope: any token opens them", *shown)


def _is_bare(alternative: Mapping[str, tuple[str, ...]], schemes: Mapping[str, object]) -> bool:
    return any(name in schemes for name in alternative) and not any(
        alternative[name] for name in alternative if name in schemes
    )


def _scopes_of(scheme: Mapping[str, Any]) -> list[str]:
    """The scopes that a scheme declares (OpenAPI 3: for each flow; 2.0: at its top)."""
    flows = scheme.get("flows")
    holders = [scheme, *(flows.values() if isinstance(flows, dict) else ())]
    return [name for each in holders if isinstance(each, dict) for name in each.get("scopes") or ()]
