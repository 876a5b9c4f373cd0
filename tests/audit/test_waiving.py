"""A waiver takes away what it names, says so, and ends on its day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ostiary import config
from ostiary.audit.answering import result_of
from ostiary.audit.result import Report
from ostiary.audit.waiving import waived
from ostiary.errors import ConfigError
from ostiary.model import Evidence, Finding, Kind, Outcome
from ostiary.parts.waivers import Waiver

TODAY = dt.date(2026, 11, 22)


def waiver(*places: str, control: str = "input.injection-sql", expires: dt.date = TODAY) -> Waiver:
    return Waiver(control=control, reason="it goes in May", owner="shop team", expires=expires, places=places)


def finding(*places: str, outcome: Outcome = Outcome.FAIL) -> Finding:
    seen = tuple(Evidence(what="built", where=each) for each in places)
    return Finding(outcome=outcome, why="text is built", kind=Kind.SOURCE, places=places, evidence=seen)


def report(*findings: Finding) -> Report:
    results = (result_of("input.injection-sql", findings),)
    return Report(tool="ostiary 9", target="shop", started="2026-11-22T07:00:00Z", seconds=1, results=results)


def test_what_is_waived_whole_is_waived_with_reason_owner_and_day() -> None:
    made = waived(report(finding("a.py:1")), [waiver()], TODAY)
    (result,) = made.results
    assert (result.outcome, result.why) == (
        Outcome.WAIVED,
        "it goes in May (shop team, until 2026-11-22); it is: text is built",
    )
    assert made.exit_code() == 0


@pytest.mark.parametrize("pattern", ["old/*", "old/a.py", "old/a.py:1"])
def test_a_place_is_meant_with_or_without_its_line(pattern: str) -> None:
    (result,) = waived(report(finding("old/a.py:1", "new.py:2")), [waiver(pattern)], TODAY).results
    assert (result.outcome, result.places) == (Outcome.FAIL, ("new.py:2",))
    assert [each.where for each in result.evidence] == ["new.py:2"]


def test_another_place_or_control_is_not_waived_and_the_waiver_is_said_to_be_needless() -> None:
    made = waived(report(finding("a.py:1")), [waiver("b.py"), waiver(control="access.hsts")], TODAY)
    assert made.results[0].outcome is Outcome.FAIL
    assert made.notes == ("The waiver of input.injection-sql by shop team matches no finding: it can go.",)


def test_on_the_day_after_it_no_longer_counts() -> None:
    made = waived(report(finding("a.py:1")), [waiver(expires=TODAY - dt.timedelta(days=1))], TODAY)
    assert made.results[0].outcome is Outcome.FAIL
    assert "ended on 2026-11-21" in made.notes[0]


def test_only_failures_are_waived() -> None:
    made = waived(report(finding(outcome=Outcome.UNKNOWN)), [waiver()], TODAY)
    assert made.results[0].outcome is Outcome.UNKNOWN


def test_one_kind_may_be_waived_and_the_other_fail() -> None:
    live = Finding(outcome=Outcome.FAIL, why="seen", kind=Kind.LIVE, places=("GET /x",))
    (result,) = waived(report(live, finding("a.py:1")), [waiver("a.py")], TODAY).results
    assert (result.outcome, result.why) == (Outcome.FAIL, "seen")


def test_a_policy_names_waivers(tmp_path: Path) -> None:
    file = tmp_path / "ostiary.toml"
    table = '[[waivers]]\ncontrol = "{}"\nreason = "{}"\nowner = "shop"\nexpires = 2027-01-31\nplaces = ["old/*"]\n'
    file.write_text(table.format("input.injection-sql", "it goes in May"))
    assert config.read(file).waivers[0].expires == dt.date(2027, 1, 31)
    file.write_text(table.format("input.injection-sql", "no"))
    with pytest.raises(ConfigError, match=r"\[\[waivers\]\] 1: a waiver takes a reason"):
        config.read(file)
    file.write_text(table.format("input.injection-sq", "it goes in May"))
    with pytest.raises(ConfigError, match="did you mean"):
        config.read(file)
