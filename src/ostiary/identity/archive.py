"""The file of a backup: a tar with a list of sums before everything else, of which nothing is believed unproven."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from ostiary.errors import ConfigError
from ostiary.identity import keyfolder
from ostiary.strict import DecodeError, Strict, ValidationError, convert, dumps, loads

__all__ = ["DATABASE", "KEYS", "Manifest", "pack", "unpacked"]

DATABASE, KEYS = "identity.db", "keys/"  # members of the file
_FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_MOST_MANIFEST: Final = 256 * 1024  # bytes
_MOST_KEY: Final = 1024
_CHUNK: Final = 1024 * 1024


class _File(Strict, frozen=True):
    bytes: int
    sha256: str


class Manifest(Strict, frozen=True):
    """What is in the file: when it was made (seconds since the epoch), the revision of its tables, and its parts."""

    format: int
    made_at: float
    revision: str
    files: dict[str, _File]

    @property
    def has_keys(self) -> bool:
        """Whether the folder of keys is in it."""
        return len(self.files) > 1


def pack(target: Path, parts: Mapping[str, Path], revision: str, now: float) -> None:
    """Write a new file, for its owner alone, and wait until it is on the disk.

    :param parts: by their names there.
    :param now: seconds since the epoch.
    """
    files = {name: _File(bytes=path.stat().st_size, sha256=_sum(path)) for name, path in parts.items()}
    manifest = dumps(Manifest(format=_FORMAT, made_at=now, revision=revision, files=files))
    with open(target, "xb", opener=_private) as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            _put(tar, _MANIFEST, io.BytesIO(manifest), len(manifest))
            for name, path in parts.items():
                with path.open("rb") as content:
                    _put(tar, name, content, files[name].bytes)
        file.flush()
        os.fsync(file.fileno())


def _put(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, content)


@contextmanager
def unpacked(source: Path, beside: Path | None) -> Iterator[tuple[Path, Manifest]]:
    """The parts of a backup in a folder for us alone, each as long as it should be and with the right sum.

    :param beside: where the folder is made, so that a part may be given another name from there; None: with other
        temporary files.
    :raises ConfigError: when the file is torn, changed, or something else.
    """
    with tempfile.TemporaryDirectory(prefix=".ostiary-restore-", dir=beside) as name:
        folder = Path(name)
        try:
            with tarfile.open(source, "r:") as tar:
                manifest = _manifest(tar)
                (folder / KEYS).mkdir(mode=0o700)
                for part, file in manifest.files.items():
                    _take(tar, part, file, folder / part)
        except (tarfile.TarError, EOFError, DecodeError, ValidationError, ValueError, KeyError) as error:
            raise ConfigError(str(source), "is no whole backup", "use another one") from error
        except OSError as error:
            raise ConfigError(str(source), f"cannot be unpacked: {error.strerror or type(error).__name__}") from error
        yield folder, manifest


def _manifest(tar: tarfile.TarFile) -> Manifest:
    entry = tar.next()
    content = tar.extractfile(entry) if entry is not None and entry.name == _MANIFEST and entry.isreg() else None
    if content is None or entry is None or entry.size > _MOST_MANIFEST:
        raise KeyError(_MANIFEST)
    manifest = convert(loads(content.read()), Manifest)
    keys = {each.removeprefix(KEYS) for each in manifest.files if each.startswith(KEYS)}
    if manifest.format != _FORMAT or set(manifest.files) != {DATABASE} | {f"{KEYS}{each}" for each in keys}:
        raise KeyError(DATABASE)
    if not all(keyfolder.is_name(each) for each in keys):
        raise KeyError(KEYS)
    return manifest


def _take(tar: tarfile.TarFile, name: str, file: _File, target: Path) -> None:
    """:raises ValueError: when it is not what the manifest says."""
    entry = tar.getmember(name)
    content = tar.extractfile(entry) if entry.isreg() else None
    if content is None or entry.size != file.bytes or (name != DATABASE and entry.size > _MOST_KEY):
        raise ValueError(name)
    summed = hashlib.sha256()
    with open(target, "xb", opener=_private) as kept:
        while chunk := content.read(_CHUNK):
            summed.update(chunk)
            kept.write(chunk)
        kept.flush()
        os.fsync(kept.fileno())
    if summed.hexdigest() != file.sha256:
        raise ValueError(name)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
