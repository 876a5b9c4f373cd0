"""Facts of all modules are found by name: whole, by their end, or by a pattern."""

from __future__ import annotations

import fnmatch
import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from ostiary.evidence.code import Assignment, Call, Class, Function, Language, Module, Return, Route, Spot

_Named = TypeVar("_Named", Call, Assignment)


class Index:
    """The port `ostiary.evidence.code.Code`.

    :param modules: what the readers made, one of each file.
    """

    def __init__(self, modules: Iterable[Module]) -> None:
        self.modules: Sequence[Module] = tuple(sorted(modules, key=lambda each: each.path))
        self._calls: dict[str, list[Call]] = defaultdict(list)  # by the last segment of their names
        self._assignments: dict[str, list[Assignment]] = defaultdict(list)
        for module in self.modules:
            for call in module.calls:
                self._calls[call.method].append(call)
            for assignment in module.assignments:
                self._assignments[assignment.last].append(assignment)

    def lines(self, *languages: Language) -> int:
        """How many lines of code there are."""
        return sum(each.lines for each in self.modules if not languages or each.language in languages)

    def calls(self, *names: str, languages: Collection[Language] = ()) -> Sequence[Call]:
        """Calls with these names."""
        return _found(self._calls, names, languages)

    def assignments(self, *names: str, languages: Collection[Language] = ()) -> Sequence[Assignment]:
        """Assignments to these names."""
        return _found(self._assignments, names, languages)

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


def _found(by_last: dict[str, list[_Named]], names: Sequence[str], languages: Collection[Language]) -> Sequence[_Named]:
    found: dict[int, _Named] = {}
    wanted = dict.fromkeys([*names, *(name.replace("().", ".") for name in names)])  # of what was made by `new X()` too
    for name in wanted or ("*",):
        last = name.rpartition(".")[2]
        keys = [each for each in by_last if fnmatch.fnmatchcase(each, last)] if _is_pattern(last) else [last]
        for key in keys:
            for each in by_last.get(key, ()):
                if _matches(each.name, name) and (not languages or each.language in languages):
                    found[id(each)] = each
    return sorted(found.values(), key=lambda each: (each.path, each.line))


def _matches(name: str, wanted: str) -> bool:
    if _is_pattern(wanted):
        return fnmatch.fnmatchcase(name, wanted)
    return name.endswith(wanted) or name == wanted[1:] if wanted.startswith(".") else name == wanted


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def _imports(name: str, wanted: str) -> bool:
    return fnmatch.fnmatchcase(name, wanted) if _is_pattern(wanted) else name == wanted or name.startswith(f"{wanted}.")
