"""Data of a request is followed into the functions of the same module that it is handed to, a few steps far."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from ostiary.evidence.code import Call, Function, Value
from ostiary.parts.code.python.statements import Statements

_ROUNDS: Final = 3


def flow(reader: Statements) -> None:
    """Mark values that rest on parameters as what these are called with in the module.

    The values are still the reader's own: nobody has seen them yet.
    """
    called = _callers(reader)
    done: set[tuple[Function, str]] = set()
    for _ in range(_ROUNDS):
        before = len(done)
        for function, calls in called.items():
            for name, source in [each for call in calls for each in _handed(function, call)]:
                if (function, name) not in done:
                    done.add((function, name))
                    _mark(reader, function, name, source)
        if len(done) == before:
            return


def _callers(reader: Statements) -> dict[Function, list[Call]]:
    by_name: dict[str, Function] = {}
    methods: dict[tuple[str, str], Function] = {}
    for each in reader.functions:
        if each.owner is not None:
            methods[each.owner.name, each.name] = each
        else:
            by_name[each.name] = each
    called: dict[Function, list[Call]] = defaultdict(list)
    for call in reader.calls:
        function = _called(call, by_name, methods)
        if function is not None and function is not call.function:
            called[function].append(call)
    return called


def _called(call: Call, by_name: dict[str, Function], methods: dict[tuple[str, str], Function]) -> Function | None:
    base, _, name = call.name.rpartition(".")
    if not base:
        return by_name.get(name)
    if base in {"self", "cls"} and call.function is not None and call.function.owner is not None:
        return methods.get((call.function.owner.name, name))
    return methods.get((base.removesuffix("()"), name))


def _handed(function: Function, call: Call) -> list[tuple[str, str]]:
    names = list(function.parameters)
    if function.owner is not None and names and names[0] in {"self", "cls"}:
        names = names[1:]
    found = [(name, value.tainted) for name, value in zip(names, call.args, strict=False) if value.tainted]
    return found + [
        (name, value.tainted) for name, value in call.keywords.items() if value.tainted and name in function.parameters
    ]


def _mark(reader: Statements, function: Function, name: str, source: str) -> None:
    for value in reader.resting.get(function, ()):
        if name in value.parameters and not value.tainted:
            _taint(value, source)


def _taint(value: Value, source: str) -> None:
    object.__setattr__(value, "tainted", source)  # frozen for whoever reads it later
