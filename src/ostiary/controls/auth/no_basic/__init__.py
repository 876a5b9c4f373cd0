"""API operations are called with a bearer token or signed JWT, never with HTTP Basic.

Why
    Basic sends the same long-lived, unscoped password in reversible base64 on every call. One logged, cached or
    proxied request hands an attacker the whole account.

Fix
    Remove the Basic authenticator: delete ``httpBasic()`` in Spring Security, drop ``BasicAuthentication`` from
    ``DEFAULT_AUTHENTICATION_CLASSES`` in DRF, delete ``auth_basic`` from nginx. Accept an OAuth access token
    instead and answer 401 with ``WWW-Authenticate: Bearer``. Declare ``type: http, scheme: bearer`` in OpenAPI.
    Keep Basic only for OAuth client authentication at the token, introspection and revocation endpoints, and where
    requests are pushed (RFC 9126) and devices begin (RFC 8628).

Traps
    - client_secret_basic at a token, revocation or introspection endpoint is legitimate OAuth client
      authentication: classify by metadata, report as info.
    - A staging lock in front of the API may add its own challenge; compare realm and host before blaming the API.
    - API-key-as-username over Basic is still Basic but scoped and revocable: lower the severity, do not pass it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from ostiary.controls.auth.no_basic.host import audit_host
from ostiary.controls.auth.no_basic.mobile import audit_mobile
from ostiary.controls.auth.no_basic.source import audit_source
from ostiary.errors import Denied, Unanswerable
from ostiary.evidence import Answer, Http, Spec
from ostiary.model import (
    Api,
    Control,
    Evidence,
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
from ostiary.parts.role_fields import PASSWORD, keys_of
from ostiary.parts.seen import spelt_out
from ostiary.parts.seen.doors import granted
from ostiary.strict import Strict

_CHALLENGE = {"www-authenticate": "Bearer"}
# RFC 6749 section 2.3.1; RFC 9126 section 2 and RFC 8628 section 3.1 have clients authenticate in the same ways.
_CLIENT_AUTHENTICATION = (
    "/token", "/revoke", "/revocation", "/introspect", "/introspection", "/par", "/device_authorization",
)  # fmt: skip


class Settings(Strict, frozen=True):
    """``allow``: operations that take Basic all the same (``"POST /clients"``), for OAuth clients, never for users."""

    allow: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse Basic with 401 and a Bearer challenge; turn the application's own Basic challenge into one."""
    if operation.key in settings.allow or operation.path.endswith(_CLIENT_AUTHENTICATION):
        return None
    if site.api is not None and operation.path in _token_paths(site.api):
        return None
    return Hooks(head=_head, reply=_reply, pure=True)


@lru_cache(maxsize=4)  # documents are replaced while serving
def _token_paths(api: Api) -> frozenset[str]:
    """The paths of the document's own token endpoints."""
    urls = [
        flow.get(name)
        for scheme in api.security_schemes.values()
        for flow in [scheme, *_mappings(scheme.get("flows"))]
        for name in ("tokenUrl", "refreshUrl")
    ]
    return frozenset("/" + urlsplit(url).path.lstrip("/") for url in urls if isinstance(url, str))


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield from (each for each in value.values() if isinstance(each, dict))


def _head(exchange: Exchange) -> None:
    for name, value in exchange.headers:
        if name == b"authorization" and value[:5].lower() == b"basic" and value[5:6] in {b"", b" ", b"\t"}:
            raise Denied(401, "HTTP Basic is not accepted", _CHALLENGE)


_BASIC = re.compile(r"(?:^|,)\s*basic(?=[\s,]|$)", re.IGNORECASE)


def _reply(exchange: Exchange) -> None:
    if exchange.status not in {401, 407}:
        return
    kept = [pair for pair in exchange.reply_headers if pair[0] != b"www-authenticate" or not _offers_basic(pair[1])]
    if len(kept) != len(exchange.reply_headers):
        others = any(name == b"www-authenticate" for name, _ in kept)
        exchange.reply_headers = kept if others else [*kept, (b"www-authenticate", b"Bearer")]


def _offers_basic(value: bytes) -> bool:
    return _BASIC.search(value.decode("latin-1")) is not None


DUMMY = "Basic b3N0aWFyeTpwcm9iZQ=="  # ostiary:probe
CLIENTS_MAY = re.compile(r"/(?:token|revoke|revocation|introspect|introspection|par|device_authorization)/?$")
MOST_OPERATIONS = 8


async def audit_spec(spec: Spec) -> Finding:
    """Look for Basic among the schemes that the document declares."""
    basic = []
    for name, scheme in spec.api.security_schemes.items():
        kind = str(scheme.get("type", "")).lower()
        if kind == "basic" or (kind == "http" and str(scheme.get("scheme", "")).lower() == "basic"):
            basic.append(name)
    if not basic:
        if not spec.api.security_schemes:
            return unknown("the document declares no security scheme")
        return passed("no declared security scheme is Basic")
    users = [each for each in spec.api.operations if _uses(each, basic)]
    if users and all(CLIENTS_MAY.search(each.path) for each in users):
        return passed("Basic is declared for OAuth client authentication only")
    shown = [spec.at(each.pointer, f"{each.key} takes Basic") for each in users[:5]]
    return failed(f"the document declares HTTP Basic ({', '.join(basic)})", *shown)


