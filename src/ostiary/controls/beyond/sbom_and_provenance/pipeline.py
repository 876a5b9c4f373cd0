"""Releases get a list of components and signed provenance, and what the pipeline runs is pinned."""

from __future__ import annotations

import re

from ostiary.evidence.pipeline import Step
from ostiary.evidence.tree import Tree
from ostiary.model import Finding, Severity, failed, passed, unknown
from ostiary.parts.pipelines.tasks import Task
from ostiary.parts.supply.in_pipelines import jobs, named

_COMMIT = re.compile(r"@[0-9a-f]{40}(?:[0-9a-f]{24})?$|@sha256:[0-9a-f]{64}$")
_PUBLIC = re.compile(r"(?P<owner>[A-Za-z0-9_.-]+)/[^@\s]+@(?P<at>\S+)")
_OWN = frozenset({"actions", "github"})  # of the platform itself: it runs the job anyway


async def audit_pipeline(tree: Tree) -> Finding:
    """Look for steps that list, sign and attest what is released."""
    if not tree.pipelines:
        return unknown("no pipeline is in the tree: what comes with a release is not to be seen here")
    lists, proofs = jobs(tree.pipelines, Task.SBOM), jobs(tree.pipelines, Task.SIGNING, Task.PROVENANCE)
    shown = [tree.show(each.step.place, "lists components") for each in lists.gating[:2]]
    shown += [tree.show(each.step.place, "signs or attests what is released") for each in proofs.gating[:2]]
    if lists.gating and proofs.gating:
        return passed(f"releases get a list of components ({named(lists.gating)}) and proof of where they come from ({named(proofs.gating)})", *shown)  # fmt: skip
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


def _is_loose(step: Step) -> bool:
    match = _PUBLIC.fullmatch(step.uses)
    return match is not None and match["owner"] not in _OWN and _COMMIT.search(step.uses) is None
