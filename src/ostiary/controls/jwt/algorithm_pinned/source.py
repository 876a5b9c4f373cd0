"""Code that lets a token say by which algorithm it is checked, or takes tokens that nobody signed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Language, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code import jose
from ostiary.parts.code.jose import Verification
from ostiary.parts.code.judging import Fault, judged

_ASYMMETRIC: Final = ("RS", "ES", "PS", "Ed")
_UNSIGNED: Final = (
    "*com.auth0.jwt.algorithms.Algorithm.none",
    "*.Jwts.parser().unsecured",
    "*.Jwts.parser().*.unsecured",
    "*Lcobucci.JWT.Configuration.forUnsecuredSigner",
    "*com.nimbusds.jwt.PlainJWT.parse",
)
_UNSIGNED_NAME: Final = re.compile(
    r"""(?i)^(?:[\w.]*\.)?(?:SigningMethodNone|SignatureAlgorithm\.NONE)$|^['"]none['"]$"""
)
ISSUED: Final = "tokens are issued without a signature"
DERIVED: Final = "the algorithm is taken from the token itself"
NONE: Final = "tokens without a signature are accepted"
MIXED: Final = "symmetric and asymmetric algorithms are accepted with one key"
UNSAID: Final = "no algorithm is named, so that the token's own is used"
BY_KEY: Final = "no algorithm is named, so that the token chooses among those that fit the key"
OFF: Final = "the signature is not checked, whatever the algorithm"


async def audit_source(tree: Tree) -> Finding:
    """Look at every call that verifies a token for the algorithms that it allows."""
    faults: list[Fault] = [Fault(call, NONE) for call in tree.code.calls(*_UNSIGNED)]
    sound: list[Spot] = []
    open_ends = 0
    lookups = {each.call.function for each in jose.verifications(tree) if not each.off}
    for each in jose.verifications(tree):
        if jose.is_front_end(tree, each.call.path) or (each.off and each.call.function in lookups - {None}):
            continue
        found = list(_faults(tree, each))
        faults += found
        if not found and (each.pinned or jose.names_of(each.algorithms)):
            sound.append(each.call)
        elif not found:
            open_ends += 1
    faults += _issued(tree)
    return judged(
        tree,
        faults,
        sound=sound,
        holds="the algorithm is fixed where a token is verified",
        nothing="call that verifies a JWT",
        undecided=f"where the algorithms of {open_ends} verifying calls come from was not seen"
        if open_ends and not sound
        else "",
        proof="Whoever makes a token writes its header: what it says there must not decide how it is checked.",
    )


def _faults(tree: Tree, each: Verification) -> Iterator[Fault]:
    names = jose.names_of(each.algorithms)
    if jose.from_header(each.algorithms):
        yield Fault(each.call, DERIVED, Confidence.CERTAIN)
    elif any(name.lower() == "none" for name in names):
        yield Fault(each.call, NONE, Confidence.CERTAIN)
    elif any(name.startswith("HS") for name in names) and any(name.startswith(_ASYMMETRIC) for name in names):
        yield Fault(each.call, MIXED)
    elif each.off:
        yield Fault(each.call, OFF, Confidence.TENTATIVE if jose.is_delegated(tree, each.call) else Confidence.CERTAIN)
    elif each.call.name.endswith(".parse") and not each.pinned:
        yield Fault(each.call, NONE)
    elif each.algorithms is None and not each.open and not each.pinned:
        if each.needed:
            yield Fault(each.call, UNSAID)
        elif each.weak and not _looks_at_method(tree, each):
            yield Fault(each.call, BY_KEY, Confidence.FIRM, Severity.MEDIUM)


def _issued(tree: Tree) -> Iterator[Fault]:
    """Tokens that are issued without a signature: somebody is meant to accept them."""
    for signing in jose.signings(tree):
        steps = list(jose.chain(signing.call))
        names = {each.method for each in steps}
        bare = signing.call.method == "compact" and "builder" in names and not names & {"signWith", "encryptWith"}
        given = [each for step in steps for each in (*step.args, *step.keywords.values())]
        if bare or any(_UNSIGNED_NAME.search(each.text) and not each.pairs for each in given):
            yield Fault(signing.call, ISSUED)
    for call in tree.code.calls("*.SignedString", languages=[Language.GO]):
        if any("UnsafeAllowNoneSignatureType" in each.text for each in call.args):
            yield Fault(call, ISSUED)


def _looks_at_method(tree: Tree, each: Verification) -> bool:
    """Whether the function that gives Go's parser its key compares the token's method first."""
    if each.call.language is not Language.GO:
        return False
    names = {value.name.rpartition(".")[2] for value in each.call.args if value.name}
    for function in tree.code.functions():
        here = function.path == each.call.path and each.call.line <= function.line <= each.call.line + 3
        if here or (function.language is Language.GO and function.name in names):
            lines = (
                tree.line(function.path, number)
                for number in range(function.line, min(function.end, function.line + 60) + 1)
            )
            if any(".Method" in line or ".Alg()" in line or '["alg"]' in line for line in lines):
                return True
    return False
