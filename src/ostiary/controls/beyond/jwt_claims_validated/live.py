"""Tokens that must be refused are presented: of another issuer or service, not yet valid, or leading to another key."""

from __future__ import annotations

import re
from typing import Any

from ostiary.evidence import Answer, Http
from ostiary.model import Finding, failed, passed, unknown
from ostiary.parts.seen import doors, weak_keys
from ostiary.parts.seen import tokens as seen

_MEANT_WRONG = re.compile(r"wrong|foreign|other-?(?:issuer|audience|service)|id-?token", re.IGNORECASE)
_LEEWAY = 60.0  # seconds
_EARLY = "a token that is not valid yet (nbf)"
_ELSEWHERE = "https://ostiary.invalid"
_HINT = "give such a token by name (--identity wrong-audience=TOKEN, wrong-issuer=TOKEN)"


async def audit_live(http: Http) -> Finding:
    """Present tokens of another issuer, for another service or from the future, and headers that lead to another key."""
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
    secret = weak_keys.guess(token)
    for what, text, counts in [*_led_astray(token), *(_changed(token, secret, now) if secret is not None else ())]:
        opens, answer = await door.opens(http, text)
        if opens:
            return failed(f"{what} is believed", http.show(answer, f"{what} opens {door.operation.key}"))
        refused += [answer] if counts else []
    if not refused:
        return unknown(
            f"a key named by the token is not taken; whether issuer and audience are looked at{_unnamed(token)} is open: {_HINT}"
        )
    why = f"{len(refused)} tokens of another issuer or for another service are refused, and a key named by the token is not taken"
    return passed(why, http.show(refused[0], "refused"))


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
            return failed(f"{what} is believed", http.show(key.answer, f"the token of {key.name}"))
    return refused


def _unnamed(token: seen.Token) -> str:
    return "" if {"iss", "aud"} & token.claims.keys() else " (the token given names neither)"


def _wrong_with(key: doors.Key, now: float) -> str:
    expires = key.token.number("exp")
    if expires and expires < now:
        return ""  # refused for another reason
    if key.token.number("nbf") > now + _LEEWAY:
        return _EARLY
    return f"the token given as {key.name!r}" if _MEANT_WRONG.search(key.name) else ""


def _led_astray(token: seen.Token) -> list[tuple[str, str, bool]]:
    """A kid that is used as a path or in a query finds a key that an attacker knows."""
    head = {**token.header, "alg": "HS256"}
    empty = seen.made({**head, "kid": "../../../../../../../dev/null"}, token.claims, b"")
    chosen = seen.made({**head, "kid": "x' UNION SELECT 'ostiary"}, token.claims, b"ostiary")
    return [
        ("a token whose kid leads to an empty file", empty, False),
        ("a token whose kid is SQL that answers with the attacker's key", chosen, False),
    ]


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
