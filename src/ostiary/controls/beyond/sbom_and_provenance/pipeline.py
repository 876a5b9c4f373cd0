"""Releases get a list of components and signed provenance, and what the pipeline runs is pinned."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ostiary.evidence.pipeline import Step
from ostiary.evidence.tree import Tree
from ostiary.model import Evidence, Finding, Severity, failed, passed, unknown
from ostiary.parts.pipelines.hardening import grave, unchecked
from ostiary.parts.pipelines.recognise import Found
from ostiary.parts.pipelines.tasks import Task
from ostiary.parts.supply.in_pipelines import jobs, named

_COMMIT = re.compile(r"@[0-9a-f]{40}(?:[0-9a-f]{24})?$|@sha256:[0-9a-f]{64}$")
_PUBLIC = re.compile(r"(?P<owner>[A-Za-z0-9_.-]+)/[^@\s]+@(?P<at>\S+)")
_SECTION = re.compile(r"(?:(?P<lists>sboms)|(?:docker_|binary_)?signs):")
_OWN = frozenset({"actions", "github"})  # of the platform itself: it runs the job anyway


async def audit_pipeline(tree: Tree) -> Finding:
    """Look for steps that list, sign and attest what is released."""
    if not tree.pipelines:
        return unknown("no pipeline is in the tree: what comes with a release is not to be seen here")
    flaws = grave(tree.pipelines)
    if flaws:
        return failed(
            f"strangers can make the pipeline run what they like: {flaws[0][1].rule} at {flaws[0][0]} (zizmor)",
            *(tree.show(place, f"{flaw.rule}: {flaw.what}") for place, flaw in flaws[:4]),
            severity=Severity.HIGH,
            places=tuple(dict.fromkeys(place for place, _ in flaws)),
        )
    lists, proofs = jobs(tree.pipelines, Task.SBOM), jobs(tree.pipelines, Task.SIGNING, Task.PROVENANCE)
    shown = [tree.show(each.step.place, "lists components") for each in lists.gating[:2]]
    shown += [tree.show(each.step.place, "signs or attests what is released") for each in proofs.gating[:2]]
    shown += _by_goreleaser(tree, lists.releases)
    if (lists.gating and proofs.gating) or len(_by_goreleaser(tree, lists.releases)) > 1:
        made, proved = named(lists.gating) or "goreleaser", named(proofs.gating) or "goreleaser"
        why = unchecked(tree.pipelines)
        unlooked = f"; workflows were not looked at for injections: {why}" if why else ""
        return passed(
            f"releases get a list of components ({made}) and proof of where they come from ({proved}){unlooked}", *shown
        )
    if lists.unseen:
        return unknown(f"{lists.unseen[0]} could not be read", *shown)
    if not lists.releases:
        return unknown("the pipelines here release nothing: what comes with a release is not to be seen")
    lacking = (
        "a signature or provenance"
        if lists.gating
        else "a list of components"
        if proofs.gating
        else "a list of components and provenance"
    )
    loose = [step for pipeline in tree.pipelines for step in pipeline.steps if _is_loose(step)]
    also = f"; {len(loose)} steps use others' actions by a tag that can be moved" if loose else ""
    return failed(
        f"a pipeline releases ({named(lists.releases)}) without {lacking}{also}",
        tree.show(lists.releases[0].step.place, f"releases without {lacking}"),
        *(tree.show(each.place, "an action by a tag that can be moved") for each in loose[:2]),
        severity=Severity.LOW if lists.gating or proofs.gating else None,
        places=tuple(dict.fromkeys(each.step.place for each in lists.releases)),
    )


def _by_goreleaser(tree: Tree, releases: Sequence[Found]) -> list[Evidence]:
    """What the configuration of goreleaser has it list and sign, where a pipeline releases by it."""
    if not any("goreleaser" in each.doing.tool for each in releases):
        return []
    found = {}
    for file in tree.named(".goreleaser.y*ml", "goreleaser.y*ml"):
        for number, line in enumerate(tree.text(file).split("\n"), 1):
            match = _SECTION.match(line)
            if match is not None:
                found[match["lists"] or "signs"] = tree.show(
                    f"{file.path}:{number}", "goreleaser lists components" if match["lists"] else "goreleaser signs"
                )
    return list(found.values())


def _is_loose(step: Step) -> bool:
    match = _PUBLIC.fullmatch(step.uses)
    return match is not None and match["owner"] not in _OWN and _COMMIT.search(step.uses) is None
