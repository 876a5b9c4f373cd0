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

from ostiary.controls.oauth.scope_per_client.live import audit_live
from ostiary.controls.oauth.scope_per_client.spec import audit_spec
from ostiary.errors import ConfigError
from ostiary.model import (
    Control,
    Exchange,
    Hook,
    Hooks,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    Site,
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


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
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
