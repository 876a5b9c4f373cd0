"""What a checker of pipelines found that lets strangers run code or take credentials; pinning is judged elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ostiary.evidence.pipeline import Flaw, Pipeline

_ELSEWHERE: Final = frozenset({"unpinned-uses", "unpinned-images", "ref-confusion", "stale-action-refs"})


def grave(pipelines: Iterable[Pipeline]) -> list[tuple[str, Flaw]]:
    """Flaws of high severity that the checker is sure of, with their places."""
    return [
        (f"{pipeline.file}:{flaw.line}", flaw)
        for pipeline in pipelines
        for flaw in pipeline.flaws
        if flaw.severity == "high" and flaw.confidence == "high" and flaw.rule not in _ELSEWHERE
    ]


def unchecked(pipelines: Iterable[Pipeline]) -> str:
    """Why workflows were not looked at for such flaws; empty: they were, or there are none."""
    return next((each.unchecked for each in pipelines if each.unchecked), "")
