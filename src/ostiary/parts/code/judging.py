"""Faults that were seen in code become one finding: shown ones fail, signs ask for a look, sound uses pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Language, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity, failed, not_applicable, passed, unknown

SHOWN: Final = 4  # places with their line; all are listed
_RANK: Final = (Confidence.CERTAIN, Confidence.FIRM, Confidence.TENTATIVE)
_WORDS: Final = {
    Language.PYTHON: "Python",
    Language.JAVASCRIPT: "JavaScript",
    Language.JAVA: "Java",
    Language.KOTLIN: "Kotlin",
    Language.SWIFT: "Swift",
    Language.GO: "Go",
    Language.PHP: "PHP",
    Language.RUBY: "Ruby",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a place; ``what`` is a phrase without the code's values."""

    spot: Spot
    what: str
    confidence: Confidence = Confidence.FIRM
    severity: Severity | None = None  # None: the control's


def judged(
    tree: Tree,
    faults: Iterable[Fault],
    *,
    sound: Sequence[Spot] = (),
    holds: str = "",
    nothing: str,
    undecided: str = "",
    proof: str = "",
) -> Finding:
    """One finding of all faults of a control in a tree.

    :param sound: where it was seen to be done right.
    :param holds: what those places do, for PASS: "limits the size of what is read"; the count and places are added.
    :param nothing: of what there is none here, for NOT_APPLICABLE: "call that fetches a URL".
    :param undecided: why nothing can be said though something of the sort is here; comes before a pass.
    """
    found = sorted(faults, key=lambda each: (_RANK.index(each.confidence), each.spot.path, each.spot.line))
    shown = [each for each in found if each.confidence is not Confidence.TENTATIVE]
    if shown:
        return _failed(tree, shown, proof, [each for each in found if each.confidence is Confidence.TENTATIVE])
    signs = list({each.spot.place: each for each in found}.values())
    evidence = [tree.show(each.spot.place, each.what) for each in signs[:SHOWN]]
    if signs:
        more = f" and {len(signs) - 1} more" if len(signs) > 1 else ""
        return unknown(f"to be looked at: {signs[0].what} ({signs[0].spot.place}{more})", *evidence)
    if undecided:
        return unknown(undecided)
    unread = [each for each in tree.code.modules if each.broken]
    if unread:  # what holds elsewhere, or is nowhere else, may be otherwise there
        so_far = f"{len(sound)} place{'s' * (len(sound) != 1)}: {holds}" if sound else f"no {nothing} in {read(tree)}"
        return unknown(f"{so_far}; {unread[0].path} was not read whole ({unread[0].broken})")
    if sound:
        shown_places = [tree.show(each.place, holds) for each in sound[:SHOWN]]
        return passed(f"{len(sound)} place{'s' * (len(sound) != 1)}: {holds}", *shown_places)
    return not_applicable(f"no {nothing} in {read(tree)}")


def _failed(tree: Tree, faults: Sequence[Fault], proof: str, signs: Sequence[Fault]) -> Finding:
    at = {each.spot.place: each for each in reversed(faults)}  # the surest of each place
    ordered = sorted(at.values(), key=lambda each: (each.spot.path, each.spot.line))
    kinds = list(dict.fromkeys(each.what for each in faults))
    graded = [each.severity for each in faults]
    others = [each for each in dict.fromkeys(sign.spot.place for sign in signs) if each not in at]
    severity = max((each for each in graded if each is not None), key=lambda each: each.rank, default=None)
    why = "; ".join(kinds[:3]) + (f" and {len(kinds) - 3} more kinds" if len(kinds) > 3 else "")  # noqa: PLR2004 - as many as a line holds
    if others:
        why += f"; {len(others)} more to be looked at ({', '.join(others[:3])}{', ...' if len(others) > 3 else ''})"  # noqa: PLR2004 - as above
    return failed(
        why,
        *(tree.show(each.spot.place, each.what) for each in ordered[:SHOWN]),
        proof=proof,
        places=tuple(each.spot.place for each in ordered),
        confidence=faults[0].confidence,
        severity=severity if all(each is not None for each in graded) else None,
        facts={"signs": others[:50]} if others else {},
    )


def read(tree: Tree) -> str:
    """How much code was read, in words: ``41 files of Python and JavaScript``; a file that is broken is said."""
    modules = tree.code.modules
    languages = [word for language, word in _WORDS.items() if any(each.language is language for each in modules)]
    broken = sum(bool(each.broken) for each in modules)
    listed = " and ".join([", ".join(languages[:-1]), languages[-1]]) if len(languages) > 1 else "".join(languages)
    text = (
        f"{len(modules)} file{'s' * (len(modules) != 1)} of {listed}" if modules else "a tree without code that is read"
    )
    return f"{text} ({broken} could not be read whole)" if broken else text
