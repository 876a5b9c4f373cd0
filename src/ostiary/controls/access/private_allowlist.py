"""A private API refuses every connection from outside its approved networks or hosts.

Why
    An internal API that anyone can reach gets attacked with assumptions that were only safe inside, such as weak
    login or debug operations.

Fix
    Bind the service to a private interface instead of ``0.0.0.0`` and open the firewall or security group only to
    approved ranges (nginx: ``allow 10.0.0.0/8; deny all;``). Better, require client certificates with
    ``ssl_verify_client on;``. Decide on the real peer address and ignore ``X-Forwarded-For`` unless your own proxy
    set it. Still require authentication behind the list.

Traps
    - A refusal must be tested with a valid token too, or 401 masks a missing network control.
    - IPv6 listeners are often forgotten.
    - DNS names on the list can be re-pointed: prefer addresses or certificates.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from ostiary.errors import Denied, Unanswerable
from ostiary.evidence import Answer, Http, Spec
from ostiary.model import (
    Confidence,
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
    attest,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.networks import Networks
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """``allow``: the networks that may call, such as ``"10.0.0.0/8"`` or ``"2001:db8::/32"``; empty: everybody may.

    ``"unix"`` stands for callers over a UNIX socket. Who calls is decided by beyond.host-and-proxy-trust.
    """

    allow: tuple[str, ...] = ()


@functools.lru_cache(maxsize=64)
def _admit(allow: tuple[str, ...]) -> Hook:
    networks = Networks(allow, "access.private-allowlist allow")

    def head(exchange: Exchange) -> None:
        if exchange.client not in networks:
            raise Denied(403, "this API is closed to the network you call from")

    return head


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse callers from elsewhere before anything else is told; None when the list is empty."""
    return Hooks(head=_admit(settings.allow), pure=True) if settings.allow else None


MOST_ASKED = 3  # operations
INSIDE = ("127.0.0.1", "10.0.0.1")  # what a forger claims: the machine itself, and a private network


def forgeries() -> list[tuple[tuple[str, str], ...]]:
    """Headers that claim another address, several names at a time: each API believes one of them at most."""
    return [
        (
            ("x-forwarded-for", inside), ("x-real-ip", inside), ("x-client-ip", inside), ("true-client-ip", inside),
            ("cf-connecting-ip", inside), ("x-originating-ip", inside), ("forwarded", f"for={inside}"),
        )
        for inside in INSIDE
    ]  # fmt: skip


def is_private(marked: Any) -> bool:
    """Whether a document says of its API, or of one operation, that it is not for the public (``x-audience``)."""
    info = marked.get("info")
    said = marked.get("x-audience") or (info.get("x-audience") if isinstance(info, dict) else None)
    return isinstance(said, str) and (said.lower() in {"private", "internal", "partner"} or "internal" in said.lower())


_INSIDE_NAMES = (".internal", ".local", ".lan", ".corp", ".intranet", ".svc", ".localdomain")


async def audit_spec(spec: Spec) -> Finding:
    """Look at where the operations that the document calls private are served, and what a caller has to show."""
    whole = is_private(spec.document)
    private = [each for each in spec.api.operations if each.declared and (whole or is_private(each.extensions))]
    inside = [each for each in spec.api.servers if _is_inside(each)]
    if not private:
        if inside and len(inside) < len(spec.api.servers):
            return unknown(f"the document is for servers inside ({inside[0]}) and outside, and calls nothing private")
        return not_applicable("the document does not say that the API, or an operation of it, is private (x-audience)")
    bound = {name for name, each in spec.api.security_schemes.items() if each.get("type") == "mutualTLS"}
    loose = [each for each in private if not any(bound & alternative.keys() for alternative in each.security or ())]
    if not loose:
        return passed(f"all {len(private)} private operations ask for a client certificate (mutualTLS)")
    if inside and len(inside) == len(spec.api.servers):
        return passed(f"the {len(private)} private operations are served inside only: {inside[0]}")
    public = [each for each in loose if each.security == ()]
    if public and spec.api.servers and not inside and not all(each.startswith("/") for each in spec.api.servers):
        return failed(
            f"{len(public)} private operations are served outside, and ask nobody who they are",
            *(spec.at(each.pointer, f"{each.key}: x-audience, security: []") for each in public[:3]),
            places=tuple(each.key for each in public),
            confidence=Confidence.TENTATIVE,
        )
    return unknown(
        f"{len(private)} operations are private; from which networks they may be called the document does not say"
    )


def _is_inside(server: str) -> bool:
    host = urlsplit(server).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host.endswith(_INSIDE_NAMES) or (host != "" and "." not in host)


async def audit_live(http: Http) -> Finding:
    """Call a private API from here, and where it refuses, again with headers that claim an address inside."""
    whole = http.api is not None and is_private(http.api.document)
    private = [each for each in http.operations if whole or is_private(each.extensions)]
    if not private:
        return not_applicable("the document does not say that the API, or an operation of it, is private (x-audience)")
    asked = [each for each in private if each.method == "GET"][:MOST_ASKED]
    refused: list[tuple[Operation, Answer]] = []
    for operation in asked:
        try:
            answer = await http.send_to(operation)
        except Unanswerable:
            continue
        if answer.accepted:
            return attest(f"{operation.key} answered {answer.status} here: is this host in an approved network?")
        if answer.status in {403, 404, 421}:
            refused.append((operation, answer))
    if not refused:
        return unknown("no GET operation refused this host by its network; a 401 says nothing about the network")
    return await _forge(http, refused)


async def _forge(http: Http, refused: Sequence[tuple[Operation, Answer]]) -> Finding:
    for operation, plain in refused:
        for headers in forgeries():
            answer = await http.send_to(operation, headers=headers)
            if answer.status == plain.status or answer.status in {400, 429} or answer.status >= 500:  # noqa: PLR2004 - server errors
                continue
            again = await http.send_to(operation, fresh=True)
            if again.status == plain.status:
                what = f"{plain.status} became {answer.status} with a forged address"
                return failed(f"a header opens the door: {what}", http.show(answer, what))
    first = refused[0][1]
    return passed(
        f"refused with {first.status} on {len(refused)} operations, forged addresses or not",
        http.show(first, "refused"),
    )


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which APIs are private, and from which networks or hosts may they be called (attach the allow-list or the "
        "firewall rules)?"
    ),
    reach="in part: for callers who come through it; the application has to listen for it alone",
    maps=Maps(
        owasp_api=("API8:2023", "API9:2023"),
        asvs=("4.1.3", "15.3.4", "8.4.2", "13.2.1"),
        cwe=(1327, 290, 348),
        standards=("NIST SP 800-207", "RFC 7239", "RFC 8705"),
    ),
)
