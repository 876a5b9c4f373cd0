"""What a killed audit found is not asked again, and the file it stands in is nobody else's to read."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.listening import serving
from audit.test_run import Things, of
from audit.test_run import checks as checks  # noqa: PLC0414 - a fixture
from ostiary.audit.journal import Journal
from ostiary.audit.result import Report, Result
from ostiary.audit.run import audit
from ostiary.errors import ConfigError
from ostiary.evidence import Http, Shown
from ostiary.model import Confidence, Evidence, Finding, Kind, Outcome, Severity, failed, passed

FIRST, SECOND = "access.hsts", "auth.no-basic"
SEEN = Shown(
    what="seen", where="GET /a", request="GET /a", reply="HTTP/1.1 200", curl="curl", method="GET", target="/a",
    headers=(("Accept", "*/*"),), body=b"\xff\x00", identity="alice", status=200, reply_headers=(("server", "x"),),
)  # fmt: skip
FOUND = Finding(
    outcome=Outcome.FAIL, why="why", evidence=(SEEN, Evidence(what="in the document", where="a#/x")), severity=Severity.LOW,
    kind=Kind.LIVE, confidence=Confidence.CERTAIN, proof="proof", places=("GET /a",), facts={"fields": ["a"], "limit": 3},
)  # fmt: skip


def kept(file: Path, about: dict[str, Any] | None = None, *, finished: bool = False) -> None:
    journal = Journal(file, about or {"target": "http://a"})
    journal.begin(7)
    journal.keep(Result(id="a.b", section="A", rule="r", severity=Severity.LOW, outcome=Outcome.FAIL, why="why",
                        findings=(FOUND,), requests=5))  # fmt: skip
    journal.end(finished=finished)


def test_a_result_comes_back_as_it_was(tmp_path: Path) -> None:
    kept(tmp_path / "j")
    again = Journal(tmp_path / "j", {"target": "http://a"})
    assert again.seed == 7
    assert again.done["a.b"].requests == 5
    assert again.done["a.b"].findings == (FOUND,)


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "j"
    file.touch(0o666)
    kept(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_line_that_was_cut_off_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "j"
    kept(file)
    whole = file.read_text()
    file.write_text(whole + '{"id": "a.c", "requests": 3, "find')
    again = Journal(file, {"target": "http://a"})
    assert list(again.done) == ["a.b"]
    again.begin(7)
    again.keep(Result(id="a.d", section="A", rule="r", severity=Severity.LOW, outcome=Outcome.PASS, why="w",
                      findings=(passed("w"),), requests=1))  # fmt: skip
    again.end(finished=False)
    assert list(Journal(file, {"target": "http://a"}).done) == ["a.b", "a.d"]


def test_one_that_came_to_its_end_begins_anew(tmp_path: Path) -> None:
    kept(tmp_path / "j", finished=True)
    again = Journal(tmp_path / "j", {"target": "http://a"})
    assert (again.done, again.seed) == ({}, None)


def test_another_audits_journal_is_not_continued(tmp_path: Path) -> None:
    kept(tmp_path / "j")
    with pytest.raises(ConfigError, match="is of another audit, of http://a"):
        Journal(tmp_path / "j", {"target": "http://b"})


@pytest.mark.parametrize("text", ["my diary\n", '{"controls": []}\n', "[1]\n"])
def test_what_is_no_journal_is_not_overwritten(tmp_path: Path, text: str) -> None:
    file = tmp_path / "j"
    file.write_text(text)
    with pytest.raises(ConfigError, match="no journal of this program"):
        Journal(file, {})
    assert file.read_text() == text


def test_a_stopped_audit_goes_on_where_it_ended(checks: Callable[..., None], tmp_path: Path) -> None:
    asked: list[str] = []

    async def main(base: str, *, slow: bool) -> Report:
        stop = asyncio.Event()

        async def first(_: Http) -> Finding:
            asked.append(FIRST)
            return failed("broken, seen by t0ken-of-alice")

        async def second(_: Http) -> Finding:
            asked.append(SECOND)
            if slow:
                stop.set()
                await asyncio.sleep(30)
            return passed("fine")

        checks({FIRST: {Kind.LIVE: first}, SECOND: {Kind.LIVE: second}})
        who = {"alice": [("Authorization", "Bearer t0ken-of-alice")]}
        return await audit(base, only=[FIRST, SECOND], stop=stop, journal=file, identities=who)

    file = tmp_path / "journal"
    with serving(Things()) as base:
        stopped = asyncio.run(main(base, slow=True))
        assert stopped.interrupted
        assert "t0ken-of-alice" not in file.read_text()
        whole = asyncio.run(main(base, slow=False))
        assert asked == [FIRST, SECOND, SECOND]
        assert (of(whole, FIRST).outcome, of(whole, SECOND).outcome) == (Outcome.FAIL, Outcome.PASS)
        assert whole.seed == stopped.seed
        asyncio.run(main(base, slow=False))
    assert asked == [FIRST, SECOND, SECOND, FIRST, SECOND]  # it had come to its end
