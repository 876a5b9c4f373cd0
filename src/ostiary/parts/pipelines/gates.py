"""A step is a gate if it runs on changes and its failure stops something; a check tells gates from decoration here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.parts.pipelines.recognise import Found, doing, found
from ostiary.parts.pipelines.tasks import Task

_CHANGES: Final = frozenset({"push", "pull_request"})
_OF_ITSELF: Final = _CHANGES | {"schedule", "tag", "release"}
_UPLOADS: Final = ("github/codeql-action/upload-sarif",)
_ONLY_SCHEDULED: Final = re.compile(r"==\s*['\"]schedule['\"]|^schedules?\b|schedule of ")
_ONLY_MANUAL: Final = re.compile(r"==\s*['\"](?:workflow_dispatch|web|api)['\"]|when manual$|^manual$|^custom$")
_ONLY_TAGS: Final = re.compile(r"tags alone|startsWith\(\s*github\.ref\s*,\s*['\"]refs/tags|^tags$|\$CI_COMMIT_TAG\s*$")


@dataclass(slots=True)
class Gates:
    """Steps that do what was looked for, by what they are worth."""

    firm: list[Found] = field(default_factory=list)  # on changes, and a failure stops the job
    loose: list[tuple[Found, str]] = field(default_factory=list)  # a failure stops nothing, and why
    seldom: list[Found] = field(default_factory=list)  # at other times alone

    @property
    def every(self) -> list[Found]:
        """All of them."""
        return [*self.firm, *(each for each, _ in self.loose), *self.seldom]


def gates(pipelines: Iterable[Pipeline], *tasks: Task) -> Gates:
    """Sort the steps that do one of these tasks."""
    made = Gates()
    for each in found(pipelines, *tasks):
        loose = looseness(each)
        if loose:
            made.loose.append((each, loose))
        elif on_change(each.pipeline, each.step):
            made.firm.append(each)
        else:
            made.seldom.append(each)
    return made


def looseness(each: Found) -> str:
    """Why a failure of this step stops nothing, or an empty text."""
    if each.step.may_fail:
        return "its failure is ignored"
    if each.doing.ignored and not _uploaded(each):
        return f"findings do not fail it ({each.doing.ignored})"
    return ""


def _uploaded(each: Found) -> bool:
    """Whether its job hands results to the forge, whose own check stops the change then."""
    return any(
        one.job == each.step.job and one.uses.partition("@")[0] in _UPLOADS for one in each.pipeline.steps if one.uses
    )


def on_change(pipeline: Pipeline, step: Step) -> bool:
    """Whether it runs when code changes; a Jenkinsfile does not say when it runs, and is believed to."""
    if pipeline.triggers and not _CHANGES & set(pipeline.triggers) and pipeline.system != "jenkins":
        return False
    condition = step.condition
    if "||" in condition or "!=" in condition:
        return True
    return not any(form.search(condition) for form in (_ONLY_SCHEDULED, _ONLY_MANUAL, _ONLY_TAGS))


def of_itself(pipeline: Pipeline, step: Step) -> bool:
    """Whether it runs without anybody who starts it."""
    if pipeline.triggers and not _OF_ITSELF & set(pipeline.triggers) and pipeline.system != "jenkins":
        return False
    return "||" in step.condition or _ONLY_MANUAL.search(step.condition) is None


def unseen(pipelines: Iterable[Pipeline]) -> list[str]:
    """What pipelines include that nobody here could read, and what is broken: absence proves nothing beside it."""
    told = []
    for pipeline in pipelines:
        if pipeline.broken:
            told.append(f"{pipeline.file} ({pipeline.broken})")
        for each in pipeline.elsewhere:
            known = doing(Step(file=pipeline.file, line=1, job="", uses=each))
            told += [] if known else [each]
    return list(dict.fromkeys(told))


def by_change(pipelines: Sequence[Pipeline]) -> list[Pipeline]:
    """Pipelines that run when code changes, those with tests first, then those that do most; all of them where none does."""
    chosen = [each for each in pipelines if each.steps and (not each.triggers or _CHANGES & set(each.triggers))]
    testing = {one.pipeline.file for one in found(chosen, Task.TESTS)}
    return sorted(chosen, key=lambda each: (each.file not in testing, -len(each.steps))) or list(pipelines)
