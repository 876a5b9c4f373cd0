"""A deployment has a way back that runs: an undo step, an upgrade that undoes itself, two slots; words that are printed are none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ostiary.evidence.pipeline import Pipeline
from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, failed, not_applicable, passed, unknown
from ostiary.parts.pipelines.gates import unseen
from ostiary.parts.pipelines.recognise import Found, found
from ostiary.parts.pipelines.tasks import Task

QUESTION: Final = (
    "When was the last rollback drill, how long did it take, and did it cover configuration and data (attach "
    "the record)?"
)
_LATEST: Final = re.compile(r"[\w./-]+:latest$")
_DEPLOYS: Final = re.compile(r"(?i)(?:^|[^a-z])deploy")
_PAGES: Final = re.compile(r"(?i)docs|pages|site|pypi|package|preview")
_IMAGE_WORD: Final = re.compile(r"(?:[^=]*=)*+[\w-]*[./][\w./-]*:[\w.${}-]+")


async def audit_ci(tree: Tree) -> Finding:
    """Look at the steps that deploy, and at those that undo."""
    pipelines = tree.pipelines
    deploys = list(found(pipelines, Task.DEPLOY))
    undo = list(found(pipelines, Task.ROLLBACK))
    if undo and (deploys or any(not each.doing.guessed for each in undo)):
        shown = [tree.show(each.step.place, "undoes a deployment") for each in undo[:3]]
        return passed(f"a way back is part of the pipeline ({undo[0].doing.tool} at {undo[0].step.place})", *shown)
    if not pipelines:
        return attest(f"No pipeline of a known system among {len(tree.files)} files. {QUESTION}")
    if not deploys and not (named := _named(pipelines)):
        hidden = unseen(pipelines)
        if hidden:
            return unknown(
                f"no deployment among the steps that can be read; not readable here: {', '.join(hidden[:3])}"
            )
        steps = sum(len(each.steps) for each in pipelines)
        return not_applicable(f"none of {steps} steps that run deploys anything")
    if not deploys:
        return attest(f"{named} is named for a deployment, and no step that can be read undoes one. {QUESTION}")
    latest = [each for each in deploys if _mutable(each)]
    images = [each for each in deploys if any(_IMAGE_WORD.fullmatch(word) for word in each.step.argv)]
    if latest and len(latest) == len(images):
        places = tuple(dict.fromkeys(each.step.place for each in latest))
        why = "what is deployed is only ever called latest, and no step undoes it: there is no release to go back to"
        return failed(
            why, *[tree.show(place, "deploys a tag that changes what it means") for place in places[:4]], places=places
        )
    schema = next((each.step.place for each in found(pipelines, Task.MIGRATION_BACK)), "")
    and_schema = f", though {schema} takes a migration back" if schema else ""
    return attest(f"Deployed at {deploys[0].step.place}, and no step that runs undoes it{and_schema}. {QUESTION}")


def _named(pipelines: Sequence[Pipeline]) -> str:
    """A pipeline or job that calls itself a deployment, of what cannot be told; pages of documentation are none."""
    for pipeline in pipelines:
        for step in pipeline.steps:
            if _DEPLOYS.search(f"{pipeline.file} {step.job}") and not _PAGES.search(
                f"{pipeline.file} {step.job} {step.uses}"
            ):
                return step.place
    return ""


def _mutable(each: Found) -> bool:
    return any(_LATEST.search(word) for word in each.step.argv) or any(
        _LATEST.search(word) for word in each.step.inputs.values()
    )
