"""Reset tokens that work again: signed ones in which nothing can be used up, stored ones that stay after use."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import resets
from ostiary.parts.code.judging import Fault, judged

STATELESS: Final = "a signed token resets a password, and nothing in it or beside it is used up: it works until it ends"
KEPT: Final = "a stored token resets a password, and nothing is seen to end it after that"


async def audit_source(tree: Tree) -> Finding:
    """Look at what signed reset tokens hold, and at what redeems stored ones."""
    faults = [Fault(each, STATELESS) for each in resets.reusable(tree)]
    redeemers = list(resets.redeemers(tree))
    faults += [Fault(each.function, KEPT, Confidence.TENTATIVE) for each in redeemers if not each.uses_up]
    known = any(True for _ in resets.terms(tree)) or bool(redeemers)
    library = resets.by_library(tree)
    return judged(
        tree,
        faults,
        sound=library,
        holds="a library makes reset tokens that end with the password they replace",
        nothing="making of a token that resets a password",
        undecided="whether tokens that reset passwords work once was not seen"
        if not library and (known or resets.mentioned(tree))
        else "",
        proof="A link that was seen later, in a mailbox or a log, takes the account over again.",
    )
