"""What a target is made of becomes a list of components, with known flaws where there is a database of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ostiary
from ostiary.errors import Unanswerable
from ostiary.evidence.supply import Advisory, Dependency
from ostiary.evidence.tree import Tree
from ostiary.parts.printable import on_one_line
from ostiary.parts.supply.cyclonedx import document


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of components; ``notes`` are what is missing in it, a sentence each."""

    bom: dict[str, Any]
    components: int
    vulnerabilities: int | None
    notes: tuple[str, ...]


def listed(tree: Tree, *, now: dt.datetime | None = None) -> Listed:
    """List what a tree is made of.

    :param now: when it is made; None: now.
    """
    found = tree.dependencies
    notes = [f"{path} {why}" for path, why in found.broken.items()]
    known = _known(found, tree, notes)
    made = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = on_one_line(tree.name)
    bom = document(name, found, tool=f"ostiary {ostiary.__version__}", made=made, form=tree.form, known=known)
    flaws = None if known is None else len(bom["vulnerabilities"])
    return Listed(bom, len(bom["components"]), flaws, tuple(notes))


def _known(
    found: Sequence[Dependency], tree: Tree, notes: list[str]
) -> dict[tuple[str, str, str], Sequence[Advisory]] | None:
    """What is known against each version; None: there is no database."""
    try:
        advisories = tree.advisories
    except Unanswerable as error:
        notes.append(f"known flaws are not listed: {error}")
        return None
    known: dict[tuple[str, str, str], Sequence[Advisory]] = {}
    unknown: dict[str, None] = {}
    for each in found:
        key = (each.ecosystem, each.name, each.version)
        if not each.version or key in known:
            continue
        if advisories.dated(each.ecosystem) is None:
            unknown[each.ecosystem] = None
            continue
        try:
            known[key] = advisories.against(each)
        except Unanswerable as error:
            notes.append(f"known flaws are not complete: {error}")
    notes += [f"known flaws of {name} are not listed: the database knows nothing of it" for name in unknown]
    return known
