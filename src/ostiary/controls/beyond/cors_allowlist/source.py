"""Code that lets every origin read with the caller's cookies: a wildcard beside credentials, or the origin sent back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.controls.beyond.cors_allowlist.told import matches_foreign, told
from ostiary.evidence.code import Assignment, Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_HEADER: Final = "access-control-allow-origin"
_CREDENTIALS: Final = "access-control-allow-credentials"
_SETTERS: Final = (".setHeader", ".header", ".set", ".addHeader", ".Set", ".Add", ".append", "header", ".add_header")
EVERY: Final = "every origin may read replies that were asked for with the caller's credentials"
REFLECTED: Final = "the caller's own Origin is sent back as allowed"


async def audit_source(tree: Tree) -> Finding:
    """Look at what CORS middleware is told, and at header fields that are set by hand."""
    faults: list[Fault] = []
    sound: list[Spot] = []
    for call, wide, credentials in told(tree):
        if wide and credentials:
            faults.append(Fault(call, EVERY))
        else:
            sound.append(call)
    faults += _django(tree, sound)
    faults += _by_hand(tree)
    return judged(
        tree,
        faults,
        sound=sound,
        holds="origins are listed, or credentials stay out",
        nothing="cross-origin rule",
        proof="Any site that a signed-in user visits may read their data: browsers believe these two header fields together.",
    )


def _django(tree: Tree, sound: list[Spot]) -> Iterator[Fault]:
    wide = tree.code.assignments("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL")
    credentials = any(each.value.literal is True for each in tree.code.assignments("CORS_ALLOW_CREDENTIALS"))
    for each in wide:
        if each.value.literal is True and credentials:
            yield Fault(each, EVERY)
        elif each.value.known:
            sound.append(each)
    for each in tree.code.assignments("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"):
        if credentials and any(matches_foreign(part) for part in each.value.parts):
            yield Fault(each, EVERY)


def _by_hand(tree: Tree) -> Iterator[Fault]:
    """Header fields that code sets itself."""
    with_credentials = {each.path for each in _setting(tree, _CREDENTIALS)}
    for each in _setting(tree, _HEADER):
        value = _value(each)
        if value is None or not value.tainted or "origin" not in f"{value.text} {value.tainted}".lower():
            continue
        both = each.path in with_credentials
        yield Fault(each, REFLECTED, Confidence.FIRM if both else Confidence.TENTATIVE)


def _setting(tree: Tree, name: str) -> Iterator[Call | Assignment]:
    for call in tree.code.calls(*_SETTERS):
        first = call.args[0].literal if call.args else None
        parts = [each.literal for each in call.args[0].parts] if call.args else []
        texts = [each.lower() for each in (first, *parts) if isinstance(each, str)]
        if any(each.partition(":")[0].strip() == name for each in texts):
            yield call
    for each in tree.code.assignments("*"):
        if each.last.lower() == name:
            yield each


def _value(each: Call | Assignment) -> Value | None:
    if isinstance(each, Assignment):
        return each.value
    return each.args[1] if len(each.args) > 1 else each.args[0] if each.args and each.args[0].built else None
