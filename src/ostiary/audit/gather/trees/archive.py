"""Wheels, jars and other archives, and images' layers, are read in place, within bounds: no member becomes a file."""

from __future__ import annotations

import gzip
import json
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from ostiary.audit.gather.trees.roles import role_of
from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence.tree import File

MOST_FILES: Final = 200_000
_LONGEST_PATH: Final = 1024  # characters of a member's name; archives allow 65,535, and patterns are matched to each
_CHUNK: Final = 1 << 20  # bytes
MOST_UNPACKED: Final = 4 * 1024 * 1024 * 1024  # bytes that an image may hold in all
_BROKEN: Final = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    tarfile.TarError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)
_ODD: Final = (KeyError, TypeError, AttributeError, IndexError)  # JSON of another form
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"


class Zip:
    """Reads the members of a zip archive.

    :param path: the archive.
    :param form: ``wheel`` or ``jar``, or whatever it is.
    :raises ConfigError: when it is none.
    """

    def __init__(self, path: Path, form: str) -> None:
        self.form = form
        self.notes: list[str] = []
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise ConfigError(str(path), f"is no readable archive: {error}") from error

    def entries(self) -> list[File]:
        """Every member with a plain name, sorted by path."""
        every = [each for each in self._zip.infolist() if not each.is_dir()]
        members = [each for each in every[:MOST_FILES] if _is_plain(each.filename)]
        if len(members) < len(every):
            self.notes.append(
                f"{len(every) - len(members)} members were not looked at: too many, or their names are no plain paths."
            )
        return sorted(
            (File(path=each.filename, size=each.file_size, role=role_of(each.filename)) for each in members),
            key=lambda each: each.path,
        )

    def data(self, path: str, most: int) -> bytes:
        """A member's first bytes.

        :raises Unanswerable: when it cannot be read.
        """
        try:
            with self._zip.open(path) as stream:
                return stream.read(most)
        except (*_BROKEN, KeyError) as error:
            raise Unanswerable(f"{path} cannot be read: {type(error).__name__}") from error

    def close(self) -> None:
        """Let go of the archive."""
        self._zip.close()


