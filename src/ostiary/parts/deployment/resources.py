"""Resources of clouds, in one shape for Terraform and CloudFormation: type, name, attributes and where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ostiary.evidence.deployment import Deployment, Unknown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resource:
    """A resource; ``maybe`` says that a condition decides whether it is made at all."""

    tool: str
    type: str
    name: str
    file: str
    line: int
    body: Mapping[str, Any]
    places: Mapping[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"{self.file}:{self.line}"

    @property
    def title(self) -> str:
        """``aws_ebs_volume.data``."""
        return f"{self.type}.{self.name}"

    def get(self, *path: str) -> Any:
        """An attribute, through blocks (of several the first); `Unknown` where that rests on what is not known."""
        value: Any = self.body
        for key in path:
            if isinstance(value, list):
                value = value[0] if value else None
            if isinstance(value, Unknown):
                return value
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def blocks(self, name: str) -> list[Any]:
        """All blocks of a name: mappings, or `Unknown` where something makes them that is not known."""
        value = self.body.get(name)
        if value is None:
            return []
        return value if isinstance(value, list) else [value]

    def place_of(self, *path: str) -> str:
        """Where an attribute stands; the resource's own place, where that is not known."""
        for end in range(len(path), 0, -1):
            known = self.places.get(path[:end])
            if known:
                return known
        return self.place


def resources(deployment: Deployment) -> Iterator[Resource]:
    """Every resource that is made, in order; one with ``count = 0`` is none."""
    yield from _terraform(deployment)
    yield from _cloudformation(deployment)


def _terraform(deployment: Deployment) -> Iterator[Resource]:
    near: dict[tuple[str, ...], str] = {}
    for each in deployment.settings("terraform"):  # a resource follows its members
        if len(each.path) == 2 and each.path[0] == "resource" and isinstance(each.value, dict):  # noqa: PLR2004 - resource, type
            if each.value.get("count") != 0:
                yield Resource(
                    tool="terraform",
                    type=each.path[1],
                    name=each.name,
                    file=each.file,
                    line=each.line,
                    body=each.value,
                    places=near,
                )
            near = {}
        elif len(each.path) > 2:  # noqa: PLR2004 - resource, type, name
            near.setdefault((*each.path[3:], each.name), each.place)


def _cloudformation(deployment: Deployment) -> Iterator[Resource]:
    near: dict[tuple[str, str], dict[tuple[str, ...], str]] = {}
    for each in deployment.settings("cloudformation"):
        if len(each.path) > 2 and each.path[2] == "Properties":  # noqa: PLR2004 - Resources, id
            path = tuple(part for part in (*each.path[3:], each.name) if not part.startswith("["))
            near.setdefault((each.file, each.path[1]), {}).setdefault(path, each.place)
    for each in deployment.settings("cloudformation"):
        if each.path == ("Resources",) and isinstance(each.value, dict):
            body = each.value.get("Properties")
            yield Resource(
                tool="cloudformation",
                type=str(each.value.get("Type", "")),
                name=each.name,
                file=each.file,
                line=each.line,
                body=body if isinstance(body, dict) else {},
                places=near.get((each.file, each.name), {}),
            )
