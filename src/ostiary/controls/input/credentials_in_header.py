"""Passwords, tokens and keys travel in headers or bodies, never in the URL.

Why
    URLs end up in access logs, browser history, Referer headers, analytics and shared links. Each copy leaks the
    secret to more readers.

Fix
    Accept tokens only in ``Authorization: Bearer`` and passwords only in the body; stop reading ``?access_token=``,
    ``?token=`` and ``?api_key=`` and answer 400 when they appear. Change ``in: query`` to ``in: header`` for apiKey
    schemes in OpenAPI. Send ``Referrer-Policy: no-referrer``, log the path without the query (nginx ``$uri``), and
    rotate any key already logged. Use one-time tickets for WebSocket.

Traps
    - Pre-signed object URLs and one-time e-mail links are accepted designs when short-lived, single-purpose and
      single-use: note.
    - OAuth code and state appear in redirects by design.
    - page_token, cursor, csrf names contain 'token' but are not credentials.
"""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import unquote_to_bytes

from ostiary.errors import Denied, Unanswerable
from ostiary.evidence import Answer, Http, Spec
from ostiary.model import (
    Control,
    Evidence,
    Exchange,
    Finding,
    Hooks,
    Kind,
    Maps,
    Operation,
    Place,
    Probe,
    Severity,
    Site,
    failed,
    passed,
    unknown,
)
from ostiary.parts import baselines
from ostiary.strict import Strict

_NAMES = frozenset(  # in lower case, without separators
    """accesstoken authtoken apitoken bearertoken bearer idtoken refreshtoken sessiontoken token jwt auth authorization
    apikey xapikey apisecret secret secretkey clientsecret privatekey password passwd passphrase pwd credentials
    clientassertion""".split()  # noqa: SIM905 - a table of words
)
# A cursor may be signed, and OpenID Connect itself puts tokens into these (RP-Initiated Logout 1.0, RFC 9101).
_MAY_LOOK_SO = frozenset(
    "pagetoken nextpagetoken nexttoken continuationtoken synctoken cursor csrftoken idtokenhint request".split()  # noqa: SIM905
)
_SHAPES = re.compile(  # three base64url parts, and the prefixes that issuers gave their keys so that they be found
    rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    rb"|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{36}|glpat-[A-Za-z0-9_-]{20}|npm_[A-Za-z0-9]{36}"
    rb"|xox[abprs]-[A-Za-z0-9-]{20}|[sr]k_live_[A-Za-z0-9]{16}|AKIA[0-9A-Z]{16}(?![0-9A-Za-z])"
    rb"|AIza[0-9A-Za-z_-]{35}|sk-(?:ant|proj)-[A-Za-z0-9_-]{20}|SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{20}"
)
_SHORTEST = 20  # bytes; no shape is shorter
_REASON = "a credential does not belong in a URL: send it in a header, and replace this one"


