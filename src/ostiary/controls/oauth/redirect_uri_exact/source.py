"""Authorization servers in code: how they compare a redirect URI with those that the client registered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Function, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import excerpts
from ostiary.parts.code.judging import Fault, judged

_URI: Final = re.compile(r"(?i)\bredirect_?ur[il]\b|\bredirectur[il]\b|\$redirect_?ur[il]\b")
_REGISTERED: Final = re.compile(r"(?i)client_?(?:id|\b)|registered|allowed_?redirect|redirect_?uris\b")
_PREFIXES: Final = (".startswith", ".startsWith", "strings.HasPrefix", ".hasPrefix", "str_starts_with", "strpos", "stripos", "start_with?",
                    ".start_with?", ".indexOf", "strings.Contains", "strings.Index", "str_contains", ".includes", ".contains", ".find",
                    ".include?", "fnmatch.fnmatch", "strncmp", "Str.startsWith", "Str.contains")  # fmt: skip
_PATTERNS: Final = ("re.match", "re.search", "re.fullmatch", ".match", ".test", ".matches", "preg_match", "regexp.MatchString",
                    ".MatchString", ".match?", "Str.is")  # fmt: skip
_HOSTS: Final = re.compile(r"(?i)(?:netloc|hostname|\.host|getHost\(\)|\.Host)\b")
_HARMLESS: Final = re.compile(
    r"(?i)^(?:https?:?/?/?$|/|https?://(?:localhost|127\.0\.0\.1|\[::1\])|[?#&]|:?//$|javascript|\*)|^.{0,3}$"
)
_EXACT: Final = re.compile(
    r"(?i)redirect_?ur[il]\w*[\"'\])]*\s*(?:===?|!==?)|(?:===?|!==?)\s*[\w.$@\[\]\"'>()-]*redirect_?ur[il]|redirect_?ur[il]\w*[\"'\])]*\s+(?:not\s+)?in\s+\w|"
    r"redirect_?uris\)?\.(?:includes|contains|include\?|has)\(|in_array\(|slices\.Contains\(|redirect_?ur[il]\w*\.equals\(|compare_digest"
)
_LOOKED_AT: Final = re.compile(r"(?i)valid|check|verif|allowed|registered|permitted|match|equals|compare|trusted|safe")
LOOSE: Final = "a redirect URI is compared by a part of it, by a prefix or a pattern"
UNCHECKED: Final = (
    "a redirect goes to the redirect URI of the request, and nothing compares it with what the client registered"
)


async def audit_source(tree: Tree) -> Finding:
    """Look at functions that take a client's redirect URI."""
    concerned = [each for each in tree.code.functions() if _concerns(excerpts.text(tree, each))]
    loose = list(_loose(tree))
    compared = [each for each in concerned if any(_stands_in(one.spot, each) for one in loose)]
    faults = [*loose, *_unchecked(tree, [each for each in concerned if each not in compared])]
    wrong = {each.spot.place for each in faults}
    sound: list[Spot] = [] if wrong else [each for each in concerned if _is_exact(excerpts.text(tree, each))]
    return judged(
        tree,
        faults,
        sound=sound,
        holds="a client's redirect URI is compared as a whole",
        nothing="function of an authorization server that takes a client's redirect URI",
        proof="Codes go to every address that begins, or is shaped, like the registered one.",
    )


def _is_exact(text: str) -> bool:
    """Whether a server compares what a request brought; a client that chooses its own address does not."""
    served = re.search(r"(?i)\breq(?:uest)?\b|params|\$_GET|r\.URL|\bctx\b|session", text)
    return bool(served and _EXACT.search(text))


def _stands_in(spot: Spot, function: Function) -> bool:
    return spot.path == function.path and function.line <= spot.line <= (function.end or function.line)


def _concerns(text: str) -> bool:
    return bool(
        _URI.search(text)
        and _REGISTERED.search(_URI.sub("", text))
        and re.search(r"(?i)response_?type|\bauthori[sz]e|auth_?code|\bcode\b", text)
    )


def _loose(tree: Tree) -> Iterator[Fault]:
    for call in tree.code.calls(*_PREFIXES, *_PATTERNS):
        receiver = call.receiver.text if call.receiver is not None else ""
        about = _about(call, receiver)
        if not about or not _REGISTERED.search(_URI.sub("", excerpts.text(tree, call.function))):
            continue
        compared = [each for each in call.args if not _URI.search(each.text)]
        constants = [each.literal for each in compared if isinstance(each.literal, str)]
        if any(_HARMLESS.search(each) for each in constants) or not (compared or receiver):
            continue
        yield Fault(call, LOOSE, Confidence.FIRM)


def _about(call: Call, receiver: str) -> bool:
    """Whether a part or the shape of the URI itself is looked at, rather than a list of them."""
    given = [each.text for each in call.args]
    if call.method in {"includes", "contains", "find", "include?", "indexOf"}:
        return bool(_URI.search(receiver)) and not re.search(r"(?i)uris|list|allowed|\bjoin", receiver)
    if call.name.endswith((*_PATTERNS,)):
        return any(map(_URI.search, given)) or bool(_URI.search(receiver))
    return any(map(_URI.search, given[:2])) or bool(_URI.search(receiver))


def _unchecked(tree: Tree, concerned: list[Function]) -> Iterator[Fault]:
    known = {(each.path, each.line) for each in concerned}
    for call in tree.code.calls():
        function = call.function
        if (
            function is None
            or (function.path, function.line) not in known
            or not re.search(r"(?i)redirect", call.method)
        ):
            continue
        target = next((each for each in call.args if each.tainted and _target(each.text, call)), None)
        text = excerpts.text(tree, function)
        if target is not None and not _EXACT.search(text) and not _LOOKED_AT.search(text):
            yield Fault(call, UNCHECKED, Confidence.CERTAIN)


def _target(text: str, call: Call) -> bool:
    return bool(_URI.search(text) or _URI.search(call.text)) and not _HOSTS.search(text)
