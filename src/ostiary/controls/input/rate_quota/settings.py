"""What a quota may be."""

from __future__ import annotations

from typing import Annotated

from ostiary.parts.allowances import OnFailure
from ostiary.parts.windows import Span
from ostiary.strict import Meta, Strict

_MOST = 1_000_000_000_000
_Amount = Annotated[int, Meta(ge=0, le=_MOST)]


class Settings(Strict, frozen=True):
    """``requests`` ``per`` ``"hour"``, ``"day"`` or ``"month"`` of UTC for each caller whose token was believed; 0, the
    default: no quota. ``plans`` gives other numbers to those whose token has one of these values in the claim
    ``plan-claim``, the largest of several. ``claim`` counts by a claim of the token (a tenant, ``"client_id"``) instead
    of by who calls.

    ``key-header`` counts callers without a token by an API key in this header, which the application has to check: a key
    that it has not accepted yet (2xx, where a key is asked for, is a yes) counts against its source too, so that making keys up leads nowhere.
    ``anonymous`` is the quota of those who have neither, by source address, IPv6 by its /64. 0: they have no quota.

    A request takes ``cost`` units. Operations share one allowance, unless ``name`` gives one another; clients see the
    name. ``on-failure``: while a shared store is out of reach, ``"open"`` lets requests pass uncounted, ``"closed"``
    answers 503.
    """

    requests: _Amount = 0
    per: Span = "day"
    plans: dict[str, Annotated[int, Meta(ge=1, le=_MOST)]] = {}
    plan_claim: Annotated[str, Meta(min_length=1)] = "plan"
    claim: str = ""
    key_header: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]*$")] = ""
    anonymous: _Amount = 0
    cost: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,40}$")] = "quota"
    on_failure: OnFailure = "open"
