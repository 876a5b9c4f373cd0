"""Of pipelines: a step that looks for secrets runs when code changes, and what it finds stops the change."""

from __future__ import annotations

from typing import Final

from ostiary.controls.beyond.secret_scanning.source import QUESTION, audit_source
from ostiary.evidence.tree import Tree
from ostiary.model import Finding, Outcome, attest, not_applicable, passed, unknown
from ostiary.parts.pipelines.gates import gates, unseen
from ostiary.parts.pipelines.tasks import Task

_HOST: Final = "Whether the code host refuses pushes with secrets shows in no file."


async def audit_ci(tree: Tree) -> Finding:
    """Look for a scan among the steps that run; a gate is worth nothing yet where secrets are in already."""
    pipelines = tree.pipelines
    if not pipelines:
        return not_applicable(f"no pipeline of a known system among {len(tree.files)} files")
    made = gates(pipelines, Task.SECRETS)
    if made.firm:
        first = made.firm[0]
        shown = tree.show(first.step.place, f"{first.doing.tool} looks for secrets when code changes")
        source = await audit_source(tree)
        if source.outcome is Outcome.PASS:
            return passed(f"{first.doing.tool} runs when code changes, and a finding stops the job", shown)
        return unknown(f"{first.doing.tool} runs when code changes; what is in already: {source.why}", shown)
    if made.loose:
        each, why = made.loose[0]
        return unknown(f"{each.doing.tool} stops nothing: {why}. {_HOST}", tree.show(each.step.place, why))
    if made.seldom:
        first = made.seldom[0]
        return unknown(
            f"{first.doing.tool} does not run when code changes. {_HOST}",
            tree.show(first.step.place, "runs at other times alone"),
        )
    hidden = unseen(pipelines)
    if hidden:
        return unknown(
            f"no scan for secrets among the steps that can be read; not readable here: {', '.join(hidden[:3])}"
        )
    steps = sum(len(each.steps) for each in pipelines)
    return attest(f"None of {steps} steps looks for secrets. {_HOST} {QUESTION}")
