"""YAML of unknown origin becomes data that knows its lines: several documents, anchors and merge keys, every bound kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.parts import yaml_text
from ostiary.parts.yaml_text import Token, YamlFault

MOST_NODES: Final = 200_000  # values and keys of one file, aliases followed
MOST_DEPTH: Final = 60
MOST_ALIASES: Final = 2_000

Tagged = Callable[[str, Any], Any]


@dataclass(slots=True, eq=False)
class Node:
    """A value and where it begins; ``members`` of a mapping and ``items`` of a list are nodes again.

    ``data`` is all of it as plain data (never changed: aliases share it); ``lines`` say where each key stands.
    """

    line: int
    data: Any = None
    tag: str = ""
    members: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def walk(self) -> Iterator[tuple[tuple[str, ...], str, Node, int, Node]]:
        """Every member of every mapping and every item of every list in it: path, key, value, line, and what it is in.

        Items have the keys ``[0]``, ``[1]``. A line is where the key stands.

        Bounded by `MOST_NODES`, which counts what aliases repeat.
        """
        waiting: list[tuple[tuple[str, ...], Node]] = [((), self)]
        while waiting:
            path, node = waiting.pop()
            for key, value in node.members.items():
                yield path, key, value, node.lines[key], node
            for at, each in enumerate(node.items):
                yield path, f"[{at}]", each, each.line, node
            below = [((*path, key), value) for key, value in node.members.items() if value.members or value.items]
            below += [((*path, f"[{at}]"), each) for at, each in enumerate(node.items) if each.members or each.items]
            waiting.extend(reversed(below))

    def at(self, *path: str) -> Node | None:
        """The member of the member ...; None where there is none."""
        node: Node | None = self
        for key in path:
            node = node.members.get(key) if node is not None else None
        return node


def documents(text: str, *, tagged: Tagged | None = None) -> Sequence[Node]:
    """Every document of a file that is not empty.

    :param tagged: what a value with a tag of some tool (``!Ref``) stands for, given tag and plain value.
    :raises YamlFault: for what is not YAML, and for more values, depth or aliases than any file needs.
    """
    builder = _Builder(tagged or (lambda _, value: value))
    for token in yaml_text.tokens(text.encode("utf-8", "replace")):
        builder.take(token)
    return [each for each in builder.roots if each.data is not None]


class _Builder:
    def __init__(self, tagged: Tagged) -> None:
        self.roots: list[Node] = []
        self._tagged = tagged
        self._open: list[tuple[Node, str | None, str]] = []  # node, the key that waits for a value, anchor
        self._sizes: dict[int, tuple[int, int]] = {}  # id of an open node -> values before it, depth below it
        self._anchors: dict[str, Node] = {}
        self._kept: dict[str, tuple[int, int]] = {}  # anchor -> values and depth of what it names
        self._nodes = 0
        self._aliases = 0

    def take(self, token: Token) -> None:
        if token.kind == "document":
            self._anchors.clear()
        elif token.kind == "scalar":
            self._scalar(token)
        elif token.kind == "alias":
            self._alias(token)
        elif token.kind == "end":
            self._end()
        else:
            self._begin(token)

    def _count(self, nodes: int, depth: int, line: int) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            raise YamlFault("holds too many values", line, 1)
        if len(self._open) + depth > MOST_DEPTH:
            raise YamlFault("nests too deep", line, 1)

    def _scalar(self, token: Token) -> None:
        self._count(1, 0, token.line)
        if self._wants_key():
            node, _, anchor = self._open[-1]
            self._open[-1] = (node, "<<" if token.plain and token.text == "<<" else token.text, anchor)
            node.lines[token.text] = token.line
            return
        value = self._tagged(token.tag, token.value) if token.tag else token.value
        node = Node(token.line, value, token.tag)
        if token.anchor:
            self._remember(token.anchor, node, 1, 0)
        self._put(node)

    def _begin(self, token: Token) -> None:
        if self._wants_key():
            raise YamlFault("has a key that is a collection", token.line, 1)
        self._count(1, 1, token.line)
        if token.anchor:
            self._anchors.pop(token.anchor, None)  # while it is open an alias to it would be a cycle
        node = Node(token.line, {} if token.kind == "map" else [], token.tag)
        self._open.append((node, None, token.anchor))
        self._sizes[id(node)] = (self._nodes, 0)

    def _end(self) -> None:
        node, _, anchor = self._open.pop()
        before, depth = self._sizes.pop(id(node))
        size = self._nodes - before + 1
        if node.tag:
            node.data = self._tagged(node.tag, node.data)
        if anchor:
            self._remember(anchor, node, size, depth + 1)
        if self._open:
            outer = id(self._open[-1][0])
            started, deepest = self._sizes[outer]
            self._sizes[outer] = (started, max(deepest, depth + 1))
        self._put(node)

    def _remember(self, anchor: str, node: Node, size: int, depth: int) -> None:
        self._anchors[anchor] = node
        self._kept[anchor] = (size, depth)

    def _alias(self, token: Token) -> None:
        self._aliases += 1
        node = self._anchors.get(token.value)
        if node is None or self._aliases > MOST_ALIASES:
            raise YamlFault("has an alias to nothing, or too many", token.line, 1)
        size, depth = self._kept[token.value]
        self._count(size, depth, token.line)
        if self._wants_key():
            raise YamlFault("has a key that is an alias", token.line, 1)
        if self._open:
            outer = id(self._open[-1][0])
            started, deepest = self._sizes[outer]
            self._sizes[outer] = (started, max(deepest, depth))
        self._put(node)

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0].data, dict) and self._open[-1][1] is None

    def _put(self, value: Node) -> None:
        if not self._open:
            self.roots.append(value)
            return
        node, key, anchor = self._open[-1]
        if isinstance(node.data, list):
            node.items.append(value)
            node.data.append(value.data)
            return
        self._open[-1] = (node, None, anchor)
        if key == "<<":
            _merge(node, value)
        elif key is not None:
            node.members[key] = value
            node.data[key] = value.data


def _merge(node: Node, value: Node) -> None:
    """Members that a merge key brings; those that stand there themselves go first, before and after it."""
    node.lines.pop("<<", None)
    for source in value.items or [value]:
        for key, member in source.members.items():
            if key not in node.members:
                node.members[key] = member
                node.data[key] = member.data
                node.lines[key] = source.lines[key]
