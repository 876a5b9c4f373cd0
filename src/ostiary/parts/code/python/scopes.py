"""What names stand for while code is read: values, imports, types; branches are joined, not followed one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from ostiary.evidence.code import OPEN, Value

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
NO_NAMES: Final[frozenset[str]] = frozenset()
_MOST_PARTS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read(Value):
    """A value with what only the reader needs to know.

    ``path`` names it for calls on it, types resolved (``sqlite3.connect()``); ``written`` is its dotted name as it
    stands there; ``rooted``: its name begins with an import.
    """

    path: str = ""
    written: str = ""
    rooted: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    """Names of a module, a class or a function.

    :param parent: where names are looked for that are not here.
    """

    parent: Scope | None = None
    values: dict[str, Read] = field(default_factory=dict)
    blocks: dict[str, int] = field(default_factory=dict)  # name -> the block it was bound in
    aliases: dict[str, str] = field(default_factory=dict)  # name -> what was imported
    open_names: frozenset[str] = NO_NAMES  # that functions assign anew
    members: dict[str, Read] = field(default_factory=dict)  # of `self`
    stack: list[int] = field(default_factory=lambda: [0])
    made: int = 0

    def enter(self) -> None:
        """A branch or a loop begins: what is bound in it may also not be."""
        self.made += 1
        self.stack.append(self.made)

    def leave(self) -> None:
        """It ends."""
        self.stack.pop()

    def value(self, name: str) -> Read | None:
        """What a name (also a dotted one as it is written) was bound to last, here or around."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.values.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def alias(self, name: str) -> str:
        """What a name was imported as, or nothing."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.aliases:
                return scope.aliases[name]
            if name in scope.values:
                return ""
            scope = scope.parent
        return ""

    def member(self, name: str) -> Read | None:
        """A member of the object whose method this is in."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.members:
                return scope.members[name]
            scope = scope.parent
        return None

    def bind(self, name: str, value: Read) -> None:
        """A name gets a value; in a branch it may still be what it was before."""
        before = self.values.get(name)
        here = self.stack[-1]
        if before is not None:
            bound = self.blocks.get(name, 0)
            if bound != here:
                value = joined(before, value)
                here = bound if bound in self.stack else here
        elif here and self.parent is None and name in self.aliases:
            return  # `except ImportError: json = None`
        if name in self.open_names:
            value = opened(value)
        self.values[name] = value
        self.blocks[name] = here
        self.aliases.pop(name, None)

    def import_as(self, name: str, meant: str) -> None:
        """A name is imported; of an alternative in a branch, the first counts."""
        if name in self.aliases and len(self.stack) > 1:
            return
        self.aliases[name] = meant
        self.values.pop(name, None)


def joined(one: Read, other: Read) -> Read:
    """A value that is one or the other; ``None`` counts as not there yet."""
    if one is other or one.literal is None:
        return other
    if other.literal is None:
        return one
    same = one.literal is not OPEN and type(one.literal) is type(other.literal) and one.literal == other.literal
    alike = one.path == other.path
    return Read(
        text=other.text,
        literal=one.literal if same else OPEN,
        name=one.name if one.name == other.name else "",
        call=one.call if alike else None,
        built=one.built or other.built,
        numeric=one.numeric and other.numeric,
        parts=() if same else (_choices(one) + _choices(other))[:_MOST_PARTS],
        pairs={**one.pairs, **other.pairs} if one.pairs or other.pairs else NOTHING,
        tainted=one.tainted or other.tainted,
        parameters=one.parameters | other.parameters,
        line=other.line,
        path=one.path if alike else "",
        written="",
        rooted=alike and one.rooted and other.rooted,
    )


def _choices(value: Read) -> tuple[Value, ...]:
    return value.parts if value.parts and not value.known and not value.call and not value.built else (value,)


def opened(value: Read) -> Read:
    """The same, but no constant."""
    return value if value.literal is OPEN else changed(value, literal=OPEN)


def changed(value: Read, **changes: Any) -> Read:
    """The same with some of it replaced."""
    fields = {
        "text": value.text,
        "literal": value.literal,
        "name": value.name,
        "call": value.call,
        "built": value.built,
        "numeric": value.numeric,
        "parts": value.parts,
        "pairs": value.pairs,
        "tainted": value.tainted,
        "parameters": value.parameters,
        "line": value.line,
        "path": value.path,
        "written": value.written,
        "rooted": value.rooted,
    }
    return Read(**{**fields, **changes})
