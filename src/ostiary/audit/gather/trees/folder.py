"""A folder's files: of a git work tree what git knows or would add, of any other folder all but what tools left there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ostiary.audit.gather.trees import git
from ostiary.audit.gather.trees.roles import role_of
from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File

MOST_FILES: Final = 200_000
_LEFT_OUT: Final = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".idea",
        ".vscode",
        ".gradle",
        ".terraform",
        ".serverless",
        ".cache",
        "bower_components",
    ]
)


class Folder:
    """Reads files below a folder.

    :param root: the folder.
    """

    form = "folder"

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.notes: list[str] = []

    def entries(self) -> list[File]:
        """Every file, sorted by path; links and devices are left out, and more than `MOST_FILES` are not looked at."""
        paths = git.listed(self.root)
        found = []
        for path in paths if paths is not None else self._walked():
            try:
                status = (self.root / path).lstat()
            except (OSError, ValueError):
                continue
            if stat.S_ISREG(status.st_mode) and self._inside(path):
                found.append(File(path=path, size=status.st_size, role=role_of(path)))
            if len(found) >= MOST_FILES:
                self.notes.append(f"Only the first {MOST_FILES} files were looked at.")
                break
        return sorted(found, key=lambda each: each.path)

    def data(self, path: str, most: int) -> bytes:
        """A file's first bytes.

        :raises Unanswerable: when it cannot be read, or is not below the folder.
        """
        if not self._inside(path):
            raise Unanswerable(f"{path} leads out of the folder")
        try:
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                return stream.read(most)
        except OSError as error:
            raise Unanswerable(f"{path} cannot be read: {error.strerror or error}") from error

    def _walked(self) -> Iterator[str]:
        for folder, names, files in os.walk(self.root):
            names[:] = sorted(each for each in names if each not in _LEFT_OUT)
            for name in sorted(files):
                yield os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")  # noqa: PTH118 - as os.walk gives it

    def _inside(self, path: str) -> bool:
        """Whether no folder on the way is a link that leads out."""
        parent = (self.root / path).parent
        return parent == self.root or parent.resolve().is_relative_to(self.root)
