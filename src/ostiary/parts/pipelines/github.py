"""Workflows of GitHub Actions (also Gitea's and Forgejo's), with the reusable workflows and composite actions of the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.parts.pipelines.following import joined
from ostiary.parts.pipelines.reading import MOST_STEPS, NEVER, Files, Frame, first_line, parsed, told, words
from ostiary.parts.yaml_places import Node

PATHS: Final = (
    ".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitea/workflows/*.yml", ".gitea/workflows/*.yaml", ".forgejo/workflows/*.yml", ".forgejo/workflows/*.yaml",
)  # fmt: skip
_DEEPEST: Final = 4  # workflows and actions that call each other
_MOST_VALUES: Final = 20  # of one axis of a matrix
_MATRIX: Final = re.compile(r"\$\{\{\s*matrix\.([A-Za-z0-9_-]+)\s*\}\}")
_SAME: Final = {"workflow_dispatch": "manual", "repository_dispatch": "manual", "workflow_call": "call", "pull_request_target": "pull_request", "merge_group": "pull_request", "release": "release"}  # fmt: skip


def read(path: str, text: str, files: Files) -> Pipeline:
    """One workflow."""
    node, broken = parsed(text)
    if node is None:
        return Pipeline(file=path, system="github", broken=broken)
    frame = Frame(file=path, files=files)
    steps = tuple(_bounded(_jobs(node, text, frame)))
    return Pipeline(
        file=path,
        system="github",
        triggers=triggers(node.members.get("on")),
        steps=steps,
        elsewhere=tuple(dict.fromkeys(frame.elsewhere)),
    )


def _bounded(steps: Iterator[Step]) -> Iterator[Step]:
    for at, each in enumerate(steps):
        if at >= MOST_STEPS:
            return
        yield each


def triggers(node: Node | None) -> tuple[str, ...]:
    """When a workflow runs."""
    if node is None:
        return ()
    if not node.members:
        return tuple(_SAME.get(each, each) for each in words(node))
    found = []
    for name, inside in node.members.items():
        tags_alone = name == "push" and "tags" in inside.members and "branches" not in inside.members
        found.append("tag" if tags_alone else _SAME.get(name, name))
    return tuple(dict.fromkeys(found))


def _jobs(node: Node, text: str, frame: Frame) -> Iterator[Step]:
    folder = told(node.at("defaults", "run"), "working-directory")
    for name, job in getattr(node.at("jobs"), "members", {}).items():
        condition = told(job, "if")
        if condition and NEVER.fullmatch(condition):
            continue
        axes = _axes(job)
        container = job.members.get("container")
        inner = frame.within(
            job=f"{frame.job} / {name}" if frame.job else name,
            stage=_text(told(job, "name")) or name,
            image=told(job, "container") or told(container, "image"),
            folder=_folder(told(job.at("defaults", "run"), "working-directory") or folder),
            may_fail=told(job, "continue-on-error") == "true",
            condition=condition,
        )
        if told(job, "uses"):
            yield from _called(job, inner)
        for step in getattr(job.members.get("steps"), "items", ()):
            yield from _step(step, text, inner, axes)


def _text(name: str) -> str:
    return "" if "${{" in name else name


def _folder(path: str) -> str:
    return "" if "${{" in path else joined("", path)


def _axes(job: Node) -> dict[str, str]:
    """Values of a matrix, joined by commas: what a step with ``${{ matrix.x }}`` runs is run for each of them."""
    matrix = job.at("strategy", "matrix")
    found: dict[str, list[str]] = {}
    for name, axis in (matrix.members if matrix is not None else {}).items():
        if name in {"include", "exclude"}:
            continue
        found[name] = [each for each in words(axis) if each]
    for extra in getattr(matrix.members.get("include") if matrix is not None else None, "items", ()):
        for name, value in extra.members.items():
            found.setdefault(name, []).extend(words(value))
    return {name: ",".join(dict.fromkeys(values[:_MOST_VALUES])) for name, values in found.items() if values}


def _filled(text: str, axes: dict[str, str]) -> str:
    return _MATRIX.sub(lambda match: axes.get(match[1], match[0]), text) if "matrix." in text else text


def _called(job: Node, frame: Frame) -> Iterator[Step]:
    """A reusable workflow: of this tree it is read, of another it is named."""
    name, line = told(job, "uses"), job.lines.get("uses", job.line)
    path = joined("", name.partition("@")[0]) if name.startswith("./") else ""
    text = frame.files.read(path) if path and frame.depth < _DEEPEST else None
    node = parsed(text)[0] if text is not None else None
    if text is None or node is None:
        frame.elsewhere.append(name)
        yield from frame.uses(name, line, _plain(job.members.get("with")))
        return
    via = frame.via or f"{frame.file}:{line}"
    yield from _jobs(node, text, frame.within(file=path, via=via, depth=frame.depth + 1))


def _plain(node: Node | None) -> dict[str, Any]:
    return dict(node.data) if node is not None and isinstance(node.data, dict) else {}


def _step(step: Node, text: str, frame: Frame, axes: dict[str, str]) -> Iterator[Step]:
    condition = told(step, "if")
    if condition and NEVER.fullmatch(condition):
        return
    inner = frame.within(may_fail=told(step, "continue-on-error") == "true", condition=condition)
    name, script = told(step, "uses"), step.members.get("run")
    if script is not None and isinstance(script.data, str):
        folder = told(step, "working-directory")
        line = first_line(script, text)
        yield from inner.script(_filled(script.data, axes), line, folder=_folder(folder) if folder else None)
    elif name.startswith("./"):
        yield from _composite(name, step, inner)
    elif name:
        given = {key: _filled(str(value), axes) for key, value in _plain(step.members.get("with")).items()}
        yield from inner.uses(_filled(name, axes), step.lines.get("uses", step.line), given)


def _composite(name: str, step: Node, frame: Frame) -> Iterator[Step]:
    """An action of this tree; one that is a program of its own stays an action."""
    line = step.lines.get("uses", step.line)
    folder = joined("", name)
    for path in (f"{folder}/action.yml", f"{folder}/action.yaml"):
        text = frame.files.read(path) if frame.depth < _DEEPEST else None
        node = parsed(text)[0] if text is not None else None
        if text is None or node is None:
            continue
        inner = frame.within(file=path, via=frame.via or f"{frame.file}:{line}", depth=frame.depth + 1)
        for each in getattr(node.at("runs", "steps"), "items", ()):
            yield from _step(each, text, inner, {})
        if node.at("runs", "steps") is not None:
            return
    frame.elsewhere.extend(
        [name] if not any(f"{folder}/action.{end}" in frame.files.paths for end in ("yml", "yaml")) else []
    )
    yield from frame.uses(name, line, _plain(step.members.get("with")))
