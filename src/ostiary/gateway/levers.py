"""What an operator may do to a running gateway: a table of levers, plain data in and out, the same in every process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from ostiary.parts import attempts_prisoners, orders
from ostiary.store.ports import Store

Plain = dict[str, Any]
Pull = Callable[[Store, Mapping[str, Any]], Awaitable[Plain]]
Lever = Callable[[Mapping[str, Any]], Awaitable[Plain]]

# By method and path on the admin port. What a lever is given comes from the query (GET) or a JSON object (POST); what it
# answers is an object whose values `merged` can add up. It raises ConfigError for what it cannot obey.
LEVERS: Final[Mapping[str, Pull]] = {
    "GET /bans": orders.listed,
    "POST /bans": orders.ordered,
    "POST /bans/lift": orders.lifted,
    "GET /jail": attempts_prisoners.listed,
    "POST /jail/free": attempts_prisoners.freed,
}


def levers_of(store: Store) -> dict[str, Lever]:
    """The levers of one process."""
    return {name: partial(pull, store) for name, pull in LEVERS.items()}


def merged(answers: Iterable[Mapping[str, Any]]) -> Plain:
    """What several processes answered, as one: numbers are added, lists joined without repeats, of others the last stays."""
    whole: Plain = {}
    for answer in answers:
        for name, value in answer.items():
            known = whole.get(name)
            if isinstance(value, list) and isinstance(known, list):
                whole[name] = known + [each for each in value if each not in known]
            elif isinstance(value, bool) and isinstance(known, bool):
                whole[name] = value or known
            elif isinstance(value, (int, float)) and isinstance(known, (int, float)):
                whole[name] = value + known
            else:
                whole[name] = value
    return whole
