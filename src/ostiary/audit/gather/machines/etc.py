"""Configuration of servers that is in force on a machine: what their folders under ``/etc`` lead to, and nothing that is put aside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ostiary.audit.gather.machines.files import Files
from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File

FOLDERS: Final = (
    "etc/nginx",
    "etc/apache2",
    "etc/httpd",
    "etc/haproxy",
    "usr/local/etc/nginx",
    "usr/local/etc/haproxy",
)
_ASIDE: Final = frozenset(
    {"sites-available", "mods-available", "conf-available", "modules-available"}
)  # until they are linked to
_SUFFIXES: Final = (".dpkg-dist", ".dpkg-old", ".dpkg-new", ".rpmnew", ".rpmsave", ".bak", ".orig", "~")
_MOST: Final = 4_000  # files


class Etc:
    """Where the files of a tree come from: the folders of servers, with the links in them followed."""

    form = "folder"

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._files = Files(root)
        self.notes: list[str] = []

    def entries(self) -> list[File]:
        """Every file, sorted by path."""
        found = []
        for start in FOLDERS:
            for folder, names, files in os.walk(self._root / start):
                names[:] = sorted(each for each in names if each not in _ASIDE)
                for name in sorted(files):
                    place = Path(folder) / name
                    if place.is_file() and not name.endswith(_SUFFIXES):
                        found.append(File(path=place.relative_to(self._root).as_posix(), size=place.stat().st_size))
                if len(found) >= _MOST:
                    self.notes.append(f"only the first {_MOST} files of configuration were read")
                    return sorted(found[:_MOST], key=lambda each: each.path)
        return sorted(found, key=lambda each: each.path)

    def data(self, path: str, most: int) -> bytes:
        """A file's first bytes.

        :raises Unanswerable: when it may not be read.
        """
        text = self._files.text(path)
        if not text and not (self._root / path).exists():
            raise Unanswerable(f"{path} is gone")
        return text.encode()[:most]
