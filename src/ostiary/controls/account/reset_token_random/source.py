"""Tokens and codes that reset passwords or prove who somebody is, made by generators whose next number can be told."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import chance
from ostiary.parts.code.credentials import is_token, told
from ostiary.parts.code.judging import Fault, judged

GUESSED: Final = "a token or code comes from a generator whose next value can be told"


async def audit_source(tree: Tree) -> Finding:
    """Look at where tokens, codes and first passwords come from."""
    faults = [
        Fault(each.call, GUESSED, Confidence.FIRM if each.certain else Confidence.TENTATIVE)
        for each in chance.guessable(tree)
    ]
    sound = [
        each
        for each in chance.unguessable(tree)
        if is_token(told(each.function)) or any(is_token(name) for name in chance.names_left_of(each))
    ]
    return judged(
        tree,
        faults,
        sound=sound,
        holds="tokens and codes come from a cryptographic generator",
        nothing="making of a token or code",
        proof="Who sees a few values of such a generator can work out those that others get.",
    )
