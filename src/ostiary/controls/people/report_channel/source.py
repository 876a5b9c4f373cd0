"""The tree says where to report: a SECURITY.md with somebody to write to, a security.txt that has not expired."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

from ostiary.evidence.tree import File, Role, Tree
from ostiary.model import Finding, failed, not_applicable, passed, unknown
from ostiary.parts import security_txt

_POLICIES: Final = ("SECURITY.md", "SECURITY.rst", "SECURITY.txt", "SECURITY", "SECURITY.adoc")
_PLACES: Final = frozenset({"", ".github/", "docs/", ".gitlab/"})
_CONTACT: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\[at\]|\(at\)|\{at\}|https?://\S+|advisories/new|(?i:private(?:ly)? (?:vulnerability )?report|report a vulnerability\W{0,3} button|security advisor(?:y|ies)|security tab)"
)
_FIELD: Final = re.compile(r"(?im)^contact[ \t]{0,9}:")
_OPEN_LINE: Final = re.compile(r"\{\{|\{%|\$\{|<%|__[A-Z]+__")
_NO_CONTACT: Final = re.compile(
    r"(?i)shields\.io|badge|example\.(?:com|org)|your-?(?:domain|email|company)|semver\.org|opensource\.org|creativecommons"
)


async def audit_source(tree: Tree, *, now: Callable[[], float] = time.time) -> Finding:
    """Read both where they lie."""
    if tree.form not in {"folder", "history"}:
        return not_applicable(f"a {tree.form} is not where people look for an address")
    texts = [
        each
        for each in tree.named("security.txt")
        if each.role is Role.PRODUCT and not each.path.startswith(("tests/", "test/")) and _is_one(tree, each)
    ]
    for each in texts:
        if each.path.lower().endswith(".well-known/security.txt") or each.path == "security.txt":
            found = _of_text(tree, each, now())
            if found is not None:
                return found
    policy = _policy(tree)
    if policy is not None:
        return _of_policy(tree, policy)
    if texts:
        return passed(
            "security.txt names a contact and has not expired", tree.show(f"{texts[0].path}:1", "security.txt")
        )
    return unknown(
        "neither SECURITY.md nor security.txt is in the tree; its host or organisation may have one: audit the URL too"
    )


def _is_one(tree: Tree, file: File) -> bool:
    """Whether a file of this name is what RFC 9116 means: by where it lies, or by a contact in it."""
    return ".well-known/" in file.path.lower() or _FIELD.search(tree.text(file)[:100_000]) is not None


def _of_text(tree: Tree, file: File, now: float) -> Finding | None:
    text = tree.text(file)
    if _OPEN_LINE.search(text):
        return unknown(f"{file.path} is filled in when it is built: audit the URL")
    fault = security_txt.fault(text, now)
    if fault is None:
        return None
    place = f"{file.path}:{fault.line or 1}"
    return failed(fault.what, tree.show(place, fault.what), places=(place,))


def _policy(tree: Tree) -> File | None:
    found = [each for each in tree.named(*_POLICIES, roles=tuple(Role)) if each.path.removesuffix(each.name) in _PLACES]
    return min(found, key=lambda each: (each.path.count("/"), each.path), default=None)


def _of_policy(tree: Tree, file: File) -> Finding:
    for number, line in enumerate(tree.text(file).split("\n"), 1):
        if len(line) < 2000 and _CONTACT.search(line) and not _NO_CONTACT.search(line):  # noqa: PLR2004 - longer ones are no prose
            return passed(f"{file.path} says where to report", tree.show(f"{file.path}:{number}", "where to report"))
    place = f"{file.path}:1"
    why = f"{file.path} names nobody to report to: no address, no page"
    return failed(why, tree.show(place, why), places=(place,))
