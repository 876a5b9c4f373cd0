"""Azure's pipelines: stages, jobs and steps with the templates of the same tree, tasks by name, scripts as shell."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.parts.pipelines.following import joined
from ostiary.parts.pipelines.reading import MOST_STEPS, NEVER, Files, Frame, first_line, parsed, told, words
from ostiary.parts.yaml_places import Node

PATHS: Final = (
    "azure-pipelines.yml", "azure-pipelines.yaml", "azure-pipelines*.yml", ".azure-pipelines.yml", ".azure-pipelines/*.yml", "azure-pipelines/*.yml", ".azuredevops/*.yml", ".azuredevops/pipelines/*.yml",
    ".azure/pipelines/*.yml", ".vsts-ci.yml",
)  # fmt: skip
_SCRIPTS: Final = ("script", "bash", "pwsh", "powershell")
_DEEPEST: Final = 6
_PHASES: Final = ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic")
_TASK_PROGRAMS: Final = {"maven": ("mvn", "goals"), "gradle": ("gradle", "tasks"), "dotnetcorecli": ("dotnet", "command"), "npm": ("npm", "command"), "makefile": ("make", "target"), "helmdeploy": ("helm", "command")}  # fmt: skip


def read(path: str, text: str, files: Files) -> Pipeline:
    """One pipeline; files that are only templates of others have no trigger of their own and no steps twice."""
    node, broken = parsed(text)
    if node is None:
        return Pipeline(file=path, system="azure", broken=broken)
    frame = Frame(file=path, files=files)
    steps = []
    for each in () if _is_template(path, node) else _whole(node, text, frame):
        steps.append(each)
        if len(steps) >= MOST_STEPS:
            break
    return Pipeline(
        file=path,
        system="azure",
        triggers=_triggers(node),
        steps=tuple(steps),
        elsewhere=tuple(dict.fromkeys(frame.elsewhere)),
    )


def _is_template(path: str, node: Node) -> bool:
    return (
        "parameters" in node.members
        and not {"trigger", "pr", "schedules", "resources", "extends"} & set(node.members)
        and "/" in path
    )


def _triggers(node: Node) -> tuple[str, ...]:
    """Without a word every push runs it; ``none`` says nothing does."""
    found = []
    trigger = node.members.get("trigger")
    if told(node, "trigger") != "none":
        tags_alone = trigger is not None and "tags" in trigger.members and "branches" not in trigger.members
        found.append("tag" if tags_alone else "push")
    if told(node, "pr") != "none":
        found.append("pull_request")
    if "schedules" in node.members:
        found.append("schedule")
    return tuple(found) or ("manual",)


def _whole(node: Node, text: str, frame: Frame) -> Iterator[Step]:
    extends = node.members.get("extends")
    if extends is not None:
        yield from _template(extends, frame)
    for stage in _listed(node.members.get("stages")):
        if _off(stage):
            continue
        inner = frame.within(stage=told(stage, "stage"), condition=told(stage, "condition"))
        if told(stage, "template"):
            yield from _template(stage, inner)
        yield from _jobs(stage, text, inner)
    yield from _jobs(node, text, frame)
    yield from _steps(node.members.get("steps"), text, frame)


def _listed(node: Node | None) -> Iterator[Node]:
    """Items of a list, with those below ``${{ if }}`` and ``${{ each }}``."""
    for each in node.items if node is not None else ():
        keys = [key for key in each.members if key.startswith("${{")]
        if keys and len(keys) == len(each.members):
            for key in keys:
                yield from _listed(each.members[key])
        else:
            yield each


def _off(node: Node) -> bool:
    condition = told(node, "condition")
    return told(node, "enabled") == "false" or bool(condition and NEVER.fullmatch(condition))


def _jobs(node: Node, text: str, frame: Frame) -> Iterator[Step]:
    for job in _listed(node.members.get("jobs")):
        if _off(job):
            continue
        name = told(job, "job") or told(job, "deployment") or frame.job
        container = job.members.get("container")
        inner = frame.within(
            job=name,
            may_fail=told(job, "continueOnError") == "true",
            condition=told(job, "condition"),
            image=told(job, "container") or told(container, "image"),
        )
        if told(job, "template"):
            yield from _template(job, inner)
        yield from _steps(job.members.get("steps"), text, inner)
        for kind, strategy in getattr(job.members.get("strategy"), "members", {}).items():
            if kind in {"runOnce", "rolling", "canary"}:
                yield from _deployment(kind, strategy, text, inner)


def _deployment(kind: str, node: Node, text: str, frame: Frame) -> Iterator[Step]:
    for phase in _PHASES:
        yield from _steps(node.at(phase, "steps"), text, frame)
    yield from _steps(node.at("on", "success", "steps"), text, frame)
    yield from _steps(node.at("on", "failure", "steps"), text, frame.within(condition=f"failure of {kind}"))


def _steps(node: Node | None, text: str, frame: Frame) -> Iterator[Step]:
    for step in _listed(node):
        if _off(step):
            continue
        inner = frame.within(may_fail=told(step, "continueOnError") == "true", condition=told(step, "condition"))
        if told(step, "template"):
            yield from _template(step, inner)
            continue
        for key in _SCRIPTS:
            script = step.members.get(key)
            if script is not None and isinstance(script.data, str):
                folder = told(step, "workingDirectory")
                yield from inner.script(script.data, first_line(script, text), folder=_folder(folder))
        if told(step, "task"):
            yield from _task(step, text, inner)


def _folder(path: str) -> str | None:
    for variable in ("$(Build.SourcesDirectory)", "$(System.DefaultWorkingDirectory)"):
        path = path.replace(variable, "")
    return None if not path or "$" in path else joined("", path)


def _task(step: Node, text: str, frame: Frame) -> Iterator[Step]:
    name, _, version = told(step, "task").partition("@")
    inputs = step.members.get("inputs")
    given: dict[str, Any] = dict(inputs.data) if inputs is not None and isinstance(inputs.data, dict) else {}
    line, low = step.lines.get("task", step.line), name.lower()
    plain = {key: value for key, value in given.items() if key.lower() not in {"script", "inlinescript"}}
    texts = {key: str(value) for key, value in plain.items() if not isinstance(value, (dict, list))}
    yield frame.step(line, uses=f"{name}@{version}", inputs=MappingProxyType(texts))
    for key in ("script", "inlineScript", "Inline"):
        script = inputs.members.get(key) if inputs is not None else None
        if script is not None and isinstance(script.data, str) and low != "pythonscript":
            yield from frame.script(
                script.data, first_line(script, text), folder=_folder(told(inputs, "workingDirectory"))
            )
    if told(inputs, "filePath"):
        yield from frame.script(f"bash {told(inputs, 'filePath')}", line)
    if low in _TASK_PROGRAMS:
        yield from frame.script(
            _command(low, inputs), line, folder=_folder(told(inputs, "workingDir") or told(inputs, "workingDirectory"))
        )


def _command(task: str, inputs: Node | None) -> str:
    program, key = _TASK_PROGRAMS[task]
    words_of = told(inputs, key) or {
        "mvn": "package",
        "gradle": "build",
        "dotnet": "build",
        "npm": "install",
        "helm": "ls",
    }.get(program, "")
    if words_of == "custom":
        words_of = told(inputs, "customCommand") or told(inputs, "custom")
    options = " ".join(told(inputs, each) for each in ("options", "arguments"))
    return f"{program} {words_of} {options}".strip()


def _template(node: Node, frame: Frame) -> Iterator[Step]:
    """A template: of this tree it is read where it is used, of another repository it is named."""
    name, line = told(node, "template"), node.lines.get("template", node.line)
    path, _, repository = name.partition("@")
    found = None
    for each in dict.fromkeys((joined(frame.file.rpartition("/")[0], path), joined("", path))):
        if not repository or repository == "self":
            found = frame.files.read(each) if frame.depth < _DEEPEST else None
        if found is not None:
            inner = frame.within(file=each, via=frame.via or f"{frame.file}:{line}", depth=frame.depth + 1)
            tree, _broken = parsed(found)
            if tree is not None:
                yield from _whole(tree, found, inner)
            return
    frame.elsewhere.append(name)
    yield from frame.uses(
        name,
        line,
        {key: " ".join(words(value)) for key, value in getattr(node.members.get("parameters"), "members", {}).items()},
    )
