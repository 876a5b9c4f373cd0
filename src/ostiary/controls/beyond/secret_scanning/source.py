"""Of a tree and its history: no credential that opens something; what was ever committed counts like what is there."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Searched, Tree
from ostiary.model import Confidence, Finding, Severity, attest, failed, not_applicable, passed, unknown
from ostiary.parts.secrets.weighing import GUESSED, Weighed, places, shown, told, weighed

QUESTION: Final = (
    "How is a leaked secret replaced and how long does it take (attach the rotation procedure and the last "
    "rotation record)?"
)
_ARTEFACTS: Final = ("wheel", "jar", "image")  # they have no history of their own
_LIMITS: Final = ("bounds", "to its end", "shallow", "first part", "unreadable", "Of ")


async def audit_source(tree: Tree) -> Finding:
    """Search files and history by documented forms, and by names with plausible values; no key is ever used."""
    searched = tree.secrets()
    found = weighed(searched.found)
    if found.grave:
        return _failed(found)
    if not searched.files and not searched.commits:
        return not_applicable(f"no file that is a text among {len(tree.files)}")
    if found.doubtful:
        return unknown(
            f"{told(found.doubtful)}: whether it opens something cannot be read from it{found.sentence}",
            *shown(found.doubtful),
        )
    return _clean(tree, searched, found)


def _failed(found: Weighed) -> Finding:
    grave = found.grave
    past = sum(not each.in_head for each in grave)
    history = f"; {past} in the history, where everybody who clones finds what was removed" if past else ""
    guessed = all(each.kind == GUESSED for each in grave)
    return failed(
        f"{told(grave)}{history}{found.sentence}",
        *shown(grave),
        severity=Severity.HIGH if guessed else None,
        confidence=Confidence.CERTAIN if grave[0].certain else Confidence.FIRM,
        proof="the value has a form that its issuer documents"
        if grave[0].certain
        else "a literal that a generator or a person made up, under the name of a secret",
        places=places(grave),
        facts={"kinds": sorted({each.kind for each in grave}), "history": past},
    )


def _clean(tree: Tree, searched: Searched, found: Weighed) -> Finding:
    size = f"{searched.files} files, {searched.bytes / 1e6:.1f} MB"
    left = [each for each in searched.skipped if any(limit in each for limit in _LIMITS)]
    if left:
        return unknown(f"no credential in what was searched ({size}), but: {left[0]}{found.sentence}")
    if tree.form in _ARTEFACTS:
        return passed(f"no credential in {size}{found.sentence}")
    if not searched.commits:
        return attest(
            f"No credential in {size}, but the history was not there to be searched{found.sentence}. {QUESTION}"
        )
    return passed(f"no credential in {size} and {searched.commits} commits{found.sentence}")
