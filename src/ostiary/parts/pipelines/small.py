"""Travis CI and Bitbucket Pipelines, whose files are little more than lists of scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.parts.pipelines.reading import MOST_STEPS, Files, Frame, first_line, parsed, told
from ostiary.parts.yaml_places import Node

TRAVIS: Final = (".travis.yml",)
BITBUCKET: Final = ("bitbucket-pipelines.yml",)
_PHASES: Final = (
    "before_install",
    "install",
    "before_script",
    "script",
    "after_success",
    "after_failure",
    "after_script",
    "before_deploy",
    "after_deploy",
)


def travis(path: str, text: str, files: Files) -> Pipeline:
    """A file of Travis CI."""
    node, broken = parsed(text)
    if node is None:
        return Pipeline(file=path, system="travis", broken=broken)
    frame = Frame(file=path, files=files, job="build")
    steps = list(_phases(node, text, frame))
    for matrix in ("jobs", "matrix"):
        allowed = {told(each, "name") for each in getattr(node.at(matrix, "allow_failures"), "items", ())} - {""}
        for each in getattr(node.at(matrix, "include"), "items", ()):
            name = told(each, "name")
            steps += _phases(
                each, text, frame.within(job=name or told(each, "stage") or "job", may_fail=name in allowed)
            )
    return Pipeline(file=path, system="travis", triggers=("push", "pull_request"), steps=tuple(steps[:MOST_STEPS]))


def _phases(node: Node, text: str, frame: Frame) -> Iterator[Step]:
    for phase in _PHASES:
        script = node.members.get(phase)
        for each in (script.items or [script]) if script is not None else ():
            if isinstance(each.data, str) and each.data != "skip":
                inner = frame.within(stage=phase, may_fail=phase.startswith("after_"))
                yield from inner.script(each.data, first_line(each, text))


def bitbucket(path: str, text: str, files: Files) -> Pipeline:
    """A file of Bitbucket Pipelines; its pipes are actions."""
    node, broken = parsed(text)
    if node is None:
        return Pipeline(file=path, system="bitbucket", broken=broken)
    frame = Frame(file=path, files=files)
    pipelines = node.members.get("pipelines")
    steps: list[Step] = []
    triggers = []
    for name, inside in getattr(pipelines, "members", {}).items():
        triggers.append(
            {"default": "push", "branches": "push", "pull-requests": "pull_request", "tags": "tag"}.get(name, "manual")
        )
        condition = "" if name in {"default", "branches", "pull-requests"} else name
        steps += _below(inside, text, frame.within(job=name, condition=condition), 0)
        if len(steps) > MOST_STEPS:
            break
    return Pipeline(
        file=path, system="bitbucket", triggers=tuple(dict.fromkeys(triggers)), steps=tuple(steps[:MOST_STEPS])
    )


def _below(node: Node, text: str, frame: Frame, depth: int) -> Iterator[Step]:
    if depth > 8:  # noqa: PLR2004 - branches, parallel, stage, step
        return
    for each in (*node.items, *(value for key, value in node.members.items() if key not in {"step", "script"})):
        yield from _below(each, text, frame, depth + 1)
    step = node.members.get("step")
    script = step.members.get("script") if step is not None else None
    for each in script.items if script is not None else ():
        inner = frame.within(job=told(step, "name") or frame.job, image=told(step, "image"))
        if told(each, "pipe"):
            yield from inner.uses(f"pipe:{told(each, 'pipe').replace(':', '@')}", each.line)
        elif isinstance(each.data, str):
            yield from inner.script(each.data, first_line(each, text))
