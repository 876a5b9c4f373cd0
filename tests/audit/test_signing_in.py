"""An audit whose credentials do not work says so with an exit code of its own, and asks nothing."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from audit.club import Club
from audit.listening import serving
from ostiary.cli import asking
from ostiary.cli import audit as command
from ostiary.errors import ConfigError

FAILED = 4


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def member(club: Club, name: str, password: str) -> None:
    club.members[name] = {"username": name, "email": f"{name}@example.com", "password": password}


def test_a_password_that_is_wrong_is_four_and_asks_no_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    club = Club()
    member(club, "olga", "Right-pass-1")
    report = tmp_path / "r.json"
    with serving(club) as base:
        assert run(base, "--user", "olga=olga:Wrong-pass-1", "-q", "-o", str(report)) == FAILED
        asked = len(club.asked)
        assert run(base, "--user", "olga=olga:Right-pass-1", "--only", "output.nosniff", "-q", "-o", str(report)) == 1
    assert asked < 30
    said = capsys.readouterr().err
    assert "authentication failed: olga cannot sign in: POST /login answered 401; no check was asked" in said


def test_a_token_that_nobody_takes_is_four(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    with serving(Club()) as base:
        assert run(base, "--bearer", "long-gone", "-q", "-o", str(report)) == FAILED
    assert "refused like nobody's (GET /me" in capsys.readouterr().err
    told = json.loads(report.read_text())
    assert told["unauthenticated"] is True
    assert {each["outcome"] for each in told["controls"]} == {"UNKNOWN"}
    assert {each["why"] for each in told["controls"]} == {"not asked: authentication failed"}


def test_an_api_without_secrets_is_no_failure(tmp_path: Path) -> None:
    class Open(Club):
        def caller(self, *_: object) -> str:
            return "anybody"

    with serving(Open()) as base:
        assert run(base, "--bearer", "whatever", "--only", "output.nosniff", "-q", "-o", str(tmp_path / "r.json")) == 1


def test_no_account_is_registered_when_told_not_to(tmp_path: Path) -> None:
    club = Club()
    with serving(club) as base:
        run(base, "--no-register", "--only", "output.nosniff", "-q", "-o", str(tmp_path / "r.json"))
    assert not club.members


def test_accounts_of_a_policy_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    club = Club()
    member(club, "olga", "Right-pass-1")
    member(club, "ivan", "Right-pass-2")
    policy = tmp_path / "ostiary.toml"
    policy.write_text(
        "[audit]\nregister = false\n"
        '[audit.accounts.olga]\nuser = "olga"\npassword = { env = "OLGA" }\n'
        '[audit.accounts.ivan]\nuser = "ivan"\npassword = { env = "IVAN" }\n'
    )
    monkeypatch.setenv("OLGA", "Right-pass-1")
    monkeypatch.setenv("IVAN", "Right-pass-2")
    report = tmp_path / "r.json"
    with serving(club) as base:
        run(base, "--config", str(policy), "--only", "output.nosniff", "-q", "-o", str(report))
    assert json.loads(report.read_text())["identities"] == ["olga", "ivan"]
    assert len(club.members) == 2


@pytest.mark.parametrize("given", ["olga", "olga=olga", "=olga:x", "olga=:x", "olga=olga:"])
def test_a_user_is_written_in_full(given: str) -> None:
    with pytest.raises(ConfigError, match="NAME=USER:PASSWORD"):
        asking.users([given])


def test_a_password_may_stand_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLGA", "s3:cr3t")
    password = asking.users(["olga=o@example.com:env:OLGA"])["olga"].password
    assert password is not None
    assert password.reveal() == "s3:cr3t"
