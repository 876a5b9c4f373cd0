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
_NAMED: Final = 3  # of those that are passed over
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
        self._passed_over: dict[str, list[str]] = {}
        self._within: dict[str, bool] = {}

    def entries(self) -> list[File]:
        """Every file, sorted by path; links and devices are left out, and more than `MOST_FILES` are not looked at."""
        paths = git.listed(self.root)
        if paths is not None:
            for each in git.ignored(self.root):
                self._pass_over("files and folders that git ignores", each)
        found = []
        for path in paths if paths is not None else self._walked():
            try:
                status = (self.root / path).lstat()
            except (OSError, ValueError):
                continue
            if stat.S_ISREG(status.st_mode) and self._inside(path):
                found.append(File(path=path, size=status.st_size, role=role_of(path)))
            elif stat.S_ISDIR(status.st_mode):
                self._pass_over("repositories inside of this one (submodules): give them as targets of their own", path)
            elif stat.S_ISLNK(status.st_mode):
                self._pass_over("links", path)
            if len(found) >= MOST_FILES:
                self.notes.append(f"Only the first {MOST_FILES} files were looked at.")
                break
        self._tell()
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
            for name in names:
                if name in _LEFT_OUT:
                    self._pass_over("folders of tools", os.path.relpath(os.path.join(folder, name), self.root))  # noqa: PTH118 - as os.walk gives it
            names[:] = sorted(each for each in names if each not in _LEFT_OUT)
            for name in sorted(files):
                yield os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")  # noqa: PTH118 - as os.walk gives it

    def _pass_over(self, what: str, path: str) -> None:
        if not _LEFT_OUT.isdisjoint(path.strip("/").split("/")) and what != "folders of tools":
            return
        if path.endswith((".git", ".pyc")):
            return
        self._passed_over.setdefault(what, []).append(path)

    def _tell(self) -> None:
        """What is in the folder and was not looked at: somebody may have put it there for that reason."""
        for what, paths in sorted(self._passed_over.items()):
            more = ", ..." if len(paths) > _NAMED else ""
            self.notes.append(f"Not looked at: {len(paths)} {what}: {', '.join(paths[:_NAMED])}{more}.")

    def _inside(self, path: str) -> bool:
        """Whether no folder on the way is a link that leads out."""
        above = path.rpartition("/")[0]
        if above not in self._within:  # asked once for each folder: resolving walks the whole way every time
            self._within[above] = not above or (self.root / above).resolve().is_relative_to(self.root)
        return self._within[above]
