"""Messages with codes are sent so often and no oftener: by whom they go to, by whose account, by who asks for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from ostiary.errors import Denied
from ostiary.parts.attempts import key, normalised
from ostiary.parts.attempts_flow import too_many
from ostiary.parts.attempts_reading import MOST_ACCOUNTS
from ostiary.parts.attempts_steps import Steps
from ostiary.store.ports import Counters, Once, Rate, Store

_PHONE: Final = re.compile(r"\+?[0-9() ./\-]{5,40}")
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")
_NOT_DIGITS: Final = re.compile(r"[^0-9]")


class Pace(NamedTuple):
    """One message `every` so many seconds, `most` of them in any `per` seconds; a source `from_source` in `per`."""

    every: float
    most: int
    per: float
    from_source: int


def destination(text: str) -> str:
    """An address or a number in one spelling: ``0049 170/123`` and ``+49170123`` reach the same telephone."""
    if _PHONE.fullmatch(text.strip()):
        return _NOT_DIGITS.sub("", text).lstrip("0")
    return normalised(text)


def destinations(text: str) -> list[str]:
    """Everybody whom a text addresses: mailers send to ``Ann <ann@example.com>`` and to each of several addresses.

    :raises Denied: 400 for more than `MOST_ACCOUNTS`.
    """
    found = _ADDRESS.findall(text) if "@" in text else []
    if len(found) > MOST_ACCOUNTS:
        raise Denied(400, "one attempt in each request")
    return [destination(each) for each in found or [text]]


def spend(store: Store, pace: Pace, kind: str, source: str, names: Sequence[str]) -> Steps:
    """Take one message from every allowance, the source's first; steps for `attempts_steps.walk`.

    :param kind: what is sent: limits of one kind do not count against another's.
    :param names: digests of the accounts and destinations it is sent for.
    :raises Denied: 429 where one is used up; what was taken before stays taken.
    """
    exact: Counters = store.exact
    if source:
        rate = Rate(pace.from_source, pace.per, pace.from_source)
        taken = yield exact.take(key("sends", kind, "source", source), rate)
        if taken.wait:
            raise too_many(taken.wait)
    for name in names:
        taken = yield exact.take(key("sends", kind, name), Rate(1, pace.every, 1))
        if taken.wait:
            raise too_many(taken.wait)
        yield from _slot(store.once, pace, key("sends", kind, name))


def _slot(once: Once, pace: Pace, name: str) -> Steps:
    """`most` places that are each taken for `per` seconds: never more in any span, which no refilling bucket can promise."""
    for number in range(pace.most):
        if (yield once.first(f"{name}{number}", pace.per)):
            return
    raise too_many(pace.per / pace.most)  # on average a place is free by then; which one, is not worth a record
