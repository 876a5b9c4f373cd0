"""Facts of all modules are found by name: whole, by their end, or by a pattern."""

from __future__ import annotations

import fnmatch
import functools
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from ostiary.evidence.code import Assignment, Call, Class, Function, Language, Module, Return, Route, Spot

_Named = TypeVar("_Named", Call, Assignment)
_Asked = tuple[tuple[str, ...], frozenset[Language]]


class _ByName(Generic[_Named]):
    """Facts by their whole names; names by their last segments: there are far fewer names than facts.

    :param facts: in the order in which they are given back.
    """

    def __init__(self, facts: Sequence[_Named]) -> None:
        self._all: tuple[_Named, ...] = tuple(facts)
        self._named: dict[str, list[tuple[int, _Named]]] = defaultdict(list)
        self._ending: dict[str, list[str]] = defaultdict(list)
        self._known: dict[_Asked, tuple[_Named, ...]] = {}  # the same is asked again by every check
        for at, each in enumerate(self._all):
            self._named[each.name].append((at, each))
        for name in self._named:
            self._ending[name.rpartition(".")[2]].append(name)

    def found(self, names: Sequence[str], languages: Collection[Language]) -> tuple[_Named, ...]:
        """Facts with one of these names, or all."""
        asked = tuple(names), frozenset(languages)
        if asked not in self._known:
            self._known[asked] = self._look(*asked)
        return self._known[asked]

    def _look(self, names: tuple[str, ...], languages: frozenset[Language]) -> tuple[_Named, ...]:
        if not names or "*" in names:
            return tuple(each for each in self._all if each.language in languages) if languages else self._all
        whole = {name for wanted in names for name in self._names(wanted)}
        found = sorted(pair for name in whole for pair in self._named[name])  # no two have the same position
        return tuple(each for _, each in found if not languages or each.language in languages)

    def _names(self, wanted: str) -> Iterable[str]:
        last = wanted.rpartition(".")[2]
        if not _is_pattern(wanted):
            if not wanted.startswith("."):
                return (wanted,) if wanted in self._named else ()
            return (each for each in self._ending.get(last, ()) if each.endswith(wanted) or each == last)
        matches = re.compile(fnmatch.translate(wanted)).match
        return (each for each in (self._named if _is_pattern(last) else self._ending.get(last, ())) if matches(each))


class Index:
    """The port `ostiary.evidence.code.Code`.

    :param modules: what the readers made, one of each file.
    """

    def __init__(self, modules: Iterable[Module]) -> None:
        self.modules: Sequence[Module] = tuple(sorted(modules, key=lambda each: each.path))
        self._calls = _ByName([one for each in self.modules for one in sorted(each.calls, key=_line)])
        self._assignments = _ByName([one for each in self.modules for one in sorted(each.assignments, key=_line)])

    def lines(self, *languages: Language) -> int:
        """How many lines of code there are."""
        return sum(each.lines for each in self.modules if not languages or each.language in languages)

    def calls(self, *names: str, languages: Collection[Language] = ()) -> Sequence[Call]:
        """Calls with these names."""
        return self._calls.found(names, languages)

    def assignments(self, *names: str, languages: Collection[Language] = ()) -> Sequence[Assignment]:
        """Assignments to these names."""
        return self._assignments.found(names, languages)

    def imports(self, *names: str, languages: Collection[Language] = ()) -> Sequence[Spot]:
        """Where modules or names in them are imported."""
        return tuple(
            Spot(path=module.path, line=line, language=module.language)
            for module in self.modules
            if not languages or module.language in languages
            for name, line in module.imports.items()
            if any(_imports(name, each) for each in names)
        )

    def returns(self) -> Iterator[Return]:
        """Everything that functions return."""
        return (each for module in self.modules for each in module.returns)

    def functions(self) -> Iterator[Function]:
        """Every function."""
        return (each for module in self.modules for each in module.functions)

    def classes(self, *bases: str) -> Iterator[Class]:
        """Every class, or those with one of these bases."""
        for module in self.modules:
            for each in module.classes:
                if not bases or any(_matches(base, name) for base in each.bases for name in bases):
                    yield each

    @functools.cached_property
    def routes(self) -> Sequence[Route]:
        """Every operation that a known framework serves."""
        return tuple(each for module in self.modules for each in module.routes)


def _line(spot: Spot) -> int:
    return spot.line


def _matches(name: str, wanted: str) -> bool:
    if _is_pattern(wanted):
        return fnmatch.fnmatchcase(name, wanted)
    return name.endswith(wanted) or name == wanted[1:] if wanted.startswith(".") else name == wanted


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def _imports(name: str, wanted: str) -> bool:
    return fnmatch.fnmatchcase(name, wanted) if _is_pattern(wanted) else name == wanted or name.startswith(f"{wanted}.")
