"""Tokens carry identifiers and permissions only, no secrets or personal details.

Why
    A signed payload is plain base64: every holder, proxy, log and browser extension can read it. Personal data or
    secrets in it leak and stay readable after the session ends.

Fix
    Build the payload from an explicit allow-list such as ``iss``, ``sub``, ``aud``, ``exp``, ``iat``, ``jti``,
    ``scope`` and never from a dumped user object. Use an opaque id for ``sub``, not an e-mail address. Fetch
    profile data from a userinfo call or the database. Where clients need no claims at all, issue opaque reference
    tokens.

Traps
    - ID tokens may legitimately carry e-mail and name for the client; access tokens should not: report by token
      type.
    - Pseudonymous sub values can look like phone numbers or card numbers: validate checksums.
    - A UUID or hash is not automatically harmless if it maps to a person in logs: info only.
"""

from __future__ import annotations

import functools
import logging
import re
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from ostiary.controls.jwt.no_sensitive_claims.source import audit_source
from ostiary.errors import Denied, Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Api,
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
from ostiary.parts.claims import Told, tokens_in, too_much
from ostiary.parts.reply import has_body, is_json, plain_body
from ostiary.parts.seen import personal, tokens
from ostiary.strict import DecodeError, Strict, loads

logger = logging.getLogger("ostiary.guard")

_ROLES: Final = frozenset({"login", "otp-verify", "register"})
_PATHS: Final = re.compile(
    r"(?:^|[/_.-])(?:tokens?|refresh|log-?in|sign-?in|sessions?|auth|authenticate|oauth2?)(?:$|[/_.-])", re.IGNORECASE
)
_START: Final = b"eyJ"
_MOST_REMEMBERED: Final = 256  # sets of claims that were reported already


class Settings(Strict, frozen=True):
    """``action``: a token that says too much is reported in the log, once for each set of claims, or refused.

    ``allow``: claims that may be there, by their path (``"email"``, ``"profile.name"``). ID tokens may always name their user.
    """

    action: Literal["report", "refuse"] = "report"
    allow: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Read the tokens that operations issue: sign-in, refresh, and the document's own token endpoints."""
    issues = operation.role in _ROLES or operation.path in _token_paths(site.api)
    if not issues and not (operation.declared and _PATHS.search(operation.path)):
        return None
    look = _looking(settings, operation)

    def reply_body(exchange: Exchange) -> None:
        body = plain_body(exchange)
        if _START not in body:
            return
        try:
            document = loads(body)
        except (DecodeError, RecursionError, UnicodeDecodeError):
            return
        look(document)

    def reply(exchange: Exchange) -> None:
        if not exchange.ours and any(_START in value for _, value in exchange.reply_headers):
            look(
                {
                    name.decode("latin-1"): value.decode("latin-1")
                    for name, value in exchange.reply_headers
                    if _START in value
                }
            )

    return Hooks(inspects=_inspects, reply_body=reply_body, reply=reply)


def _inspects(exchange: Exchange) -> bool:
    return exchange.status < 400 and is_json(exchange) and has_body(exchange)  # noqa: PLR2004


def _looking(settings: Settings, operation: Operation) -> Any:
    allowed = frozenset(settings.allow)
    reported: set[tuple[Told, ...]] = set()

    def look(document: Any) -> None:
        for token in tokens_in(document):
            told = tuple(each for each in too_much(token) if each.claim not in allowed)
            if not told:
                continue
            if settings.action == "refuse":
                raise Denied(502, "the token that was issued says more than a token may")
            if told not in reported and len(reported) < _MOST_REMEMBERED:
                reported.add(told)
                said = ", ".join(f"{each.claim} ({each.what})" for each in told)
                logger.warning("%s: a token that anyone can read says too much: %s", operation.key, said)

    return look


@functools.lru_cache(maxsize=8)
def _token_paths(api: Api | None) -> frozenset[str]:
    """Paths of the document's own token endpoints (OAuth 2.0 flows)."""
    flows = [
        flow for each in (api.security_schemes.values() if api else ()) for flow in (each.get("flows") or {}).values()
    ]
    urls = (str(flow.get(key, "")) for flow in flows if isinstance(flow, dict) for key in ("tokenUrl", "refreshUrl"))
    return frozenset(urlsplit(url).path for url in urls if url)


_MOST_READS = 3
_MOST_IDENTITIES = 8


async def audit_live(http: Http) -> Finding:
    """Read the tokens given, and those that came back from the API, as anybody can who gets hold of one."""
    found = await _tokens(http)
    if not found:
        if not http.identities:
            return unknown("no token was given (--bearer), and none came back from the API")
        return not_applicable("the credentials given are opaque, and no JWT came back from the API")
    for token, answer in found:
        told = personal.secrets_in(token.claims)
        if told:
            shown = http.show(answer, "the token goes along in clear text, readable by whoever holds it")
            return failed(f"a token holds {told[0]}", shown, severity=Severity.HIGH)
    for token, answer in found:
        told = [] if token.is_id_token else personal.details_in(token.claims)
        if told:
            shown = http.show(answer, "the token goes along in clear text, readable by whoever holds it")
            return failed(f"an access token holds {', '.join(told)}", shown)
    return passed(f"{len(found)} tokens were read and hold neither secrets nor personal details")


async def _tokens(http: Http) -> list[tuple[tokens.Token, Answer]]:
    found: dict[str, tuple[tokens.Token, Answer]] = {}
    for answer in await http.samples():
        for token in tokens.every(answer.text):
            found.setdefault(token.raw, (token, answer))
    reads = [each for each in http.operations if each.method == "GET"]
    reads.sort(key=lambda each: (not each.security, "{" in each.path))
    for name in http.identities[:_MOST_IDENTITIES]:
        for operation in reads[:_MOST_READS]:
            try:
                answer = await http.send_to(operation, identity=name)
            except Unanswerable:
                continue
            for token in tokens.every("\n".join(value for _, value in answer.asked.headers)):
                found.setdefault(token.raw, (token, answer))
            break
    return list(found.values())


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Which claims do your tokens carry, and what is each one for (attach the claim inventory or a decoded "
        "sample token with test data)?"
    ),
    reach="in part: it reports or refuses such tokens; their issuer still makes them",
    maps=Maps(
        owasp_api=("API3:2023", "API2:2023"),
        asvs=("14.1.1", "14.2.4", "15.3.1"),
        cwe=(312, 201),
        standards=("RFC 7519 §12", "RFC 9068 §6", "RFC 7516"),
    ),
)
