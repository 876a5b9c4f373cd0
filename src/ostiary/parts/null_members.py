"""A member that is null counts as one that is absent, where its schema knows no null."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from ostiary.parts.schema import MOST_FAULTS, Fault, Validator

_ROUNDS: Final = 4  # each forgives at most as many members as a validator names faults
_Tree = dict[str, Any]


def forgiving(validator: Validator) -> Callable[[Any], list[Fault]]:
    """What names the faults of a value that would also be there if members that are null were left out.

    Many serialisers write what is not set as null, and many documents do not say that it may be; JSON Merge Patch
    (RFC 7396) removes a member by null. A required member stays required: left out, it is missing.
    """

    def faults(value: Any) -> list[Fault]:
        found = validator.faults(value)
        try:
            return [] if _fits(validator, value, found) else found
        except RecursionError:
            raise ValueError("Recursion limit reached: the value nests too deep") from None

    return faults


def patching(validator: Validator) -> Callable[[Any], list[Fault]]:
    """What names the faults of a JSON merge patch (RFC 7396): null removes, and what is left out is there already."""

    def faults(value: Any) -> list[Fault]:
        found = validator.faults(_bare(value))
        if len(found) >= MOST_FAULTS:
            return found  # among those that are not named, there may be others
        return [each for each in found if not each[1].startswith("required ")]

    return faults


def _fits(validator: Validator, value: Any, found: list[Fault]) -> bool:
    less = value
    for _ in range(_ROUNDS):
        doomed = _nulls_at(less, (pointer for pointer, _ in found))
        if not doomed:
            break
        less = _without(less, doomed)
        found = validator.faults(less)
        if not found:
            return True
    bare = _bare(less)  # faults of a union do not say which member was meant; a validator ends what is too deep
    return bare != less and validator.is_valid(bare)


def _nulls_at(value: Any, pointers: Iterable[str]) -> _Tree:
    """The places, as a tree of names, where a member of an object is null."""
    tree: _Tree = {}
    for pointer in pointers:
        names = [each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]]
        if names and _is_null_member(value, names):
            node = tree
            for name in names:
                node = node.setdefault(name, {})
    return tree


def _is_null_member(value: Any, names: list[str]) -> bool:
    parent: Any = None
    for name in names:
        parent = value
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return False
    return value is None and isinstance(parent, dict)


def _without(value: Any, doomed: _Tree) -> Any:
    if isinstance(value, dict):
        return {
            name: _without(each, doomed[name]) if name in doomed else each
            for name, each in value.items()
            if each is not None or name not in doomed
        }
    if isinstance(value, list):
        return [_without(each, doomed[str(at)]) if str(at) in doomed else each for at, each in enumerate(value)]
    return value


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _bare(each) for name, each in value.items() if each is not None}
    return [_bare(each) for each in value] if isinstance(value, list) else value
