"""Operations meant for trusted servers are called only by servers, never by the mobile app.

Why
    Privileged interfaces assume a trusted caller and need secrets that an app cannot keep, so anyone who unpacks
    the app can use them.

Fix
    Route such actions through your own API, which checks the user and calls the internal operation itself. Require
    mTLS, ``private_key_jwt`` or an internal network for server-only operations and answer ``403`` to mobile client
    ids. Remove their URLs, admin hosts and ``client_credentials`` grants from the app, dead code included. Leave
    them out of the public OpenAPI document.

Traps
    - Dead code paths still ship the URL and maybe the secret: report.
    - Third-party SDKs call their own back ends.
    - Same host may serve both audiences.
"""

from __future__ import annotations

import functools
from typing import Literal

from ostiary.controls.mobile.no_server_to_server_calls.live import audit_live
from ostiary.controls.mobile.no_server_to_server_calls.mobile import audit_mobile
from ostiary.controls.mobile.no_server_to_server_calls.source import audit_source
from ostiary.controls.mobile.no_server_to_server_calls.spec import audit_spec
from ostiary.errors import ConfigError, Denied
from ostiary.model import Control, Exchange, Hook, Hooks, Kind, Maps, Operation, Probe, Severity, Site
from ostiary.parts.networks import Networks
from ostiary.parts.rights import marked
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """``audience = "server"``: an operation is for trusted back ends, as ``x-audience: server`` says in the document.

    A back end is known by one of three: ``confidential`` lists client ids that can keep a secret, ``networks`` where
    such callers sit (``"10.0.0.0/8"``), and a token bound to a client certificate (RFC 8705) speaks for itself.
    """

    audience: Literal["", "server"] = ""
    confidential: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


_WHERE = "mobile.no-server-to-server-calls"
_SERVERS = frozenset({"server", "servers", "server-to-server", "service", "services", "backend", "back-end"})


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Let back ends alone call what is for them; None for other operations, and where no policy says who they are."""
    if not operation.declared or not (settings.audience or _said(operation, site)):
        return None
    if not settings.networks and site.tokens is None:
        if settings.audience or settings.confidential:
            hint = "add networks, or a table [issuers.NAME]"
            raise ConfigError(f"{_WHERE} ({operation.key})", "no caller could be known as a server", hint)
        return None
    if not (settings.audience or settings.confidential or settings.networks):
        return None  # the document asks for it, but who the back ends are only an operator can know
    return Hooks(head=_admit(settings.confidential, settings.networks), by_caller=True)


def _said(operation: Operation, site: Site) -> bool:
    named = marked(operation, site, "x-audience")
    return bool(named) and all(each.lower() in _SERVERS for each in named)


@functools.lru_cache(maxsize=64)
def _admit(confidential: tuple[str, ...], texts: tuple[str, ...]) -> Hook:
    clients = frozenset(confidential)
    networks = Networks(texts, f"{_WHERE} networks")

    def head(exchange: Exchange) -> None:
        principal = exchange.principal
        if principal is not None and (principal.client in clients or principal.confirmation.get("x5t#S256")):
            return
        if not networks or exchange.client not in networks:
            raise Denied(403, "this operation is for servers")

    return head


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Which APIs, your own and third-party, are meant for servers only (attach the list with the expected caller"
        " and its authentication method)?"
    ),
    reach="in part: for operations that document or policy marks as servers' own",
    maps=Maps(
        owasp_api=("API5:2023", "API2:2023"),
        asvs=("13.2.1", "10.4.4", "8.2.1"),
        cwe=(923, 749),
        standards=("RFC 8252", "RFC 7523", "OWASP MASVS-AUTH-1"),
    ),
)
