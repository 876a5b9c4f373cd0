"""Configuration of servers that is in force on a machine: what their folders under ``/etc`` lead to, and nothing that is put aside."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from ostiary.audit.gather.machines.files import Files
from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File

FOLDERS: Final = {  # and the programs that obey what lies in them
    "etc/nginx": ("nginx", "openresty"),
    "etc/apache2": ("apache2", "httpd"),
    "etc/httpd": ("httpd",),
    "etc/haproxy": ("haproxy",),
    "usr/local/etc/nginx": ("nginx",),
    "usr/local/etc/haproxy": ("haproxy",),
}
_ASIDE: Final = frozenset(
    {"sites-available", "mods-available", "conf-available", "modules-available"}
)  # until they are linked to
_SUFFIXES: Final = (".dpkg-dist", ".dpkg-old", ".dpkg-new", ".rpmnew", ".rpmsave", ".bak", ".orig", "~")
_MOST: Final = 4_000  # files


class Etc:
    """Where the files of a tree come from: the folders of servers, with the links in them followed.

    :param running: names of processes; what a server that does not run would do is not looked at.
    """

    form = "folder"

    def __init__(self, root: Path, running: Collection[str]) -> None:
        self._root = root
        self._running = running
        self._files = Files(root)
        self.notes: list[str] = []

    def entries(self) -> list[File]:
        """Every file, sorted by path."""
        found = []
        for start, programs in FOLDERS.items():
            if not any(each in self._running for each in programs):
                if (self._root / start).is_dir():
                    self.notes.append(f"/{start} was not judged: {programs[0]} does not run")
                continue
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
