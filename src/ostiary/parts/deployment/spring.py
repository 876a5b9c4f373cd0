"""Settings of Spring applications: ``application.properties`` and ``application.yml``, flattened to dotted names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.interpolation import spring
from ostiary.parts.deployment.reading import MOST_SETTINGS, MOST_TEXT, Include, Read, Unreadable, unknowns
from ostiary.parts.yaml_places import documents
from ostiary.parts.yaml_text import YamlFault

_PROPERTY: Final = re.compile(r"\s*([^#!\s:=][^\s:=]*)\s*[:=]\s*(.*)")
_PROFILE: Final = re.compile(r"(?:application|bootstrap)-([A-Za-z0-9_-]+)\.")


def read(file: str, text: str, include: Include) -> Read:  # noqa: ARG001 - every reader has this shape
    """Read one file; ``name`` is dotted, ``path`` the profile that it holds for, if it is not for all.

    :raises Unreadable: for what is neither properties nor YAML.
    """
    if len(text) > MOST_TEXT:
        raise Unreadable("is larger than any such file")
    profile = _PROFILE.search(file.rpartition("/")[2])
    settings: list[Setting] = []
    everything: dict[str, Any] = {}
    for name, raw, line in _properties(text) if file.endswith(".properties") else _members(text):
        if len(settings) >= MOST_SETTINGS:
            raise Unreadable("holds too many settings")
        value = spring(raw) if isinstance(raw, str) else raw
        everything[name] = value
        settings.append(
            Setting(
                tool="spring",
                file=file,
                line=line,
                path=(profile[1],) if profile else (),
                name=name,
                value=value,
                unresolved=unknowns(value),
                inside=everything,
            )
        )
    return Read(settings=settings, files=[file])


def _properties(text: str) -> Iterator[tuple[str, str, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        found = _PROPERTY.match(line)
        if found:
            yield found[1], found[2].strip(), number


def _members(text: str) -> Iterator[tuple[str, Any, int]]:
    try:
        found = documents(text, tagged=lambda _, value: value)
    except YamlFault as error:
        raise Unreadable(str(error)) from None
    for node in found:
        for path, key, value, line, _ in node.walk():
            if not value.members and not value.items:
                yield ".".join((*path, key)), value.data, line
