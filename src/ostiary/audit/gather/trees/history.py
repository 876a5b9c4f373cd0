"""What was ever committed is searched once, blob by blob, without what is there today: what was removed is still public."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from ostiary.audit.gather.trees import belonging, git
from ostiary.audit.gather.trees.roles import role_of
from ostiary.audit.gather.trees.secret_texts import MOST_OF_A_FILE, NO_TEXT, Marks, role_of_file, text_of, told
from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File, Role, Secret
from ostiary.parts.secrets.search import search

MOST_BLOBS: Final = 200_000
MOST_BYTES: Final = 512 * 1024 * 1024
LARGEST: Final = 1024 * 1024  # bytes of a blob; what is longer was rarely written by hand
SECONDS: Final = 30.0
MOST: Final = 500  # credentials told of
_DIGITS: Final = 12  # of a commit
_NOWHERE: Final = "in no commit"  # objects that a rewritten history left behind; whoever has the repository has them


@dataclass(slots=True)
class Past:
    """What a history held."""

    found: list[Secret] = field(default_factory=list)
    commits: int = 0
    bytes: int = 0
    skipped: list[str] = field(default_factory=list)


def read(root: Path, marks: Marks, known: Collection[str] = ()) -> Past:
    """Search a repository's history.

    :param known: marks of what is in the files of today: it is not told twice.
    """
    past = Past()
    if not git.is_repository(root):
        past.skipped.append("There is no history: the folder is no git repository.")
        return past
    try:
        _read(root, past, marks, set(known))
    except Unanswerable as error:
        past.skipped.append(f"The history was not searched to its end: {error}.")
    return past


def _read(root: Path, past: Past, marks: Marks, known: set[str]) -> None:
    past.commits = int(git.run(root, "rev-list", "--all", "--count").strip() or b"0")
    if not past.commits:
        past.skipped.append("The history has no commit yet.")
        return
    if git.run(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        past.skipped.append("The history is shallow: older commits were not supplied.")
    today = set() if _is_bare(root) else _today(root)
    borrows = belonging.borrows(root)
    if borrows:
        past.skipped.append("Objects are borrowed from another repository: only what commits here hold was searched.")
    blobs, large = _blobs(root, today, lone=not borrows)
    if large:
        past.skipped.append(f"{large} blobs of the history were not searched: longer than {LARGEST >> 20} MiB.")
    if len(blobs) > MOST_BLOBS:
        past.skipped.append(f"Of {len(blobs)} blobs of the history {MOST_BLOBS} were searched.")
    found: list[tuple[str, Secret]] = []
    with git.piped(root, "cat-file", "--batch") as (write, answers):
        ends = time.monotonic() + SECONDS
        for count, (blob, path) in enumerate(list(blobs.items())[:MOST_BLOBS]):
            if time.monotonic() > ends or past.bytes > MOST_BYTES or len(found) > MOST:
                past.skipped.append(f"The history was searched to its bounds: {count} of {len(blobs)} blobs.")
                break
            data = _asked(write, answers, blob)
            past.bytes += len(data)
            found += [(blob, each) for each in _in_blob(path, data, marks, known)]
    present = {each.decode("ascii") for each in _today(root)} if _is_bare(root) else set[str]()
    past.found = [dataclasses.replace(each, in_head=blob in present) for blob, each in _placed(root, found)]


def _is_bare(root: Path) -> bool:
    """Whether there is no work tree: then what HEAD holds is searched here, and nowhere else."""
    return not (root / ".git").exists()


def _today(root: Path) -> set[bytes]:
    """Names of the blobs in HEAD; empty where there is none."""
    try:
        listed = git.run(root, "ls-tree", "-r", "-z", "HEAD")
    except Unanswerable:
        return set()
    return {entry.partition(b"\t")[0].rpartition(b" ")[2] for entry in listed.split(b"\0") if entry}


def _blobs(root: Path, today: Collection[bytes], *, lone: bool) -> tuple[dict[str, str], int]:
    """Blobs that are not there today, with a path each had; those too long to be searched are counted.

    :param lone: whether those in no commit count too.
    """
    paths: dict[bytes, str] = {}
    for line in git.run(root, "rev-list", "--objects", "--all", most=4 * git.MOST).split(b"\n"):
        blob, _, path = line.partition(b" ")
        if path:
            paths.setdefault(blob, path.decode("utf-8", "replace"))
    found: dict[str, str] = {}
    large = 0
    listed = git.run(root, "cat-file", "--batch-all-objects", "--batch-check", "--unordered", most=4 * git.MOST)
    for entry in listed.split(b"\n"):
        name, _, rest = entry.partition(b" ")
        kind, _, size = rest.partition(b" ")
        if kind != b"blob" or name in today or not (lone or name in paths):
            continue
        where = paths.get(name) or f"{_NOWHERE}, blob {name[:_DIGITS].decode('ascii')}"
        if role_of(where) is Role.VENDORED or where.rpartition(".")[2].lower() in NO_TEXT:
            continue
        if int(size) > LARGEST:
            large += 1
        elif int(size):
            found[name.decode("ascii")] = where
    return found, large


def _asked(write: IO[bytes], answers: IO[bytes], blob: str) -> bytes:
    try:
        write.write(blob.encode("ascii") + b"\n")
        write.flush()
        head = answers.readline(200).split()
        if len(head) != 3 or head[1] != b"blob":  # noqa: PLR2004 - "<name> blob <size>"
            return b""
        return answers.read(int(head[2]) + 1)[:-1]
    except (OSError, ValueError) as error:
        raise Unanswerable("git ended early") from error


def _in_blob(path: str, data: bytes, marks: Marks, known: set[str]) -> list[Secret]:
    text = text_of(data)
    if text is None:
        return []
    role = role_of_file(File(path=path, size=len(data), role=role_of(path)))
    new: list[Secret] = []
    for each in search(path, text)[:MOST_OF_A_FILE]:
        secret = told(each, f"{path}:{each.line}", role, marks, in_head=False)
        if path.startswith(_NOWHERE) and not each.certain:
            continue  # a lone file without a name: what its names of variables say is too little
        if not each.allowed and secret.mark not in known:
            known.add(secret.mark)
            new.append(secret)
    return new


def _placed(root: Path, found: list[tuple[str, Secret]]) -> list[tuple[str, Secret]]:
    """With the commit that brought each of them in."""
    if not found:
        return []
    commits = _commits(root, {blob for blob, _ in found})
    return [
        (blob, dataclasses.replace(each, where=f"{each.where}@{commits[blob][:_DIGITS]}") if blob in commits else each)
        for blob, each in found
    ]


def _commits(root: Path, blobs: Collection[str]) -> dict[str, str]:
    """Which commit, the oldest, brought a blob in; an empty answer where the history is too long to be told."""
    try:
        log = git.run(
            root,
            "log",
            "--all",
            "-m",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--format=%H",
            most=4 * git.MOST,
        )
    except Unanswerable:
        return {}
    brought: dict[str, str] = {}
    commit = ""
    for line in log.decode("utf-8", "replace").split("\n"):
        if line.startswith(":"):
            blob = line.split(" ", 4)[3]
            if blob in blobs:
                brought[blob] = commit  # commits come newest first
        elif line:
            commit = line
    return brought
