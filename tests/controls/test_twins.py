"""Of each control, a faulty sample is found at exactly the marked places, and its sound twin is left alone."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ostiary import catalogue
from ostiary.audit.answering import answered
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.model import Finding, Kind, Outcome

TWINS = Path(__file__).parents[1] / "twins"
SAMPLES = sorted(each for control in TWINS.iterdir() if control.is_dir() for each in control.iterdir())
MARK = re.compile(r"\bBAD\b")


def name_of(sample: Path) -> str:
    return f"{sample.parent.name}/{sample.name}"


def audited(sample: Path, folder: Path) -> Iterator[Finding]:
    """What the checks of source and pipelines say of a copy outside of any folder whose name means something."""
    root = folder / "it"
    if sample.is_dir():
        shutil.copytree(sample, root, ignore=shutil.ignore_patterns("expected.txt"))
    else:
        root.mkdir()
        shutil.copy(sample, root / sample.name.replace("good", "app").replace("bad", "app"))
    tree = Tree("it", Folder(root), root=root)
    audits = catalogue.control(sample.parent.name).audits
    for kind in (Kind.SOURCE, Kind.CI):
        if kind in audits:
            yield asyncio.run(answered(audits[kind], tree))


def marked(sample: Path) -> set[str]:
    told = sample / "expected.txt"
    if sample.is_dir() and told.exists():
        return set(told.read_text(encoding="utf-8").split())
    files = [each for each in sample.rglob("*") if each.is_file()] if sample.is_dir() else [sample]
    return {
        f"{each.relative_to(sample).as_posix() if sample.is_dir() else each.name.replace('bad', 'app')}:{number}"
        for each in files
        for number, line in enumerate(each.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MARK.search(line)
    }


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each.name.startswith("bad")], ids=name_of)
def test_a_faulty_sample_is_found_where_it_is_marked(sample: Path, tmp_path: Path) -> None:
    findings = [each for each in audited(sample, tmp_path) if each.outcome is Outcome.FAIL]
    assert findings
    assert {place for each in findings for place in each.places} == marked(sample)


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each.name.startswith("good")], ids=name_of)
def test_a_sound_sample_is_left_alone(sample: Path, tmp_path: Path) -> None:
    found = list(audited(sample, tmp_path))
    assert found
    assert [(each.why, each.places) for each in found if each.outcome is Outcome.FAIL] == []


def test_every_faulty_sample_has_a_sound_one() -> None:
    for control in {each.parent for each in SAMPLES}:
        kinds = {(each.name.startswith("bad"), each.suffix) for each in control.iterdir()}
        assert {suffix for bad, suffix in kinds if bad} <= {suffix for bad, suffix in kinds if not bad}, control.name


def test_no_sample_is_of_an_unknown_name() -> None:
    assert {each.parent.name for each in SAMPLES} <= set(catalogue.ids())
    assert [name_of(each) for each in SAMPLES if not each.name.startswith(("bad", "good"))] == []