def _uses(operation: Operation, names: list[str]) -> bool:
    return any(name in alternative for alternative in operation.security or () for name in names)


async def audit_live(http: Http) -> Finding:
    """Call operations with no credential and with a made-up Basic one, and read every challenge; at most 32 requests."""
    faults: list[tuple[str, Evidence]] = []
    samples = [each for each in await http.samples() if each.status == 401]  # noqa: PLR2004 - RFC 9110
    looked: list[tuple[str, Answer]] = [("", each) for each in samples]
    asked = 0
    users = [
        each
        for each in http.operations
        if each.method != "DELETE" and not each.role and not _is_for_clients(http, each)
    ]
    for operation in sorted(users, key=lambda each: each.method != "GET")[:MOST_OPERATIONS]:
        try:
            nobody = await http.send_to(operation, identity="")
            dummy = await http.send_to(operation, identity="", headers=[("authorization", DUMMY)])
            own = await http.send_to(operation)
        except Unanswerable:
            continue
        asked += 1
        looked += [(operation.key, nobody), (operation.key, dummy)]
        opens = granted(dummy) and not granted(nobody) and not _asks_for_password(operation)
        if opens and await _still_shut(http, operation, nobody):
            shown = http.show(dummy, "a made-up Basic credential opens what is closed without one")
            faults.append((operation.key, shown))
        sent = next((value for name, value in own.asked.headers if name.lower() == "authorization"), "")
        if granted(own) and not granted(nobody) and sent.lower().startswith("basic "):
            faults.append((operation.key, http.show(own, "a Basic credential is accepted")))
        elif (
            granted(own)
            and not granted(nobody)
            and (field := _password_field(http, own))
            and not await _opens_without(http, operation, field, own, nobody)
        ):
            what = f"name and password themselves, in base64, are the credential in {field}: Basic by another name"
            faults.append((operation.key, http.show(own, what)))
    faults += [(key, http.show(each, "the challenge asks for Basic")) for key, each in looked if _challenges(each)]
    if faults:
        return failed(
            f"{faults[0][1].what} ({len(faults)} such answers)",
            *(shown for _, shown in faults[:4]),
            proof="the same operations were asked as nobody and with a Basic credential that was made up",
            places=tuple(dict.fromkeys(key for key, _ in faults if key)),
        )
    if not asked:
        return unknown("no operation could be asked")
    return passed(
        f"{asked} operations neither ask for Basic nor accept it", http.show(looked[-1][1], "a Basic credential")
    )


def _asks_for_password(operation: Operation) -> bool:
    """Whether an operation refuses for what its body says: a sign-in opens as soon as the account that it names is there."""
    return operation.role in {"login", "register"} or bool(keys_of(operation) & PASSWORD)


async def _still_shut(http: Http, operation: Operation, nobody: Answer) -> bool:
    """Whether nobody is let in now: what another check made meanwhile may have opened it for everybody."""
    try:
        return not granted(await http.send_to(operation, identity="", fresh=True, body=nobody.asked.body))
    except Unanswerable:
        return False


def _password_field(http: Http, answer: Answer) -> str:
    """The header field in which the caller's own password went along with a read."""
    account = http.account(answer.asked.identity)
    return spelt_out.field_with(answer.asked.headers, account.password) if account is not None else ""


async def _opens_without(http: Http, operation: Operation, field: str, own: Answer, nobody: Answer) -> bool:
    """Whether what else the caller sent, a session's cookie say, opens an operation that does not look at the field."""
    plain = {name.lower() for name, _ in nobody.asked.headers} | {field.lower()}
    if all(name.lower() in plain for name, _ in own.asked.headers):
        return False
    try:
        return granted(await http.send_to(operation, drop=[field], fresh=True, body=own.asked.body))
    except Unanswerable:
        return False


def _is_for_clients(http: Http, operation: Operation) -> bool:
    """Whether an operation is where OAuth clients may say who they are by Basic (RFC 6749, 8628 and 9126)."""
    return CLIENTS_MAY.search(operation.path) is not None or http.purpose(operation) == "token"


def _challenges(answer: Answer) -> bool:
    return any(_BASIC_CHALLENGE.search(value) for value in answer.all("www-authenticate"))


# A scheme stands at the start or after a comma, and no equals sign follows it: realm="Basic" is none.
_BASIC_CHALLENGE = re.compile(r"(?:^|,)\s*basic\s*(?![=\w-])", re.IGNORECASE)


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={
        Kind.LIVE: audit_live,
        Kind.SPEC: audit_spec,
        Kind.MOBILE: audit_mobile,
        Kind.HOST: audit_host,
        Kind.SOURCE: audit_source,
    },
    strength="must",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("7.2.2", "13.2.1", "10.4.10"),
        cwe=(522, 1390),
        standards=("RFC 7617 §4", "RFC 6750", "RFC 9110 §11", "RFC 6749 §2.3.1"),
    ),
)
