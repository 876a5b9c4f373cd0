"""What a step does is read off the program that runs or the action that is used, never off names, comments or printed words."""

from __future__ import annotations

import fnmatch
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.parts.pipelines.programs import program
from ostiary.parts.pipelines.tasks import Doing, Task
from ostiary.parts.pipelines.tools import ACTIONS, IGNORED, LANGUAGES, PROGRAMS, STRICT

_NEAR: Final = 4  # of the words that are no options, how many may hold a subcommand
_ASKING: Final = frozenset({"--version", "--help", "-version"})
_LAUNCHERS: Final = 8  # words among which a measuring launcher stands
_MEASURING: Final = ("coverage", "nyc", "c8")
_HELP: Final = frozenset({"version", "help", "--version", "--help"})


class _Pattern(NamedTuple):
    words: tuple[tuple[str, ...], ...]  # behind the program; alternatives
    flags: tuple[str, ...]
    without: tuple[str, ...]
    task: Task


class Found(NamedTuple):
    """A step that does what was looked for."""

    pipeline: Pipeline
    step: Step
    doing: Doing


def doing(step: Step) -> tuple[Doing, ...]:
    """Everything a step does, as far as its program or action is known; empty: nothing of it is in the table."""
    if step.uses:
        return tuple(_by_action(step))
    does = tuple(_by_program(step.argv))
    tools = [each for word in step.argv[:_LAUNCHERS] for each in _MEASURING if word.rpartition("/")[2] == each]
    if any(each.task is Task.TESTS for each in does) and tools and all(each.task is not Task.COVERAGE for each in does):
        does += (Doing(Task.COVERAGE, tools[0]),)
    return does


def found(pipelines: Iterable[Pipeline], *tasks: Task) -> Iterator[Found]:
    """Every step that does one of these, in order; a step counts once for each of its tools."""
    for pipeline in pipelines:
        for step in pipeline.steps:
            for each in doing(step):
                if each.task in tasks:
                    yield Found(pipeline, step, _of_codeql(pipeline, step, each))


def _of_codeql(pipeline: Pipeline, step: Step, each: Doing) -> Doing:
    """CodeQL is told its languages by an earlier step of the job, or finds those that it knows."""
    if each.tool != "github/codeql-action/analyze":
        return each
    inits = [one for one in pipeline.steps if one.job == step.job and one.uses.startswith("github/codeql-action/init")]
    told = next((_languages(one) for one in inits), frozenset[str]())
    return replace(each, languages=told or _CODEQL)


_CODEQL: Final = frozenset({"c", "csharp", "go", "java", "kotlin", "javascript", "python", "ruby", "rust", "swift"})


def _by_program(argv: Sequence[str]) -> Iterator[Doing]:
    name, args = program(argv)
    if not name or _ASKING & set(args) or (args[:1] and args[0] in _HELP):
        return
    flags = _spread(args)
    words = [each for each in args if not each.startswith(("-", "+"))][: _NEAR * 2]
    seen = set()
    for pattern in (*_programs().get(name, ()), *_anywhere(name)):
        if pattern.task in seen or not _fits(pattern, words, flags):
            continue
        seen.add(pattern.task)
        ignored = _unless_told(name, words, flags) or next(
            (each for each in _ignoring(name) if any(fnmatch.fnmatch(flag, each) for flag in flags)), ""
        )
        yield Doing(pattern.task, name, ignored, LANGUAGES.get(name, frozenset()), name in _GUESSED)


def _unless_told(name: str, words: Sequence[str], flags: frozenset[str]) -> str:
    """Tools whose findings fail nothing unless they are told to."""
    needed = STRICT.get(name, "")
    if not needed or (name in {"semgrep", "opengrep"} and "ci" in words):
        return ""
    told = any(fnmatch.fnmatch(flag, one) for one in needed.split("|") for flag in flags)
    return "" if told else f"without {needed.partition('|')[0].removesuffix('=*').removesuffix('*')}"


_GUESSED: Final = frozenset(
    {"make", "npm", "yarn", "pnpm", "bun", "just", "task", "rake", "composer", "invoke", "tox", "nox"}
)


def _fits(pattern: _Pattern, words: Sequence[str], flags: frozenset[str]) -> bool:
    if any(fnmatch.fnmatch(flag, one) for one in pattern.without for flag in flags):
        return False
    if pattern.flags and not any(fnmatch.fnmatch(flag, one) for one in pattern.flags for flag in flags):
        return False
    at, steps = 0, 0
    for alternatives in pattern.words:
        while at < len(words) and not any(fnmatch.fnmatch(words[at], one) for one in alternatives):
            at, steps = at + 1, steps + 1
        if at >= len(words) or steps >= _NEAR:
            return False
        at += 1
    return True


def _spread(args: Sequence[str]) -> frozenset[str]:
    """Options as written, and an option with the value behind it as one: ``--scanners vuln`` is ``--scanners=vuln``."""
    found = set(args)
    for option, value in itertools.pairwise(args):
        if option.startswith("-") and "=" not in option and not value.startswith("-"):
            found.add(f"{option}={value}")
    return frozenset(found)


