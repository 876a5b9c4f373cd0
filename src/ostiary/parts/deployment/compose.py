"""Docker compose: services with their variables filled in, what they extend, and the files beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment import env_files
from ostiary.parts.deployment.interpolation import everywhere, shell
from ostiary.parts.deployment.reading import MOST_SETTINGS, MOST_TEXT, Include, Read, Unreadable, unknowns
from ostiary.parts.yaml_places import Node, documents
from ostiary.parts.yaml_text import YamlFault

_PAIRS: Final = frozenset(["environment", "labels", "args", "extra_hosts", "sysctls"])
_MOST_BASES: Final = 8


def read(file: str, text: str, include: Include) -> Read:
    """Read a compose file of any version.

    Every member of every mapping becomes a setting; ``environment`` and its like are pairs however they were written.
    A service whose ``value`` is whole has in it what it extends and what its ``env_file`` gives.

    :raises Unreadable: for what is not YAML or no compose file.
    """
    node = _document(text)
    reader = _Reader(file, include)
    reader.known = _beside(file, include)
    reader.document(node)
    return reader.read


def _document(text: str) -> Node:
    if len(text) > MOST_TEXT:
        raise Unreadable("is larger than any compose file")
    try:
        found = documents(text, tagged=lambda _, value: value)
    except YamlFault as error:
        raise Unreadable(str(error)) from None
    if not found or not isinstance(found[0].data, dict):
        raise Unreadable("is no compose file")
    return found[0]


def _beside(file: str, include: Include) -> Mapping[str, str]:
    found = include(file, ".env") or ()
    return env_files.variables(found[0][1]) if found and len(found[0][1]) <= MOST_TEXT else {}


class _Reader:
    def __init__(self, file: str, include: Include) -> None:
        self.read = Read(files=[file])
        self.known: Mapping[str, str] = {}
        self._file = file
        self._include = include

    def document(self, node: Node) -> None:
        services = node.at("services")
        if services is None:  # version 1: services stand at the top
            services = node if "version" not in node.members else None
        for name, service in (services.members if services is not None else {}).items():
            if isinstance(service.data, dict) and services is not None:
                self._service(name, service, services)
        for key, value in node.members.items():
            if key != "services" and services is not node:
                self._put(("",), key, node.lines[key], value.data, node.data)

    def _service(self, name: str, node: Node, services: Node) -> None:
        path = ("services", name)
        whole: dict[str, Any] = {}
        for file, base in reversed(self._bases(node, services)):
            for key, member in base.members.items():
                if key == "extends":
                    continue
                value = everywhere(member.data, self.known)
                if key in _PAIRS:
                    value = {**whole.get(key, {}), **self._pairs((*path, key), member, file)}
                elif isinstance(value, list) and isinstance(whole.get(key), list):
                    value = whole[key] + value
                whole[key] = value
        self._from_files(path, node, whole)
        for at, key, member, line, outer in node.walk():
            if not at and key in _PAIRS:
                continue
            if at and at[0] in _PAIRS:
                continue
            self._put((*path, *at), key, line, everywhere(member.data, self.known), whole if not at else outer.data)
        self._put(("services",), name, services.lines[name], whole, services.data)

    def _bases(self, node: Node, services: Node) -> list[tuple[str, Node]]:
        """The service and what it extends, nearest first."""
        found = [(self._file, node)]
        while len(found) < _MOST_BASES:
            more = found[-1][1].data.get("extends")
            name = more.get("service") if isinstance(more, dict) else more
            other = more.get("file") if isinstance(more, dict) else None
            file, there = self._other(other) if isinstance(other, str) else (self._file, services)
            base = there.members.get(name) if there is not None and isinstance(name, str) else None
            if base is None or not isinstance(base.data, dict):
                break
            found.append((file, base))
        return found

    def _other(self, name: str) -> tuple[str, Node | None]:
        """The services of another file."""
        texts = self._include(self._file, name)
        if not texts:
            self.read.missing.append(name)
            return name, None
        try:
            return texts[0][0], _document(texts[0][1]).at("services")
        except Unreadable:
            self.read.missing.append(name)
            return name, None

    def _pairs(self, path: tuple[str, ...], node: Node, file: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        entries = [(key, each.data, node.lines[key]) for key, each in node.members.items()]
        for item in node.items:
            if isinstance(item.data, str):
                key, sign, value = item.data.partition("=")
                entries.append((key, value if sign else None, item.line))
        for key, value, line in entries:
            given = f"${{{key}}}" if value is None and path[-1] == "environment" else value  # a bare name: from outside
            found[key] = shell(given, self.known) if isinstance(given, str) else given
            self._put(path, key, line, found[key], found, file)
        return found

    def _from_files(self, path: tuple[str, ...], node: Node, whole: dict[str, Any]) -> None:
        """Variables of ``env_file`` go first, those of ``environment`` win."""
        named = node.data.get("env_file")
        names = (
            [each.get("path") if isinstance(each, dict) else each for each in named]
            if isinstance(named, list)
            else [named]
        )
        for name in names:
            if not isinstance(name, str):
                continue
            found = self._include(self._file, name)
            if not found:
                whole["env_file is missing"] = True
                self.read.missing.append(name)
                continue
            environment = whole.setdefault("environment", {})
            for each in env_files.read(found[0][0], found[0][1][:MOST_TEXT], self._include).settings:
                if isinstance(environment, dict) and each.name not in environment:
                    environment[each.name] = each.value
                    self._put((*path, "environment"), each.name, each.line, each.value, environment, each.file)

    def _put(  # noqa: PLR0917 - the members of a setting, in their order
        self, path: tuple[str, ...], name: str, line: int, value: Any, inside: Any, file: str = ""
    ) -> None:
        if len(self.read.settings) >= MOST_SETTINGS:
            raise Unreadable("holds too many settings")
        self.read.settings.append(
            Setting(
                tool="compose",
                file=file or self._file,
                line=line,
                path=tuple(each for each in path if each),
                name=name,
                value=value,
                unresolved=unknowns(value),
                inside=inside if isinstance(inside, dict) else {},
            )
        )
