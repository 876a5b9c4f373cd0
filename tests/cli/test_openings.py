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
    assert any(line.startswith("GET /items security: [] in the document") for line in lines)
    assert any(line.startswith("GET /feed token optional") for line in lines)
    assert any(line.startswith("POST /login a login: no token yet") for line in lines)
    assert any(line.startswith("GET /health for probes") for line in lines)
    for demanded in ("/mine", "/password/reset"):
        assert demanded not in out


def test_silence_means_something_in_a_document_that_speaks_elsewhere(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy(here)
    assert any(
        " ".join(line.split()) == "POST /items no security in the document"
        for line in said(capsys, "--open").splitlines()
    )
    paths = {"/health/": {"get": OK}, "/items": {"get": OK, "post": OK}}
    (here / "openapi.json").write_bytes(
        dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})
    )
    out = said(capsys, "--open")
    assert "/items" not in out
    assert "GET /health/" in out


def test_a_key_in_the_authorization_header_may_be_a_token_and_opens_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How documents describe ``Authorization: Token ..``; a key in another header is the application's own."""
    for header, opens in (("Authorization", False), ("X-Api-Key", True)):
        scheme = {"type": "apiKey", "in": "header", "name": header}
        document = {
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "paths": {"/feed": {"get": {**OK, "security": [{"key": []}]}}},
            "components": {"securitySchemes": {"key": scheme}},
        }
        (here / "openapi.json").write_bytes(dumps(document))
        policy(here)
        assert ("GET /feed" in said(capsys, "--open")) is opens
        policy(here, f"[{ID}]", 'public = ["GET /feed"]')  # where the application asks for it only sometimes
        assert "GET /feed" in said(capsys, "--open")


def test_the_list_can_be_pasted_as_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(here)
    out = said(capsys, "--open")
    pasted = out[out.index(f"[{ID}]") :]
    policy(here, pasted)
    assert config.read(here / "ostiary.toml").controls[ID]["public"] == [
        "GET /health",
        "GET /items",
        "POST /items",
        "GET /feed",
        "POST /login",
    ]
    out = said(capsys, "--open")
    assert "for everything but 5 of 7 operations" in out
    assert "GET /items   open in the document, too" in out
    assert "Closed" not in out
    assert "[processing" not in out


def test_what_is_listed_already_stays_in_the_list(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(here, f"[{ID}]", 'public = ["GET /health"]')
    assert '"GET /health",\n  "GET /items",' in said(capsys, "--open")


def test_the_whole_check_says_it_in_short(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(here)
    out = said(capsys)
    assert "security: [] in the document" in out
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
