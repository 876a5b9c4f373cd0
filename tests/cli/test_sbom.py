"""A list of components is written where it is wanted, with notes of what is missing in it, and is valid CycloneDX."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from live.real_servers import python_of
from ostiary.cli.main import main

VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read()))
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "requirements.txt").write_text(f"web-kit==1.9 --hash=sha256:{'1' * 64}\nloose>=1\n")
    (root / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {"node_modules/@team/kit": {"version": "1.0.0", "integrity": "sha512-AAAA"}}}')  # fmt: skip
    (root / "uv.lock").write_text("[[")
    return root


@pytest.fixture
def database(tmp_path: Path) -> Path:
    event = {"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]}
    record = {"id": "GHSA-1", "modified": "2026-11-20T00:00:00Z", "published": "2026-11-19T00:00:00Z", "aliases": ["CVE-1"], "summary": "bad",
              "affected": [{"package": {"ecosystem": "PyPI", "name": "web-kit"}, **event}]}  # fmt: skip
    (tmp_path / "records").mkdir()
    (tmp_path / "records/GHSA-1.json").write_text(json.dumps(record))
    assert main(["advisories", "update", "-q", "--from", str(tmp_path / "records"), "--dir", str(tmp_path / "db")]) == 0
    return tmp_path / "db"


def test_it_is_written_with_flaws_and_notes(
    shop: Path, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sbom", str(shop), "-o", str(tmp_path / "bom.json"), "--advisories", str(database)]) == 0
    said = capsys.readouterr().err
    assert "3 components, 1 known flaws" in said
    assert "uv.lock cannot be read" in said
    assert "known flaws of npm are not listed" in said
    found = json.loads((tmp_path / "bom.json").read_text())
    assert (found["bomFormat"], found["specVersion"], found["metadata"]["component"]["name"]) == (
        "CycloneDX",
        "1.6",
        "shop",
    )
    assert {each.get("purl") for each in found["components"]} == {
        "pkg:pypi/web-kit@1.9",
        "pkg:pypi/loose",
        "pkg:npm/%40team/kit@1.0.0",
    }
    assert [each["id"] for each in found["vulnerabilities"]] == ["GHSA-1"]


def test_without_a_database_flaws_are_not_said_to_be_none(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sbom", str(shop), "--advisories", str(tmp_path / "none")]) == 0
    told = capsys.readouterr()
    assert "vulnerabilities" not in json.loads(told.out)
    assert "known flaws are not listed: there is no database" in told.err


def test_what_has_no_components_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sbom", "https://example.net"]) == 2
    assert "has no list of components" in capsys.readouterr().err


@pytest.mark.live
def test_it_is_valid_by_the_published_schema(shop: Path, database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python = python_of("oracles")
    if python is None:
        pytest.skip("the oracles are not installed (make live)")
    main(["sbom", str(shop), "--advisories", str(database)])
    text = capsys.readouterr().out
    for sent, valid in ((text, True), (text.replace('"specVersion"', '"specVersionX"'), False)):
        done = subprocess.run(
            [python, "-c", VALIDATE], input=sent, capture_output=True, text=True, timeout=60, check=True
        )
        assert (done.stdout.strip() == "None") == valid, done.stdout
