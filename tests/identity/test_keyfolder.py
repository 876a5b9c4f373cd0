"""The key folder is for its owner alone, appears whole, and is only ever added to."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ostiary.errors import ConfigError
from ostiary.identity import keyfolder
from ostiary.identity.keyfolder import forget, numbers, open_ring, rotate

PLACE = "users.email:1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    open_ring(tmp_path / "keys", os.urandom)
    return tmp_path / "keys"


def modes(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in [folder, *folder.iterdir()]}


def test_the_first_start_makes_it_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)  # whatever the umask is
    try:
        open_ring(tmp_path / "deep" / "keys", os.urandom)
    finally:
        os.umask(before)
    assert modes(tmp_path / "deep" / "keys") == {"keys": 0o700, "pepper": 0o600, "key-001": 0o600}
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["keys"], "nothing half-made is left beside it"


def test_keys_are_of_the_entropy_that_is_given(tmp_path: Path) -> None:
    given = iter([b"\x01" * 32, b"\x02" * 32])
    open_ring(tmp_path / "keys", lambda _: next(given))
    found = {each.name: each.read_text() for each in (tmp_path / "keys").iterdir()}
    assert found == {"pepper": "01" * 32 + "\n", "key-001": "02" * 32 + "\n"}


def test_later_starts_read_the_same_keys(folder: Path) -> None:
    sealed = open_ring(folder, os.urandom).seal(b"secret", PLACE)
    again = open_ring(folder, os.urandom)
    assert again.open(sealed, PLACE) == b"secret"
    assert again.digest(b"x", "users.email") == open_ring(folder, os.urandom).digest(b"x", "users.email")


@pytest.mark.parametrize("name", [".", "pepper", "key-001"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o777])
def test_a_folder_that_others_may_look_into_is_refused(folder: Path, name: str, mode: int) -> None:
    (folder / name).chmod(mode | (0o100 if name == "." else 0))
    with pytest.raises(ConfigError, match="is open to others"):
        open_ring(folder, os.urandom)


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root gives files away")
@pytest.mark.parametrize("name", [".", "pepper", "key-001"])
def test_another_users_keys_are_refused(folder: Path, name: str) -> None:
    os.chown(folder / name, 12345, 12345)
    with pytest.raises(ConfigError, match="belongs to another user"):
        open_ring(folder, os.urandom)


@pytest.mark.parametrize(
    "text",
    ["", "5a5a5a", "z" * 64, "0" * 63, "0" * 65, "AB" * 32, "00" * 32 + "\n\n", " " + "00" * 32, "00" * 32, "é" * 64],
)
@pytest.mark.parametrize("name", ["pepper", "key-001"])
def test_a_file_that_is_no_key_is_refused_and_not_repeated(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(ConfigError) as caught:
        open_ring(folder, os.urandom)
    assert not text.strip() or text.strip() not in str(caught.value).replace(str(folder), "")


@pytest.mark.parametrize("name", ["pepper", "key-001"])
def test_a_missing_file_is_refused_and_never_made_anew(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ConfigError):
        open_ring(folder, os.urandom)
    assert not (folder / name).exists()


def test_an_empty_folder_is_filled_only_where_nothing_was(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    with pytest.raises(ConfigError):
        open_ring(tmp_path / "keys", os.urandom)


def test_a_file_that_would_hang_the_start_does_not(folder: Path) -> None:
    (folder / "pepper").unlink()
    os.mkfifo(folder / "pepper", 0o600)
    with pytest.raises(ConfigError):
        open_ring(folder, os.urandom)


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        open_ring(tmp_path / "file" / "keys", os.urandom)


def test_rotation_adds_a_key_and_changes_none(folder: Path) -> None:
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    old = open_ring(folder, os.urandom).seal(b"secret", PLACE)
    assert rotate(folder, os.urandom) == 2
    after = {each.name: each.read_bytes() for each in folder.iterdir()}
    assert before.items() <= after.items()
    assert set(after) - set(before) == {"key-002"}
    assert modes(folder)["key-002"] == 0o600
    ring = open_ring(folder, os.urandom)
    assert ring.seal(b"x", PLACE)[0] == 2
    assert ring.open(old, PLACE) == b"secret"
    assert numbers(folder) == (1, 2)


def test_a_running_process_finds_a_rotated_key(folder: Path) -> None:
    running = open_ring(folder, os.urandom)
    rotate(folder, os.urandom)
    assert running.seal(b"x", PLACE)[0] == 1
    assert running.open(open_ring(folder, os.urandom).seal(b"secret", PLACE), PLACE) == b"secret"


def test_a_rotation_that_somebody_else_makes_meanwhile_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = keyfolder._read

    def slow(*given: object) -> object:
        found = read(*given)  # type: ignore[arg-type]
        monkeypatch.setattr(keyfolder, "_read", read)
        rotate(folder, os.urandom)
        return found

    monkeypatch.setattr(keyfolder, "_read", slow)
    with pytest.raises(ConfigError, match="somebody else"):
        rotate(folder, os.urandom)
    assert numbers(folder) == (1, 2)
    assert sorted(each.name for each in folder.iterdir()) == ["key-001", "key-002", "pepper"]


def test_there_are_255_keys_at_most(folder: Path) -> None:
    (folder / "key-001").rename(folder / "key-255")
    with pytest.raises(ConfigError, match="255"):
        rotate(folder, os.urandom)


@pytest.mark.parametrize("name", ["key-000", "key-256", "key-999"])
def test_a_key_with_an_impossible_number_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / "key-001").read_bytes())
    (folder / name).chmod(0o600)
    with pytest.raises(ConfigError):
        open_ring(folder, os.urandom)


def test_old_keys_may_go_and_the_newest_may_not(folder: Path) -> None:
    rotate(folder, os.urandom)
    for number in (2, 3):
        with pytest.raises(ConfigError, match="no old key"):
            forget(folder, number)
    forget(folder, 1)
    assert numbers(folder) == (2,)


def test_processes_that_start_together_use_one_ring(tmp_path: Path) -> None:
    code = (
        "import os,sys,time; from pathlib import Path; from ostiary.identity.keyfolder import open_ring\n"
        "time.sleep(max(0, float(sys.argv[2]) - time.time()))\n"
        "print(open_ring(Path(sys.argv[1]), os.urandom).mark(0).hex())"
    )
    start = str(time.time() + 1.5)
    found = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "keys"), start], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    said = {each.communicate(timeout=60)[0] for each in found}
    assert [each.returncode for each in found] == [0] * 6
    assert len(said) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]
