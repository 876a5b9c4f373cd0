"""Code that reads a token's claims without checking its signature, other than to find the key to check it with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Function
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import jose
from ostiary.parts.code.jose.by_hand import second_parts
from ostiary.parts.code.judging import Fault, judged

_TOKEN: Final = re.compile(r"(?i)jwt|token|bearer|claims|authori[sz]ation|id_?token")
_LOOKUPS: Final = frozenset(
    ["kid", "iss", "alg", "typ", "aud", "azp", "tid", "exp", "iat", "header", "nbf", "client_id"]
)
_CHECKS: Final = re.compile(r"(?i)hmac|verif|compare_digest|timingSafeEqual|signature|validate")
_MEANT: Final = re.compile(
    r"(?i)unverified|without_?verif|no_?verif|expir|peek|insecure|debug|inspect|log_?out|revoke|introspect|header|kid|issuer"
)
READ: Final = "claims of a token are used though its signature is not checked"
SPLIT: Final = "a token is taken apart by hand and its claims are read without checking the signature"


async def audit_source(tree: Tree) -> Finding:
    """Look at calls that decode without verifying, and at what becomes of what they give."""
    verified = [each for each in jose.verifications(tree) if not each.off]
    checking = {each.call.function for each in verified if each.call.function is not None}
    faults = [*_library(tree, checking), *_by_hand(tree, checking)]
    return judged(
        tree,
        faults,
        sound=[
            each.call
            for each in verified
            if not (jose.is_front_end(tree, each.call.path) or each.call.method == "parse")
        ],
        holds="the signature is checked where claims are read",
        nothing="call that reads a JWT",
        undecided="tokens are used, and where they are verified was not seen"
        if jose.used(tree) and not verified
        else "",
        proof="Anybody can write these claims: until the signature is checked they say nothing.",
    )


def _library(tree: Tree, checking: set[Function]) -> Iterator[Fault]:
    for call in jose.unverified(tree):
        function = call.function
        if function in checking or _verifies_later(tree, function):
            continue
        members = set(_members(tree, call))
        if members and members <= _LOOKUPS:
            continue
        told = function.name if function is not None else ""
        handed_back = not members and _is_returned(tree, call)
        is_meant = _MEANT.search(told) or not (members or handed_back) or jose.is_delegated(tree, call)
        yield Fault(call, READ, Confidence.TENTATIVE if is_meant else Confidence.FIRM)


def _verifies_later(tree: Tree, function: Function | None) -> bool:
    """Whether the function calls something that says that it verifies."""
    if function is None:
        return False
    calls: dict[Function, list[Call]] = tree.remember("calls.by-function", lambda: _by_function(tree))
    return any(
        re.search(r"(?i)verify|validate_?(?:token|jwt|signature)|check_?signature", each.method)
        for each in calls.get(function, ())
    )


def _by_function(tree: Tree) -> dict[Function, list[Call]]:
    found: dict[Function, list[Call]] = {}
    for module in tree.code.modules:
        for call in module.calls:
            if call.function is not None:
                found.setdefault(call.function, []).append(call)
    return found


def _members(tree: Tree, call: Call) -> Iterator[str]:
    """Names of claims that are read of what a call gives, in the lines of its function."""
    lines = _lines(tree, call)
    direct = re.findall(
        r"\)\s*(?:\[['\"](\w+)['\"]\]|\.get\(['\"](\w+)['\"]|\.getClaim\(['\"](\w+)['\"]|\??\.(?!then|catch|pipe|decode|encode|split|map)(\w+))",
        call.text,
    )
    yield from (name for each in direct for name in each if name)
    match = re.match(
        r"(?:(?:const|let|var|val|final)\s+)?(?:[\w<>\[\], ]+\s)?\$?(\w+)(?:\s*:\s*[\w.\[\], |<>]+)?\s*(?:,\s*\w*\s*)*:?=[^=]",
        call.text.strip(),
    )
    if match is not None:
        name = re.escape(match[1])
        used = re.findall(
            rf"\b{name}\??(?:\[['\"](\w+)['\"]\]|\.get\(['\"](\w+)['\"]|\.getClaim\(['\"](\w+)['\"]|(?:\.|->)(\w+))",
            lines,
        )
        yield from (found for each in used for found in each if found)
    unpacked = re.match(r"(?:const|let|var)\s*\{([^}]*)\}\s*=", call.text.strip())
    if unpacked is not None:
        yield from re.findall(r"\w+", unpacked[1])


def _is_returned(tree: Tree, call: Call) -> bool:
    if call.text.strip().startswith(("return ", "return(")):
        return True
    return any(
        each.value.call is call for module in tree.code.modules if module.path == call.path for each in module.returns
    )


def _lines(tree: Tree, call: Call) -> str:
    function = call.function
    last = min(function.end, call.line + 80) if function is not None and function.end else call.line + 40
    return "\n".join(tree.line(call.path, number) for number in range(call.line, last + 1))


def _by_hand(tree: Tree, checking: set[Function]) -> Iterator[Fault]:
    for call in second_parts(tree.code):
        if jose.is_front_end(tree, call.path) or call.function in checking:
            continue
        around = "\n".join(tree.line(call.path, number) for number in range(max(1, call.line - 12), call.line + 6))
        told = f"{call.function.name if call.function is not None else ''} {call.text} {around}"
        if not _TOKEN.search(told) or _signs(tree, call.function):
            continue
        yield Fault(
            call,
            SPLIT,
            Confidence.TENTATIVE
            if call.function is not None and _MEANT.search(call.function.name)
            else Confidence.FIRM,
        )


def _signs(tree: Tree, function: Function | None) -> bool:
    """Whether a function checks a signature on its own; that is another control's affair."""
    if function is None:
        return False
    calls: dict[Function, list[Call]] = tree.remember("calls.by-function", lambda: _by_function(tree))
    return any(_CHECKS.search(each.name) for each in calls.get(function, ()))
