"""Every package that lock files name is compared with advisories, their date told; ranges without a lock are a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ostiary.errors import Unanswerable
from ostiary.evidence.supply import Dependencies, Dependency
from ostiary.evidence.tree import Tree
from ostiary.model import Evidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.supply.judging import SYSTEMS, Judged, judged

_SHOWN = 4
_PLACES = 200


async def audit_source(tree: Tree) -> Finding:
    """Compare what is pinned with the database, and name what is not pinned."""
    found = tree.dependencies
    ours = [each for each in found if each.ecosystem.partition(":")[0] not in SYSTEMS]
    if not ours and not found.broken:
        return not_applicable(f"no package of a manifest or lock file in {len(tree.files)} files")
    loose = [each for each in ours if not each.pinned and not each.installed]
    floating = [each for each in loose if each.file not in found.libraries and not each.development]
    try:
        compared = judged(ours, tree.advisories)
    except Unanswerable as error:
        return _unpinned(tree, floating, f"known flaws were not looked for: {error}") or unknown(str(error))
    now = dt.datetime.now(dt.UTC)
    if compared.hits:
        return _vulnerable(tree, compared, now, floating)
    return (
        _unpinned(tree, floating, _clean(compared, now))
        or _undecided(found, compared, loose, now)
        or passed(_clean(compared, now))
    )


def _clean(compared: Judged, now: dt.datetime) -> str:
    return f"none of {compared.compared} packages has a known flaw, by {compared.age}{compared.old(now)}"


def _vulnerable(tree: Tree, compared: Judged, now: dt.datetime, floating: Sequence[Dependency]) -> Finding:
    hits = compared.hits
    shown = [tree.show(each.places[0], each.says) for each in hits[:_SHOWN]]
    malware = [each for each in hits if any(one.malicious for one in each.advisories)]
    what = "are malware or have known flaws" if malware else "have known flaws"
    also = f"; {len(floating)} more are not pinned" if floating else ""
    first = hits[0]
    return failed(
        f"{len(hits)} of {compared.compared} packages {what}, first {first.dependency.name} {first.dependency.version} "
        f"({first.advisories[0].id}), by {compared.age}{compared.old(now)}{also}",
        *shown,
        severity=first.severity,
        proof="the versions that the lock files name are among those that the advisories call affected",
        places=tuple(dict.fromkeys(place for each in hits for place in each.places))[:_PLACES],
        facts=compared.facts(),
    )


def _unpinned(tree: Tree, floating: Sequence[Dependency], also: str) -> Finding | None:
    if not floating:
        return None
    shown = [_named(tree, each) for each in floating[:_SHOWN]]
    return failed(
        f"{len(floating)} packages are named without a version or a lock file, so that every build may bring others; {also}",
        *shown,
        severity=Severity.LOW,
        places=tuple(dict.fromkeys(each.place for each in floating))[:_PLACES],
        facts={"unpinned": [each.name for each in floating[:_PLACES]]},
    )


def _named(tree: Tree, each: Dependency) -> Evidence:
    wanted = f" ({each.wanted[:80]})" if each.wanted and each.wanted != "*" else ""
    return tree.show(each.place, f"{each.name}{wanted}: no version is pinned, and no lock file answers it")


def _undecided(found: Dependencies, compared: Judged, loose: Sequence[Dependency], now: dt.datetime) -> Finding | None:
    """Why nothing clean can be said."""
    whys = [f"{path} {why}" for path, why in list(found.broken.items())[:3]]
    whys += [f"the database knows nothing of {name} ({count} packages): ostiary advisories update --ecosystem {name}" for name, count in compared.unknown.items()]  # fmt: skip
    whys += compared.undecided[:3]
    whys += [compared.stale(now)] if compared.stale(now) else []
    managed = sum(bool(each.managed) and not each.version for each in found)
    whys += (
        [f"the versions of {managed} packages are said by a parent or a platform that is not here"] if managed else []
    )
    if loose and not compared.compared:
        whys.append(
            f"{len(loose)} packages are named by ranges, as libraries do, and no lock file says which versions are used"
        )
    return unknown(f"{_clean(compared, now)}; but {'; '.join(whys)}") if whys else None
