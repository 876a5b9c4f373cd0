"""Old findings are told from new ones by what is broken where, not by words."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from ostiary.audit import baseline
from ostiary.audit.baseline import Fault, compared, fingerprint
from ostiary.audit.report import json as machine
from ostiary.audit.result import Report, Result
from ostiary.errors import ConfigError
from ostiary.model import Finding, Kind, Outcome, Severity, failed, passed, unknown


def result(control_id: str, finding: Finding, kind: Kind = Kind.LIVE) -> Result:
    found = dataclasses.replace(finding, kind=kind)
    return Result(
        id=control_id,
        section="Input",
        rule="r",
        severity=Severity.HIGH,
        outcome=found.outcome,
        why=found.why,
        findings=(found,),
    )


def report(*results: Result) -> Report:
    return Report(tool="ostiary 1", target="http://a", started="now", seconds=1, results=results)


def written(tmp_path: Path, *results: Result) -> list[Fault]:
    file = tmp_path / "old.json"
    file.write_text(machine.render(report(*results)), encoding="utf-8")
    return baseline.read(file, "--baseline")


def since(tmp_path: Path, old: list[Result], new: list[Result]) -> Any:
    return compared(report(*new), written(tmp_path, *old), "old.json", only_new=True).since


def test_a_fingerprint_hears_control_kind_and_places_and_no_words() -> None:
    one = dataclasses.replace(failed("a", places=("GET /b", "GET /a")), kind=Kind.LIVE)
    same = dataclasses.replace(
        failed("other words", places=("GET /a", "GET /b"), severity=Severity.LOW), kind=Kind.LIVE
    )
    assert fingerprint("x.y", one) == fingerprint("x.y", same)
    others = [
        fingerprint("x.z", one),
        fingerprint("x.y", dataclasses.replace(one, kind=Kind.SPEC)),
        fingerprint("x.y", dataclasses.replace(one, places=("GET /a",))),
    ]
    assert fingerprint("x.y", one) not in others
    assert len(set(others)) == 3


def test_new_known_gone_and_undecided(tmp_path: Path) -> None:
    old = [result(each, failed("w")) for each in ("a.known", "a.gone", "a.lost", "a.absent")]
    new = [
        result("a.known", failed("in other words")),
        result("a.gone", passed("mended")),
        result("a.lost", unknown("no baseline")),
        result("a.new", failed("w")),
    ]
    found = since(tmp_path, old, new)
    assert (found.new, found.known) == (("a.new",), ("a.known",))
    assert (found.gone, found.undecided) == (("a.gone",), ("a.lost", "a.absent"))


def test_a_fault_that_spreads_is_new_and_one_that_shrinks_is_known(tmp_path: Path) -> None:
    old = [result("a.b", failed("w", places=("GET /a", "GET /b")))]
    assert since(tmp_path, old, [result("a.b", failed("w", places=("GET /a",)))]).known == ("a.b",)
    assert since(tmp_path, old, [result("a.b", failed("w", places=("GET /a", "GET /c")))]).new == ("a.b",)


def test_a_live_failure_is_new_where_only_the_document_failed(tmp_path: Path) -> None:
    old = [result("a.b", failed("w"), Kind.SPEC)]
    assert since(tmp_path, old, [result("a.b", failed("w"))]).new == ("a.b",)


def test_only_new_findings_count_for_the_exit_code(tmp_path: Path) -> None:
    old = written(tmp_path, result("a.known", failed("w")))
    known = compared(report(result("a.known", failed("w"))), old, "o", only_new=True)
    assert known.exit_code() == 0
    assert compared(report(result("a.known", failed("w"))), old, "o", only_new=False).exit_code() == 1
    assert compared(report(result("a.new", failed("w"))), old, "o", only_new=True).exit_code() == 1


def test_reports_from_before_places_were_told_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    kinds = [{"kind": "live", "outcome": "FAIL", "why": "w"}]
    file.write_text(json.dumps({"controls": [{"id": "a.b", "outcome": "FAIL", "kinds": kinds}]}))
    assert baseline.read(file, "--baseline") == [Fault("a.b", "live", frozenset())]
    found = compared(
        report(result("a.b", failed("w", places=("GET /a",)))), baseline.read(file, "x"), "o", only_new=True
    )
    assert found.since is not None
    assert found.since.known == ("a.b",)


@pytest.mark.parametrize("text", ["", "[]", '{"controls": 3}', "{", '{"controls": [{"outcome": "FAIL"}]}'])
def test_something_else_is_wrong_use(tmp_path: Path, text: str) -> None:
    file = tmp_path / "old.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match="--baseline"):
        baseline.read(file, "--baseline")
    with pytest.raises(ConfigError, match="cannot be read"):
        baseline.read(tmp_path / "none.json", "--baseline")


def test_outcomes_that_say_nothing_are_not_taken_for_closed(tmp_path: Path) -> None:
    old = [result("a.b", failed("w"))]
    new = dataclasses.replace(result("a.b", unknown("u")), outcome=Outcome.ATTEST)
    assert since(tmp_path, old, [new]).undecided == ("a.b",)
