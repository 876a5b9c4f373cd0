"""A step that scans for malware and stops the release for what it finds."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, failed, passed, unknown
from ostiary.parts.pipelines.tasks import Task
from ostiary.parts.supply.in_pipelines import jobs, named


async def audit_pipeline(tree: Tree) -> Finding:
    """Look for steps that scan for malware, of pipelines that release."""
    if not tree.pipelines:
        return unknown("no pipeline is in the tree: how artefacts are scanned is not to be seen here")
    done = jobs(tree.pipelines, Task.MALWARE)
    if done.gating:
        shown = [tree.show(each.step.place, "scans for malware, and stops the job") for each in done.gating[:3]]
        return passed(f"the pipeline scans for malware ({named(done.gating)})", *shown)
    if done.ignored:
        shown = [tree.show(each.step.place, "its result stops nothing") for each in done.ignored[:3]]
        return failed("files are scanned for malware, and what is found stops nothing", *shown, places=done.places)
    if done.unseen:
        return unknown(f"no step here scans for malware, and {done.unseen[0]} could not be read")
    if not done.releases:
        return unknown("the pipelines here release nothing: how artefacts are scanned is not to be seen")
    return failed(
        f"a pipeline releases ({named(done.releases)}), and none of {done.steps} steps scans for malware",
        tree.show(done.releases[0].step.place, "releases, and nothing scanned what is released"),
        places=tuple(dict.fromkeys(each.step.place for each in done.releases)),
    )
