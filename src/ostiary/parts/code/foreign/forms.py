"""The few forms that code takes in every language; a language's table says which of its syntax is which form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ostiary.evidence.code import Call, Language
from ostiary.parts.code.foreign.parsing import Node


@dataclass(slots=True)
class Constant:
    """A literal."""

    value: Any


@dataclass(slots=True)
class Name:
    """A variable, a type, a package."""

    name: str


@dataclass(slots=True)
class Member:
    """``of.name``."""

    of: Node
    name: str


@dataclass(slots=True)
class Index:
    """``of[key]``."""

    of: Node
    key: Node | None


@dataclass(slots=True)
class Argument:
    """One argument; ``name`` is empty for those by position."""

    node: Node
    name: str = ""
    both: bool = False  # it has a name and a position (Swift's labels)


@dataclass(slots=True)
class Calling:
    """A call: of ``of.name``, of the expression ``of``, or of ``name``."""

    of: Node | None
    name: str = ""
    arguments: list[Argument] = field(default_factory=list)
    made: bool = False  # the name is a type, and the call makes an object of it
    spread: bool = False
    inside: list[Node] = field(default_factory=list)  # blocks and bodies that belong to it


@dataclass(slots=True)
class Text:
    """A text with holes: strings and nodes in order."""

    parts: list[Node | str]


@dataclass(slots=True)
class Sum:
    """Sides joined by ``+``, ``.`` or ``%``."""

    sides: list[Node]


@dataclass(slots=True)
class Entries:
    """A dictionary or object literal: keys (text, or a node to evaluate) and values."""

    entries: list[tuple[str | Node, Node]]
    others: list[Node] = field(default_factory=list)  # methods, spreads


@dataclass(slots=True)
class Items:
    """A list."""

    nodes: list[Node]


@dataclass(slots=True)
class Same:
    """Something around an expression that does not change it: brackets, casts, ``await``."""

    node: Node
    typed: str = ""


@dataclass(slots=True)
class Either:
    """One of several: ``a ? b : c``, ``a || b``; ``tests`` are only looked at."""

    nodes: list[Node]
    tests: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Parameter:
    """A parameter; its annotations as nodes."""

    name: str
    typed: str = ""
    default: Node | None = None
    annotations: list[Node] = field(default_factory=list)
    field: bool = False  # it is a field of the class too


@dataclass(slots=True)
class Acting:
    """A function, method or lambda."""

    name: str
    parameters: list[Parameter]
    body: list[Node]
    annotations: list[Node] = field(default_factory=list)
    owner: str = ""  # the type it belongs to, where it stands outside of it (Go)


@dataclass(slots=True)
class Typing:
    """A class, struct, interface, enumeration or object."""

    name: str
    bases: list[str]
    body: list[Node]
    annotations: list[Node] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)


@dataclass(slots=True)
class Target:
    """What is assigned to: a name or an expression; ``pick``: it gets that member of the value."""

    name: str = ""
    node: Node | None = None
    typed: str = ""
    pick: str = ""
    default: Node | None = None


@dataclass(slots=True)
class Binding:
    """An assignment or declaration."""

    targets: list[Target]
    value: Node | None
    declares: bool = False
    adds: bool = False  # ``+=``
    annotations: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Several:
    """Several forms, one after the other."""

    forms: list[Form]


@dataclass(slots=True)
class Importing:
    """Names that become known: the local one and what it stands for; the local one may be empty."""

    names: list[tuple[str, str]]


@dataclass(slots=True)
class Within:
    """A block that may not run, with names that it declares."""

    nodes: list[Node]
    names: list[tuple[str, str, Node | None]] = field(default_factory=list)  # name, type, what it is an element of
    flat: bool = False  # it runs in any case


@dataclass(slots=True)
class Giving:
    """A function's result."""

    nodes: list[Node]


@dataclass(slots=True)
class Tag:
    """An element of markup and its attributes."""

    name: str
    attributes: list[tuple[str, Node]]
    others: list[Node]


Form = (
    Constant
    | Name
    | Member
    | Index
    | Calling
    | Text
    | Sum
    | Entries
    | Items
    | Same
    | Either
    | Acting
    | Typing
    | Binding
    | Several
    | Importing
    | Within
    | Tag
    | Giving
)

Lowering = Callable[[Node], Form | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """A language as a table: kinds of nodes to what gives their form, and what else differs."""

    language: Language
    forms: Mapping[str, Lowering]
    me: frozenset[str] = frozenset({"this"})  # what an object calls itself
    assigning: tuple[str, ...] = ()  # kinds of nodes that assign: what they name is no constant
    gives: Callable[[Call], str] = lambda _: ""  # the module that a call gives: ``require("x")``
    resolve: Callable[[str], str] = str  # a type or name as written -> dotted
    prepare: Callable[[str], str] = str  # of a text before it is parsed; lines stay where they are
    bare_fields: bool = False  # a method may name a field of its object without `this`
    exported: Mapping[str, str] = field(default_factory=dict)  # simple names that need no import -> full names


def first(node: Node, *kinds: str) -> Node | None:
    """The first child of one of these kinds."""
    for child in node.named_children():
        if child.kind() in kinds:
            return child
    return None


def every(node: Node, *kinds: str) -> list[Node]:
    """All children of these kinds."""
    return [child for child in node.named_children() if child.kind() in kinds]


def nodes(*given: Node | None) -> list[Node]:
    """Those that are there."""
    return [each for each in given if each is not None]


def words(node: Node | None) -> str:
    """A node's text; empty for none."""
    return "" if node is None else node.text()


COMMENTS = frozenset({"comment", "line_comment", "block_comment", "multiline_comment", "html_comment"})


def parts(node: Node) -> list[Node]:
    """Named children without comments."""
    return [child for child in node.named_children() if child.kind() not in COMMENTS]
