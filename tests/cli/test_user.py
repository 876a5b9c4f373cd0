"""ostiary user does what operators do, with the flows of the API; passwords are never arguments."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from identity.desk import ANN, Desk
from identity.people import BETTER, GOOD
from ostiary.cli.main import main


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk.open(tmp_path, capsys, monkeypatch)


def test_an_account_is_made_looked_after_and_closed(desk: Desk) -> None:
    assert desk.run("user", "list") == "no accounts yet\n"
    made = desk.user("add", ANN, "--name", "Ann")
    assert (made["email"], made["email_verified"], made["role"], made["state"], made["name"]) == (
        ANN,
        True,
        "user",
        "active",
        "Ann",
    )
    assert desk.user("role", ANN, "--role", "operator")["role"] == "operator"
    assert desk.user("disable", made["id"])["state"] == "disabled"
    assert desk.user("enable", ANN)["state"] == "active"
    assert desk.user("reset", ANN)["state"] == "password to change"
    desk.run("user", "end-sessions", ANN)
    assert [each["id"] for each in desk.user("list")] == [made["id"]]
    shown = desk.run("user", "list")
    assert ANN in shown
    assert all(len(line) <= 110 for line in shown.splitlines())
    assert f"email           {ANN}" in desk.run("user", "show", ANN)


def test_refusals_are_sentences(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run("user", "add", ANN)
    assert "no such account" in desk.run("user", "show", "bob@example.com", code=2)
    assert "is no e-mail address" in desk.run("user", "add", "bob", code=2)
    desk.run("user", "add", ANN, code=2)
    monkeypatch.setenv("OSTIARY_USER_PASSWORD", "short")
    said = desk.run("user", "add", "bob@example.com", code=2)
    assert "shorter than 15 characters" in said
    assert len(desk.user("list")) == 1


def test_a_password_comes_from_standard_input_or_nowhere(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OSTIARY_USER_PASSWORD")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{BETTER}\r\n"))
    desk.run("user", "add", ANN)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "there is no terminal to ask on" in desk.run("user", "add", "bob@example.com", code=2)


@pytest.mark.parametrize(("second", "code"), [(GOOD, 0), (BETTER, 2)])
def test_on_a_terminal_it_is_asked_for_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, second: str, code: int
) -> None:
    class There(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("OSTIARY_USER_PASSWORD")
    monkeypatch.setattr("sys.stdin", There())
    typed = iter([GOOD, second])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    said = desk.run("user", "add", ANN, code=code)
    assert code == 0 or "the two differ" in said


@pytest.mark.parametrize("action", ["list", "show", "disable", "end-sessions"])
def test_nothing_is_made_where_there_are_no_accounts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["user", action, *([ANN] if action != "list" else [])]) == 2
    assert "there are no accounts here" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
