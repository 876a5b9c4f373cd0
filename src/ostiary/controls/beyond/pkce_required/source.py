"""Code that asks for codes, or grants them: challenges are made with S256, of a verifier that is new each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_VERIFIER: Final = re.compile(r"(?i)^(?:code_?verifier|pkce_?verifier)$")
_METHOD: Final = re.compile(r"(?i)^(?:code_?challenge_?method)$")
_SWITCH: Final = re.compile(
    r"(?i)^(?:pkce|pkce_?required|require_?pkce|require_?proof_?key|requireProofKey|use_?pkce|pkce_?enabled|OAUTH_PKCE_ENABLED)$"
)
_LEAST: Final = 43  # characters of a verifier, by RFC 7636
OFF: Final = "PKCE is switched off"
PLAIN: Final = "a code challenge is sent as plain, so that who reads it can redeem the code"
FIXED: Final = "the verifier of PKCE is always the same"


async def audit_source(tree: Tree) -> Finding:
    """Look at challenges, verifiers and switches."""
    faults, sound = [], list[Spot]()
    for spot, name, value in _named(tree):
        literal = value.literal
        if _METHOD.match(name) and literal == "plain":
            faults.append(Fault(spot, PLAIN, Confidence.CERTAIN))
        elif _VERIFIER.match(name) and isinstance(literal, str) and len(literal) >= _LEAST:
            faults.append(Fault(spot, FIXED, Confidence.CERTAIN))
        elif _SWITCH.match(name) and literal is False:
            faults.append(Fault(spot, OFF, Confidence.FIRM))
        elif (_METHOD.match(name) and literal == "S256") or (_SWITCH.match(name) and literal is True):
            sound.append(spot)
    return judged(
        tree,
        faults,
        sound=sound,
        holds="a code challenge is made with S256, or asked for",
        nothing="code challenge",
        proof="Who gets hold of a code redeems it without the verifier.",
    )


def _named(tree: Tree) -> Iterator[tuple[Spot, str, Value]]:
    for call in tree.code.calls():
        members = [*call.keywords.items(), *(pair for value in call.args for pair in value.pairs.items())]
        seen = dict(members)
        if _SWITCH.match(call.method) and len(call.args) == 1:
            seen[call.method] = call.args[0]
        yield from ((call, name, value) for name, value in seen.items())
    for each in tree.code.assignments("*"):
        yield each, each.last, each.value
        if not each.value.call:
            yield from ((each, name, value) for name, value in each.value.pairs.items())
