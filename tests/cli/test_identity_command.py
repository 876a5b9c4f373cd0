"""ostiary identity keeps what accounts are made of: backups are proven, keys turn, and the outbox shows what nobody sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from identity.desk import ANN, Desk
from ostiary.cli.main import main


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk.open(tmp_path, capsys, monkeypatch)


def test_a_backup_is_written_proven_and_brought_back(desk: Desk, tmp_path: Path) -> None:
    desk.run("user", "add", ANN)
    file = tmp_path / "b.tar"
    assert "backed up" in desk.run("identity", "backup", str(file))
    assert file.stat().st_mode & 0o077 == 0
    assert "whole" in desk.run("identity", "verify", str(file))
    assert desk.run("identity", "backup", str(file), code=2), "nothing is overwritten"
    assert desk.run("identity", "restore", str(file), code=2), "nothing is overwritten"
    elsewhere = ("--database", f"sqlite:///{tmp_path}/c.db", "--keys", str(tmp_path / "other"))
    assert "brought back" in desk.run("identity", "restore", str(file), *elsewhere)
    assert ANN in desk.run("user", "list", *elsewhere)


def test_a_damaged_backup_is_not_whole(desk: Desk, tmp_path: Path) -> None:
    desk.run("user", "add", ANN)
    file = tmp_path / "b.tar"
    desk.run("identity", "backup", str(file))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 255
    file.write_bytes(data)
    desk.run("identity", "verify", str(file), code=2)


def test_keys_turn_and_old_ones_go(desk: Desk) -> None:
    desk.run("user", "add", ANN)
    assert "key 2 seals from now on" in desk.run("identity", "rotate-keys")
    assert "0 do not open" in desk.run("identity", "reseal")
    assert ANN in desk.run("user", "list")
    assert "may still be needed" in desk.run("identity", "forget-key", "2", code=2)


def test_the_outbox_is_shown(desk: Desk) -> None:
    assert desk.run("identity", "outbox") == "nothing was sent yet\n"
    assert desk.run("identity", "outbox", "--json") == "[]\n"
    assert "from 1 to 500" in desk.run("identity", "outbox", "--most", "0", code=2)


def test_another_ring_does_not_open_it(desk: Desk, tmp_path: Path) -> None:
    desk.run("user", "add", ANN)
    said = desk.run("user", "list", "--keys", str(tmp_path / "none"), code=2)
    assert "keys" in said
    assert not (tmp_path / "none").exists()


def test_a_newer_database_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415 - for this alone

    with sqlite3.connect(tmp_path / "a.db") as connection:
        [table] = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            if "version" in name
        ]
        connection.execute(f"UPDATE {table} SET version_num = '9999'")
    connection.close()
    assert "made by another version" in desk.run("user", "list", code=2)


@pytest.mark.parametrize("action", ["rotate-keys", "reseal", "settle", "outbox"])
def test_nothing_is_made_where_there_is_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["identity", action]) == 2
    assert "there are no accounts here" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
