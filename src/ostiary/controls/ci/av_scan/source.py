"""Every file is shown to an engine that proved itself, and every package to the lists of malicious ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from ostiary.errors import Unanswerable
from ostiary.evidence.supply import Infected
from ostiary.evidence.tree import File, Role, Tree
from ostiary.model import Confidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.supply.judging import Hit, judged

_FRESH = dt.timedelta(days=7)  # signatures; a scan with older ones proves nothing clean
_WEAK = ("PUA.", "Heuristics.")  # what may be unwanted, and what only looks odd
_SHOWN = 4


async def audit_source(tree: Tree) -> Finding:
    """Scan every file, and look up every package."""
    if not tree.files:
        return not_applicable("there is no file")
    malicious = _malicious(tree)
    if malicious:
        return failed(
            f"{malicious[0].dependency.name} {malicious[0].dependency.version} is malware ({malicious[0].advisories[0].id})",
            *(tree.show(each.places[0], each.says) for each in malicious[:_SHOWN]),
            severity=Severity.CRITICAL,
            places=tuple(place for each in malicious for place in each.places),
        )
    scanner = tree.scanner
    left_out: list[str] = []
    found = [each for each in scanner.scan(_files(tree, left_out)) if not _is_sample(tree, each)]
    certain = [each for each in found if not each.signature.startswith(_WEAK)]
    if certain:
        return failed(
            f"{certain[0].path} is malware: {certain[0].signature}, by {scanner.name}",
            *(tree.show(each.path, f"{each.signature}, by {scanner.name}") for each in certain[:_SHOWN]),
            severity=Severity.CRITICAL,
            confidence=Confidence.CERTAIN,
            places=tuple(each.path for each in certain),
            facts={"signatures": [each.signature for each in certain[:50]]},
        )
    age = dt.datetime.now(dt.UTC) - scanner.signatures
    if age > _FRESH:
        return unknown(f"nothing was found, with signatures that are {age.days} days old ({scanner.name}): freshclam")
    if found:
        return unknown(f"{found[0].path} looks unwanted: {found[0].signature}", *(tree.show(each.path, each.signature) for each in found[:_SHOWN]))  # fmt: skip
    left_out += scanner.skipped
    if left_out:
        return unknown(f"nothing was found, but {left_out[0]} ({len(left_out)} files were not scanned)")
    return passed(f"none of {len(tree.files)} files is known malware, by {scanner.name} with signatures of {scanner.signatures:%Y-%m-%d}")  # fmt: skip


def _files(tree: Tree, left_out: list[str]) -> Iterator[tuple[str, bytes]]:
    for file in sorted(tree.files, key=_doubt):
        try:
            yield file.path, tree.whole(file)
        except Unanswerable as error:
            left_out.append(str(error))


def _doubt(file: File) -> tuple[bool, str]:
    """Programs and archives before texts, in case time runs out."""
    return file.name.rpartition(".")[2].lower() in {
        "py",
        "js",
        "ts",
        "md",
        "txt",
        "json",
        "yml",
        "yaml",
        "html",
        "css",
    }, file.path


def _is_sample(tree: Tree, each: Infected) -> bool:
    """The harmless test file of every scanner, where tests keep it."""
    roles = {file.path: file.role for file in tree.files}
    return "eicar" in each.signature.lower() and roles.get(each.path) in {Role.TEST, Role.EXAMPLE}


def _malicious(tree: Tree) -> list[Hit]:
    try:
        hits = judged(tree.dependencies, tree.advisories).hits
    except Unanswerable:
        return []  # what is known of packages is asked for by ci.dependency-vulns
    return [each for each in hits if any(one.malicious for one in each.advisories)]
