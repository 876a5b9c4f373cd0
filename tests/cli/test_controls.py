"""The catalogue's table says what is there, and what is not."""

from __future__ import annotations

import json

import pytest

from ostiary import catalogue
from ostiary.cli import main as cli
from ostiary.cli.controls import counts, status


@pytest.fixture(autouse=True)
def eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_every_control_has_its_line_and_no_line_is_wide(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["controls"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = {line.split()[0] for line in lines if line.startswith("  ")}
    assert shown == set(catalogue.ids())
    assert max(map(len, lines)) <= 80


def test_the_last_line_counts(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["controls"])
    last = capsys.readouterr().out.splitlines()[-1]
    total = counts([status(each) for each in catalogue.ids()])
    assert last.startswith(f"132 controls: {total['enforced']} enforced, {total['audited']} audited")


def test_one_section_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["controls", "jwt"])
    assert "132" not in capsys.readouterr().out


def test_the_json_form_keeps_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["controls", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["version", "counts", "controls"]
    assert found["counts"]["controls"] == len(found["controls"]) == 132
    hsts = next(each for each in found["controls"] if each["id"] == "access.hsts")
    assert list(hsts) == [
        "id", "section", "severity", "strength", "rule", "enforced", "enforced-by", "audited", "probe", "attested",
        "question", "status",
    ]  # fmt: skip
    assert hsts["enforced"] is True
    assert hsts["audited"] == ["live", "source", "host"]


def test_a_control_says_how_far_it_is_built() -> None:
    assert str(status("infra.patching")) == "audited on: live, host"
    assert str(status("people.breach-external-audit")) == "by attestation"
    assert str(status("access.hsts")) == "enforced; audited on: live, source, host"
    assert status("access.hsts").short == "guard, live, source, host"
