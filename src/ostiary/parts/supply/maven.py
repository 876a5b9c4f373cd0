"""What a Maven project is built of: ``pom.xml``, its properties, what it manages, and parents in the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ostiary.errors import Denied
from ostiary.evidence.supply import Dependency
from ostiary.parts.xml_text import Element, parse

_PROPERTY: Final = re.compile(r"\$\{([A-Za-z0-9._-]{1,100})\}")
_ARTIFACT: Final = re.compile(r"<artifactId>\s*([^<\s]{1,200})\s*</artifactId>")
_RANGES: Final = re.compile(r"[\[(,]|^(?:LATEST|RELEASE)$|-SNAPSHOT$")
_DEPTH: Final = 8  # parents of parents, and properties of properties


@dataclass(frozen=True, slots=True)
class Artifact:
    """A dependency as one POM writes it: variables are not replaced yet."""

    group: str
    artifact: str
    version: str
    scope: str
    line: int

    @property
    def key(self) -> tuple[str, str]:
        """What manages it is found by this."""
        return self.group, self.artifact


@dataclass(slots=True)
class Pom:
    """One POM; ``parent`` is group, artifact and version, or empty texts."""

    file: str
    group: str = ""
    artifact: str = ""
    version: str = ""
    parent: tuple[str, str, str] = ("", "", "")
    properties: dict[str, str] = field(default_factory=dict)
    managed: list[Artifact] = field(default_factory=list)
    dependencies: list[Artifact] = field(default_factory=list)


def read(text: str, file: str) -> Pom:
    """A ``pom.xml`` as it stands.

    :raises ValueError: when it is not XML, or declares a document type.
    """
    try:
        root = parse(text.encode())
    except Denied as error:
        raise ValueError(error.reason) from error
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        for match in _ARTIFACT.finditer(line):
            lines.setdefault(match[1], number)
    parent = _child(root, "parent")
    above = ("", "", "") if parent is None else (_text(parent, "groupId"), _text(parent, "artifactId"), _text(parent, "version"))  # fmt: skip
    properties = _child(root, "properties")
    management = _child(root, "dependencyManagement")
    return Pom(
        file=file,
        group=_text(root, "groupId") or above[0],
        artifact=_text(root, "artifactId"),
        version=_text(root, "version") or above[2],
        parent=above,
        properties={_bare(each): (each.text or "").strip() for each in properties} if properties is not None else {},
        managed=list(_artifacts(management, lines)) if management is not None else [],
        dependencies=list(_artifacts(root, lines)),
    )


def resolved(poms: Sequence[Pom]) -> list[Dependency]:
    """What POMs of one tree name, with what they inherit from each other put in."""
    known = {(each.group, each.artifact): each for each in poms}
    own = set(known)
    found: dict[tuple[str, str, str, str], Dependency] = {}
    for pom in poms:
        line_of = [pom, *_above(pom, known)]
        properties = _properties(line_of)
        managed = _managed(line_of, properties)
        elsewhere = _elsewhere(line_of, managed, own, properties)
        for each in pom.dependencies:
            key = (_filled(each.group, properties), _filled(each.artifact, properties))
            if key in own or "${" in "".join(key):
                continue
            by = managed.get(key)
            version = _filled(each.version or (by.version if by else ""), properties)
            scope = each.scope or (by.scope if by else "")
            one = _dependency(key, version, pom.file, each.line, elsewhere, development=scope == "test")
            found.setdefault((pom.file, *key, version), one)
    return list(found.values())


def _dependency(key: tuple[str, str], version: str, file: str, line: int, elsewhere: str, *, development: bool) -> Dependency:  # fmt: skip
    variable, ranged = "${" in version, _RANGES.search(version) is not None
    return Dependency(
        ecosystem="Maven",
        name=":".join(key),
        version="" if ranged or variable else version,
        wanted=version if ranged else "",
        managed="" if ranged or (version and not variable) else elsewhere or version or "a parent that is not here",
        file=file,
        line=line,
        development=development,
        direct=True,
    )


def _above(pom: Pom, known: Mapping[tuple[str, str], Pom]) -> Iterable[Pom]:
    for _ in range(_DEPTH):
        above = known.get(pom.parent[:2])
        if above is None or above is pom:
            return
        yield above
        pom = above


def _properties(line_of: Sequence[Pom]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pom in reversed(line_of):
        found |= pom.properties
    first = line_of[0]
    own = {"version": first.version, "groupId": first.group, "artifactId": first.artifact}
    for name, value in own.items():
        found[f"project.{name}"] = found[f"pom.{name}"] = value
    found["project.parent.version"] = first.parent[2]
    return found


def _managed(line_of: Sequence[Pom], properties: Mapping[str, str]) -> dict[tuple[str, str], Artifact]:
    found: dict[tuple[str, str], Artifact] = {}
    for pom in line_of:
        for each in pom.managed:
            if each.scope != "import":
                found.setdefault((_filled(each.group, properties), _filled(each.artifact, properties)), each)
    return found


def _elsewhere(
    line_of: Sequence[Pom],
    managed: Mapping[tuple[str, str], Artifact],
    own: set[tuple[str, str]],
    properties: Mapping[str, str],
) -> str:
    """Who manages versions that no POM of the tree says: a parent or an imported list, with its version."""
    last = line_of[-1].parent
    if last[1] and last[:2] not in own:
        return ":".join(last)
    for pom in line_of:
        for each in pom.managed:
            if each.scope == "import" and each.key not in managed:
                return ":".join(_filled(one, properties) for one in (each.group, each.artifact, each.version))
    return ""


def _filled(text: str, properties: Mapping[str, str]) -> str:
    for _ in range(_DEPTH):
        if "${" not in text or len(text) > 1000:  # noqa: PLR2004 - a value that grows by its own variable
            break
        text = _PROPERTY.sub(lambda match: properties.get(match[1], match[0]), text)
    return text


def _artifacts(parent: Element, lines: Mapping[str, int]) -> Iterable[Artifact]:
    group = _child(parent, "dependencies")
    for each in group if group is not None else ():
        artifact = _text(each, "artifactId")
        if _bare(each) == "dependency" and artifact:
            yield Artifact(_text(each, "groupId"), artifact, _text(each, "version"), _text(each, "scope"), lines.get(artifact, 0))  # fmt: skip


def _bare(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(element: Element, name: str) -> Element | None:
    return next((each for each in element if _bare(each) == name), None)


def _text(element: Element, name: str) -> str:
    found = _child(element, name)
    return (found.text or "").strip() if found is not None else ""
