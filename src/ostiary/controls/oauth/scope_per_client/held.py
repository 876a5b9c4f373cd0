"""Tokens that say their scopes, and what each of them got."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ostiary.model import Evidence, Operation
from ostiary.parts.seen.privileges import scopes_of


class Holder(NamedTuple):
    """A token that says its scopes."""

    name: str
    scopes: frozenset[str]
    user: str  # its subject

    def lacks(self, operation: Operation) -> str:
        """The scopes that an operation names and the token has not, in words."""
        return ", ".join(sorted(scopes_of(operation) - self.scopes))


@dataclass
class Got:
    """What tokens without a scope got: places with evidence and proof, and refusals."""

    faults: list[tuple[Operation, Evidence, str]] = field(default_factory=list)
    refused: list[Evidence] = field(default_factory=list)


def enough(operation: Operation, held: Iterable[str]) -> bool:
    """Whether some way into the operation asks for no scope that is not held; a way without any is open to all tokens."""
    return any(all(set(scopes) <= set(held) for scopes in way.values()) for way in operation.security or ())
