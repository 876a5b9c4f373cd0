"""A browser that has seen this API over HTTPS once never asks it over plain HTTP again.

Why
    A proxy on the path can hijack a typed or linked http request and keep the victim in clear text. Only a browser
    that remembers to insist on TLS is safe from this.

Fix
    Send ``Strict-Transport-Security: max-age=31536000; includeSubDomains`` on every HTTPS response, errors and
    redirects too, and never over plain HTTP. In nginx: ``add_header Strict-Transport-Security "max-age=31536000;
    includeSubDomains" always;``, where ``always`` covers error pages. In code: helmet for Express,
    ``SECURE_HSTS_SECONDS = 31536000`` in Django. Leave out ``preload`` until you are sure.

Traps
    - Checking only a 200 misses nginx-without-always.
    - IP hosts cannot use HSTS.
    - includeSubDomains can break clear-text siblings: missing it is low severity below ASVS level 2.
"""

from __future__ import annotations

import ipaddress
import re

from ostiary.controls.access.hsts.host import audit_host
from ostiary.controls.access.hsts.source import audit_source
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Control,
    Exchange,
    Finding,
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
    unknown,
)
from ostiary.strict import Duration, Strict

LONGEST_REFUSED = Duration("1d")  # below a day the header protects nobody: a mistake, not a roll-out step


class Settings(Strict, frozen=True):
    """``max-age``: how long browsers remember. ``preload`` cannot be taken back in practice."""

    max_age: Duration = Duration("365d")
    include_subdomains: bool = True
    preload: bool = False


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Replace the header on secure replies; drop it from clear-text ones (RFC 6797 section 7.2)."""
    if settings.max_age < LONGEST_REFUSED:
        raise ConfigError("access.hsts max-age", "is under a day", 'the checklist asks for "365d"')
    parts = [f"max-age={int(settings.max_age)}"]
    parts += ["includeSubDomains"] if settings.include_subdomains else []
    parts += ["preload"] if settings.preload else []
    pair = (b"strict-transport-security", "; ".join(parts).encode())

    def reply(exchange: Exchange) -> None:
        if exchange.scheme == "https":
            exchange.reply_headers.append(pair)

    return Hooks(reply=reply, drops=frozenset({b"strict-transport-security"}), pure=True)


ONE_YEAR = 31_536_000  # seconds; the audit's own floor (ASVS 3.4.1)
_DIRECTIVE = re.compile(r"\s*+([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*+(?:=\s*(?:\"([^\"]*)\"|([^\s\";]*)))?\s*")


def max_age_of(value: str) -> int | None:
    """The max-age of a header value by RFC 6797 section 6.1, or None when the value is malformed."""
    found: dict[str, str] = {}
    for part in value.split(";"):
        if not part.strip():
            continue
        match = _DIRECTIVE.fullmatch(part)
        if match is None or match[1].lower() in found:
            return None
        found[match[1].lower()] = match[2] if match[2] is not None else (match[3] or "")
    age = found.get("max-age", "")
    return int(age) if age.isascii() and age.isdigit() else None


def fault_of(answer: Answer) -> str:
    """What is wrong with one reply's header, or an empty string."""
    values = answer.all("strict-transport-security")
    if not values:
        return "no Strict-Transport-Security"
    if len(values) > 1:
        return "Strict-Transport-Security is sent twice"
    age = max_age_of(values[0])
    if age is None:
        return "Strict-Transport-Security is malformed: browsers ignore it"
    return "" if age >= ONE_YEAR else f"max-age is {age} s, under one year"


async def audit_live(http: Http) -> Finding:
    """Look at typical replies over TLS: every status must carry the header, once, with a year."""
    if http.scheme != "https":
        return not_applicable("the target is served without TLS, where the header has no meaning (access.https-only)")
    if _is_address(http.host) or http.host == "localhost":
        return not_applicable("HSTS does not apply to IP addresses and localhost (RFC 6797 section 8.1.1)")
    answers = await http.samples()
    if not answers:
        return unknown("no reply to look at")
    for answer in answers:
        fault = fault_of(answer)
        if fault:
            return failed(f"{fault} on a {answer.status}", http.show(answer, fault))
    return passed(f"sent with a year or more on {len(answers)} replies", http.show(answers[0], "the header"))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source, Kind.HOST: audit_host},
    attest=(
        "Is the Strict-Transport-Security header added by a CDN in production only (attach production response "
        "headers for a success and an error)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.4.1", "3.7.4"),
        cwe=(319, 523),
        standards=("RFC 6797 §6.1, §7.2",),
    ),
)