def _by_action(step: Step) -> Iterator[Doing]:
    whole = step.uses.lower().strip()
    name = whole.partition("@")[0]
    if name.startswith("hook:"):
        hook = re.sub(r"-(?:docker|system|local|check|src|py)$", "", name.removeprefix("hook:"))
        yield from _by_program((_HOOKS.get(hook, hook), *step.inputs.get("args", "").split()))
        return
    if name.startswith("docker://"):
        yield from _by_program(("docker", "run", whole.removeprefix("docker://"), *step.inputs.get("args", "").split()))
        return
    seen = set()
    for pattern, task in _actions():
        if task in seen or not _names(pattern, name):
            continue
        seen.add(task)
        tolerant = name == "aquasecurity/trivy-action" and step.inputs.get("exit-code", "0") in {"", "0"}
        yield Doing(task, name, "without exit-code" if tolerant else "", _languages(step))
    yield from (Doing(task, name) for task in _by_inputs(name, step.inputs) if task not in seen)


_HOOKS: Final = {  # ids of hooks that are not their program's name
    "terraform_checkov": "checkov", "terraform_tfsec": "tfsec", "gitguardian": "ggshield", "python-safety-dependencies": "pip-audit", "secrets": "detect-secrets", "gosec-repo-mod": "gosec", "go-sec-mod": "gosec",
}  # fmt: skip


def _names(pattern: str, name: str) -> bool:
    return name == pattern or ("*" in pattern and fnmatch.fnmatch(name, pattern))


def _languages(step: Step) -> frozenset[str]:
    told = step.inputs.get("languages", "")
    same = {"typescript": "javascript", "javascript-typescript": "javascript", "java-kotlin": "java", "c-cpp": "c"}
    names = [each.strip().lower() for each in re.split(r"[,\s\[\]'\"]+", told) if each.strip()]
    if any("$" in each or "{" in each for each in names):
        return frozenset()
    found = {same.get(each, each) for each in names}
    return frozenset(found | {"kotlin"} if "java" in found else found)


def _by_inputs(name: str, inputs: object) -> Iterator[Task]:
    """Actions that do what their inputs say."""
    said = {key.lower(): str(value).lower() for key, value in inputs.items()} if hasattr(inputs, "items") else {}
    if name == "aquasecurity/trivy-action":
        kind, scanners = (
            said.get("scan-type", "image"),
            said.get("scanners", said.get("security-checks", "vuln,secret")),
        )
        yield from [Task.IAC] if kind == "config" or "misconfig" in scanners or "config" in scanners else []
        yield from [Task.CONTAINER] if kind == "image" else []
        yield from [Task.SECRETS] if "secret" in scanners and kind != "config" else []
        yield from [Task.SBOM] if "cyclonedx" in said.get("format", "") or "spdx" in said.get("format", "") else []
    if name == "docker/build-push-action":
        yield from [Task.SBOM] if said.get("sbom", "false") not in {"false", ""} else []
        yield from [Task.PROVENANCE] if said.get("provenance", "false") not in {"false", ""} else []
    if name == "azure/k8s-deploy" and (
        said.get("action") in {"promote", "reject"} or said.get("strategy") in {"canary", "blue-green"}
    ):
        yield Task.ROLLBACK
    if name in {"dotnetcorecli", "maven", "gradle", "npm", "gulp"}:
        words = " ".join(said.get(each, "") for each in ("command", "goals", "tasks", "customcommand", "targets"))
        yield from (
            [Task.TESTS]
            if re.search(r"\b(?:test|verify|package|install|build)\b", words or "package" * (name == "maven"))
            else []
        )
    if name == "pypa/gh-action-pypi-publish" and said.get("attestations", "true") != "false":
        yield Task.PROVENANCE


@functools.cache
def _programs() -> dict[str, list[_Pattern]]:
    made: dict[str, list[_Pattern]] = {}
    for task, text in PROGRAMS.items():
        for each in re.split(r",\s*", " ".join(text.split())):
            name, *rest = each.split()
            words = tuple(tuple(one.split("|")) for one in rest if one[0] not in "+!")
            flags = tuple(flag for one in rest if one[0] == "+" for flag in one[1:].split("|"))
            without = tuple(flag for one in rest if one[0] == "!" for flag in one[1:].split("|"))
            made.setdefault(name, []).append(_Pattern(words, flags, without, task))
    return made


@functools.cache
def _anywhere(name: str) -> tuple[_Pattern, ...]:
    """Patterns whose program's name is a pattern itself: ``scripts/rollback-prod.sh``."""
    return tuple(
        pattern
        for key, patterns in _programs().items()
        if "*" in key and fnmatch.fnmatch(name, key)
        for pattern in patterns
    )


@functools.cache
def _actions() -> tuple[tuple[str, Task], ...]:
    return tuple(
        (each, task) for task, text in ACTIONS.items() for each in re.split(r",\s*", " ".join(text.split())) if each
    )


@functools.cache
def _ignoring(name: str) -> tuple[str, ...]:
    return tuple(each for each in IGNORED.get(name, "").split("|") if each)
