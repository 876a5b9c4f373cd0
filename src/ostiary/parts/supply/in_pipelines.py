"""Whether pipelines do a thing, whether its result counts, and whether they release anything at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ostiary.evidence.pipeline import Pipeline
from ostiary.parts.pipelines.recognise import Found, found
from ostiary.parts.pipelines.tasks import Task


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
        releases=tuple(found(pipelines, Task.PUBLISH, Task.DEPLOY)),
        unseen=tuple(_unseen(pipelines)),
        steps=sum(len(each.steps) for each in pipelines),
    )


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
