"""Tests run when code changes, and a test that fails stops the change; among them are some that expect a refusal."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, failed, not_applicable, passed, unknown
from ostiary.parts.pipelines.gates import Gates, by_change, gates, unseen
from ostiary.parts.pipelines.projects import languages, refusing, serves, tests
from ostiary.parts.pipelines.recognise import Found
from ostiary.parts.pipelines.tasks import Task

QUESTION: Final = (
    "Which security behaviour is tested by hand because it cannot be automated (attach the test records with "
    "date, tester and result)?"
)
_CONFIGURED: Final = (  # where coverage is measured without a word of it in the pipeline
    ("pyproject.toml", "setup.cfg", "pytest.ini", "tox.ini", ".coveragerc"),
    re.compile(r"--cov\b|--cov=|\[tool\.coverage|\[coverage:|^\[run\]|fail_under"),
), (
    ("package.json", "jest.config.*", "vitest.config.*", ".nycrc*", ".c8rc*"),
    re.compile(r"collectCoverage|coverageThreshold|--coverage|\bnyc\b|\bc8\b|coverage\s*:"),
), (("pom.xml", "build.gradle", "build.gradle.kts"), re.compile(r"jacoco|kover"))  # fmt: skip


async def audit_ci(tree: Tree) -> Finding:
    """Look for test runners among the steps that run, and for refusals among what tests expect."""
    pipelines = tree.pipelines
    if not languages(tree):
        return not_applicable(f"no source code in {len(tree.files)} files")
    if not pipelines:
        return attest(f"No pipeline of a known system among {len(tree.files)} files. {QUESTION}")
    made = gates(pipelines, Task.TESTS)
    if made.firm:
        return _running(tree, made)
    hidden = unseen(pipelines)
    if hidden and not made.every:
        return unknown(f"no test runner among the steps that can be read; not readable here: {', '.join(hidden[:3])}")
    if made.loose:
        each, why = made.loose[0]
        return _failed(tree, [one for one, _ in made.loose], f"tests run ({each.doing.tool}), and stop nothing: {why}")
    if made.seldom:
        return _failed(tree, made.seldom, f"tests ({made.seldom[0].doing.tool}) do not run when code changes")
    place = f"{by_change(pipelines)[0].file}:1"
    steps = sum(len(each.steps) for each in pipelines)
    written = len(tests(tree))
    return failed(
        f"none of {steps} steps that run is a test"
        + (f", though {written} files of tests are written" if written else ""),
        tree.show(place, "no step of it, nor of any other pipeline here, runs tests"),
        places=(place,),
    )


def _running(tree: Tree, made: Gates) -> Finding:
    first = made.firm[0]
    covered = next(iter(gates(tree.pipelines, Task.COVERAGE).every), None)
    measured = (
        f"coverage by {covered.doing.tool}"
        if covered
        else "coverage is configured"
        if _configured(tree)
        else "no coverage is measured"
    )
    shown = [tree.show(first.step.place, f"{first.doing.tool} runs on changes, and stops them")]
    files = tests(tree)
    expected = refusing(tree, files)
    if expected:
        shown += [tree.show(place, "expects a refusal") for place in expected[:3]]
        return passed(
            f"{first.doing.tool} runs on changes; {len(expected)} of {len(files)} files of tests expect refusals; {measured}",
            *shown,
        )
    if not serves(tree):
        return passed(
            f"{first.doing.tool} runs on changes, over {len(files)} files of tests; nothing here is served that could refuse; {measured}",
            *shown,
        )
    return unknown(
        f"{first.doing.tool} runs on changes, but none of {len(files)} files of tests expects a refusal (401, 403, 405, 415, 422); {measured}",
        *shown,
    )


def _configured(tree: Tree) -> bool:
    return any(rule.search(tree.text(each)) for names, rule in _CONFIGURED for each in tree.named(*names)[:20])


def _failed(tree: Tree, found: list[Found], why: str) -> Finding:
    places = tuple(dict.fromkeys(each.step.place for each in found))
    return failed(why, *[tree.show(place, why) for place in places[:4]], places=places)
