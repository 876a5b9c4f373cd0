"""A job that audits dependencies and may stop the build, or a robot that watches advisories and proposes updates."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.pipelines.tasks import Task
from ostiary.parts.supply.in_pipelines import jobs, named

_ROBOTS = (".github/dependabot.y*ml", "renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json", ".github/renovate.json*",
           ".gitlab/renovate.json*", ".pyup.yml", ".snyk")  # fmt: skip


async def audit_pipeline(tree: Tree) -> Finding:
    """Look for steps that audit packages, and for the configuration of robots that update them."""
    robots = tree.named(*_ROBOTS)
    if not tree.pipelines and not robots:
        return unknown("no pipeline is in the tree: how dependencies are audited is not to be seen here")
    done = jobs(tree.pipelines, Task.DEPENDENCIES)
    keeps = f"; {robots[0].path} has updates proposed" if robots else ""
    if done.gating:
        shown = [tree.show(each.step.place, "audits dependencies, and stops the job") for each in done.gating[:3]]
        return passed(f"the pipeline audits dependencies ({named(done.gating)}){keeps}", *shown)
    if robots:
        return passed(
            f"{robots[0].path} has a robot watch dependencies and propose updates",
            tree.show(f"{robots[0].path}:1", "configuration of a robot that updates dependencies"),
        )
    if done.unseen:
        return unknown(f"no step here audits dependencies, and {done.unseen[0]} could not be read")
    if done.ignored:
        shown = [tree.show(each.step.place, "its result stops nothing") for each in done.ignored[:3]]
        return failed(
            "dependencies are audited, and what is found stops nothing",
            *shown,
            severity=Severity.LOW,
            places=done.places,
        )
    if not tree.dependencies and not tree.dependencies.broken:
        return not_applicable("no package of a manifest or lock file in the tree")
    return failed(
        f"none of {done.steps} steps audits dependencies, and no robot is set up to update them",
        severity=Severity.MEDIUM,
        places=tuple(each.file for each in tree.pipelines),
    )
