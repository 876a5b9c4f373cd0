"""API responses carry a policy that lets a browser load and run nothing.

Why
    If an attacker gets a response rendered as a document, nothing stops its scripts, frames and forms from stealing
    data.

Fix
    Send ``Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action
    'none'`` on all API responses, with straight quotes. Give HTML pages such as docs or sign-in their own policy
    with nonces or hashes and self-hosted assets. Do not use ``unsafe-inline``, ``unsafe-eval``, wildcards or the
    report-only header in its place.

Traps
    - Seed A prints the value without a space and with curly quotes; copied literally it is invalid and browsers
      ignore it: validate syntax, not substring.
    - default-src does not cover frame-ancestors, base-uri, form-action or sandbox.
    - Interactive documentation breaks under this policy: use a route-specific policy with self-hosted assets, never
      a global weakening.
"""

from __future__ import annotations

import functools
import re

from ostiary.controls.output.csp_none.source import audit_source
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
    passed,
    unknown,
)
from ostiary.parts.reply import media_of
from ostiary.parts.seen.headers import Policy, has_body, is_document, policies
from ostiary.strict import Strict

_CSP = b"content-security-policy"
_REPORT_ONLY = b"content-security-policy-report-only"
_PAGES = frozenset({b"text/html", b"application/xhtml+xml"})
_WRITABLE = re.compile(r"[\x20-\x7e]+")


class Settings(Strict, frozen=True):
    """``policy``: what every reply carries. ``pages``: what HTML replies carry instead.

    ``pages`` is a policy, or ``"keep"`` for the application's own where it sends one (a nonce cannot be known here).
    """

    policy: str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    pages: str = ""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Replace the application's policy; only an operation whose pages are special looks at the reply's type."""
    return _hooks(settings.policy, settings.pages)


@functools.cache
def _hooks(policy: str, pages: str) -> Hooks:
    for key, text in (("policy", policy), ("pages", pages or "keep")):
        if _WRITABLE.fullmatch(text) is None or "," in text:
            hint = "straight quotes, directives separated by semicolons"
            raise ConfigError(f"output.csp-none {key}", "is not one policy in plain ASCII", hint)
    ours = (_CSP, policy.encode())
    if not pages:
        return Hooks(sets=(ours,), drops=frozenset({_REPORT_ONLY}))
    theirs = None if pages == "keep" else (_CSP, pages.encode())

    def reply(exchange: Exchange) -> None:
        headers = exchange.reply_headers
        page = media_of(exchange) in _PAGES
        if page and theirs is None and any(name == _CSP for name, _ in headers):
            return
        kept = [pair for pair in headers if pair[0] not in {_CSP, _REPORT_ONLY}]
        kept.append(theirs if page and theirs is not None else ours)
        exchange.reply_headers = kept

    return Hooks(reply=reply, pure=True)


def fault_of(answer: Answer) -> str:
    """What is wrong with one reply's policy, or an empty string."""
    held = policies(answer)
    if not held:
        only = answer.head("content-security-policy-report-only")
        return "Content-Security-Policy only reports, it forbids nothing" if only else "no Content-Security-Policy"
    if any(policy.is_none("default-src") for policy in held):  # every policy of a reply applies
        if any("frame-ancestors" in policy.directives for policy in held):
            return ""  # whom it lets embed the reply is output.frame-deny's question
        return "" if is_document(answer) else "default-src 'none' without frame-ancestors, which it does not cover"
    broken = [fault for policy in held for fault in policy.faults]
    if broken:
        return f"malformed Content-Security-Policy: {broken[0]}"
    if is_document(answer):
        faults = [page_fault(policy) for policy in held]
        return "" if "" in faults else faults[0]
    return "the policy of a reply that is no page allows something: default-src is not 'none'"


def page_fault(policy: Policy) -> str:
    """Why a page's policy would let injected script run, or an empty string (CSP 3, section 6.7.3)."""
    sources = policy.sources("script-src")
    if sources is None:
        return "the page's policy says nothing about scripts"
    low = [source.lower() for source in sources]
    pinned = any(source.startswith(("'nonce-", "'sha")) for source in low)
    if "'unsafe-eval'" in low:
        return "the page's policy has unsafe-eval"
    if "'unsafe-inline'" in low and not pinned:  # a nonce or hash makes browsers ignore it
        return "the page's policy has unsafe-inline without nonce or hash"
    wild = {"*", "http:", "https:", "data:", "blob:", "http://*", "https://*"}
    if wild.intersection(low) and not (pinned and "'strict-dynamic'" in low):
        return "the page's policy takes scripts from anywhere"
    return ""


async def audit_live(http: Http) -> Finding:
    """Parse the header of typical replies; data must allow nothing, a page nothing that was injected."""
    answers = [answer for answer in await http.samples() if has_body(answer)]
    if not answers:
        return unknown("no reply with a body to look at")
    faults = [(answer, fault) for answer in answers if (fault := fault_of(answer))]
    if faults:
        answer, fault = faults[0]
        shown = [http.show(each, why) for each, why in faults[:5]]
        weak = all("without frame-ancestors" in why for _, why in faults)
        severity = Severity.INFO if weak else None
        return failed(
            f"{fault}, on a {answer.status} ({len(faults)} of {len(answers)} replies)", *shown, severity=severity
        )
    bare = [each for each in ("base-uri", "form-action") if not _everywhere(answers, each)]
    note = f"; {' and '.join(bare)} could be added, default-src does not cover them" if bare else ""
    return passed(f"nothing may load or run on {len(answers)} replies{note}", http.show(answers[0], "the policy"))


def _everywhere(answers: list[Answer], directive: str) -> bool:
    return all(any(directive in policy.directives for policy in policies(answer)) for answer in answers)


control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Does an edge or CDN add or change the Content-Security-Policy in production (attach its configuration or "
        "captured headers from an API response and an HTML page)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.4.3", "3.4.6", "3.2.1", "3.4.7"),
        cwe=(1021, 79),
        standards=("CSP Level 3", "OWASP REST Security Cheat Sheet"),
    ),
)
