"""Images: packages of the system against its advisories, and its release against the calendar; Dockerfiles: what they build on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ostiary.evidence.tree import File, Tree
from ostiary.model import Evidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.supply import base_images, installed, releases
from ostiary.parts.supply.judging import SYSTEMS, Hit, Judged, judged

_SHOWN = 4
_RELEASES = ("etc/os-release", "usr/lib/os-release")


async def audit_source(tree: Tree) -> Finding:
    """Look into an image; of a source tree, at the images that its Dockerfiles begin with."""
    return _image(tree) if tree.form == "image" else _dockerfiles(tree)


def _image(tree: Tree) -> Finding:
    now = dt.datetime.now(dt.UTC)
    release = _release(tree)
    end = releases.of_system(release.id, release.version)
    packages = [each for each in tree.dependencies if each.ecosystem.partition(":")[0] in SYSTEMS]
    if end is not None and end.day < now.date():
        return failed(
            f"the image is built of {release.name or end.name}, which got its last security update on {end.day}",
            *(tree.show(f"{each.path}:1", "names the release") for each in tree.files if each.path in _RELEASES),
            facts={"release": end.name, "ended": end.day.isoformat(), "packages": len(packages)},
        )
    if not packages:
        broken = next(iter(tree.dependencies.broken.items()), None)
        if broken is not None:
            return unknown(f"{broken[0]} {broken[1]}")
        return unknown("the image has no database of packages: a list of its components (SBOM) would say what is in it")
    compared = judged(packages, tree.advisories)
    fixable = [each for each in compared.hits if any(one.fixed for one in each.advisories)]
    if fixable:
        return _overdue(tree, compared, fixable, now)
    whys = [f"the database knows nothing of {name}: ostiary advisories update --ecosystem {name.partition(':')[0]}" for name in compared.unknown]  # fmt: skip
    whys += [each for each in (compared.stale(now), *compared.undecided[:2]) if each]
    if whys:
        return unknown("; ".join(whys))
    unfixed = f"; {len(compared.hits)} have flaws without a fix" if compared.hits else ""
    return passed(
        f"none of {compared.compared} packages of {release.name} has a known flaw that is fixed in a newer one, "
        f"by {compared.age}{compared.old(now)}{unfixed}"
    )


def _overdue(tree: Tree, compared: Judged, fixable: Sequence[Hit], now: dt.datetime) -> Finding:
    return failed(
        f"{len(fixable)} of {compared.compared} system packages have known flaws that newer ones fix, "
        f"by {compared.age}{compared.old(now)}",
        *(tree.show(each.places[0], each.says) for each in fixable[:_SHOWN]),
        severity=fixable[0].severity,
        proof="the installed versions are before those that the distribution's advisories call fixed",
        places=tuple(f"{each.dependency.name} {each.dependency.version}" for each in fixable[:200]),
        facts=compared.facts(),
    )


def _release(tree: Tree) -> installed.System:
    file = next((each for each in tree.files if each.path in _RELEASES), None)
    return installed.system(tree.text(file)) if file is not None else installed.System()


def _dockerfiles(tree: Tree) -> Finding:
    files = tree.named(*base_images.FILES)
    bases = [
        (file, base)
        for file in files
        if base_images.is_shipped(file.path) and (base := base_images.base(tree.text(file))) is not None
    ]
    if not bases:
        return not_applicable(f"no Dockerfile in {len(tree.files)} files: nothing here brings packages of a system")
    today = dt.datetime.now(dt.UTC).date()
    ended = []
    for file, base in bases:
        end = releases.of_image(base.name, base.tag)
        if end is not None and end.day < today:
            ended.append((file, base, end))
    if ended:
        first = ended[0][2]
        why = (
            "got its last update on"
            if first.system
            else "is supported no more, and its images are rebuilt no more, since"
        )
        return failed(
            f"the image is built on {ended[0][1].written[:80]}: {first.name} {why} {first.day}",
            *(_shown(tree, file, base, f"{end.name}, ended {end.day}") for file, base, end in ended[:_SHOWN]),
            severity=Severity.HIGH if any(end.system for _, _, end in ended) else Severity.MEDIUM,
            places=tuple(f"{file.path}:{base.line}" for file, base, _ in ended),
            facts={"ended": [end.name for _, _, end in ended]},
        )
    names = ", ".join(dict.fromkeys(base.written[:60] for _, base in bases))
    return unknown(f"builds on {names}; which packages that brings shows in the image: docker save NAME -o image.tar, ostiary audit image.tar")  # fmt: skip


def _shown(tree: Tree, file: File, base: base_images.Base, what: str) -> Evidence:
    return tree.show(f"{file.path}:{base.line}", what)