class Settings(Strict, frozen=True):
    """``allow``: query parameters that are credentials by name and accepted all the same, such as a mailed ``token``."""

    allow: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse credentials in path and query, and tell browsers to send no Referer."""
    return _hooks(frozenset(_plain(each.encode("utf-8")) for each in settings.allow))


def _plain(name: bytes) -> str:
    if b"%" in name:
        name = unquote_to_bytes(name)
    return name.lower().translate(None, b"-_. []").decode("latin-1")


@cache
def _hooks(allowed: frozenset[str]) -> Hooks:
    named = _NAMES - allowed
    shaped_so = _MAY_LOOK_SO | allowed

    def head(exchange: Exchange) -> None:
        path = exchange.raw_path
        if len(path) > _SHORTEST and _SHAPES.search(path) is not None:
            raise Denied(400, _REASON)
        if not exchange.query:
            return
        for piece in exchange.query.split(b"&"):
            name, _, value = piece.partition(b"=")
            if not value:
                continue
            plain = _plain(name)
            if plain in named:
                raise Denied(400, _REASON)
            if (
                len(value) >= _SHORTEST
                and plain not in shaped_so
                and _SHAPES.search(unquote_to_bytes(value)) is not None
            ):
                raise Denied(400, _REASON)

    return Hooks(head=head, sets=((b"referrer-policy", b"no-referrer"),))


PARAMETERS = ("access_token", "token", "api_key")
SECRET_NAME = re.compile(
    r"(?:access|auth|id|refresh|session|api)[-_]?token|token|jwt|(?:x[-_])?api[-_]?key|(?:client[-_]?)?secret|"
    r"pass(?:word|wd|phrase)|pwd|authorization|ssn|card[-_]?number|cvv|cvc",
    re.IGNORECASE,
)
LINK = re.compile(
    r"[?&#](access_token|id_token|refresh_token|api_?key|token|client_secret|password)=([^&\"'\s<>]{16,})",
    re.IGNORECASE,
)


async def audit_spec(spec: Spec) -> Finding:
    """Look for credentials that the document itself puts into URLs."""
    faults = [
        Evidence(what=f"the security scheme {name} sends its key in the {scheme.get('in')}", where=spec.api.source)
        for name, scheme in spec.api.security_schemes.items()
        if scheme.get("type") == "apiKey" and scheme.get("in") in {"query", "path"}
    ]
    for operation in spec.api.operations:
        for each in operation.parameters:
            if each.place not in {Place.QUERY, Place.PATH}:
                continue
            fragment = each.schema.fragment if each.schema is not None else {}
            secret = not isinstance(fragment, bool) and fragment.get("format") == "password"
            if secret or SECRET_NAME.fullmatch(each.name):
                faults.append(spec.at(operation.pointer, f"{operation.key} takes {each.name} in the {each.place}"))
    if faults:
        return failed(f"{faults[0].what} ({len(faults)} such places)", *faults[:5])
    if not spec.api.operations:
        return unknown("the document declares no operation")
    return passed("no parameter or scheme of the document puts a credential into a URL")


async def audit_live(http: Http) -> Finding:
    """Move a working token into the query: it must not open anything; and read replies for links that carry one."""
    for answer in await http.samples():
        match = LINK.search(answer.head("location") or "") or LINK.search(answer.text[:200_000])
        if match is not None and any(each.isdigit() for each in match[2]):  # an example reads YOUR_TOKEN_HERE
            return failed(f"a reply holds a link with {match[1]} in it", http.show(answer, "the link"))
    reads = [each for each in http.operations if each.method == "GET"]
    refused: list[Answer] = []
    for operation, own in await baselines.accepted(http, reads, most=3):
        token = _token_of(own)
        try:
            nobody = await http.send_to(operation, identity="")
            closed = bool(token) and nobody.status in {401, 403}
            for name in PARAMETERS:
                target = _with(http.target_of(operation), name, token if closed else "ostiary-probe")
                answer = await http.send_to(operation, target=target, identity="" if closed else None)
                if closed and answer.accepted:
                    return failed(f"a token is accepted in ?{name}=", http.show(answer, "a token in the query"))
                if 400 <= answer.status < 500 and (closed or own.accepted):  # noqa: PLR2004 - a client error
                    refused.append(answer)
        except Unanswerable:
            continue
        if len(refused) >= len(PARAMETERS):
            how = "a working token" if closed else "a made-up token"
            return passed(f"{how} in the URL is refused", http.show(refused[0], "a token in the query"))
    return unknown("no working token to move into the URL, and made-up ones are ignored")


def _token_of(answer: Answer) -> str:
    for name, value in answer.asked.headers:
        if name.lower() == "authorization" and value.lower().startswith("bearer "):
            return value[7:].strip()
        if name.lower() in {"x-api-key", "api-key", "x-auth-token"}:
            return value.strip()
    return ""


def _with(target: str, name: str, value: str) -> str:
    return f"{target}{'&' if '?' in target else '?'}{name}={value}"


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    strength="must",
    attest=(
        "Which features use signed URLs, and what lifetime and scope do those URLs have (attach the settings or "
        "state that there are none)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023", "API8:2023"),
        asvs=("14.2.1",),
        cwe=(598,),
        standards=("RFC 6750 §2.3, §5.3", "RFC 9110 §17.9", "RFC 9700 §4.3.2"),
    ),
)
