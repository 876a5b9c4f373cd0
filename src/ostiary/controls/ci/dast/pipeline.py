"""A running instance is attacked by the pipeline, without anybody who has to remember it, and what is found counts."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, failed, not_applicable, passed, unknown
from ostiary.parts.pipelines.gates import by_change, gates, of_itself, unseen
from ostiary.parts.pipelines.projects import serves
from ostiary.parts.pipelines.recognise import Found
from ostiary.parts.pipelines.tasks import Task

QUESTION: Final = (
    "Which external penetration tests or scheduled dynamic scans cover this API (attach the latest reports with"
    " dates, scope and accounts used)?"
)


async def audit_ci(tree: Tree) -> Finding:
    """Look for dynamic scanners among the steps that run."""
    pipelines = tree.pipelines
    made = gates(pipelines, Task.DAST, Task.CONTRACT)
    running = [each for each in (*made.firm, *made.seldom) if of_itself(each.pipeline, each.step)]
    if running:
        tools = ", ".join(dict.fromkeys(each.doing.tool for each in running[:3]))
        shown = [tree.show(each.step.place, f"{each.doing.tool} runs against an instance") for each in running[:3]]
        return passed(f"{tools} runs by itself, and a finding stops the job", *shown)
    if made.loose:
        return _failed(
            tree, [each for each, _ in made.loose], f"{made.loose[0][0].doing.tool} stops nothing: {made.loose[0][1]}"
        )
    if made.seldom:
        return _failed(tree, made.seldom, f"{made.seldom[0].doing.tool} runs only when somebody starts it")
    service = serves(tree)
    if not service:
        return not_applicable("nothing here is served: no routes, no API document, no port that an image exposes")
    if not pipelines:
        return attest(f"No pipeline of a known system among {len(tree.files)} files. {QUESTION}")
    hidden = unseen(pipelines)
    if hidden:
        return unknown(
            f"no dynamic scanner among the steps that can be read; not readable here: {', '.join(hidden[:3])}"
        )
    place = f"{by_change(pipelines)[0].file}:1"
    steps = sum(len(each.steps) for each in pipelines)
    return failed(
        f"none of {steps} steps that run tests a running instance, and there is one to test: {service}",
        tree.show(place, "no step of it, nor of any other pipeline here, is a dynamic scanner"),
        places=(place,),
    )


def _failed(tree: Tree, found: list[Found], why: str) -> Finding:
    places = tuple(dict.fromkeys(each.step.place for each in found))
    return failed(why, *[tree.show(place, why) for place in places[:4]], places=places)
