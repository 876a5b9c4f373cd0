"""Containers that compose files, manifests and container definitions start, in one shape: image, variables, command, published ports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.evidence.deployment import Deployment, Setting, Unknown
from ostiary.parts.deployment.published import EVERYWHERE, Published, of_compose
from ostiary.parts.deployment.reading import split

_DEVELOPMENT: Final = re.compile(
    r"(?:^|[/._-])(?:dev|devel|development|local|debug|override|test|tests|testing|ci|e2e|sandbox)(?:[/._-]|$)"
)
_PODS: Final = frozenset(
    [
        "Pod",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "Job",
        "CronJob",
        "ReplicationController",
        "Rollout",
    ]
)
_MOST: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable of a container; ``value`` is None where a secret store gives it."""

    name: str
    value: Any
    place: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Service:
    """A container as it is configured; ``whole`` says whether all of its variables are known."""

    tool: str
    name: str
    file: str
    line: int
    image: str = ""
    image_place: str = ""
    variables: Mapping[str, Variable] = field(default_factory=dict)
    words: tuple[Any, ...] = ()  # entry point, command and arguments
    words_place: str = ""
    ports: Sequence[Published] = ()
    whole: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"{self.file}:{self.line}"

    @property
    def product(self) -> str:
        """The image's own name without registry, folders, version: "postgres" for ``docker.io/library/postgres:16``."""
        name = self.image.partition("@")[0].rpartition("/")[2]
        return name.partition(":")[0].lower()

    @property
    def development(self) -> bool:
        """Whether its file says that it is for developers' machines alone."""
        return _DEVELOPMENT.search(self.file.lower()) is not None


def services(deployment: Deployment) -> list[Service]:
    """Everything that is started, in order, at most `_MOST`."""
    found: list[Service] = []
    for service in (*_composed(deployment), *_kubernetes(deployment), *_tasks(deployment)):
        found.append(service)
        if len(found) >= _MOST:
            break
    return found


def _composed(deployment: Deployment) -> Iterator[Service]:
    by_place: dict[tuple[tuple[str, ...], str], list[Setting]] = {}
    for each in deployment.settings("compose"):  # a service follows its members
        if each.path == ("services",):
            yield _compose_service(each, by_place)
            by_place = {}
        else:
            by_place.setdefault((each.path, each.name), []).append(each)


def _compose_service(whole: Setting, near: Mapping[tuple[tuple[str, ...], str], Sequence[Setting]]) -> Service:
    path = ("services", whole.name)
    value = whole.value if isinstance(whole.value, dict) else {}

    def place(at: tuple[str, ...], name: str) -> str:
        known = near.get((at, name))
        return known[-1].place if known else whole.place

    environment = value.get("environment")
    variables = {
        str(name): Variable(name=str(name), value=each, place=place((*path, "environment"), str(name)))
        for name, each in (environment.items() if isinstance(environment, dict) else ())
    }
    ports: list[Published] = []
    given = value.get("ports")
    for each in given if isinstance(given, list) else ():
        ports += of_compose(each, _of_item(each, (*path, "ports"), near) or place(path, "ports"))
    image = value.get("image")
    return Service(
        tool="compose",
        name=whole.name,
        file=whole.file,
        line=whole.line,
        image=image if isinstance(image, str) else "",
        image_place=place(path, "image"),
        variables=variables,
        words=(*words(value.get("entrypoint")), *words(value.get("command"))),
        words_place=place(path, "command") if "command" in value else place(path, "entrypoint"),
        ports=ports,
        whole="env_file is missing" not in value and not isinstance(image, Unknown),
        data=value,
    )


def _of_item(value: Any, path: tuple[str, ...], near: Mapping[tuple[tuple[str, ...], str], Sequence[Setting]]) -> str:
    """Where an item of a list stands, by its value: what a service extends comes before its own items."""
    found = [each for (at, _), settings in near.items() if at == path for each in settings if each.value == value]
    return found[-1].place if found else ""


