"""CloudFormation templates in YAML or JSON: resources, with the defaults of parameters filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.reading import MOST_SETTINGS, MOST_TEXT, Include, Read, Unknown, Unreadable, unknowns
from ostiary.parts.yaml_places import Node, documents
from ostiary.parts.yaml_text import YamlFault

_VARIABLE: Final = re.compile(r"\$\{(!?)([A-Za-z0-9_.:]{1,128})\}")
_DEEPEST: Final = 40
_MOST_GIVEN: Final = 400  # characters that stand in for a parameter within a text


def read(file: str, text: str, include: Include) -> Read:  # noqa: ARG001 - every reader has this shape
    """Read a template; a resource is a setting at ``("Resources",)`` named by its logical id, its members follow below.

    :raises Unreadable: for what is neither YAML nor JSON, or no template.
    """
    if len(text) > MOST_TEXT:
        raise Unreadable("is larger than any template")
    try:
        found = documents(text.replace("\t", "  ") if text.lstrip().startswith("{") else text, tagged=_tagged)
    except YamlFault as error:
        raise Unreadable(str(error)) from None
    resources = found[0].at("Resources") if found and isinstance(found[0].data, dict) else None
    if resources is None:
        raise Unreadable("is no template of CloudFormation")
    given = _defaults(found[0])
    settings: list[Setting] = []
    for name, node in resources.members.items():
        if isinstance(node.data, dict):
            settings.append(_setting(file, resources.lines[name], ("Resources",), name, _filled(node.data, given)))
            _members(file, name, node, given, settings)
    return Read(settings=settings, files=[file])


def _tagged(tag: str, value: Any) -> Any:
    name = tag.removeprefix("!")
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


def _defaults(node: Node) -> Mapping[str, Any]:
    parameters = node.data.get("Parameters")
    found = parameters.items() if isinstance(parameters, dict) else ()
    return {name: each["Default"] for name, each in found if isinstance(each, dict) and "Default" in each}


def _members(file: str, name: str, node: Node, given: Mapping[str, Any], settings: list[Setting]) -> None:
    for path, key, value, line, _ in node.walk():
        if len(settings) >= MOST_SETTINGS:
            raise Unreadable("holds too many settings")
        settings.append(_setting(file, line, ("Resources", name, *path), key, _filled(value.data, given)))


def _setting(file: str, line: int, path: tuple[str, ...], name: str, value: Any) -> Setting:
    return Setting(
        tool="cloudformation", file=file, line=line, path=path, name=name, value=value, unresolved=unknowns(value)
    )


def _filled(value: Any, given: Mapping[str, Any], depth: int = 0) -> Any:
    """Plain data with parameters filled in, and every other function turned to `Unknown`."""
    if depth > _DEEPEST:
        return Unknown(("too deep",))
    if isinstance(value, list):
        return [_filled(each, given, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name == "Ref":
            return given.get(str(inner), Unknown((str(inner),)))
        if name == "Fn::Sub" and isinstance(inner, str):
            return _substituted(inner, given)
        if name.startswith("Fn::"):
            return Unknown((name,), str(inner)[:80])
    return {key: _filled(each, given, depth + 1) for key, each in value.items()}


def _substituted(text: str, given: Mapping[str, Any]) -> Any:
    missed = [
        each[2]
        for each in _VARIABLE.finditer(text)
        if not each[1] and (each[2] not in given or len(str(given[each[2]])) > _MOST_GIVEN)
    ]
    if missed:
        return Unknown(tuple(dict.fromkeys(missed)), text)
    return _VARIABLE.sub(lambda found: found[0] if found[1] else str(given[found[2]]), text)
