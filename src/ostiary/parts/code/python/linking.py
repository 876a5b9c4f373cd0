"""Names that one module imports from another get their meaning from there: constants, types, objects made there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.code import OPEN, Call, Module, Value
from ostiary.parts.code.python.results import is_open
from ostiary.parts.code.python.scopes import Read, Scope
from ostiary.parts.code.python.statements import Statements

_STEPS: Final = 5  # of names that are imported to be imported again
_SETTINGS: Final = "django.conf.settings."


@dataclass(slots=True, eq=False)
class Reading:
    """A module and what its reader knows beyond it.

    :param inner: the reader, for names, scopes and trees.
    """

    module: Module
    inner: Statements
    package: tuple[str, ...] = ()  # folders that relative imports start from
    exports: dict[str, Read] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)  # name in the module -> what it stands for

    @property
    def path(self) -> str:
        """Of its file."""
        return self.module.path


class Links:
    """Finds what a dotted name of one module means in another.

    :param readings: all modules of Python.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = readings
        self._by_name: dict[str, list[Reading]] = defaultdict(list)
        self._settings = [each for each in readings if "settings" in each.path.rpartition(".")[0].split("/")[-2:]]
        for each in readings:
            parts = each.path.removesuffix(".py").split("/")
            if parts[-1] == "__init__":
                parts = parts[:-1]
                each.package = tuple(parts)
            else:
                each.package = tuple(parts[:-1])
            for start in range(len(parts)):
                self._by_name[".".join(parts[start:])].append(each)
            scope = _module_scope(each.inner.scope)
            each.exports = {name: value for name, value in scope.values.items() if "." not in name}
            each.imported = dict(scope.aliases)
        self.roots = {name.partition(".")[0] for name in self._by_name}

    def is_inside(self, name: str) -> bool:
        """Whether a name may be one of this tree."""
        return name.startswith((".", _SETTINGS)) or name.partition(".")[0] in self.roots

    def find(self, name: str, reading: Reading) -> tuple[Reading, str] | None:
        """The module that a name stands in, and what is left of the name there.

        :param name: with imports resolved, as read in `reading`.
        """
        for _ in range(_STEPS):
            found = self._module(name, reading)
            if found is None:
                return None
            module, rest = found
            first, dot, more = rest.partition(".")
            again = module.imported.get(first, "")
            if not again or module is reading:
                return module, rest
            name, reading = f"{again}{dot}{more}", module
            if not self.is_inside(name):
                return None
        return None

    def _module(self, name: str, reading: Reading) -> tuple[Reading, str] | None:
        if name.startswith("."):
            return self._relative(name, reading)
        parts = name.split(".")
        for length in range(len(parts) - 1, 0, -1):
            candidates = self._by_name.get(".".join(parts[:length]))
            if candidates:
                module = _nearest(candidates, reading)
                return (module, ".".join(parts[length:])) if module is not None else None
        return None

    def _relative(self, name: str, reading: Reading) -> tuple[Reading, str] | None:
        bare = name.lstrip(".")
        up = len(name) - len(bare) - 1
        package = reading.package[: len(reading.package) - up] if up <= len(reading.package) else ()
        whole = [*package, *bare.split(".")]
        for length in range(len(whole), max(len(package) - 1, 0), -1):
            wanted = "/".join(whole[:length])
            for each in self._by_name.get(".".join(whole[:length]), ()):
                if each.path in {f"{wanted}.py", f"{wanted}/__init__.py"}:
                    return each, ".".join(whole[length:])
        return None

    def value(self, name: str, reading: Reading) -> Read | None:
        """What a name of another module was given there, members of settings and objects included."""
        if name.startswith(_SETTINGS):
            return self._setting(name.removeprefix(_SETTINGS))
        found = self.find(name, reading)
        if found is None:
            return None
        module, rest = found
        first, _, more = rest.partition(".")
        value = module.exports.get(rest) or module.exports.get(first)
        if value is None or not more or rest in module.exports:
            return value
        member = module.inner.member_of(value.path, more)
        if member is not None:
            return member
        return _beyond(value, more)

    def _setting(self, name: str) -> Read | None:
        found = [each.exports[name] for each in self._settings if name in each.exports]
        return found[0] if len(found) == 1 else None


def _beyond(value: Read, more: str) -> Read:
    """A member of an object that another module made: ``db.session``."""
    path = f"{value.path}.{more}" if value.path else ""
    return Read(text=more, name=path, path=path, call=value.call, pairs=value.pairs, rooted=value.rooted)


def _module_scope(scope: Scope) -> Scope:
    while scope.parent is not None:
        scope = scope.parent
    return scope


def _nearest(candidates: Sequence[Reading], reading: Reading) -> Reading | None:
    """Of several modules with the same name, the one that shares most folders with who imports it."""
    if len(candidates) == 1:
        return candidates[0]
    ranked = sorted(candidates, key=lambda each: (-_shared(each.path, reading.path), each.path.count("/")))
    best, second = ranked[0], ranked[1]
    if _shared(best.path, reading.path) == _shared(second.path, reading.path) and best.path.count(
        "/"
    ) == second.path.count("/"):
        return None
    return best


def _shared(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count


def link(readings: Sequence[Reading]) -> Links:
    """Fill in what only all modules of Python together tell.

    :param readings: nobody else has seen them yet, so that their values may still be completed.
    """
    links = Links(readings)
    for reading in readings:
        known: dict[str, Read | None] = {}
        for value in reading.inner.outside:
            if value.name and links.is_inside(value.name):
                if value.name not in known:
                    known[value.name] = links.value(value.name, reading)
                _complete(value, known[value.name])
        for call in reading.module.calls:
            if call.name and links.is_inside(call.name):
                _rename(call, links, reading, known)
        for value in reading.inner.texts:
            if value.built and not any(is_open(each) for each in value.parts):
                _set(value, built=False)
    return links


def _complete(value: Read, meant: Read | None) -> None:
    if meant is None or meant is value:
        return
    if value.literal is OPEN and meant.literal is not OPEN:
        _set(value, literal=meant.literal)
    if not value.parts and meant.parts:
        _set(value, parts=meant.parts)
    if not value.pairs and meant.pairs:
        _set(value, pairs=meant.pairs)
    if value.call is None and meant.call is not None:
        _set(value, call=meant.call)


def _rename(call: Call, links: Links, reading: Reading, known: Mapping[str, Read | None]) -> None:
    """A call on an object that another module made is named by what it is: ``SQLAlchemy().session.execute``."""
    base, dot, method = call.name.rpartition(".")
    prefix, made, rest = base.partition("()")
    if made:  # on what a call gives, or on a parameter of an imported type
        meant = links.find(prefix, reading)
        short = meant[0].inner.type_named(meant[1]) if meant is not None else ""
        if short:
            _set(call, name=f"{short}(){rest}.{method}")
        return
    value = known[base] if base in known else links.value(base, reading)
    if value is not None and value.path and value.path not in {"str", "list", "dict", "lambda"} and value.path != base:
        _set(call, name=f"{value.path}{dot}{method}")


def _set(fact: Value | Call, **changes: object) -> None:
    for name, value in changes.items():
        object.__setattr__(fact, name, value)  # frozen for whoever reads it later


def modules(readings: Sequence[Reading]) -> Iterator[Module]:
    """What is made of them."""
    return (each.module for each in readings)
