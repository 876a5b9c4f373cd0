"""Faults become one finding: shown ones fail, signs ask for a look beside them or alone, sound uses pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.evidence.code import Spot
from ostiary.model import Confidence, Outcome, Severity
from ostiary.parts.code.judging import Fault, judged


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "a.py").write_text("first\nsecond\nthird\n")
    (tmp_path / "b.js").write_text("one()\n")
    return Tree("it", Folder(tmp_path), root=tmp_path)


def at(line: int, confidence: Confidence = Confidence.FIRM, what: str = "it is wrong", **rest: Severity) -> Fault:
    return Fault(Spot(path="a.py", line=line), what, confidence, **rest)


def test_shown_faults_fail_at_their_places_with_their_lines(tree: Tree) -> None:
    found = judged(tree, [at(2), at(1), at(2)], nothing="thing")
    assert (found.outcome, found.places) == (Outcome.FAIL, ("a.py:1", "a.py:2"))
    assert [each.extract for each in found.evidence] == ["first", "second"]


def test_the_surest_fault_speaks_for_all(tree: Tree) -> None:
    found = judged(tree, [at(1), at(2, Confidence.CERTAIN)], nothing="thing")
    assert found.confidence is Confidence.CERTAIN


def test_signs_stand_beside_what_was_shown_and_are_no_places(tree: Tree) -> None:
    found = judged(tree, [at(1), at(3, Confidence.TENTATIVE), at(1, Confidence.TENTATIVE)], nothing="thing")
    assert found.places == ("a.py:1",)
    assert found.why == "it is wrong; 1 more to be looked at (a.py:3)"
    assert found.facts["signs"] == ["a.py:3"]


def test_signs_alone_are_unknown_even_beside_sound_places(tree: Tree) -> None:
    found = judged(
        tree, [at(3, Confidence.TENTATIVE)], sound=[Spot(path="a.py", line=1)], holds="fine", nothing="thing"
    )
    assert (found.outcome, found.why) == (Outcome.UNKNOWN, "to be looked at: it is wrong (a.py:3)")


def test_sound_places_pass_unless_something_is_undecided(tree: Tree) -> None:
    sound = [Spot(path="a.py", line=1)]
    assert judged(tree, [], sound=sound, holds="fine", nothing="thing").why == "1 place: fine"
    assert (
        judged(tree, [], sound=sound, holds="fine", nothing="thing", undecided="who knows").outcome is Outcome.UNKNOWN
    )


def test_nothing_of_the_sort_says_how_much_was_read(tree: Tree) -> None:
    found = judged(tree, [], nothing="thing")
    assert (found.outcome, found.why) == (Outcome.NOT_APPLICABLE, "no thing in 2 files of Python and JavaScript")


def test_a_grade_counts_where_all_are_graded(tree: Tree) -> None:
    graded = [at(1, severity=Severity.LOW), at(2, severity=Severity.MEDIUM)]
    assert judged(tree, graded, nothing="thing").severity is Severity.MEDIUM
    assert judged(tree, [*graded, at(3)], nothing="thing").severity is None


def test_a_file_that_was_not_read_whole_keeps_from_passing(tree: Tree, tmp_path: Path) -> None:
    sound = [Spot(path="a.py", line=1)]
    assert judged(tree, [], sound=sound, holds="fine", nothing="thing").outcome is Outcome.PASS
    (tmp_path / "c.py").write_text("def x(t):\n    return t\ndef (((\n")
    cut = Tree("it", Folder(tmp_path), root=tmp_path)
    assert judged(cut, [], sound=sound, holds="fine", nothing="thing").outcome is Outcome.UNKNOWN
    assert judged(cut, [], nothing="thing").outcome is Outcome.UNKNOWN
    assert judged(cut, [at(1)], nothing="thing").outcome is Outcome.FAIL
