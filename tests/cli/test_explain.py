"""A control's page: words, place, and where each setting came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ostiary import catalogue
from ostiary.cli import main as cli
from ostiary.cli.explain import toml
from ostiary.guard.order import REPLY
from ostiary.strict import Duration, Size


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["explain", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("control_id", catalogue.ids())
def test_every_page_fits_eighty_columns(control_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    wide = [line for line in explain(capsys, control_id).splitlines() if len(line) > 80]
    assert [line for line in wide if " " in line.strip()] == []  # one long word, such as a path, cannot be broken


def test_it_shows_words_place_settings_and_maps(capsys: pytest.CaptureFixture[str]) -> None:
    page = explain(capsys, "access.hsts")
    for part in (
        "never asks it over plain HTTP",
        "\nWhy\n",
        "\nFix\n",
        "access/hsts/",
        'max-age = "365d"',
        "RFC 6797",
    ):
        assert part in page
    assert f"{REPLY.index('access.hsts') + 1} of {len(REPLY)}" in page


def test_it_says_what_a_gateway_does(capsys: pytest.CaptureFixture[str]) -> None:
    for control_id, words in (
        ("access.hsts", "Closes it."),
        ("userdata.ownership-check", "In part: where request, token or reply show the owner"),
        ("account.password-bcrypt", "Cannot: passwords are hashed where they are stored"),
    ):
        out = explain(capsys, control_id)
        assert words in " ".join(out[out.index("Gateway") :].split())


def test_settings_say_where_they_came_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text(
        '[access.hsts]\nmax-age = "30d"\n[operations."GET /a".access.hsts]\npreload = true\n',
    )
    page = explain(capsys, "access.hsts", "--config", "mine.toml", "--operation", "GET /a")
    assert 'max-age = "30d"' in page
    assert "mine.toml [access.hsts]" in page
    assert 'mine.toml [operations."GET /a"]' in page
    assert "# default" in page


def test_a_policy_in_the_folder_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ostiary.toml").write_text('[off]\n"access.hsts" = "this host is a laboratory"\n')
    assert "this host is a laboratory" in explain(capsys, "access.hsts")


def test_a_misspelt_id_gets_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "acess.hsts"]) == 2
    assert "did you mean 'access.hsts'?" in capsys.readouterr().err


def test_a_malformed_operation_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "access.hsts", "--operation", "items"]) == 2
    assert 'expected "METHOD /path"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Duration("90s"), '"90s"'),
        (Duration("250ms"), '"250ms"'),
        (Duration("365d"), '"365d"'),
        (Duration(0), '"0ms"'),
        (Size("2MiB"), '"2MiB"'),
        (Size("1000B"), '"1000B"'),
        (True, "true"),
        (7, "7"),
        ('a "b"\n', '"a \\"b\\"\\n"'),
        (("a", "b"), '["a", "b"]'),
        (frozenset({"b", "a"}), '["a", "b"]'),
        ({}, "{}"),
        ({"a": 1}, '{ "a" = 1 }'),
        (None, "unset"),
    ],
)
def test_values_are_shown_as_toml_has_them(value: object, text: str) -> None:
    assert toml(value) == text
