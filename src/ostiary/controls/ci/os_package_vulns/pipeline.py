"""A step that scans the image which is built, and stops the job for what it finds."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.pipelines.tasks import Task
from ostiary.parts.supply import base_images
from ostiary.parts.supply.in_pipelines import jobs, named


async def audit_pipeline(tree: Tree) -> Finding:
    """Look for steps that scan images."""
    if not any(base_images.is_shipped(each.path) for each in tree.named(*base_images.FILES)):
        return not_applicable("no Dockerfile in the tree: nothing here builds an image")
    if not tree.pipelines:
        return unknown("no pipeline is in the tree: whether images are scanned is not to be seen here")
    done = jobs(tree.pipelines, Task.CONTAINER)
    if done.gating:
        shown = [tree.show(each.step.place, "scans an image, and stops the job") for each in done.gating[:3]]
        return passed(f"the pipeline scans images ({named(done.gating)})", *shown)
    if done.ignored:
        shown = [tree.show(each.step.place, "its result stops nothing") for each in done.ignored[:3]]
        return failed(
            "images are scanned, and what is found stops nothing", *shown, severity=Severity.MEDIUM, places=done.places
        )
    if done.unseen:
        return unknown(f"no step here scans images, and {done.unseen[0]} could not be read")
    if not done.releases:
        return unknown("the pipelines here release nothing: where images are built and scanned is not to be seen")
    return failed(
        f"a pipeline releases ({named(done.releases)}), and none of {done.steps} steps scans the image",
        tree.show(done.releases[0].step.place, "releases, and nothing scanned the image"),
        severity=Severity.MEDIUM,
        places=tuple(dict.fromkeys(each.step.place for each in done.releases)),
    )
