"""CircleCI's configuration: jobs that workflows run, commands of the file with their parameters, orbs by their full names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.parts.pipelines.reading import MOST_STEPS, Files, Frame, first_line, parsed, told, words
from ostiary.parts.yaml_places import Node

PATHS: Final = (".circleci/config.yml", ".circleci/config.yaml")
_PARAMETER: Final = re.compile(r"<<\s*(?:pipeline\.)?parameters\.([A-Za-z0-9_-]+)\s*>>")
_DEEPEST: Final = 5
_BUILT_IN: Final = frozenset(
    {"checkout", "setup_remote_docker", "save_cache", "restore_cache", "persist_to_workspace", "attach_workspace", "store_artifacts", "store_test_results", "add_ssh_keys"}
)  # fmt: skip


@dataclass(slots=True)
class _Config:
    node: Node
    text: str
    frame: Frame
    orbs: dict[str, str] = field(default_factory=dict)
    inline: dict[str, Node] = field(default_factory=dict)
    count: int = 0

    def members(self, *path: str) -> Mapping[str, Node]:
        found = self.node.at(*path)
        return found.members if found is not None else {}


def read(path: str, text: str, files: Files) -> Pipeline:
    """The configuration of a project."""
    node, broken = parsed(text)
    if node is None:
        return Pipeline(file=path, system="circleci", broken=broken)
    config = _Config(node, text, Frame(file=path, files=files))
    for alias, orb in config.members("orbs").items():
        config.orbs[alias] = orb.data if isinstance(orb.data, str) else ""
        if orb.members:
            config.inline[alias] = orb
    if told(node, "setup") == "true":
        config.frame.elsewhere.append("the configuration that its setup continues with")
    steps: list[Step] = []
    schedules: list[bool] = []
    for job, name, given, condition in _wanted(config, schedules):
        steps += _job(config, job, name, given, condition)
        if len(steps) > MOST_STEPS:
            break
    triggers = ("schedule",) if schedules and all(schedules) else ("push", *(("schedule",) if any(schedules) else ()))
    return Pipeline(
        file=path,
        system="circleci",
        triggers=triggers,
        steps=tuple(steps[:MOST_STEPS]),
        elsewhere=tuple(dict.fromkeys(config.frame.elsewhere)),
    )


def _wanted(config: _Config, schedules: list[bool]) -> Iterator[tuple[str, str, Mapping[str, str], str]]:
    """Jobs that workflows run: its name, what it is called there, its parameters, its condition."""
    flows = {name: flow for name, flow in config.members("workflows").items() if flow.members}
    if not flows and config.node.at("jobs", "build") is not None:
        yield "build", "build", {}, ""
    for name, flow in flows.items():
        if told(flow, "when") == "false" or told(flow, "unless") == "true":
            continue
        scheduled = any(each.at("schedule") is not None for each in getattr(flow.members.get("triggers"), "items", ()))
        schedules.append(scheduled)
        for each in getattr(flow.members.get("jobs"), "items", ()):
            job, inside = (str(each.data), None) if not each.members else next(iter(each.members.items()))
            if told(inside, "type") == "approval":
                continue
            given = {
                key: str(value.data)
                for key, value in (inside.members if inside else {}).items()
                if not value.members and not value.items
            }
            yield job, given.get("name", job), given, f"schedule of {name}" if scheduled else _filter(inside)


def _filter(inside: Node | None) -> str:
    filters = inside.members.get("filters") if inside is not None else None
    if filters is None:
        return ""
    tags, branches = filters.at("tags", "only"), filters.at("branches", "only")
    if tags is not None and told(filters.members.get("branches"), "ignore"):
        return "tags alone"
    return f"branch {' '.join(words(branches))}" if branches is not None else ""


def _job(config: _Config, job: str, name: str, given: Mapping[str, str], condition: str) -> Iterator[Step]:
    alias, slash, inner = job.partition("/")
    node = config.node.at("jobs", job)
    if node is None and slash and alias in config.inline:
        node = config.inline[alias].at("jobs", inner)
    if node is None:
        yield from _orb(config, job, given, config.frame.within(job=name, condition=condition), config.node.line)
        return
    frame = config.frame.within(job=name, condition=condition, image=_image(node), folder="")
    yield from _steps(config, node.members.get("steps"), frame, _values(node, given), 0)


def _image(node: Node) -> str:
    return next((told(each, "image") for each in getattr(node.members.get("docker"), "items", ())), "")


def _values(node: Node, given: Mapping[str, str]) -> dict[str, str]:
    """Parameters: their defaults, and what is given for them."""
    declared = getattr(node.members.get("parameters"), "members", {})
    return {name: given.get(name, told(each, "default")) for name, each in declared.items()}


def _steps(config: _Config, steps: Node | None, frame: Frame, values: Mapping[str, str], depth: int) -> Iterator[Step]:
    for each in steps.items if steps is not None else ():
        config.count += 1
        if config.count > MOST_STEPS or depth > _DEEPEST:
            return
        if not each.members:
            yield from _named(config, str(each.data), None, line=each.line, frame=frame, values=values, depth=depth)
            continue
        name, inside = next(iter(each.members.items()))
        if name in {"when", "unless"}:
            condition = _filled(told(inside, "condition"), values)
            if condition.lower() != ("true" if name == "unless" else "false"):
                yield from _steps(
                    config, inside.members.get("steps"), frame.within(condition=condition), values, depth + 1
                )
        else:
            yield from _named(config, name, inside, line=each.lines[name], frame=frame, values=values, depth=depth)


def _named(
    config: _Config,
    name: str,
    inside: Node | None,
    *,
    line: int,
    frame: Frame,
    values: Mapping[str, str],
    depth: int,
) -> Iterator[Step]:
    if name == "run" and inside is not None:
        script = inside.members.get("command", inside)
        if isinstance(script.data, str):
            folder = told(inside, "working_directory")
            at = first_line(script, config.text)
            yield from frame.script(_filled(script.data, values), at, folder=folder.lstrip("~/") or None)
        return
    given = {
        key: _filled(str(value.data), values)
        for key, value in getattr(inside, "members", {}).items()
        if not value.members and not value.items
    }
    alias, slash, inner = name.partition("/")
    command = config.node.at("commands", name)
    if command is None and slash and alias in config.inline:
        command = config.inline[alias].at("commands", inner)
    if command is not None:
        yield from _steps(config, command.members.get("steps"), frame, _values(command, given), depth + 1)
    elif name not in _BUILT_IN:
        yield from _orb(config, name, given, frame, line)


def _orb(config: _Config, name: str, given: Mapping[str, str], frame: Frame, line: int) -> Iterator[Step]:
    alias, slash, inner = name.partition("/")
    orb, _, version = config.orbs.get(alias, "").partition("@")
    if slash:
        yield from frame.uses(f"orb:{orb or alias}/{inner}@{version}", line, given)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PARAMETER.sub(lambda match: values.get(match[1], match[0]), text) if "<<" in text else text
