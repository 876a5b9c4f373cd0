"""No line of the checklists is missed, and no control claims a line that is not there."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from ostiary import catalogue
from seeds import LINES, SEEDS

AGREED = os.environ.get(
    "OSTIARY_AGREED_CATALOGUE", ""
)  # the catalogue's source, a TOML file that is no part of the project


@pytest.mark.parametrize("which", LINES)
def test_every_line_of_the_checklist_became_a_control(which: str) -> None:
    covered = {line for name, line, _, _ in SEEDS if name == which}
    assert covered == set(LINES[which])


def test_every_control_named_exists() -> None:
    assert {control for _, _, _, control in SEEDS} <= set(catalogue.ids())


def test_what_no_line_asks_for_is_beyond_the_checklists() -> None:
    asked = {control for _, _, _, control in SEEDS}
    assert {each for each in catalogue.ids() if each not in asked} == {
        each for each in catalogue.ids() if each.startswith("beyond.")
    }


def test_pointers_are_a_few_words() -> None:
    assert [row for row in SEEDS if not 2 <= len(row[2].split()) <= 7] == []


def test_no_row_is_written_twice() -> None:
    assert len(set(SEEDS)) == len(SEEDS)


def test_the_catalogue_is_the_one_that_was_agreed() -> None:
    if not AGREED:
        pytest.skip("OSTIARY_AGREED_CATALOGUE names no file: the catalogue was not compared with its source")
    agreed = tomllib.loads(Path(AGREED).read_text(encoding="utf-8"))["control"]
    ids = {f"{each['section']}.{each['id'].removeprefix(each['section'] + '-')}": each for each in agreed}
    assert set(ids) == set(catalogue.ids())
    names = sorted({source["file"] for each in agreed for source in each["sources"]})
    files = dict(zip(names, "ab", strict=True))
    rows = {
        (files[source["file"]], source["line"], control) for control, each in ids.items() for source in each["sources"]
    }
    assert rows == {(which, line, control) for which, line, _, control in SEEDS}
    for control, each in ids.items():
        assert catalogue.control(control).severity.value == each["severity"], control
