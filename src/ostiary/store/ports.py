"""State is reached by verbs: what two processes could interleave is one call."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Rate(NamedTuple):
    """A permitted rate: `amount` units per `per` seconds, of which `burst` may come at once."""

    amount: int
    per: float
    burst: int


class Taken(NamedTuple):
    """What `Counters.take` answers: `wait` seconds until the units would fit (0.0: they were taken), `left` units."""

    wait: float
    left: int


class Counters(Protocol):
    """Rate limits, by the generic cell rate algorithm: one verb, so that no two callers can both take the last unit."""

    def take(self, key: str, rate: Rate, cost: int = 1) -> Taken:
        """Take `cost` units from the key's allowance, or none of them when they do not fit."""
        ...
