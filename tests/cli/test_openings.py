"""`ostiary check` says who is asked for a token, and what to write so that the right operations are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from holders import key_file
from ostiary import config
from ostiary.cli import main as cli
from ostiary.strict import dumps

ID = "processing.all-endpoints-authenticated"
OK: dict[str, Any] = {"responses": {"200": {"description": "fine"}}}
PATHS: dict[str, Any] = {
    "/health": {"get": OK},
    "/items": {"get": {**OK, "security": []}, "post": OK},
    "/feed": {"get": {**OK, "security": [{}, {"oauth": []}]}},
    "/mine": {"get": {**OK, "security": [{"oauth": []}]}},
    "/login": {"post": {**OK, "operationId": "login", "x-ostiary-role": "login"}},
    "/password/reset": {"post": {**OK, "security": [{"oauth": []}], "x-ostiary-role": "reset"}},
}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": PATHS,
        "components": {"securitySchemes": {"oauth": {"type": "http", "scheme": "bearer"}}},
    }
    (tmp_path / "openapi.json").write_bytes(dumps(document))
    return tmp_path


def policy(here: Path, *lines: str, issuer: bool = True) -> None:
    table = f'[issuers.main]\nissuer = "https://id.test"\naudience = ["api"]\nkey = {{ file = "{key_file()}" }}\n'
    (here / "ostiary.toml").write_text("\n".join(['api = "openapi.json"', table if issuer else "", *lines]))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert cli.main(["check", *arguments]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    return out


def test_what_the_document_opens_is_closed_and_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(here)
    out = said(capsys, "--open")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "a token of main for everything but 0 of 7 operations" in out
    assert any(line.startswith("GET /items closed here; open in the document") for line in lines)
    assert any(line.startswith("GET /feed closed here; a token is optional") for line in lines)
    assert any(line.startswith("POST /login closed here; a login: its callers have no token yet") for line in lines)
    assert any(line.startswith("GET /health closed here; looks like one for probes") for line in lines)
    for demanded in ("/mine", "/password/reset", "POST /items"):
        assert demanded not in out


def test_the_list_can_be_pasted_as_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(here)
    out = said(capsys, "--open")
    pasted = out[out.index(f"[{ID}]") :]
    policy(here, pasted)
    assert config.read(here / "ostiary.toml").controls[ID]["public"] == [
        "GET /health",
        "GET /items",
        "GET /feed",
        "POST /login",
    ]
    out = said(capsys, "--open")
    assert "for everything but 4 of 7 operations" in out
    assert "GET /items   listed, and open in the document" in out
    assert "closed" not in out
    assert "[processing" not in out


def test_what_is_listed_already_stays_in_the_list(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(here, f"[{ID}]", 'public = ["GET /health"]')
    assert '"GET /health",\n  "GET /items",' in said(capsys, "--open")


def test_the_whole_check_says_it_in_short(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(here)
    out = said(capsys)
    assert "closed here; open in the document" in out
    assert "ostiary check --open writes the list" in out
    assert "access.hsts" in out
    assert "access.hsts" not in said(capsys, "--open")


@pytest.mark.parametrize(
    ("lines", "issuer", "message"),
    [((), False, "NOT CHECKED. No issuer"), (("[off]", f'"{ID}" = "another gateway asks"'), True, "is off: another gateway asks")],
)  # fmt: skip
def test_it_is_loud_where_nobody_is_asked(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    lines: tuple[str, ...],
    issuer: bool,  # noqa: FBT001 - a parameter
    message: str,
) -> None:
    policy(here, *lines, issuer=issuer)
    out = " ".join(said(capsys).split())
    assert message in out
    assert "Said to be open: GET /health" in out


def test_a_policy_that_leaves_it_out_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = here / "ostiary.toml"
    policy(here)
    path.write_text('only = ["access.hsts"]\n' + path.read_text())
    assert "`only` leaves" in said(capsys)
