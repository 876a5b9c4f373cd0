"""An analyser that reads the languages of the code runs when it changes, and what it finds stops the change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, attest, failed, not_applicable, passed, unknown
from ostiary.parts.pipelines.gates import Gates, by_change, gates, unseen
from ostiary.parts.pipelines.projects import languages
from ostiary.parts.pipelines.recognise import Found
from ostiary.parts.pipelines.tasks import Task

QUESTION: Final = (
    "Which static analysis tool runs outside the pipeline, and how do its findings block a merge (attach the "
    "latest report with date and scope)?"
)
_RULES: Final[Mapping[str, tuple[tuple[str, ...], re.Pattern[str]]]] = {  # a linter's files, and what of them is about security
    "ruff": (("pyproject.toml", "ruff.toml", ".ruff.toml"), re.compile(r"(?ms)^[ \t]*(?:extend-)?select\s*=\s*\[[^\]]*[\"'](?:S\d{0,3}|ALL)[\"']")),
    "eslint": (("package.json", ".eslintrc*", "eslint.config.*"), re.compile(r"eslint-plugin-(?:security|no-unsanitized|sonarjs)|plugin:security|@microsoft/eslint-plugin-sdl")),
    "golangci-lint": ((".golangci.y*ml", ".golangci.toml"), re.compile(r"(?m)^[ \t]*(?:-[ \t]*|enable\s*=.*[\"'])gosec\b|enable-all:\s*true|default:\s*all")),
    "flake8": (("requirements*.txt", "setup.cfg", "tox.ini", "pyproject.toml", ".pre-commit-config.yaml", "Pipfile"), re.compile(r"flake8-bandit|dlint")),
    "spotbugs": (("pom.xml", "build.gradle", "build.gradle.kts"), re.compile(r"findsecbugs")),
    "psalm": (("psalm.xml", "psalm.xml.dist"), re.compile(r"runTaintAnalysis\s*=\s*[\"']true")),
}  # fmt: skip
_MOST_NAMED: Final = 3
_LARGE: Final = 0.25  # of all code: a language that has to be read


async def audit_ci(tree: Tree) -> Finding:
    """Look for analysers among the steps that run."""
    pipelines, written = tree.pipelines, languages(tree)
    if not written:
        return not_applicable(f"no source code in {len(tree.files)} files")
    if not pipelines:
        return attest(f"No pipeline of a known system among {len(tree.files)} files. {QUESTION}")
    made = gates(pipelines, Task.SAST)
    for each in gates(pipelines, Task.LINT).firm:
        if _security_rules(tree, each):
            made.firm.append(each)
    return _verdict(tree, made, set(written), unread(made, written))


def unread(made: Gates, written: Mapping[str, int]) -> list[str]:
    """Languages of which there is much, and which none of the analysers reads."""
    total = sum(written.values())
    much = [name for name, size in written.items() if size > _LARGE * total]
    return [each for each in much if not any(_reads(one, {each}) for one in made.firm)]


def _reads(each: Found, written: set[str]) -> bool:
    return not each.doing.languages or bool(each.doing.languages & written)


def _security_rules(tree: Tree, each: Found) -> bool:
    tool = next((name for name in _RULES if name in each.doing.tool), "")
    if not tool:
        return False
    files, rule = _RULES[tool]
    return any(rule.search(tree.text(file)) for file in tree.named(*files)[:20])


def _verdict(tree: Tree, made: Gates, written: set[str], left: list[str]) -> Finding:
    fitting = [each for each in made.firm if _reads(each, written)]
    if fitting and not left:
        shown = [tree.show(each.step.place, f"{each.doing.tool} runs on changes") for each in fitting[:_MOST_NAMED]]
        return passed(f"{_tools(fitting)} runs when code changes, and a finding stops the job", *shown)
    if fitting:
        return unknown(
            f"{_tools(fitting)} runs on changes, but reads no {' or '.join(left)}",
            *[tree.show(each.step.place, each.doing.tool) for each in fitting[:1]],
        )
    hidden = unseen(tree.pipelines)
    if hidden and not made.every:
        return unknown(
            f"no analyser among the steps that can be read; not readable here: {', '.join(hidden[:_MOST_NAMED])}"
        )
    if made.firm:
        return _failed(
            tree,
            made.firm,
            f"{_tools(made.firm)} reads none of the languages written here ({', '.join(sorted(written))})",
        )
    if made.loose:
        return _failed(
            tree, [each for each, _ in made.loose], f"{_tools([made.loose[0][0]])} stops nothing: {made.loose[0][1]}"
        )
    if made.seldom:
        return _failed(tree, made.seldom, f"{_tools(made.seldom)} does not run when code changes")
    places = tuple(f"{each.file}:1" for each in by_change(tree.pipelines)[:1])
    steps = sum(len(each.steps) for each in tree.pipelines)
    return failed(
        f"none of {steps} steps that run analyses the source for security faults",
        tree.show(
            places[0],
            "no step of it, nor of any other pipeline here, is an analyser; a linter without security rules is none",
        ),
        places=places,
        confidence=Confidence.FIRM,
        proof="scanning that is switched on in the forge's settings alone shows in no file: waive this with a reason then",
    )


def _failed(tree: Tree, found: list[Found], why: str) -> Finding:
    places = tuple(dict.fromkeys(each.step.place for each in found))
    return failed(why, *[tree.show(place, why) for place in places[:4]], places=places)


def _tools(found: list[Found]) -> str:
    return ", ".join(dict.fromkeys(each.doing.tool for each in found[:_MOST_NAMED]))
