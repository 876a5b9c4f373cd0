"""Clients get only scopes registered for them, and each operation checks the scope it needs.

Why
    Otherwise any registered app can ask for more and escalate. A token issued for a trivial purpose would also work
    on administrative operations.

Fix
    Keep an allowed scope list per client and grant only the overlap with the request, or answer ``invalid_scope``.
    List the needed scope on each OpenAPI operation and check it in code: ``Security(user, scopes=['orders:read'])``
    in FastAPI, ``hasAuthority('SCOPE_orders:read')`` in Spring. When it is missing, answer 403 with
    ``WWW-Authenticate: Bearer error="insufficient_scope"``.

Traps
    - A 404 for a missing object masks the scope check: use an object that exists.
    - Reduced grants are fine if the response says so.
    - Scope is client delegation, not user permission: do not accept it as proof of object ownership.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from ostiary.errors import ConfigError
from ostiary.evidence import Spec
from ostiary.model import (
    Control,
    Exchange,
    Finding,
    Hook,
    Hooks,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    Site,
    failed,
    not_applicable,
    passed,
)
from ostiary.parts.rights import (
    Asked,
    Rights,
    anonymous,
    asked_by_document,
    asked_by_policy,
    insufficient,
    rights_of,
)
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """``scopes``: all of them are needed for an operation, instead of what the document's ``security`` says.

    ``or-scopes``: other ways in, each a text such as ``"orders:admin"`` or ``"orders:read audit"``; one suffices.
    ``clients``: the scopes that a client may have at most, whatever its token says, by client id; ``"*"`` stands for all
    that are not named. A scope says what a client may do for somebody, never whose an object is.
    """

    scopes: tuple[str, ...] = ()
    or_scopes: tuple[str, ...] = ()
    clients: dict[str, tuple[str, ...]] = {}


_WHERE = "oauth.scope-per-client"
_DEFAULT = Settings()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Compare the token's scopes with the operation's; None where no scope is asked for or no issuer is known."""
    if site.tokens is None:
        if settings != _DEFAULT:
            raise ConfigError(_WHERE, "nobody has scopes where no issuer is known", "add a table [issuers.NAME]")
        return None
    rights = rights_of(site)
    rights.cap(settings.clients, f"{_WHERE} clients")
    if not operation.declared:
        return None
    asked = asked_by_policy(settings.scopes, settings.or_scopes, f"{_WHERE} scopes ({operation.key})")
    if not asked.alternatives:
        asked = asked_by_document(operation, site)
    rights.need(operation).asked = asked
    return Hooks(head=_check(rights, asked), by_caller=True) if asked.alternatives else None


@functools.lru_cache(maxsize=1024)
def _check(rights: Rights, asked: Asked) -> Hook:
    def head(exchange: Exchange) -> None:
        principal = exchange.principal
        if principal is None:
            if not asked.strangers:
                raise anonymous()
        elif not rights.has_scopes(asked, principal):
            raise insufficient(asked)

    return head


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


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.SPEC: audit_spec},
    attest=(
        "Which scope does each operation need, and which scopes may each client hold (attach the scope to operation"
        " matrix)?"
    ),
    reach="in part: it checks the scopes of a token; the authorization server decides who gets which",
    maps=Maps(
        owasp_api=("API5:2023",),
        asvs=("10.3.2", "10.4.11", "8.2.1"),
        cwe=(863, 862),
        standards=("RFC 6749 §3.3", "RFC 6750 §3.1", "RFC 8707", "RFC 9700 §2.3"),
    ),
)
