"""Values of Helm charts: what a chart is given unless somebody who installs it says otherwise."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.reading import MOST_SETTINGS, MOST_TEXT, Include, Read, Unreadable
from ostiary.parts.yaml_places import documents
from ostiary.parts.yaml_text import YamlFault

_MOST_DOCUMENTS: Final = 4


def read(file: str, text: str, include: Include) -> Read:  # noqa: ARG001 - every reader has this shape
    """Read ``values.yaml``: every member of every mapping.

    :raises Unreadable: for what is not YAML.
    """
    if len(text) > MOST_TEXT:
        raise Unreadable("is larger than any list of values")
    try:
        found = documents(text, tagged=lambda _, value: value)
    except YamlFault as error:
        raise Unreadable(str(error)) from None
    settings: list[Setting] = []
    for node in found[:_MOST_DOCUMENTS]:
        for path, key, value, line, outer in node.walk():
            if len(settings) >= MOST_SETTINGS:
                raise Unreadable("holds too many values")
            inside = outer.data if isinstance(outer.data, dict) else {}
            settings.append(
                Setting(tool="helm", file=file, line=line, path=path, name=key, value=value.data, inside=inside)
            )
    return Read(settings=settings, files=[file])
