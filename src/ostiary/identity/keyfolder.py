"""The key ring lives in a folder for its owner alone; keys are added, never changed, and a half-made folder is not seen."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from ostiary.errors import ConfigError
from ostiary.parts.sealing import KeyRing

__all__ = ["forget", "is_name", "names", "numbers", "open_ring", "put", "rotate", "settle"]

_PEPPER: Final = "pepper"
_BYTES: Final = 32
_MOST: Final = 255  # a key's number is one byte of what it sealed
_NAME: Final = re.compile(r"key-([0-9]{3})")
_TEXT: Final = re.compile(r"[0-9a-f]{64}\n?")
_LONGEST: Final = 128  # bytes read of a key's file


def open_ring(folder: Path, entropy: Callable[[int], bytes], *, where: str = "[identity] keys") -> KeyRing:
    """The ring of keys in a folder; a folder that is not there is made, with a first key and a pepper.

    A process that finds a value sealed by a key that it does not know looks into the folder again: keys may be added
    while it runs.

    :param entropy: gives that many random bytes.
    :param where: the place of the setting, for messages.
    :raises ConfigError: when others than the owner may look into it, when a file in it is no key, when one is missing.
    """
    if not folder.exists():
        _make(folder, entropy, where)
    keys, pepper = _read(folder, where)
    return KeyRing(keys, pepper, entropy, look_again=lambda: _read(folder, where)[0])


def rotate(folder: Path, entropy: Callable[[int], bytes], *, where: str = "[identity] keys") -> int:
    """Add a key, which seals from now on: its number. What older keys sealed still opens; `resealing.reseal` renews it.

    :raises ConfigError: when the folder is not there or not as it should be, or after 255 keys.
    """
    keys, _ = _read(folder, where)
    number = max(keys) + 1
    if number > _MOST:
        raise ConfigError(where, f"{folder} has had {_MOST} keys", "reseal, restore a backup into a new folder")
    try:
        _write(folder / f"key-{number:03}", entropy(_BYTES))
    except FileExistsError as error:
        raise ConfigError(where, f"{folder} is being rotated by somebody else") from error
    return number


def numbers(folder: Path, *, where: str = "[identity] keys") -> tuple[int, ...]:
    """The numbers of the keys in a folder, the newest last.

    :raises ConfigError: as `open_ring`.
    """
    return tuple(sorted(_read(folder, where)[0]))


def is_name(name: str) -> bool:
    """Whether a file of that name belongs into such a folder."""
    return name == _PEPPER or _NAME.fullmatch(name) is not None


def names(folder: Path) -> tuple[str, ...]:
    """The names of the files that make a folder of keys."""
    return tuple(sorted(each.name for each in folder.iterdir() if is_name(each.name)))


def forget(folder: Path, number: int, *, where: str = "[identity] keys") -> None:
    """Remove an old key. Backups from before need it: keep theirs with them.

    :raises ConfigError: when it is the newest, or not there.
    """
    keys, _ = _read(folder, where)
    if number not in keys or number == max(keys):
        raise ConfigError(where, f"{folder} has no old key {number}")
    (folder / f"key-{number:03}").unlink()
    settle(folder)


def _make(folder: Path, entropy: Callable[[int], bytes], where: str) -> None:
    with contextlib.suppress(FileExistsError):  # another process was first, and all use its keys
        _appear({_PEPPER: entropy(_BYTES), "key-001": entropy(_BYTES)}, folder, where)


def put(files: Mapping[str, bytes], folder: Path, *, where: str = "[identity] keys") -> None:
    """Bring a folder back from a backup.

    :param files: what `names` named, with their contents.
    :raises ConfigError: when there is one already, or it cannot be written.
    """
    try:
        _appear({name: bytes.fromhex(text.decode("ascii")) for name, text in files.items()}, folder, where)
    except FileExistsError as error:
        raise ConfigError(where, f"{folder} is there already") from error


def _appear(keys: Mapping[str, bytes], folder: Path, where: str) -> None:
    """The whole folder appears at once, or not at all.

    :raises FileExistsError: when one is there.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))  # 0700
        try:
            for name, key in keys.items():
                _write(making / name, key)
            _rename(making, folder)
        finally:
            for name in keys:
                (making / name).unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError):
                making.rmdir()
    except FileExistsError:
        if folder.is_dir():
            raise
        raise ConfigError(where, f"{folder} cannot be made: there is something else") from None
    except OSError as error:
        raise ConfigError(where, f"{folder} cannot be made: {error.strerror}") from error


def _rename(making: Path, folder: Path) -> None:
    try:
        making.rename(folder)  # fails where a folder that is not empty has that name
    except OSError as error:
        if not folder.is_dir():
            raise
        raise FileExistsError(str(folder)) from error
    settle(folder.parent)


def _write(path: Path, key: bytes) -> None:
    """A file that is whole as soon as it has its name, and that replaces none."""
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key.hex().encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    finally:
        Path(name).unlink()
    settle(path.parent)


def settle(folder: Path) -> None:
    """Wait until the names in a folder are on the disk too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(folder: Path, where: str) -> tuple[dict[int, bytes], bytes]:
    try:
        _private(folder, folder.stat(), where)
        found = sorted(folder.iterdir())
        keys = {int(name[1]): _key(path, where) for path in found if (name := _NAME.fullmatch(path.name))}
        pepper = _key(folder / _PEPPER, where)
    except OSError as error:
        raise ConfigError(where, f"{error.filename} cannot be read: {error.strerror}") from error
    if not keys or not 0 < min(keys) <= max(keys) <= _MOST:
        raise ConfigError(where, f"{folder} holds no keys", "restore them from a backup: nothing else opens the data")
    return keys, pepper


def _key(path: Path, where: str) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        _private(path, os.fstat(file.fileno()), where)
        text = file.read(_LONGEST).decode("ascii", "replace")
    if not _TEXT.fullmatch(text) or not text.strip("0\n"):
        raise ConfigError(where, f"{path} is not a key", "64 hexadecimal digits; restore it from a backup")
    return bytes.fromhex(text)


def _private(path: Path, found: os.stat_result, where: str) -> None:
    if found.st_uid not in {os.geteuid(), 0}:
        raise ConfigError(where, f"{path} belongs to another user", f"chown -R {os.geteuid()} {path}")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(where, f"{path} is open to others than its owner", f"chmod go= {path}")