def words(value: Any) -> tuple[Any, ...]:
    """A command as words: a list is one, a text is split as a shell would."""
    if isinstance(value, list | tuple):
        return tuple(each if isinstance(each, str | Unknown) else str(each) for each in value)
    if isinstance(value, Unknown):
        return (value,)
    return tuple(split(value)) if isinstance(value, str) else ()


def _kubernetes(deployment: Deployment) -> Iterator[Service]:
    near: dict[tuple[str, ...], list[Setting]] = {}
    for each in deployment.settings("kubernetes"):
        near.setdefault((each.file, *each.path, each.name), []).append(each)
    for each in deployment.settings("kubernetes"):
        kind, _, name = each.name.partition("/")
        if each.path or kind not in _PODS or not isinstance(each.value, dict):
            continue
        for path, spec in _pod_specs(each.value, (each.name,)):
            for group in ("containers", "initContainers"):
                containers = spec.get(group)
                for at, container in enumerate(containers if isinstance(containers, list) else ()):
                    if isinstance(container, dict):
                        yield _container(each, name, (*path, group, f"[{at}]"), container, near)


def _pod_specs(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for way in (("spec",), ("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec")):
        node: Any = value
        for key in way:
            node = node.get(key) if isinstance(node, dict) else None
        if isinstance(node, dict) and "containers" in node:
            yield (*path, *way), node


def _container(
    whole: Setting,
    name: str,
    path: tuple[str, ...],
    container: Mapping[str, Any],
    near: Mapping[tuple[str, ...], Sequence[Setting]],
) -> Service:
    def place(*more: str) -> str:
        known = near.get((whole.file, *path, *more))
        return known[0].place if known else whole.place

    variables: dict[str, Variable] = {}
    given = container.get("env")
    for at, each in enumerate(given if isinstance(given, list) else ()):
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            where = place("env", f"[{at}]", "value" if "value" in each else "name")
            value = each.get("value") if "value" in each else _referred(each.get("valueFrom"))
            variables[each["name"]] = Variable(name=each["name"], value=value, place=where)
    ports = [
        Published(
            host=EVERYWHERE, port=each["hostPort"], inner=each.get("containerPort", 0), place=place("ports", f"[{at}]")
        )
        for at, each in enumerate(container.get("ports") or ())
        if isinstance(each, dict) and isinstance(each.get("hostPort"), int)
    ]
    image = container.get("image")
    return Service(
        tool="kubernetes",
        name=str(container.get("name") or name),
        file=whole.file,
        line=int(place("name").rpartition(":")[2]),
        image=image if isinstance(image, str) else "",
        image_place=place("image"),
        variables=variables,
        words=(*words(container.get("command")), *words(container.get("args"))),
        words_place=place("args") if "args" in container else place("command"),
        ports=ports,
        whole=not container.get("envFrom"),
        data=container,
    )


def _referred(source: Any) -> Any:
    """None for a key of a secret; what a map of configuration gives is not known here."""
    if isinstance(source, dict) and "secretKeyRef" in source:
        return None
    return Unknown(("valueFrom",))


def _tasks(deployment: Deployment) -> Iterator[Service]:
    """Container definitions of ECS tasks in Terraform, where they are given as JSON."""
    for each in deployment.settings("terraform", "container_definitions"):
        text = each.value
        if not isinstance(text, str):
            continue
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        for one in found if isinstance(found, list) else ():
            if isinstance(one, dict):
                yield Service(
                    tool="terraform",
                    name=str(one.get("name", "")),
                    file=each.file,
                    line=each.line,
                    image=str(one.get("image", "")),
                    image_place=each.place,
                    variables={
                        str(v.get("name")): Variable(name=str(v.get("name")), value=v.get("value"), place=each.place)
                        for v in one.get("environment") or ()
                        if isinstance(v, dict)
                    },
                    words=(*words(one.get("entryPoint")), *words(one.get("command"))),
                    words_place=each.place,
                    data=one,
                )
