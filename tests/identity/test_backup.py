"""A backup is whole and opens, or is refused; what comes back is what was there, and nothing spent lives again."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
import sqlite3
import stat
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from identity.conftest import fresh_database
from identity.house import House, house_in, settings_in
from identity.storage.filling import fill, opened, rows_of
from ostiary.errors import ConfigError, StoreError
from ostiary.identity import archive
from ostiary.identity.backup import backup, restore, settle, verify
from ostiary.identity.resealing import rotate
from ostiary.identity.storage import copying, migrations, schema
from ostiary.parts.identity_settings import Identity
from store.servers import POSTGRES, Server

NOW = 1_790_000_000.0
KEPT = {"users", "clients", "consents", "passkeys", "totp", "recovery_codes", "ring_marks", "signing_keys", "once"}


@pytest.fixture
def filled(tmp_path: Path) -> House:
    """A house that was lived in, and closed."""
    (tmp_path / "here").mkdir()
    with house_in(tmp_path / "here") as house:
        house.run(fill(house.services, 5))
        house.run(rotate(house.services))
        house.run(fill(house.services, 2))
    return house


@pytest.fixture
def elsewhere(tmp_path: Path) -> Identity:
    """Settings of an empty place."""
    (tmp_path / "there").mkdir()
    return settings_in(tmp_path / "there")


def made(house: House, target: Path, *, with_keys: bool = True) -> Path:
    report = asyncio.run(backup(house.services.settings, target, with_keys=with_keys, now=NOW))
    assert report.keys == with_keys
    assert report.values > 100
    assert report.made_at == NOW
    return target


def test_what_comes_back_is_what_was_there(filled: House, elsewhere: Identity, tmp_path: Path) -> None:
    file = made(filled, tmp_path / "backup")
    report = asyncio.run(restore(elsewhere, file, now=NOW + 60))
    assert report.keys
    with house_in(tmp_path / "here") as before, house_in(tmp_path / "there") as after:
        rows, again = before.run(rows_of(before.services)), after.run(rows_of(after.services))
        assert {name: again[name] for name in KEPT} == {name: rows[name] for name in KEPT}
        assert again["events"] == rows["events"] + 1, "and the log says that it was restored"
        was, now = before.run(opened(before.services)), after.run(opened(after.services))
        assert {name: now[name] for name in now if name.partition(".")[0] in KEPT} == {
            name: was[name] for name in was if name.partition(".")[0] in KEPT
        }
        assert now["users.email"] == 7
        digest = before.services.ring.digest(b"ada@example.test", "users.email")
        assert after.services.ring.digest(b"ada@example.test", "users.email") == digest, "people are found again"


def test_everything_is_for_its_owner_alone(filled: House, elsewhere: Identity, tmp_path: Path) -> None:
    file = made(filled, tmp_path / "backup")
    asyncio.run(restore(elsewhere, file, now=NOW))
    there = tmp_path / "there"
    found = {each.relative_to(there).as_posix(): stat.S_IMODE(each.stat().st_mode) for each in there.rglob("*")}
    assert found == {
        "identity.db": 0o600,
        "keys": 0o700,
        "keys/pepper": 0o600,
        "keys/key-001": 0o600,
        "keys/key-002": 0o600,
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["backup", "here", "there"], "nothing half-made is left"


def test_nothing_spent_ended_or_revoked_lives_again(any_house: House) -> None:
    services = any_house.services
    any_house.run(fill(services, 3))

    async def revive() -> None:
        async with services.database.write() as connection:
            for statement in (
                "UPDATE sessions SET ended_at = NULL", "UPDATE families SET revoked_at = NULL", "UPDATE outbox SET sent_at = NULL",
                "UPDATE access_tokens SET revoked_at = NULL", "UPDATE users SET tokens_not_before = 0",
            ):  # fmt: skip
                await connection.execute(text(statement))

    async def all_of(table: Any, column: str) -> set[Any]:
        async with services.database.read() as connection:
            return set((await connection.execute(select(table.c[column]))).scalars())

    any_house.run(revive())
    any_house.run(settle(services.database, NOW + 5))
    assert any_house.run(all_of(schema.users, "tokens_not_before")) == {NOW + 5}
    assert any_house.run(all_of(schema.sessions, "ended_at")) == {NOW + 5}
    assert any_house.run(all_of(schema.families, "revoked_at")) == {NOW + 5}
    assert any_house.run(all_of(schema.access_tokens, "revoked_at")) == {NOW + 5}
    after = any_house.run(rows_of(services))
    gone = ("tickets", "challenges", "codes", "refresh_tokens", "requests", "devices", "outbox")
    assert {name: after[name] for name in gone} == dict.fromkeys(gone, 0)
    assert "database.restored" in any_house.run(all_of(schema.events, "what"))


def test_a_backup_without_keys_needs_their_folder(filled: House, elsewhere: Identity, tmp_path: Path) -> None:
    file = made(filled, tmp_path / "backup", with_keys=False)
    with tarfile.open(file) as tar:
        assert tar.getnames() == ["manifest.json", "identity.db"]
    for key in (tmp_path / "here" / "keys").iterdir():
        assert key.read_text().strip() not in file.read_bytes().decode("latin-1")
    with pytest.raises(ConfigError, match="the backup has no keys"):
        asyncio.run(restore(elsewhere, file, now=NOW))
    shutil.copytree(tmp_path / "here" / "keys", elsewhere.keys)
    asyncio.run(restore(elsewhere, file, now=NOW))
    with house_in(tmp_path / "there") as house:
        house.run(opened(house.services))


def test_the_wrong_ring_is_refused_and_nothing_is_left(filled: House, elsewhere: Identity, tmp_path: Path) -> None:
    file = made(filled, tmp_path / "backup", with_keys=False)
    (tmp_path / "other").mkdir()
    with house_in(tmp_path / "other"):
        pass
    shutil.copytree(tmp_path / "other" / "keys", elsewhere.keys)
    with pytest.raises(ConfigError, match="keys"):
        asyncio.run(restore(elsewhere, file, now=NOW))
    with pytest.raises(ConfigError, match="keys"):
        asyncio.run(verify(file, Path(elsewhere.keys)))
    assert [each.name for each in (tmp_path / "there").iterdir()] == ["keys"]


def test_a_ring_without_one_of_the_keys_is_refused(filled: House, tmp_path: Path) -> None:
    file = made(filled, tmp_path / "backup", with_keys=False)
    for name in ("key-001", "key-002"):
        shutil.rmtree(tmp_path / "some", ignore_errors=True)
        shutil.copytree(tmp_path / "here" / "keys", tmp_path / "some")
        (tmp_path / "some" / name).unlink()
        with pytest.raises(ConfigError):
            asyncio.run(verify(file, tmp_path / "some"))


def test_nothing_that_is_there_is_replaced(filled: House, elsewhere: Identity, tmp_path: Path) -> None:
    file = made(filled, tmp_path / "backup")
    content = file.read_bytes()
    with pytest.raises(ConfigError, match="is there already"):
        made(filled, file)
    assert file.read_bytes() == content
    with pytest.raises(ConfigError, match="is there"):
        asyncio.run(restore(filled.services.settings, file, now=NOW))
    there = tmp_path / "there"
    for name in ("identity.db", "identity.db-wal", "identity.db-journal", "keys"):
        (there / name).write_bytes(b"mine")
        with pytest.raises(ConfigError, match="is there"):
            asyncio.run(restore(elsewhere, file, now=NOW))
        assert {each.name: each.read_bytes() for each in there.iterdir()} == {name: b"mine"}
        (there / name).unlink()


def test_a_torn_file_is_refused_at_any_length(filled: House, elsewhere: Identity, tmp_path: Path) -> None:
    content = made(filled, tmp_path / "backup").read_bytes()
    whole = content.rstrip(b"\0")
    for length in [0, 1, 100, 512, 700, 1024, 2000, len(whole) // 2, len(whole) - 2000, len(whole) - 1]:
        (tmp_path / "torn").write_bytes(content[:length])
        for act in (verify(tmp_path / "torn"), restore(elsewhere, tmp_path / "torn", now=NOW)):
            with pytest.raises(ConfigError):
                asyncio.run(act)
    assert list((tmp_path / "there").iterdir()) == []


def test_a_changed_byte_is_found_wherever_it_is(filled: House, tmp_path: Path) -> None:
    content = made(filled, tmp_path / "backup").read_bytes()
    step = len(content.rstrip(b"\0")) // 40
    changes = 0
    for place in range(600, len(content.rstrip(b"\0")), step):
        changed = bytearray(content)
        changed[place] ^= 0x40
        (tmp_path / "changed").write_bytes(changed)
        try:
            asyncio.run(verify(tmp_path / "changed"))
        except ConfigError:
            changes += 1
    assert changes >= 38, "only what tar itself does not use (padding, times) may be anything"


def repacked(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same backup with other members; the list of sums is written anew unless the change did."""
    with tarfile.open(source) as tar:
        parts = {each.name: file.read() for each in tar if (file := tar.extractfile(each)) is not None}
    before = parts["manifest.json"]
    change(parts)
    if parts.get("manifest.json") == before:
        manifest = json.loads(before)
        archived = {name: content for name, content in parts.items() if name != "manifest.json"}
        manifest["files"] = {name: {"bytes": len(each), "sha256": sums(each)} for name, each in archived.items()}
        parts["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(target, "w") as tar:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return target


def sums(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def edited(path: Path, *statements: str) -> bytes:
    with sqlite3.connect(path) as plain:
        for each in statements:
            plain.execute(each)
    plain.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    ("statements", "match"),
    [
        (("UPDATE users SET email = (SELECT email FROM users ORDER BY id LIMIT 1)",), "users.email does not open"),
        (("UPDATE totp SET secret = x'0200'",), "totp.secret does not open"),
        (
            ("PRAGMA foreign_keys = OFF", "DELETE FROM users WHERE id IN (SELECT user_id FROM sessions)"),
            "belong to nothing",
        ),
        (("UPDATE ostiary_version SET version_num = 'f999'",), "another version"),
        (("DROP TABLE ostiary_version",), "another version"),
        (("UPDATE ring_marks SET mark = x'00' WHERE number = 1",), "is not the one"),
    ],
)
def test_a_database_that_is_not_as_it_should_be_is_refused(
    filled: House, elsewhere: Identity, tmp_path: Path, statements: tuple[str, ...], match: str
) -> None:
    """Somebody, or a failing disk, has changed it, and the sums with it."""
    file = made(filled, tmp_path / "backup")

    def change(parts: dict[str, bytes]) -> None:
        (tmp_path / "edited.db").write_bytes(parts["identity.db"])
        parts["identity.db"] = edited(tmp_path / "edited.db", *statements)

    changed = repacked(file, tmp_path / "changed", change)
    with pytest.raises(ConfigError, match=match):
        asyncio.run(restore(elsewhere, changed, now=NOW))
    assert list((tmp_path / "there").iterdir()) == []


def test_a_damaged_page_is_found(filled: House, tmp_path: Path) -> None:
    file = made(filled, tmp_path / "backup")

    def change(parts: dict[str, bytes]) -> None:
        content = bytearray(parts["identity.db"])
        content[-4096 * 20 : -4096 * 10] = b"\x07" * (4096 * 10)
        parts["identity.db"] = bytes(content)

    with pytest.raises(ConfigError):
        asyncio.run(verify(repacked(file, tmp_path / "changed", change)))


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "keys/../../evil", "keys/evil", "keys/", "more.db", "keys/key-001/x", "keys/.x"]
)  # fmt: skip
def test_a_file_with_other_members_writes_nowhere(
    filled: House, elsewhere: Identity, tmp_path: Path, name: str
) -> None:
    file = made(filled, tmp_path / "backup")

    def change(parts: dict[str, bytes]) -> None:
        parts[name] = b"00" * 32

    changed = repacked(file, tmp_path / "changed", change)
    with pytest.raises(ConfigError, match="no whole backup"):
        asyncio.run(restore(elsewhere, changed, now=NOW))
    assert list((tmp_path / "there").iterdir()) == []
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": 1}', b"{" * 100000, b'{"format": 2}', b"\xff"])
def test_a_list_of_sums_that_is_none_is_refused(filled: House, tmp_path: Path, content: bytes) -> None:
    file = made(filled, tmp_path / "backup")
    changed = repacked(file, tmp_path / "changed", lambda parts: parts.update({"manifest.json": content}))
    with pytest.raises(ConfigError, match="no whole backup"):
        asyncio.run(verify(changed))


def test_a_link_in_the_place_of_a_part_is_refused(filled: House, tmp_path: Path) -> None:
    file = made(filled, tmp_path / "backup")
    with tarfile.open(file) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        content = manifest.read()
    with tarfile.open(tmp_path / "changed", "w") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("identity.db")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(ConfigError, match="no whole backup"):
        asyncio.run(verify(tmp_path / "changed"))


def test_a_backup_is_of_one_moment_while_others_write(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        services = house.services
        house.run(fill(services, 3))

        async def write(number: int) -> None:
            async with services.database.write() as connection:
                for half in (b"a", b"b"):
                    row = {"hash": half + str(number).encode(), "expires_at": 0.0}
                    await connection.execute(schema.once.insert().values(row))

        async def writes() -> int:
            number = 0
            try:
                while True:
                    await write(number)
                    number += 1
            except asyncio.CancelledError:
                return number

        async def scenario() -> int:
            task = asyncio.create_task(writes())
            for turn in range(3):
                await asyncio.sleep(0.05)
                await backup(services.settings, tmp_path / f"backup{turn}", with_keys=True, now=NOW)
            task.cancel()
            return await task

        assert house.run(scenario()) > 3
    for turn in range(3):
        with (
            archive.unpacked(tmp_path / f"backup{turn}", None) as (folder, _),
            sqlite3.connect(folder / "identity.db") as plain,
        ):
            found = {row[0] for row in plain.execute("SELECT hash FROM once")}
            assert {each[1:] for each in found if each[:1] == b"a"} == {each[1:] for each in found if each[:1] == b"b"}
        plain.close()


def test_a_damaged_database_is_not_backed_up(filled: House, tmp_path: Path) -> None:
    edited(tmp_path / "here" / "identity.db", "UPDATE totp SET secret = x'0100'")
    with pytest.raises(ConfigError, match=r"totp\.secret does not open"):
        asyncio.run(backup(filled.services.settings, tmp_path / "backup", with_keys=True, now=NOW))
    assert [each.name for each in tmp_path.iterdir()] == ["here"]


def test_a_full_disk_leaves_no_backup(filled: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "_put", full)
    with pytest.raises(ConfigError, match="No space left"):
        asyncio.run(backup(filled.services.settings, tmp_path / "backup", with_keys=True, now=NOW))
    assert [each.name for each in tmp_path.iterdir()] == ["here"]


def test_what_is_not_embedded_is_left_to_its_own_tools(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "postgresql://127.0.0.1/x")
    for act in (backup(settings, tmp_path / "b", with_keys=False, now=NOW), restore(settings, tmp_path / "b", now=NOW)):
        with pytest.raises(ConfigError, match="pg_dump"):
            asyncio.run(act)


def test_a_copy_is_one_file(filled: House, tmp_path: Path) -> None:
    copying.copy(tmp_path / "here" / "identity.db", tmp_path / "copy.db")
    assert copying.fault(tmp_path / "copy.db") == ""
    assert {each.name for each in tmp_path.iterdir()} == {"here", "copy.db"}
    (tmp_path / "text").write_text("no database at all, only a long line of text" * 200)
    assert copying.fault(tmp_path / "text") == "is no database"


@pytest.mark.live
def test_postgresql_comes_back_by_its_own_tools(
    postgres_house: House, postgres: Server, tmp_path: Path, make_house: Callable[..., House]
) -> None:
    """What the guide says: pg_dump, pg_restore, the folder of keys, `settle`."""
    postgres_house.run(fill(postgres_house.services, 4))
    postgres_house.run(_do(postgres_house, "DELETE FROM signing_keys WHERE kid LIKE 'signing%'"))  # they are none
    url = postgres_house.services.settings.database
    other = fresh_database(postgres)
    for command in (
        ["pg_dump", "--format=custom", f"--file={tmp_path}/dump", url],
        ["pg_restore", "--exit-on-error", "--no-owner", f"--dbname={other}", f"{tmp_path}/dump"],
    ):
        subprocess.run([str(POSTGRES / command[0]), *command[1:]], check=True, timeout=60, capture_output=True)
    back = make_house(other)
    assert back.run(opened(back.services)) == postgres_house.run(opened(postgres_house.services))
    assert back.run(migrations.differences(back.services.database)) == []
    back.run(settle(back.services.database, NOW))
    assert back.run(rows_of(back.services))["refresh_tokens"] == 0
    with pytest.raises(StoreError):  # the triggers came along
        back.run(_do(back, "DELETE FROM events"))


async def _do(house: House, statement: str) -> None:
    async with house.services.database.write() as connection:
        await connection.execute(text(statement))
