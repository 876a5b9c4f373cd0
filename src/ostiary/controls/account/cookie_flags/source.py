"""Cookies of sessions and tokens that code sets where scripts can read them or without TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ostiary.evidence.code import Assignment, Call, Language, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.cookies import Cookie, is_state, set_in
from ostiary.parts.code.judging import Fault, judged

_SETTINGS: Final = re.compile(
    r"(?:^|\.)(?:SESSION_COOKIE_(?:SECURE|HTTPONLY)|REMEMBER_COOKIE_(?:SECURE|HTTPONLY)|JWT_COOKIE_SECURE|JWT_(?:AUTH_)?COOKIE_SECURE|AUTH_COOKIE_(?:SECURE|HTTP_ONLY)|JWT_AUTH_(?:SECURE|HTTPONLY))$"
)
_LOCAL: Final = re.compile(r"(?i)(?:^|[/_.-])(?:dev|develop|development|local|test|tests|testing|debug|ci)(?:[/_.-]|$)")
_SESSIONS: Final = ("express-session", "cookie-session", "koa-session", "iron-session.*", "client-sessions")
_DEVELOPING: Final = re.compile(r"(?i)dev|local|test|debug")
HTTP_ONLY: Final = "a cookie that holds a session can be read by scripts"
SECURE: Final = "a cookie that holds a session is also sent without TLS"
SETTING: Final = "settings take a protection from the cookie of the session"


async def audit_source(tree: Tree) -> Finding:
    """Look at calls that set cookies, and at settings of frameworks."""
    faults: list[Fault] = [*_settings(tree), *_sessions(tree)]
    sound: list[Spot] = []
    undecided = 0
    for cookie in set_in(tree.code):
        if not is_state(cookie):
            continue
        found = list(_faults(cookie))
        faults += found
        if not found and cookie.secure is True and cookie.http_only is True:
            sound.append(cookie.call)
        undecided += not found
    sound += [each for each in _all_settings(tree) if each.value.literal is True]
    return judged(
        tree,
        faults,
        sound=sound,
        holds="cookies of sessions are set with Secure and HttpOnly",
        nothing="cookie that holds a session",
        undecided="what flags cookies of sessions get was not seen" if undecided and not sound else "",
        proof="A script on the page, or anybody on the line, can take over the session.",
    )


def _faults(cookie: Cookie) -> Iterator[Fault]:
    if cookie.http_only is False and not cookie.is_double_submit:
        yield Fault(cookie.call, HTTP_ONLY)
    elif cookie.secure is False:
        yield Fault(cookie.call, SECURE)


def _all_settings(tree: Tree) -> Iterator[Assignment]:
    for module in tree.code.modules:
        if module.language is Language.PYTHON and not _LOCAL.search(module.path):
            for each in module.assignments:
                if _SETTINGS.search(each.name) and not (each.owner is not None and _DEVELOPING.search(each.owner.name)):
                    yield each


def _settings(tree: Tree) -> Iterator[Fault]:
    for each in _all_settings(tree):
        if each.value.literal is False:
            yield Fault(each, SETTING)


def _sessions(tree: Tree) -> Iterator[Fault]:
    for call in tree.code.calls(*_SESSIONS, languages=[Language.JAVASCRIPT]):
        options: Mapping[str, Value] = call.args[0].pairs if call.args else {}
        cookie = options.get("cookie")
        inner = cookie.pairs if cookie is not None else options if call.name == "cookie-session" else {}
        if _is_off(inner.get("httpOnly")):
            yield Fault(call, HTTP_ONLY)
        elif _is_off(inner.get("secure")):
            yield Fault(call, SECURE)
        elif cookie is None and call.name == "express-session" and options and not _is_spread(call):
            yield Fault(call, SECURE, Confidence.FIRM)


def _is_spread(call: Call) -> bool:
    return call.spread or any(each.parts for each in call.args)


def _is_off(value: Value | None) -> bool:
    return value is not None and value.literal is False