class Image:
    """Reads the files of a container image that ``docker save`` or a registry tool wrote to a tar (OCI image layout 1.0).

    Files of later layers hide those of earlier ones. What a layer cannot be read for is a note.

    :param path: the tar.
    :raises ConfigError: when it is none.
    """

    form = "image"

    def __init__(self, path: Path) -> None:
        self.notes: list[str] = []
        self._path = path
        try:
            with tarfile.open(path) as tar:
                self.layers = _layers(tar)
        except (*_BROKEN, *_ODD) as error:
            raise ConfigError(str(path), f"is no readable image: {error}") from error
        if not self.layers:
            raise ConfigError(
                str(path),
                "holds no image: neither index.json nor manifest.json names layers",
                "unpack an archive of source, and give the folder",
            )
        self._where: dict[str, tuple[str, int]] = {}  # path -> layer, size
        self._open: dict[str, tarfile.TarFile] = {}
        self._outer: tarfile.TarFile | None = None
        self._files: list[IO[bytes]] = []
        self._left = MOST_UNPACKED

    def entries(self) -> list[File]:
        """Every file of the merged layers, sorted by path."""
        for layer in self.layers:
            try:
                self._merge(layer)
            except (*_BROKEN, KeyError) as error:
                self.notes.append(f"Layer {layer} cannot be read: {str(error) or type(error).__name__}.")
        return sorted(
            (File(path=path, size=size, role=role_of(path)) for path, (_, size) in self._where.items()),
            key=lambda each: each.path,
        )

    def data(self, path: str, most: int) -> bytes:
        """A file's first bytes.

        :raises Unanswerable: when it cannot be read.
        """
        layer, _ = self._where.get(path, ("", 0))
        try:
            stream = self._layer(layer).extractfile(self._member(layer, path)) if layer else None
            if stream is None:
                raise Unanswerable(f"{path} is not in the image")
            with stream:
                return stream.read(most)
        except (*_BROKEN, KeyError) as error:
            raise Unanswerable(f"{path} cannot be read: {type(error).__name__}") from error

    def _member(self, layer: str, path: str) -> tarfile.TarInfo:
        tar = self._layer(layer)
        for spelt in (path, f"./{path}", f"/{path}"):
            try:
                return tar.getmember(spelt)
            except KeyError:
                continue
        raise KeyError(path)

    def _layer(self, layer: str) -> tarfile.TarFile:
        if layer not in self._open:
            self._open[layer] = tarfile.open(fileobj=self._unpacked(layer))  # noqa: SIM115 - as above
        return self._open[layer]

    def _unpacked(self, layer: str) -> IO[bytes]:
        """A layer without its compression, in a nameless temporary file: members are asked for in any order."""
        self._outer = self._outer or tarfile.open(self._path)  # noqa: SIM115 - read from until the audit ends
        packed = self._outer.extractfile(layer)
        if packed is None:
            raise KeyError(layer)
        with packed:
            start = packed.read(4)
            packed.seek(0)
            if start == _ZSTD:
                raise ValueError("it is compressed by zstd")
            plain = tempfile.TemporaryFile()  # noqa: SIM115 - as above
            self._files.append(plain)
            source = gzip.GzipFile(fileobj=packed) if start.startswith(_GZIP) else packed
            while chunk := source.read(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise ValueError(f"the image holds more than {MOST_UNPACKED >> 30} GiB")
                plain.write(chunk)
        plain.seek(0)
        return plain

    def close(self) -> None:
        """Let go of the image."""
        for each in (*self._open.values(), *self._files, *([self._outer] if self._outer is not None else ())):
            each.close()

    def _merge(self, layer: str) -> None:
        for member in self._layer(layer):
            path = member.name.removeprefix("./").lstrip("/")
            folder, _, name = path.rpartition("/")
            if name == _OPAQUE:
                self._hide(f"{folder}/")
            elif name.startswith(_WHITEOUT):
                gone = f"{folder}/{name.removeprefix(_WHITEOUT)}".lstrip("/")
                self._where.pop(gone, None)
                self._hide(f"{gone}/")
            elif member.isreg() and _is_plain(path) and len(self._where) < MOST_FILES:
                self._where[path] = (layer, member.size)
            elif path in self._where:
                self._where.pop(path)  # a link or a folder took its place

    def _hide(self, prefix: str) -> None:
        for path in [each for each in self._where if each.startswith(prefix)]:
            del self._where[path]


def _layers(tar: tarfile.TarFile) -> list[str]:
    """Names of the members that are layers, the lowest first."""
    names = {each.name.removeprefix("./"): each.name for each in tar.getmembers() if each.isreg()}
    if "manifest.json" in names:  # as `docker save` writes it
        manifest = _json(tar, names["manifest.json"])
        return [names[each] for each in manifest[0].get("Layers", ()) if each in names] if manifest else []
    if "index.json" in names:
        return list(_from_index(tar, names, _json(tar, names["index.json"]), 0))
    return []


def _from_index(tar: tarfile.TarFile, names: dict[str, str], node: Any, depth: int) -> Iterator[str]:
    for layer in node.get("layers", ()):
        yield _blob(names, layer)
    for each in node.get("manifests", ())[:1] if depth < 4 else ():  # noqa: PLR2004 - an index of indexes, and no deeper
        yield from _from_index(tar, names, _json(tar, _blob(names, each)), depth + 1)


def _blob(names: dict[str, str], node: Any) -> str:
    kind, _, digest = str(node["digest"]).partition(":")
    return names[f"blobs/{kind}/{digest}"]


def _json(tar: tarfile.TarFile, name: str) -> Any:
    stream = tar.extractfile(name)
    if stream is None:
        raise ValueError(name)
    with stream:
        return json.loads(stream.read(16 * 1024 * 1024))


def _is_plain(path: str) -> bool:
    return (
        0 < len(path) <= _LONGEST_PATH and not path.startswith("/") and ".." not in path.split("/") and "\0" not in path
    )
