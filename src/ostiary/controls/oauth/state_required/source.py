"""Authorization requests that code builds without a state, or with one that is always the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Language, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_VARIABLE: Final = re.compile(r"[$@]?\w+")
_URL: Final = re.compile(r"[?&](?:response_type|client_id)=")
_LIBRARIES: Final = ("authlib*", "requests_oauthlib*", "passport*", "openid-client*", "oauth4webapi*", "social_django*", "allauth*",
                     "httpx_oauth*", "next-auth*", "*spring*oauth2*", "*omniauth*")  # fmt: skip  # they make and check one by themselves
MISSING: Final = "an authorization request is built without a state"
FIXED: Final = "the state of an authorization request is always the same"


async def audit_source(tree: Tree) -> Finding:
    """Look at authorization requests that are put together by hand."""
    faults, sound = [], list[Spot]()
    for spot, state in _requests(tree):
        if state is None:
            faults.append(Fault(spot, MISSING))
        elif state.known and isinstance(state.literal, str):
            faults.append(Fault(spot, FIXED, Confidence.CERTAIN))
        else:
            sound.append(spot)
    return judged(
        tree,
        faults,
        sound=[*sound, *tree.code.imports(*_LIBRARIES)],
        holds="a state is sent, or a library in use makes and checks one",
        nothing="authorization request",
        proof="Without a state that only this browser knows, an attacker's code is redeemed in a victim's session.",
    )


def _requests(tree: Tree) -> Iterator[tuple[Spot, Value | None]]:
    """Each request, with its state; None: it has none."""
    for call in tree.code.calls():
        for value in (*call.args, *call.keywords.values()):
            if _is_request(value) and not _VARIABLE.fullmatch(value.text):  # that is told where it is set
                yield call, value.pairs.get("state")
    for call in tree.code.calls(".AuthCodeURL", languages=[Language.GO]):
        yield call, call.args[0] if call.args else None
    for each in tree.code.assignments("*"):
        if _is_request(each.value):
            yield each, each.value.pairs.get("state")
        elif (
            isinstance(text := _text(each.value), str)
            and _URL.search(text)
            and "client_id" in text
            and "response_type" in text
        ):
            yield each, _in_text(each.value, text)


def _is_request(value: Value) -> bool:
    return {"response_type", "client_id"} <= set(value.pairs) and "grant_type" not in value.pairs


def _text(value: Value) -> str | None:
    """A URL as it is put together, its open parts as a sign."""
    if isinstance(value.literal, str):
        return value.literal
    if not value.built:
        return None
    return "".join(each.literal if isinstance(each.literal, str) else "\0" for each in value.parts)


def _in_text(value: Value, text: str) -> Value | None:
    found = re.search(r"[?&]state=([^&#]*)", text)
    if found is None:
        return None
    return (
        Value(text=found[1], literal=found[1], line=value.line)
        if found[1] and "\0" not in found[1]
        else Value(text="open")
    )
