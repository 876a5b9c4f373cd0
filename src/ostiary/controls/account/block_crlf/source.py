"""Heads of mails and replies, and lines of logs, that code puts together from what requests say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.line_breaks import Line, written

WHAT: Final[Mapping[Line, str]] = {
    Line.MAIL: "the head of a mail is put together from what a request says: a line break adds fields and recipients",
    Line.REPLY: "the head of a reply is written by hand with what a request says: a line break adds fields",
    Line.LOG: "a text of a request goes into a line of the log as it is: a line break forges another line",
}


async def audit_source(tree: Tree) -> Finding:
    """Follow request data into lines; calls of frameworks that refuse line breaks are sound."""
    faults: list[Fault] = []
    sound: list[Spot] = []
    for each in written(tree):
        if each.line is Line.FIELD:
            sound.append(each.spot)
            continue
        logged = each.line is Line.LOG
        sure = Confidence.FIRM if logged else Confidence.CERTAIN
        graded = Severity.LOW if logged else None
        faults.append(Fault(each.spot, WHAT[each.line], Confidence.TENTATIVE if each.tamed else sure, graded))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="what a request says goes into a header field by a call that servers check for line breaks",
        nothing="line of a head or log that is made of what a request says",
        proof="Whoever sends a line break writes the next line.",
    )
