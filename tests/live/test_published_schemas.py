"""Reports are what other programs read: SARIF by the published schema, JUnit by a library that reads it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest

from live.real_servers import VENVS, python_of
from ostiary.audit.report import sarif
from ostiary.audit.result import Report
from ostiary.cli.main import main

SCHEMA = VENVS / "schemas/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
READ = """
import sys
from junitparser import JUnitXml
made = JUnitXml.fromstring(sys.stdin.buffer.read())
print(made.tests, made.failures, sum(len(suite) for suite in made))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tree") / "shop"
    made.mkdir()
    (made / "app.py").write_text(
        "import jwt\n\ndef who(token):\n    return jwt.decode(token, options={'verify_signature': False})\n"
    )
    (made / "requirements.txt").write_text("flask\n")
    return made


def validator() -> jsonschema_rs.Validator:
    if not SCHEMA.exists():
        pytest.skip("the published schema is not installed (make live)")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for each in ("run", "toolComponent"):  # no regular expression: "]?"
        del schema["definitions"][each]["properties"]["language"]["pattern"]
    return jsonschema_rs.validator_for(schema)


@pytest.mark.live
@pytest.mark.parametrize("form", ["sarif", "github"])
def test_sarif_is_valid(form: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checked = validator()
    main(["audit", str(folder), "--format", form, "--quiet"])
    made = json.loads(capsys.readouterr().out)
    assert [str(each) for each in checked.iter_errors(made)] == []
    assert made["runs"][0]["results"]


@pytest.mark.live
def test_the_schema_refuses_what_is_wrong() -> None:
    checked = validator()
    made = json.loads(
        sarif.render(Report(tool="ostiary 1", target="x", started="2026-11-22T07:00:00Z", seconds=1, results=()))
    )
    assert checked.is_valid(made)
    made["runs"][0]["results"] = [{"ruleId": "x"}]
    assert not checked.is_valid(made)


@pytest.mark.live
def test_junit_is_read_by_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python = python_of("oracles")
    if python is None:
        pytest.skip("the oracles are not installed (make live)")
    main(["audit", str(folder), "--format", "junit", "--quiet"])
    text = capsys.readouterr().out
    done = subprocess.run([python, "-c", READ], input=text, capture_output=True, text=True, timeout=60, check=True)
    tests, failures, cases = map(int, done.stdout.split())
    assert tests == cases
    assert tests == text.count("<testcase ")
    assert failures == text.count("<failure ")
