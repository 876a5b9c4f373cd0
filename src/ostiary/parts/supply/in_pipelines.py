"""Whether pipelines do a thing, whether its result counts, and whether they release anything at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.pipeline import Pipeline
from ostiary.parts.pipelines.recognise import Found, found
from ostiary.parts.pipelines.tasks import Task

# clusters that live as long as the job
_CLUSTER: Final = re.compile(
    r"\b(?:kind-action|setup-kind|kind create|minikube|k3d|k3s|microk8s)\b|engineerd/setup-kind"
)
_TRIAL: Final = re.compile(r"--snapshot\b|--dry-run\b|--skip[= ]publish\b")


@dataclass(frozen=True, slots=True)
class Jobs:
    """Steps that do what was looked for; ``ignored`` are those whose failure stops nothing."""

    gating: tuple[Found, ...]
    ignored: tuple[Found, ...]
    releases: tuple[Found, ...]
    unseen: tuple[str, ...]  # what pipelines include and nobody could read, and pipelines that could not be read
    steps: int

    @property
    def places(self) -> tuple[str, ...]:
        """Where the steps are."""
        return tuple(each.step.place for each in (*self.gating, *self.ignored))


def jobs(pipelines: Sequence[Pipeline], *tasks: Task) -> Jobs:
    """Steps of all pipelines that do one of these."""
    steps = [each for each in found(pipelines, *tasks) if not each.doing.guessed]
    return Jobs(
        gating=tuple(each for each in steps if not _is_ignored(each)),
        ignored=tuple(each for each in steps if _is_ignored(each)),
        releases=tuple(_releases(pipelines)),
        unseen=tuple(_unseen(pipelines)),
        steps=sum(len(each.steps) for each in pipelines),
    )


def _releases(pipelines: Sequence[Pipeline]) -> Iterator[Found]:
    """Steps that bring something to others: none that only try how it would go."""
    rehearsed = {
        (pipeline.file, step.job)
        for pipeline in pipelines
        for step in pipeline.steps
        if _CLUSTER.search(f"{step.uses} {' '.join(step.argv[:3])}")
    }
    for each in found(pipelines, Task.PUBLISH, Task.DEPLOY):
        told = f"{' '.join(each.step.argv)} {each.step.inputs.get('args', '')} {each.step.inputs.get('push', '')}"
        trial = _TRIAL.search(told) or (
            "goreleaser" in each.doing.tool and "release" not in told.replace("goreleaser", "")
        )
        if not trial and (each.pipeline.file, each.step.job) not in rehearsed:
            yield each


def named(steps: Iterable[Found]) -> str:
    """Their tools, each once."""
    return ", ".join(dict.fromkeys(each.doing.tool for each in steps))


def _is_ignored(each: Found) -> bool:
    return each.step.may_fail or bool(each.doing.ignored)


def _unseen(pipelines: Sequence[Pipeline]) -> Iterable[str]:
    for each in pipelines:
        yield from each.elsewhere
        if each.broken:
            yield f"{each.file}: {each.broken}"
