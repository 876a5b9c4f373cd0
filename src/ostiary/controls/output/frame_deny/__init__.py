"""No other page can embed a response of this API in a frame.

Why
    A hostile page frames a consent or account page and tricks users into clicking it; framing also enables some
    cross-site leaks.

Fix
    Send both ``X-Frame-Options: DENY`` and ``Content-Security-Policy: frame-ancestors 'none'`` on every response,
    errors included. If one page must be embedded, list the allowed origins in ``frame-ancestors`` for that route
    and drop the older header there. Never use ``ALLOW-FROM``; current browsers ignore it.

Traps
    - frame-ancestors overrides the legacy header where both exist: judge the effective result, report the missing
      legacy header as low.
    - JSON responses cannot be click-jacked, so severity there is info.
    - SAMEORIGIN on pages that frame themselves is acceptable with a waiver.
"""

from __future__ import annotations

import functools
import re

from ostiary.controls.output.frame_deny.source import audit_source
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
from ostiary.parts.seen.headers import frame_options, has_body, is_document, policies
from ostiary.strict import Strict

_CSP = b"content-security-policy"
_ANCESTORS = re.compile(rb"(?:^|;)\s*frame-ancestors\b[^;,]*", re.IGNORECASE)
MOST_REMEMBERED = 64  # policies; one with a nonce differs each time
_SOURCE = re.compile(r"'self'|(?:https?://)?(?:\*\.)?[A-Za-z0-9.-]+(?::(?:[0-9]{1,5}|\*))?")


class Settings(Strict, frozen=True):
    """``ancestors``: the origins that may embed the reply; for the one page that needs it, not for all."""

    ancestors: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Send both headers, or for named ancestors the newer one alone: the older cannot name any."""
    return _hooks(settings.ancestors)


@functools.cache
def _hooks(ancestors: tuple[str, ...]) -> Hooks:
    for each in ancestors:
        if _SOURCE.fullmatch(each) is None:
            raise ConfigError(
                "output.frame-deny ancestors", f"{each!r} is no origin", 'write "https://app.example.com"'
            )
    ours = b"frame-ancestors " + (" ".join(ancestors).encode() or b"'none'")

    good: set[bytes] = set()  # policies that have ours already; few, and compared often

    def reply(exchange: Exchange) -> None:
        headers = exchange.reply_headers
        found = False
        for at, (name, value) in enumerate(headers):
            if name == _CSP:
                found = True
                if value in good:
                    continue
                if ours in value and value.count(b"frame-ancestors") == 1 and len(good) < MOST_REMEMBERED:
                    good.add(value)
                    continue
                rest = _ANCESTORS.sub(b"", value).strip(b"; ")
                headers[at] = (_CSP, rest + b"; " + ours if rest else ours)
        if not found:
            headers.append((_CSP, ours))

    if ancestors:
        return Hooks(reply=reply, drops=frozenset({b"x-frame-options"}), pure=True)
    return Hooks(reply=reply, sets=((b"x-frame-options", b"DENY"),), pure=True)


def fault_of(answer: Answer) -> str:
    """What is wrong with one reply's framing headers, or an empty string."""
    options = frame_options(answer)
    if any(value.startswith("allow-from") for value in options):
        return "X-Frame-Options: ALLOW-FROM, which no current browser obeys"
    if len(set(options)) > 1:
        return "contradicting X-Frame-Options"
    held = [policy for policy in policies(answer) if "frame-ancestors" in policy.directives]
    if not held and not options:
        return "neither X-Frame-Options nor frame-ancestors"
    if held and not any(policy.is_none("frame-ancestors") for policy in held):
        return "frame-ancestors lets other pages embed the reply"
    if not held:
        return f"no frame-ancestors beside X-Frame-Options: {options[0].upper()}"
    return (
        "" if options == ["deny"] * len(options) and options else "frame-ancestors 'none' without X-Frame-Options: DENY"
    )


def _is_denied(answer: Answer) -> bool:
    """Whether current browsers refuse to embed it already: either header alone does that."""
    held = [policy for policy in policies(answer) if "frame-ancestors" in policy.directives]
    return any(policy.is_none("frame-ancestors") for policy in held) or (not held and frame_options(answer) == ["deny"])


async def audit_live(http: Http) -> Finding:
    """Judge the effect of both headers on typical replies; a page counts more than data, which cannot be clicked."""
    answers = [answer for answer in await http.samples() if has_body(answer)]
    if not answers:
        return unknown("no reply with a body to look at")
    faults = [(answer, fault) for answer in answers if (fault := fault_of(answer))]
    faults.sort(key=lambda each: (not is_document(each[0]), _is_denied(each[0])))
    if faults:
        answer, fault = faults[0]
        shown = [http.show(each, why) for each, why in faults[:5]]
        where = "page" if is_document(answer) else "reply that is no page"
        severity = Severity.LOW if is_document(answer) and not _is_denied(answer) else Severity.INFO
        return failed(f"{fault} on a {answer.status}, a {where}", *shown, severity=severity)
    return passed(f"framing is denied twice on {len(answers)} replies", http.show(answers[0], "both headers"))


control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Does an edge or CDN add the framing headers in production (attach its configuration or captured headers "
        "from an API response and an HTML page)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.4.6",),
        cwe=(1021,),
        standards=("RFC 7034", "CSP Level 3 frame-ancestors", "RFC 9700 §4.16"),
    ),
)
