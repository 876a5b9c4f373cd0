"""Parsers of XML in code: none is told, or left, to fetch what lies outside of a document."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.xml_readers import opened_by_switch, soft_factories, sound_readers

_LEFT_OPEN = "a parser is made that resolves external entities unless it is told not to"


async def audit_source(tree: Tree) -> Finding:
    """Look at how parsers are switched, and at Java's, which fetch by default."""
    faults = [Fault(each, "a parser is told to resolve external entities") for each in opened_by_switch(tree.code)]
    for call, given in soft_factories(tree.code):
        sure = Confidence.CERTAIN if given.tainted else Confidence.FIRM if given.parameters else Confidence.TENTATIVE
        faults.append(Fault(call, _LEFT_OPEN, sure))
    return judged(
        tree,
        faults,
        sound=list(sound_readers(tree.code)),
        holds="a reader that resolves nothing outside of the document",
        nothing="reader of XML",
        proof="A DOCTYPE in a document then names files and hosts that the parser reads for whoever sent it.",
    )
