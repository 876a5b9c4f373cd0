"""Vulnerable packages fail with their fix; data that are missing, old or incomplete never pass."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from ostiary.audit.answering import answered
from ostiary.audit.gather.supply.updating import update
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.readers import Settings
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.ci.av_scan.source import audit_source as audit_malware
from ostiary.controls.ci.dependency_vulns.source import audit_source
from ostiary.model import Finding, Outcome, Severity

HASH = "1" * 64


def record(name: str, package: str, **more: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "2.0"}]
    affected = {"package": {"ecosystem": "PyPI", "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": name, "affected": [affected], "summary": "it lets strangers in", **more}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return made(tmp_path / "db", dt.timedelta(days=1))


def made(folder: Path, age: dt.timedelta) -> Path:
    records = folder.parent / f"records-{folder.name}"
    records.mkdir()
    modified = (dt.datetime.now(dt.UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")
    for each in (
        record("GHSA-high", "web-kit", aliases=["CVE-2026-1"], database_specific={"severity": "HIGH"}),
        record("PYSEC-plain", "plain"),
        record("MAL-2026-7", "wired"),
        record("GHSA-worst", "runner", database_specific={"severity": "CRITICAL"}),
    ):
        (records / f"{each['id']}.json").write_text(json.dumps({**each, "modified": modified}))
    update(folder, (), str(records), lambda _: None)
    return folder


def audit(tmp_path: Path, database: Path, check: Any = audit_source, **files: str) -> Finding:
    root = tmp_path / "root"
    root.mkdir()
    for name, text in files.items():
        (root / name.replace("__", "-").replace("_", ".")).write_text(text)
    return asyncio.run(answered(check, Tree("it", Folder(root), settings=Settings(advisories=database, clamd="unix:/nowhere"))))  # fmt: skip


def test_a_vulnerable_package_fails_with_its_place_and_fix(tmp_path: Path, database: Path) -> None:
    finding = audit(tmp_path, database, requirements_txt="sound==1.0\nWeb_Kit==1.9\nplain==1\n")
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.HIGH)
    assert finding.places == ("requirements.txt:2", "requirements.txt:3")
    assert "2 of 3 packages" in finding.why
    assert "CVE-2026-1" in finding.evidence[0].what
    assert "fixed in 2.0" in finding.evidence[0].what
    assert finding.evidence[0].extract == "Web_Kit==1.9"
    assert finding.facts["vulnerable"][1] == {"ecosystem": "PyPI", "name": "plain", "version": "1", "severity": "medium", "development": False, "ids": ["PYSEC-plain"], "fixed": ["2.0"]}  # fmt: skip


def test_its_sound_twin_passes_with_the_date(tmp_path: Path, database: Path) -> None:
    finding = audit(tmp_path, database, requirements_txt="sound==1.0\nWeb_Kit==2.0\nplain==2.1\n")
    assert finding.outcome is Outcome.PASS
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    assert f"none of 3 packages has a known flaw, by advisories of {yesterday:%Y-%m-%d}" in finding.why


def test_what_developers_alone_use_weighs_less(tmp_path: Path, database: Path) -> None:
    finding = audit(tmp_path, database, requirements__dev_txt="runner==1.0\n", requirements_txt="plain==1\n")
    assert finding.severity is Severity.MEDIUM
    assert "(for development)" in finding.evidence[1].what


def test_malware_is_critical_and_is_found_without_an_engine_too(tmp_path: Path, database: Path) -> None:
    finding = audit(tmp_path, database, audit_malware, requirements_txt="wired==1.0\n")
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.CRITICAL)
    assert "MAL-2026-7" in finding.why


def test_no_database_is_unknown_with_what_to_do(tmp_path: Path) -> None:
    finding = audit(tmp_path, tmp_path / "none", requirements_txt="sound==1.0\n")
    assert finding.outcome is Outcome.UNKNOWN
    assert "ostiary advisories update" in finding.why


@pytest.mark.parametrize(("days", "outcome"), [(8, Outcome.PASS), (31, Outcome.UNKNOWN)])
def test_old_data_are_used_and_told_and_older_ones_prove_nothing(days: int, outcome: Outcome, tmp_path: Path) -> None:
    database = made(tmp_path / "old", dt.timedelta(days=days))
    finding = audit(tmp_path, database, requirements_txt="sound==1.0\n")
    assert finding.outcome is outcome
    assert f"{days} days old" in finding.why


def test_old_data_find_what_they_know(tmp_path: Path) -> None:
    database = made(tmp_path / "old", dt.timedelta(days=400))
    finding = audit(tmp_path, database, requirements_txt="web-kit==1.0\n")
    assert finding.outcome is Outcome.FAIL
    assert "400 days old" in finding.why


def test_an_ecosystem_that_the_database_lacks_is_unknown(tmp_path: Path, database: Path) -> None:
    lock = '{"lockfileVersion": 3, "packages": {"node_modules/left": {"version": "1.0.0"}}}'
    finding = audit(tmp_path, database, requirements_txt="sound==1.0\n", package__lock_json=lock)
    assert finding.outcome is Outcome.UNKNOWN
    assert "knows nothing of npm (1 packages): ostiary advisories update --ecosystem npm" in finding.why


def test_a_lock_that_cannot_be_read_is_unknown(tmp_path: Path, database: Path) -> None:
    finding = audit(tmp_path, database, requirements_txt="sound==1.0\n", uv_lock="[[")
    assert finding.outcome is Outcome.UNKNOWN
    assert "uv.lock cannot be read" in finding.why


def test_unpinned_is_a_finding_and_a_librarys_range_is_not(tmp_path: Path, database: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    finding = audit(tmp_path / "a", database, requirements_txt="sound>=1.0\n")
    assert (finding.outcome, finding.severity, finding.places) == (Outcome.FAIL, Severity.LOW, ("requirements.txt:1",))
    finding = audit(
        tmp_path / "b",
        database,
        pyproject_toml='[build-system]\n[project]\nname = "kit"\ndependencies = ["sound>=1"]\n',
    )
    assert finding.outcome is Outcome.UNKNOWN
    assert "as libraries do" in finding.why


def test_nothing_from_others_is_not_applicable(tmp_path: Path, database: Path) -> None:
    assert audit(tmp_path, database, main_py="x = 1\n").outcome is Outcome.NOT_APPLICABLE
