"""Reset tokens that code issues for ever or for days, or takes without a look at their age."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code import resets
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.lifetimes import spoken

LONGEST: Final = 3600.0  # seconds: what a link in a message may live
DAY: Final = 86_400.0  # seconds: between the two a look is asked for
WEEK: Final = 7 * DAY
NEVER: Final = "a token that resets a password never ends"
UNCOMPARED: Final = "a stored token resets a password, and nothing is seen to look at its age"


async def audit_source(tree: Tree) -> Finding:
    """Look at what signs reset tokens, at settings of their life, and at what redeems stored ones."""
    faults: list[Fault] = []
    sound: list[Spot] = []
    unseen = len(resets.by_library(tree))
    for term in resets.terms(tree):
        if term.seconds is None:
            unseen += term.said
            faults += [] if term.said else [Fault(term.spot, NEVER)]
        elif term.seconds <= LONGEST:
            sound += [term.spot] if term.enforced else []
            unseen += not term.enforced
        else:
            sure = Confidence.FIRM if term.seconds > DAY else Confidence.TENTATIVE
            graded = Severity.MEDIUM if term.seconds <= WEEK else None
            faults.append(
                Fault(term.spot, f"a token that resets a password lives {spoken(term.seconds)}", sure, graded)
            )
    for each in resets.redeemers(tree):
        unseen += 1
        if not each.compares_time:
            faults.append(Fault(each.function, UNCOMPARED, Confidence.TENTATIVE))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="tokens that reset passwords end within an hour",
        nothing="making of a token that resets a password",
        undecided="how long tokens that reset passwords live was not seen"
        if not sound and (unseen or resets.mentioned(tree))
        else "",
        proof="A message in an old mailbox, a backup or a log stays a key to the account.",
    )
