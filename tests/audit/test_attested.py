"""Answers decide where no check could, for as long as they hold, and never against what was seen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from ostiary.audit.answering import result_of
from ostiary.audit.attested import attested
from ostiary.audit.result import INTERRUPTED, Report
from ostiary.model import Finding, Kind, Outcome, attest, failed, passed, unknown

TODAY = dt.date(2026, 11, 22)
ID = "people.breach-notify-users"
YES = {
    "answer": "yes",
    "owner": "ops@example.com",
    "date": dt.date(2026, 9, 1),
    "evidence": "https://wiki.example.com/breach",
}


def report_of(*findings: Finding) -> Report:
    return Report(tool="ostiary 0", target=".", started="", seconds=0, results=(result_of(ID, findings),))


def answered(finding: Finding, file: str = "", **table: Any) -> Any:
    return attested(report_of(finding), {ID: {**YES, **table}}, TODAY, file=file).results[0]


@pytest.mark.parametrize("finding", [attest("is it so?"), unknown("no way to tell")])
def test_a_yes_closes_what_no_check_decided(finding: Finding) -> None:
    result = answered(finding)
    assert result.outcome is Outcome.PASS
    assert result.why == "attested by ops@example.com on 2026-09-01: https://wiki.example.com/breach"
    assert result.decisive.facts["attested"] is True
    assert result.evidence[0].where == "https://wiki.example.com/breach"


def test_an_answer_never_outvotes_a_failure() -> None:
    report = attested(report_of(Finding(outcome=Outcome.FAIL, why="shown", kind=Kind.SOURCE)), {ID: YES}, TODAY)
    assert report.results[0].outcome is Outcome.FAIL
    assert report.notes == (f"The answer for {ID} was not needed: the audit itself found FAIL.",)


def test_a_pass_stays_the_audits_own() -> None:
    assert answered(passed("seen")).why == "seen"


def test_a_no_fails() -> None:
    result = answered(attest("?"), answer="no", evidence="", note="nobody wrote it yet")
    assert result.outcome is Outcome.FAIL
    assert "nobody wrote it yet" in result.why
    assert result.fingerprint


def test_what_does_not_apply_says_why() -> None:
    result = answered(attest("?"), answer="not-applicable", evidence="", note="there are no user accounts")
    assert result.outcome is Outcome.NOT_APPLICABLE
    assert "there are no user accounts" in result.why


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"date": dt.date(2025, 11, 1)}, "ended on 2026-11-01"),
        ({"expires": "30d"}, "ended on 2026-10-01"),
        ({"expires": dt.date(2026, 11, 21)}, "ended on 2026-11-21"),
        ({"owner": " "}, "names nobody"),
        ({"owner": "TODO"}, "names nobody"),
        ({"evidence": ""}, "names no evidence"),
        ({"answer": "maybe"}, "says neither"),
        ({"answer": True}, "says neither"),
        ({"date": "soon"}, "has no date"),
        ({"date": dt.date(2026, 11, 23)}, "a day to come"),
        ({"expires": "soon"}, "has no expires"),
        ({"expires": "9y"}, "more than three years"),
        ({"evidence": "docs/breach.md"}, "not there: docs/breach.md"),
        ({"answr": "yes"}, "not known: answr"),
        ({"answer": "not-applicable"}, "no reason"),
        ({"evidence": 7}, "no text as evidence"),
    ],
)
def test_an_answer_that_does_not_hold_leaves_the_question_open(table: dict[str, Any], said: str) -> None:
    result = answered(attest("is it so?"), **table)
    assert result.outcome is Outcome.ATTEST
    assert said in result.why
    assert result.why.endswith("is it so?")


def test_the_last_day_still_counts() -> None:
    assert answered(attest("?"), expires=TODAY).outcome is Outcome.PASS


def test_evidence_that_is_a_file_lies_beside_the_policy(tmp_path: Path) -> None:
    (tmp_path / "breach.md").touch()
    assert answered(attest("?"), file=str(tmp_path / "ostiary.toml"), evidence="breach.md#plan").outcome is Outcome.PASS


def test_what_was_not_asked_stays_so() -> None:
    assert answered(unknown(INTERRUPTED)).outcome is Outcome.UNKNOWN


def test_findings_of_checks_stay_beside_the_answer() -> None:
    checked = Finding(outcome=Outcome.ATTEST, why="3 of 4 are there: is the fourth?", kind=Kind.SOURCE)
    assert [each.outcome for each in answered(checked).findings] == [Outcome.PASS, Outcome.ATTEST]


def test_a_failure_beside_an_open_question_is_not_answered_away() -> None:
    report = report_of(failed("seen"), attest("?"))
    assert attested(report, {ID: YES}, TODAY).results[0].outcome is Outcome.FAIL
