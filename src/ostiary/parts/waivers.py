"""A finding that somebody lives with is waived by name: for a reason, under an owner, until a day."""

from __future__ import annotations

import datetime as dt

from ostiary.strict import Strict


class Waiver(Strict, frozen=True):
    """One ``[[waivers]]`` table.

    ``control`` is an id; ``places`` are patterns of the places that are meant (``"legacy/*"``, ``"GET /old/*"``), none:
    all of them. After the day ``expires`` it no longer counts.
    """

    control: str
    reason: str
    owner: str
    expires: dt.date
    places: tuple[str, ...] = ()
