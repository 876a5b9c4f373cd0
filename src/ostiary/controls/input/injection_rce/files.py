"""A name of a file that leads out of its folder: what every system has comes back, and what none has does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from ostiary.evidence import Answer
from ostiary.parts.seen.inputs import Input, words
from ostiary.parts.seen.known_files import KERNEL, UNIX, WINDOWS, shows_kernel, shows_known_file
from ostiary.parts.seen.proofs import Proven
from ostiary.parts.seen.trials import Trial

UP: Final = "../" * 9
WAYS: Final = (  # one check each that is commonly forgotten
    UP + "{file}",
    "/{file}",
    "....//" * 9 + "{file}",  # where "../" is taken out once
    ("..%2f" * 9) + "{file}",  # where it is decoded once more; the sender encodes the per cent sign
    "{folder}/" + UP + "{file}",
    "file:///{file}",
)
ON_WINDOWS: Final = ("..\\" * 9 + WINDOWS, "..\\" * 9 + "windows\\ostiary.ini")


class _Known(NamedTuple):
    """A file that every system has, one in its folder that none has, and how a reply shows the first."""

    file: str
    nothing: str
    shown: Callable[[Answer], bool]


READ: Final = _Known(UNIX, "etc/ostiary-none", shows_known_file)
WRITTEN: Final = _Known(KERNEL, "proc/ostiary-none", shows_kernel)  # a name in a write may be what it writes to
_NAMES: Final = frozenset({
    "file", "files", "filename", "filepath", "path", "page", "doc", "document", "template", "view", "download", "dir", "directory",
    "folder", "include", "lang", "locale", "language", "img", "image", "picture", "photo", "resource", "module", "theme", "log",
    "report", "attachment", "src", "source", "asset", "key", "load", "read", "content", "layout", "media", "backup", "uri", "url",
})  # fmt: skip
_CHANGING: Final = frozenset({  # whatever the method is
    "save", "write", "upload", "store", "create", "add", "export", "backup", "dump", "put", "update", "overwrite", "append", "import",
    "restore", "replace", "rotate", "truncate", "delete", "remove", "rm", "unlink", "erase", "clear", "clean", "destroy", "drop",
    "purge", "move", "rename", "mv", "copy", "cp",
})  # fmt: skip
_FOLDERS: Final = frozenset({
    "file", "files", "download", "downloads", "static", "assets", "docs", "documents", "images", "uploads", "media", "export", "logs",
    "backup", "backups", "templates", "attachments", "reports", "content", "avatars", "pages",
})  # fmt: skip


def may_be_file(at: Input) -> bool:
    """Whether a place names a file, by its name or by what its path is called."""
    return not _NAMES.isdisjoint(words(at.name)) or not _FOLDERS.isdisjoint(words(at.operation.path.replace("/", " ")))


async def proven(trial: Trial, valid: Answer) -> Proven | None:
    """Try each way out, and the same way to a file that is nowhere."""
    reads = trial.at.reads and _CHANGING.isdisjoint(words(trial.at.operation.path.replace("/", " ")))
    known = READ if reads else WRITTEN
    if not may_be_file(trial.at) or known.shown(valid):
        return None
    folder = trial.at.value.partition("/")[0] if "/" in trial.at.value else "."
    for way in WAYS:
        text, nothing = (way.format(file=file, folder=folder) for file in (known.file, known.nothing))
        found = await _read(trial, text, nothing, known)
        if found is not None:
            return found
    return await _read(trial, *ON_WINDOWS, known) if reads else None


async def _read(trial: Trial, text: str, nothing: str, known: _Known) -> Proven | None:
    if not trial.at.fits(text):
        return None
    answer = await trial.put(text)
    if not known.shown(answer):
        return None
    other = await trial.put(nothing)
    if known.shown(other):
        return None
    proof = f"{text!r} came back with that file's contents, {nothing!r}, which is nowhere, did not"
    return Proven(
        trial.at,
        "file",
        proof,
        ((answer, "a file of the system"), (other, "a file that is nowhere")),
        more={"technique": "traversal"},
    )
