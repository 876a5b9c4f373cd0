"""Files of a tree are searched for credentials, within bounds; what is told of one never holds it."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from ostiary.audit.gather.trees import history
from ostiary.audit.gather.trees.secret_texts import MOST_OF_A_FILE, NO_TEXT, Marks, role_of_file, text_of, told
from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File, Role, Searched, Secret
from ostiary.parts.secrets.search import search

if TYPE_CHECKING:
    from ostiary.audit.gather.trees.tree import Tree

MOST_BYTES: Final = 256 * 1024 * 1024  # of all files
SECONDS: Final = 30.0  # of reading all files
MOST: Final = 2000  # credentials told of
_LARGEST: Final = 4 * 1024 * 1024  # bytes of one file
_STORES: Final = frozenset({"jks", "p12", "pfx", "keystore", "bks", "ppk", "kdbx"})
_PUBLIC_STORES: Final = ("debug.keystore", "cacerts", "truststore", "trust")


def read(tree: Tree) -> Searched:
    """Search a tree and, where there is one, its history.

    :raises Unanswerable: when the operator has had enough.
    """
    marks = Marks()
    files = _Files(tree, marks)
    files.search()
    skipped = files.sentences()
    past = history.Past()
    if tree.root is not None and tree.settings.history:
        past = history.read(tree.root, marks, {each.mark for each in files.found} | files.let_stay)
        skipped += past.skipped
    elif tree.root is not None:
        skipped.append("The history was not searched: it was switched off.")
    return Searched(
        found=(*sorted(files.found, key=lambda each: each.where), *past.found),
        files=files.files,
        bytes=files.bytes + past.bytes,
        skipped=tuple(skipped),
        commits=past.commits,
    )


class _Files:
    """The search of a tree's files as they are now."""

    def __init__(self, tree: Tree, marks: Marks) -> None:
        self.tree, self.marks = tree, marks
        self.found: list[Secret] = []
        self.files = self.bytes = 0
        self.left: Counter[str] = Counter()
        self.allowed: list[str] = []
        self.let_stay: set[str] = set()  # their marks: older commits hold them without the comment

    def search(self) -> None:
        ends = time.monotonic() + SECONDS
        for file in self.tree.files:
            reason = self._reason(file)
            if not reason and (time.monotonic() > ends or self.bytes > MOST_BYTES or len(self.found) >= MOST):
                reason = "beyond the bounds of a search (bytes, time or findings)"
            if reason:
                self.left[reason] += 1
            elif not file.name.endswith(tuple(f".{each}" for each in _STORES)):
                self._file(file)

    def _reason(self, file: File) -> str:
        suffix = file.name.rpartition(".")[2].lower()
        if suffix in _STORES:
            self._store(file)
        if file.role is Role.VENDORED and self.tree.form != "image":
            return "vendored or minified"
        return "no text" if suffix in NO_TEXT else ""

    def _store(self, file: File) -> None:
        if file.role is Role.VENDORED or any(each in file.name.lower() for each in _PUBLIC_STORES):
            return
        self.found.append(
            Secret(
                kind="key-store",
                title="file that keeps private keys",
                where=f"{file.path}:1",
                shown=file.name,
                mark=self.marks.of(file.path),
                role=role_of_file(file),
            )
        )

    def _file(self, file: File) -> None:
        try:
            data = self.tree.data(file)
        except Unanswerable:
            self.left["unreadable"] += 1
            return
        text = text_of(data)
        if text is None:
            self.left["no text"] += 1
            return
        self.files += 1
        self.bytes += len(data)
        if file.size > _LARGEST:
            self.left[f"longer than {_LARGEST >> 20} MiB: their first part was searched"] += 1
        role = role_of_file(file)
        for each in search(file.path, text)[:MOST_OF_A_FILE]:
            where = f"{file.path}:{each.line}"
            secret = told(each, where, role, self.marks)
            if each.allowed:
                self.allowed.append(f"{where} ({each.allowed})")
                self.let_stay.add(secret.mark)
            else:
                self.found.append(secret)

    def sentences(self) -> list[str]:
        said = [f"{count} files were not searched: {reason}." for reason, count in sorted(self.left.items())]
        if self.allowed:
            more = f" and {len(self.allowed) - 10} more" if len(self.allowed) > 10 else ""  # noqa: PLR2004 - enough to look at
            said.append(f"Allowed by a comment: {', '.join(self.allowed[:10])}{more}.")
        return said
