"""Images are judged by the distribution's own advisories, by what a newer package fixes, and by the calendar."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import io
import json
import tarfile
from pathlib import Path

import pytest

from ostiary.audit.answering import answered
from ostiary.audit.gather.supply.updating import update
from ostiary.audit.gather.trees.archive import Image
from ostiary.audit.gather.trees.readers import Settings
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.ci.os_package_vulns.source import audit_source
from ostiary.model import Finding, Outcome, Severity

TRIXIE = 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n'


@pytest.fixture
def database(tmp_path: Path) -> Path:
    records = tmp_path / "records"
    records.mkdir()
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name, source, end, urgency in (
        ("DSA-1", "openssl", {"fixed": "3.5.1-1+deb13u1"}, "high"),
        ("CVE-2", "bash", None, "unimportant"),
    ):
        events = [{"introduced": "0"}, *([end] if end else [])]
        affected = {"package": {"ecosystem": "Debian:13", "name": source}, "ranges": [{"type": "ECOSYSTEM", "events": events}],
                    "ecosystem_specific": {"urgency": urgency}}  # fmt: skip
        (records / f"{name}.json").write_text(json.dumps({"id": name, "modified": now, "affected": [affected]}))
    update(tmp_path / "db", (), str(records), lambda _: None)
    return tmp_path / "db"


def audit(path: Path, database: Path, files: dict[str, str]) -> Finding:
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    with tarfile.open(path, "w") as tar:
        for name, data in (
            ("l.tar", layer.getvalue()),
            ("manifest.json", json.dumps([{"Layers": ["l.tar"]}]).encode()),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    with contextlib.closing(Tree("image.tar", Image(path), settings=Settings(advisories=database))) as tree:
        return asyncio.run(answered(audit_source, tree))


def status(version: str) -> str:
    return (
        f"Package: libssl3\nStatus: install ok installed\nSource: openssl\nVersion: {version}\n\n"
        "Package: bash\nStatus: install ok installed\nVersion: 5.2-1\n"
    )


def test_a_package_that_a_newer_one_fixes_fails(tmp_path: Path, database: Path) -> None:
    finding = audit(tmp_path / "i.tar", database, {"etc/os-release": TRIXIE, "var/lib/dpkg/status": status("3.5.1-1")})
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.HIGH)
    assert finding.places == ("libssl3 3.5.1-1",)
    assert "fixed in 3.5.1-1+deb13u1" in finding.evidence[0].what


def test_its_sound_twin_passes_though_a_flaw_has_no_fix(tmp_path: Path, database: Path) -> None:
    finding = audit(
        tmp_path / "i.tar", database, {"etc/os-release": TRIXIE, "var/lib/dpkg/status": status("3.5.1-1+deb13u1")}
    )
    assert finding.outcome is Outcome.PASS
    assert "1 have flaws without a fix" in finding.why


def test_a_release_that_ended_fails_whatever_the_database_says(tmp_path: Path) -> None:
    release = 'ID=debian\nVERSION_ID="9"\n'
    finding = audit(
        tmp_path / "i.tar", tmp_path / "none", {"etc/os-release": release, "var/lib/dpkg/status": status("1")}
    )
    assert finding.outcome is Outcome.FAIL
    assert "2022-06-30" in finding.why


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"app": "x"}, "no database of packages"),
        ({"etc/os-release": "ID=rhel\nVERSION_ID=9\n", "var/lib/rpm/rpmdb.sqlite": "x"}, "RPM"),
        (
            {"etc/os-release": "ID=alpine\nVERSION_ID=3.22.1\n", "lib/apk/db/installed": "P:musl\nV:1.2-r1\n\n"},
            "knows nothing of Alpine",
        ),
        ({"etc/os-release": TRIXIE, "var/lib/dpkg/status": status("~not")}, ""),
    ],
    ids=["static", "rpm", "other", "odd"],
)
def test_what_cannot_be_compared_does_not_pass(files: dict[str, str], why: str, tmp_path: Path, database: Path) -> None:
    finding = audit(tmp_path / "i.tar", database, files)
    assert finding.outcome is not Outcome.PASS
    assert why in finding.why


def test_no_database_is_unknown(tmp_path: Path) -> None:
    finding = audit(
        tmp_path / "i.tar", tmp_path / "none", {"etc/os-release": TRIXIE, "var/lib/dpkg/status": status("1")}
    )
    assert finding.outcome is Outcome.UNKNOWN
    assert "ostiary advisories update" in finding.why


@pytest.mark.parametrize("release", ['ID=debian\nVERSION_ID="14"\n', "ID=debian\n", 'ID=raspbian\nVERSION_ID="13"\n', ""], ids=["new", "sid", "kin", "none"])  # fmt: skip
def test_a_release_that_the_database_does_not_know_does_not_pass(release: str, tmp_path: Path, database: Path) -> None:
    finding = audit(tmp_path / "i.tar", database, {"etc/os-release": release, "var/lib/dpkg/status": status("3.5.1-1")})
    assert finding.outcome is Outcome.UNKNOWN
    assert "knows nothing of Debian" in finding.why
