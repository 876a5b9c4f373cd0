"""Tokens that must be refused are presented: of another issuer, service or kind, not yet valid, or leading to another key."""

from __future__ import annotations

import json
import re
from typing import Any

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Confidence, Evidence, Finding, Severity, failed, passed, unknown
from ostiary.parts.seen import doors, forgeries, own_keys, token_facts, weak_keys
from ostiary.parts.seen import tokens as seen
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.owners import spelt

_MEANT_WRONG = re.compile(r"wrong|foreign|other-?(?:issuer|audience|service)|id-?token", re.IGNORECASE)
_KINDS = {"refresh": "a refresh token", "id": "an ID token", "identity": "an ID token"}
_LEEWAY = 60.0  # seconds
_PATIENCE = 0.5  # seconds: a server that fetches a key does it before it answers
_EARLY = "a token that is not valid yet (nbf)"
_ELSEWHERE = "https://ostiary.invalid"
_HINT = "give such a token by name (--identity wrong-audience=TOKEN, wrong-issuer=TOKEN)"


async def audit_live(http: Http) -> Finding:
    """Present tokens of another issuer, service or kind, and from the future, and headers that lead to another key.

    At most 16 requests, besides one for each identity that all token checks share.
    """
    found = await doors.with_token(http)
    if isinstance(found, Finding):
        return found
    door = found[0]
    token = door.carrier.token if door.carrier is not None else None
    if token is None:
        return unknown("the credentials given hold no JWT")
    believed, answer = await door.opens(http, seen.broken(token))
    if believed:
        return unknown("no signature is checked at all (jwt.verify-before-use), so no claim is")
    now = doors.moment(door.opened)
    refused = await _given(http, door, now)
    if isinstance(refused, Finding):
        return refused
    led = await _led_elsewhere(http, door, token)
    if led is not None:
        return led
    secret = await weak_keys.guessed(token, http.api.title if http.api is not None else "", http.host)
    others = await _of_another_kind(http, token)
    for what, text, counts in [*others, *(_changed(token, secret, now) if secret is not None else ())]:
        opens, answer = await door.opens(http, text)
        if opens:
            return await _failed(http, door, what, http.show(answer, f"{what} opens {door.operation.key}"))
        refused += [answer] if counts else []
    if not refused:
        return unknown(
            "a key named by the token is neither taken nor fetched; whether issuer and audience are looked"
            f" at{_unnamed(token)} is open: {_HINT}"
        )
    why = f"{len(refused)} tokens of another issuer, service or kind are refused, and a key named by the token is not taken"
    return passed(why, http.show(refused[0], "refused"))


async def _failed(http: Http, door: doors.Door, what: str, shown: Evidence) -> Finding:
    return failed(
        f"{what} is believed",
        shown,
        http.show(door.nobody, "nobody is refused"),
        proof=f"{door.operation.key} opens to {what} as to the right one, and is shut to nobody and to a broken one",
        places=(door.operation.key,),
        facts=await token_facts.told(http, door),
        confidence=Confidence.CERTAIN,
    )


async def _given(http: Http, door: doors.Door, now: float) -> list[Answer] | Finding:
    """The tokens that the operator gave because they must be refused, and were; or the one that was not."""
    refused = []
    for key in await doors.keys(http, door):
        what = _wrong_with(key, now)
        if not what:
            continue
        if not doors.granted(key.answer):
            refused += [key.answer] if what != _EARLY else []
        elif doors.granted(await http.send_to(door.operation, identity=key.name, fresh=True)):
            return await _failed(http, door, what, http.show(key.answer, f"the token of {key.name}"))
    return refused


async def _led_elsewhere(http: Http, door: doors.Door, token: seen.Token) -> Finding | None:
    """The finding, if the token's header leads the server to a key that a forger has, or to his address."""
    for forgery in forgeries.led_astray(token):
        opens, answer = await door.opens(http, forgery.text)
        if opens:
            return await _failed(
                http, door, forgery.what, http.show(answer, f"{forgery.what} opens {door.operation.key}")
            )
    try:
        ear = http.listener()
    except Unanswerable:
        return None
    keys = json.dumps({"keys": [own_keys.public(own_keys.algorithm_for(token.algorithm))]}).encode()
    for name in ("jku", "x5u"):
        mark = f"token{name}"
        forgery = forgeries.pointing_to(token, name, ear.serve(mark, keys, media="application/json"))
        opens, answer = await door.opens(http, forgery.text)
        if opens:
            return await _failed(
                http, door, forgery.what, http.show(answer, f"{forgery.what} opens {door.operation.key}")
            )
        call = await ear.heard(mark, _PATIENCE)
        if call:
            return failed(
                f"the server fetches the address that a token's {name} names, before it believes the token",
                http.show(answer, f"{forgery.what}: {answer.status}"),
                Evidence(what="the server's own request to the auditor's address", request=call[:400]),
                severity=Severity.HIGH,
                proof=f"a token whose {name} holds an address made for this probe alone was followed by a call there",
                places=(door.operation.key,),
                facts=await token_facts.told(http, door),
                confidence=Confidence.CERTAIN,
            )
    return None


async def _of_another_kind(http: Http, token: seen.Token) -> list[tuple[str, str, bool]]:
    """Refresh and ID tokens that a login hands out beside the access token."""
    account = http.account(http.owner) if http.owner else None
    if account is None or not account.user or not account.password:
        return []
    try:
        answer = await http.sign_in(account.user, account.password, fresh=False)
    except Unanswerable:
        return []
    found = []
    for name, value in _texts(parse(answer.body)):
        what = next((said for start, said in _KINDS.items() if spelt(name).startswith(start)), "")
        other = seen.find(value)
        if what and other is not None and other.raw == value and other.raw != token.raw:
            found.append((f"{what} in place of an access token", value, True))
    return found[:2]


def _texts(document: Any, depth: int = 0) -> list[tuple[str, str]]:
    if not isinstance(document, dict) or depth > 3:  # noqa: PLR2004 - an envelope or two
        return []
    own = [(str(name), value) for name, value in document.items() if isinstance(value, str)]
    return own + [each for value in document.values() for each in _texts(value, depth + 1)]


def _unnamed(token: seen.Token) -> str:
    return "" if {"iss", "aud"} & token.claims.keys() else " (the token given names neither)"


def _wrong_with(key: doors.Key, now: float) -> str:
    expires = key.token.number("exp")
    if expires and expires < now:
        return ""  # refused for another reason
    if key.token.number("nbf") > now + _LEEWAY:
        return _EARLY
    if key.token.is_id_token:
        return "an ID token in place of an access token"
    return f"the token given as {key.name!r}" if _MEANT_WRONG.search(key.name) else ""


def _changed(token: seen.Token, secret: bytes, now: float) -> list[tuple[str, str, bool]]:
    """What the issuer could sign, since its secret is known."""
    changes: list[tuple[str, dict[str, Any]]] = [
        (f"a token with another {name}", {name: _ELSEWHERE}) for name in ("iss", "aud") if name in token.claims
    ]
    early = {"nbf": int(now) + 3600, "exp": int(now) + 7200}
    changes.append((_EARLY, early))
    return [
        (what, seen.made(token.header, {**token.claims, **claims}, secret), what != _EARLY) for what, claims in changes
    ]
