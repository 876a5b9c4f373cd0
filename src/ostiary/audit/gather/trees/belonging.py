"""A folder's git is asked only for what is the folder's own: what leads to another repository is followed if that one agrees."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_MOST: Final = 64 * 1024  # bytes of a file that names a path, or of a configuration
_GITDIR: Final = re.compile(r"gitdir: (?P<path>[^\r\n]+)\s*")
_WORKTREE: Final = re.compile(r"(?mi)^[ \t]*worktree[ \t]*=[ \t]*(?P<path>[^\r\n]+?)[ \t]*$")
_MOST_PACKS: Final = 20_000


def elsewhere(root: Path) -> str:
    """Why a folder's git is not asked: it would tell of another repository; empty where it may be.

    A linked work tree and a submodule have theirs elsewhere too, and that names them as its own: a folder of a stranger
    cannot write there.
    """
    marker = root / ".git"
    try:
        if marker.is_symlink():
            return "its .git is a link"
        if marker.is_file():
            return _pointed(root, marker)
        held = marker if marker.is_dir() else root
        if (held / "commondir").exists() or any((held / each).is_symlink() for each in ("HEAD", "refs", "objects")):
            return "its .git leads to another repository"
    except OSError as error:
        return f"its .git cannot be read: {error.strerror}"
    return ""


def borrows(root: Path) -> bool:
    """Whether objects of other repositories count among a folder's own: alternates, or links to folders of objects."""
    objects = _held(root) / "objects"
    try:
        if any((objects / "info" / each).exists() for each in ("alternates", "http-alternates")):
            return True
        for folder in (objects, objects / "pack"):
            with os.scandir(folder) as entries:
                if any(each.is_symlink() for each, _ in zip(entries, range(_MOST_PACKS), strict=False)):
                    return True
    except OSError:
        return True
    return False


def _pointed(root: Path, marker: Path) -> str:
    found = _GITDIR.fullmatch(_text(marker))
    if found is None:
        return "its .git is neither a folder nor a pointer"
    to = (root / found["path"]).resolve()
    if to.is_relative_to(root.resolve()) or _names(to, root):
        return ""
    return "its .git points to a repository that does not know it"


def _names(held: Path, root: Path) -> bool:
    """Whether a repository's folder says that a work tree is its own."""
    back = _text(held / "gitdir").strip()
    if back and (held / back).resolve() == (root / ".git").resolve():
        return True
    return any(
        (held / each["path"].strip('"')).resolve() == root.resolve()
        for each in _WORKTREE.finditer(_text(held / "config"))
    )


def _held(root: Path) -> Path:
    marker = root / ".git"
    if marker.is_dir():
        return marker
    found = _GITDIR.fullmatch(_text(marker))
    held = (root / found["path"]).resolve() if found is not None else root
    common = _text(held / "commondir").strip()
    return (held / common).resolve() if common else held


def _text(path: Path) -> str:
    try:
        if not path.is_file():  # a pipe would never end
            return ""
        with path.open("rb") as stream:
            return stream.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""
