"""What names stand for where code stands: variables, imports, fields of objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ostiary.evidence.code import OPEN, Class, Function, Value


@dataclass(slots=True)
class Seen:
    """An expression: its value, and the dotted name that methods called on it begin with."""

    value: Value
    chain: str = ""
    typed: bool = False  # the chain is its type
    members: str = ""  # the class of this module whose fields it has


@dataclass(slots=True)
class Scope:
    """Names that are known in a module, a class or a function."""

    parent: Scope | None = None
    function: Function | None = None
    owner: Class | None = None
    names: dict[str, Seen] = field(default_factory=dict)
    blocks: dict[str, int] = field(default_factory=dict)  # the block that a name was declared in
    block: int = 0
    before: list[dict[str, Seen]] = field(default_factory=list)  # of each block around, what names were before it
    path: str = ""  # what the names of assignments begin with: the class, the variable of an object literal

    def find(self, name: str) -> tuple[Seen, Scope] | None:
        """What a name stands for, and where it is declared."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name], scope
            scope = scope.parent
        return None

    def declare(self, name: str, seen: Seen) -> None:
        """A name is new here."""
        self.names[name] = seen
        self.blocks[name] = self.block

    def assign(self, name: str, seen: Seen) -> None:
        """A name gets another value."""
        found = self.find(name)
        if found is None:
            self.declare(name, seen)
            return
        old, scope = found
        if scope is not self:
            scope.names[name] = either(old, seen)
            return
        keeps = old.typed and not seen.typed
        self._set(name, Seen(seen.value, old.chain, True, old.members) if keeps else seen)

    def _set(self, name: str, seen: Seen) -> None:
        if self.before and self.block > self.blocks.get(name, 0):
            self.before[-1].setdefault(name, self.names[name])
        self.names[name] = seen

    def enter(self) -> None:
        """A block begins that may not run."""
        self.block += 1
        self.before.append({})

    def leave(self) -> None:
        """It ends: what was assigned in it may be one or the other from here on."""
        self.block -= 1
        for name, old in self.before.pop().items():
            self._set(name, either(old, self.names[name]))

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


def either(one: Seen, other: Seen) -> Seen:
    """A name that may stand for one or the other."""
    same = one.value.known and other.value.known and one.value.literal == other.value.literal
    empty = one.value.known and one.value.literal in {None, "", 0} if _plain(one.value) else False
    if empty and not other.value.known:  # declared empty, then set
        return Seen(other.value, one.chain if one.typed else other.chain, one.typed or other.typed, other.members)
    value = replace(
        other.value,
        literal=other.value.literal if same else OPEN,
        call=None
        if one.value.call is not other.value.call and one.value.call and other.value.call
        else (other.value.call or one.value.call),
        built=one.value.built or other.value.built,
        parts=other.value.parts
        if other.value.built
        else one.value.parts
        if one.value.built
        else _both(one.value, other.value),
        tainted=other.value.tainted or one.value.tainted,
        parameters=one.value.parameters | other.value.parameters,
        pairs={} if one.value.pairs != other.value.pairs else other.value.pairs,
    )
    if one.typed or one.chain == other.chain:
        return Seen(value, one.chain, one.typed, one.members)
    return Seen(value, other.chain or one.chain, other.typed, other.members or one.members)


def _plain(value: Value) -> bool:
    return value.known and not isinstance(value.literal, (list, dict, tuple))


def _both(one: Value, other: Value) -> tuple[Value, ...]:
    return tuple(
        each for value in (one, other) for each in ((value,) if not value.parts or value.known else value.parts)
    )[:16]
