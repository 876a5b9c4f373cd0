"""Kubernetes manifests: every object of every document, told apart by kind and name; templates are not guessed at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.reading import MOST_SETTINGS, MOST_TEXT, Include, Read, Unreadable
from ostiary.parts.yaml_places import Node, documents
from ostiary.parts.yaml_text import YamlFault

_TEMPLATE: Final = re.compile(r"\{\{")


def read(file: str, text: str, include: Include) -> Read:  # noqa: ARG001 - every reader has this shape
    """Read manifests; each object is a setting named ``Kind/name`` at no path, its members follow below that name.

    :raises Unreadable: for what is not YAML, or a template (Helm's are only known once they are rendered).
    """
    if len(text) > MOST_TEXT:
        raise Unreadable("is larger than any manifest")
    if _TEMPLATE.search(text):
        raise Unreadable("is a template: what it makes is known once it is rendered")
    try:
        found = documents(text, tagged=lambda _, value: value)
    except YamlFault as error:
        raise Unreadable(str(error)) from None
    settings: list[Setting] = []
    for node in found:
        for each in _objects(node):
            _object(file, each, settings)
    return Read(settings=settings, files=[file])


def _objects(node: Node) -> Iterator[Node]:
    """The object, or those of a ``List``."""
    if not isinstance(node.data, dict):
        return
    items = node.members.get("items")
    if str(node.data.get("kind", "")).endswith("List") and items is not None:
        yield from (each for each in items.items if isinstance(each.data, dict))
    elif "kind" in node.data:
        yield node


def _object(file: str, node: Node, settings: list[Setting]) -> None:
    metadata = node.data.get("metadata")
    name = metadata.get("name", "") if isinstance(metadata, dict) else ""
    label = f"{node.data['kind']}/{name}"
    settings.append(_setting(file, node.line, (), label, node.data, {}))
    for path, key, value, line, outer in node.walk():
        if len(settings) >= MOST_SETTINGS:
            raise Unreadable("holds too many settings")
        settings.append(
            _setting(file, line, (label, *path), key, value.data, outer.data if isinstance(outer.data, dict) else {})
        )


def _setting(file: str, line: int, path: tuple[str, ...], name: str, value: Any, inside: Any) -> Setting:  # noqa: PLR0917 - the members of a setting, in their order
    return Setting(tool="kubernetes", file=file, line=line, path=path, name=name, value=value, inside=inside)
