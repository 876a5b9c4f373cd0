"""Clients and keys are looked after from the command line, beside a server or without one."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ostiary.cli import main as cli

TEXT = """
[identity]
issuer = "https://accounts.example.test"
audience = ["https://api.example.test"]
database = "sqlite:///{0}/identity.db"
keys = "{0}/keys"
[identity.scopes]
"orders.read" = "Read your orders"
"""
BACK = "https://shop.example.test/back"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "identity.db").touch()
    (tmp_path / "ostiary.toml").write_text(TEXT.format(tmp_path))
    return tmp_path / "ostiary.toml"


def ran(file: Path, *arguments: str) -> tuple[int, str, str]:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = cli.main([*arguments, "--config", str(file)])
    return code, out.getvalue(), err.getvalue()


def said(file: Path, *arguments: str) -> Any:
    code, out, err = ran(file, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_a_client_from_registration_to_removal(file: Path) -> None:
    made = said(file, "client", "add", "Shop", "--redirect-uri", BACK, "--scope", "openid", "--scope", "orders.read",
                "--default-scope", "openid", "--grant", "code", "--grant", "refresh", "--logout-uri", BACK, "--dpop")  # fmt: skip
    name, secret = made["client_id"], made["secret"]
    assert len(secret) == 43
    assert (made["grants"], made["dpop"]) == (["authorization_code", "refresh_token"], True)
    assert [each["client_id"] for each in said(file, "client", "list")] == [name]
    shown = said(file, "client", "show", name)
    assert shown == {key: value for key, value in made.items() if key != "secret"}
    assert said(file, "client", "secret", name)["client_secret"] != secret
    said(file, "client", "disable", name)
    assert said(file, "client", "show", name)["disabled"] is True
    said(file, "client", "enable", name)
    said(file, "client", "remove", name)
    assert said(file, "client", "list") == []
    code, _, err = ran(file, "client", "show", name)
    assert (code, "no such client" in err) == (2, True)


def test_people_read_it_too(file: Path) -> None:
    code, out, _ = ran(file, "client", "add", "Shop", "--redirect-uri", BACK, "--method", "none")
    assert code == 0
    assert "client_secret" not in out
    name = out.split()[1]
    listed = ran(file, "client", "list")[1]
    assert name in listed
    assert "Shop" in listed
    assert "redirect_uris   " + BACK in ran(file, "client", "show", name)[1]
    assert "removed" in ran(file, "client", "remove", name)[1]
    assert "no client" in ran(file, "client", "list")[1]


def test_keys_of_a_client_come_from_a_file(file: Path, tmp_path: Path) -> None:
    from joserfc.jwk import ECKey  # noqa: PLC0415

    key = ECKey.generate_key("P-256")
    (tmp_path / "public.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    (tmp_path / "private.json").write_text(json.dumps(key.as_dict(private=True)))
    how = (
        "client",
        "add",
        "Job",
        "--grant",
        "client-credentials",
        "--method",
        "private-key-jwt",
        "--scope",
        "orders.read",
    )
    assert said(file, *how, "--jwks", str(tmp_path / "public.json"))["keys"] == 1
    code, _, err = ran(file, *how, "--jwks", str(tmp_path / "private.json"))
    assert code == 2
    assert "private" in err
    assert str(key.as_dict(private=True)["d"]) not in err
    for wrong in ("nowhere.json", "ostiary.toml"):
        assert ran(file, *how, "--jwks", str(tmp_path / wrong))[0] == 2


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--redirect-uri", "http://shop.example.test/"), "redirect_uris"),
        (("--redirect-uri", BACK, "--scope", "everything"), "scopes"),
        (("--redirect-uri", BACK, "--method", "none", "--introspects"), "introspects"),
        (("--redirect-uri", BACK, "--audience", "https://else.example.test"), "audience"),
        ((), "grants"),
    ],
)
def test_the_rules_are_those_of_the_api(file: Path, options: tuple[str, ...], word: str) -> None:
    code, out, err = ran(file, "client", "add", "x", *options)
    assert (code, out) == (2, "")
    assert word in err
    assert said(file, "client", "list") == []


def test_keys_are_listed_and_turn(file: Path) -> None:
    [first] = said(file, "key", "list")
    both = said(file, "key", "rotate")
    assert [each["kid"] for each in both] == [first["kid"], both[1]["kid"]]
    assert both[1]["active_at"] > both[1]["created_at"]
    text = ran(file, "key", "list")[1]
    assert "next" in text
    assert "signs" in text
    [last] = said(file, "key", "rotate", "--at-once")
    assert last["kid"] not in {each["kid"] for each in both}
    assert set(last) == {"kid", "algorithm", "created_at", "active_at", "retired_at", "gone_at"}


def test_where_there_are_no_accounts_none_are_made(file: Path, tmp_path: Path) -> None:
    (tmp_path / "identity.db").unlink()
    code, _, err = ran(file, "client", "list")
    assert (code, "no accounts here" in err) == (2, True)
    assert not (tmp_path / "identity.db").exists()
