"""Code that serves an API has tests, some of which expect to be refused; that they run, only a pipeline shows."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, Severity, failed, not_applicable, unknown
from ostiary.parts.pipelines.projects import languages, refusing, serves, tests

_SHIPPED: Final = frozenset({"wheel", "jar", "image"})
_PROJECT: Final = (
    "pyproject.toml", "setup.py", "setup.cfg", "requirements*.txt", "Pipfile", "package.json", "pom.xml", "build.gradle", "build.gradle.kts", "go.mod", "composer.json", "Gemfile", "Package.swift", "Cargo.toml",
)  # fmt: skip


async def audit_source(tree: Tree) -> Finding:
    """Count tests, and those among them that expect 401, 403, 405, 415 or 422."""
    if tree.form in _SHIPPED:
        return not_applicable(f"tests are not shipped in a {tree.form}")
    service = serves(tree)
    if not languages(tree) or not service:
        return not_applicable("nothing here is served: no routes, no API document, no port that an image exposes")
    files = tests(tree)
    if not files:
        manifests = [each for each in tree.named(*_PROJECT) if "/" not in each.path]
        if not manifests:
            return unknown("no file of tests here, which may be a part of a project")
        place = f"{manifests[0].path}:1"
        why = f"no file of tests in a project that serves {service}"
        return failed(
            why, tree.show(place, "the root of a project without tests"), places=(place,), severity=Severity.MEDIUM
        )
    expected = refusing(tree, files)
    if expected:
        shown = [tree.show(each, "expects a refusal") for each in expected[:4]]
        why = f"{len(expected)} of {len(files)} files of tests expect refusals; whether they run when code changes, pipelines tell"
        return unknown(why, *shown)
    return unknown(f"none of {len(files)} files of tests expects a refusal (401, 403, 405, 415, 422)")
