"""A body that an API accepts, with texts in it that nobody can guess: examples first, then what a refusal asks for."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ostiary.audit.gather.requests import Maker
from ostiary.audit.gather.values import Taste
from ostiary.model import Operation

_NONCE: Final = "k0ostiary0"  # stands where each text gets its own; as long as what replaces it
TASTE: Final = Taste(nonce=_NONCE, examples=False)  # of what is put into a body later, to be `marked`
_TYPED: Final = re.compile(
    r"status|state$|type|kind|category|method|currency|country|language|locale|gender|colou?r|unit|size|time|zone|role|level|"
    r"priority|format|mode|scope|plan|frequency|visibility|passw|secret_?question|image|avatar|photo|picture",
    re.IGNORECASE,
)
_DEEPEST: Final = 8


class Draft(NamedTuple):
    """A body before it is sent; ``texts`` are those that stand in it and nowhere else."""

    media: str
    value: Any
    texts: tuple[str, ...]


def drafts(maker: Maker, operation: Operation, seed: str) -> list[Draft]:
    """Bodies to try in this order: what is required, then everything; both with the document's examples, then without.

    :param seed: makes the texts differ between objects; equal seeds give equal bodies.
    """
    found: list[Draft] = []
    for examples in (True, False):
        for optional in (False, True):
            gen = maker.plain(operation, Taste(nonce=_NONCE, examples=False, optional=optional))
            if gen is None:
                return []
            media, value = gen
            if examples:
                shown = maker.plain(operation, Taste(nonce=_NONCE, examples=True, optional=optional))
                value = _merged(shown[1], value, "", 0) if shown is not None and shown[0] == media else value
            found.append(marked(media, value, seed))
    # Without a text there is nothing to recognise: what has one goes first.
    unique = [each for at, each in enumerate(found) if all(each.value != other.value for other in found[:at])]
    return sorted(unique, key=lambda each: not each.texts)


def marked(media: str, value: Any, seed: str) -> Draft:
    """A body in which every text that is free got one of its own."""
    texts: list[str] = []

    def walk(node: Any, at: str) -> Any:
        if isinstance(node, Mapping):
            return {key: walk(each, f"{at}/{key}") for key, each in node.items()}
        if isinstance(node, list):
            return [walk(each, f"{at}/{number}") for number, each in enumerate(node)]
        if isinstance(node, str) and _NONCE in node:
            made = unguessable(f"{seed}{at}")
            texts.append(made)
            return node.replace(_NONCE, made)
        return node

    return Draft(media, walk(value, ""), tuple(texts))


def unguessable(seed: str) -> str:
    """Ten letters and digits that stand for a seed."""
    return f"k{hashlib.blake2s(seed.encode(), digest_size=5).hexdigest()[1:]}"


def with_references(value: Any, known: Mapping[str, Any]) -> Any:
    """The body with ids of things that exist, by field name."""
    if isinstance(value, Mapping):
        return {
            key: copy.deepcopy(known[key])
            if key in known and not isinstance(each, (Mapping, list))
            else [known[key]]
            if key in known and isinstance(each, list) and each and not isinstance(each[0], (Mapping, list))
            else with_references(each, known)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [with_references(each, known) for each in value]
    return value


def with_members(value: Any, members: Mapping[str, Any]) -> Any:
    """The body with members set: in its envelope where it has one, and does not have them outside."""
    if isinstance(value, Mapping) and len(value) == 1:
        key, inner = next(iter(value.items()))
        if isinstance(inner, Mapping) and not members.keys() & {key}:
            return {key: {**inner, **members}}
    return {**value, **members} if isinstance(value, Mapping) else value


def leaves(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """(name, value) of everything in a body that holds nothing else; entries of a list have the list's name."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves(each, str(key), depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, name, depth + 1)
    else:
        yield name, value


def _merged(shown: Any, made: Any, name: str, depth: int) -> Any:
    """The document's example, but with invented texts where any would do."""
    if depth > _DEEPEST:
        return shown
    if isinstance(shown, Mapping) and isinstance(made, Mapping):
        return {
            key: _merged(each, made[key], str(key), depth + 1) if key in made else each for key, each in shown.items()
        }
    if isinstance(shown, list) and isinstance(made, list) and made:
        return [_merged(each, made[0], name, depth + 1) for each in shown[:3]]
    if isinstance(shown, str) and isinstance(made, str) and _NONCE in made and not _TYPED.search(name):
        return made
    return shown
