"""Whatever stands still is audited: one answer for each control, several targets in one report, Ctrl-C included."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ostiary import catalogue
from ostiary.audit.merge import merged
from ostiary.audit.offline import audit_offline
from ostiary.audit.recognise import recognise
from ostiary.audit.result import INTERRUPTED, Report, Result
from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.evidence.tree import Tree
from ostiary.model import Control, Finding, Kind, Outcome, failed, passed, unknown

Checks = Callable[[Mapping[str, Mapping[Kind, Any]]], None]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a file in it."""
    made = tmp_path / "shop"
    made.mkdir()
    (made / "README").write_text("hello\n")
    return made


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Checks:
    def put(audits: Mapping[str, Mapping[Kind, Any]]) -> None:
        real = catalogue.control

        def control(control_id: str) -> Control:
            return dataclasses.replace(real(control_id), audits=audits.get(control_id, {}))

        monkeypatch.setattr(catalogue, "control", control)

    return put


def audited(folder: Path, **rest: Any) -> Report:
    return asyncio.run(audit_offline(recognise(str(folder)), **rest))


def of(report: Report, control: str = "access.hsts") -> Result:
    return next(each for each in report.results if each.id == control)


async def found(tree: Tree) -> Finding:
    return failed("it is there", tree.show("a.py:1", "here"), places=("a.py:1",))


async def fine(_: Tree) -> Finding:
    return passed("all is well")


def test_every_control_gets_one_answer_and_the_report_says_what_was_read(tmp_path: Path, checks: Checks) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    checks({"access.hsts": {Kind.SOURCE: found, Kind.CI: fine}})
    report = audited(tmp_path)
    assert tuple(each.id for each in report.results) == catalogue.ids()
    assert (of(report).outcome, of(report).kinds) == (Outcome.FAIL, (Kind.SOURCE, Kind.CI))
    assert of(report).evidence[0].extract == "x = 1"
    assert (report.form, report.read, report.budget) == ("folder", "1 file", 0)
    assert report.exit_code() == 1


def test_what_shows_elsewhere_says_where(shop: Path, checks: Checks) -> None:
    checks({"access.hsts": {Kind.LIVE: fine, Kind.HOST: fine}})
    assert of(audited(shop)).why == "not asked: it shows in the API's URL or the machine (--host)"


def test_a_check_that_crashes_or_says_nothing_is_unknown(shop: Path, checks: Checks) -> None:
    async def crash(tree: Tree) -> Finding:
        raise ValueError(tree.name)

    checks({"access.hsts": {Kind.SOURCE: crash}})
    report = audited(shop)
    assert (of(report).outcome, of(report).why) == (Outcome.UNKNOWN, "the check crashed: ValueError")
    assert "1 checks crashed (access.hsts)" in report.notes[-1]


def test_off_is_waived(shop: Path, checks: Checks) -> None:
    checks({"access.hsts": {Kind.SOURCE: found}})
    report = audited(shop, config=Config(off={"access.hsts": "the balancer does it"}))
    assert of(report).outcome is Outcome.WAIVED


def test_kinds_may_be_chosen(shop: Path, checks: Checks) -> None:
    checks({"access.hsts": {Kind.SOURCE: found, Kind.CI: fine}})
    assert of(audited(shop, kinds=[Kind.CI])).outcome is Outcome.PASS


def test_stopped_in_the_middle_it_reports_what_it_has(shop: Path, checks: Checks) -> None:
    stop = asyncio.Event()
    first, second = "access.hsts", "access.https-only"

    async def main() -> Report:
        loop = asyncio.get_running_loop()

        async def slow(_: Tree) -> Finding:
            loop.call_soon_threadsafe(stop.set)
            time.sleep(0.3)  # noqa: ASYNC251 - as a check that computes does
            return passed("done")

        checks({first: {Kind.SOURCE: slow}, second: {Kind.SOURCE: found}})
        return await audit_offline(recognise(str(shop)), only=[first, second], stop=stop)

    report = asyncio.run(main())
    assert (of(report, first).outcome, of(report, second).why) == (Outcome.PASS, INTERRUPTED)
    assert report.exit_code() == 130


def test_several_targets_are_one_report_that_fails_where_any_fails(tmp_path: Path, checks: Checks) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "README").write_text("hello\n")
    (tmp_path / "b" / "a.py").write_text("x\n")

    async def where(tree: Tree) -> Finding:
        return failed("a file", places=("a.py:1",)) if tree.named("*.py") else passed("none")

    checks({"access.hsts": {Kind.SOURCE: where}})
    both = merged([audited(tmp_path / "a"), audited(tmp_path / "b")])
    assert (of(both).outcome, of(both).places, len(of(both).findings)) == (Outcome.FAIL, ("a.py:1",), 2)
    assert both.form == "several"


def as_live(report: Report, finding: Finding) -> Report:
    changed = dataclasses.replace(finding, kind=Kind.LIVE)
    results = [
        dataclasses.replace(each, findings=(changed,), outcome=changed.outcome) if each.id == "access.hsts" else each
        for each in report.results
    ]
    return dataclasses.replace(report, results=tuple(results), form="url")


def test_a_live_pass_beside_a_failure_in_source_is_latent(tmp_path: Path, checks: Checks) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    checks({"access.hsts": {Kind.SOURCE: found}})
    source = audited(tmp_path)
    passing = merged([as_live(source, passed("seen")), source])
    assert (of(passing).outcome, of(passing).latent) == (Outcome.FAIL, True)
    assert not of(merged([as_live(source, unknown("not asked")), source])).latent
    assert not of(merged([as_live(source, failed("seen")), source])).latent


def test_a_document_is_a_target(tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text('{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "security": []}')
    assert Kind.SPEC in {kind for each in audited(file).results for kind in each.kinds}


def test_a_folder_without_files_is_said_not_passed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no file to read"):
        audited(tmp_path)
