"""How strictly requests are held against the document; the defaults let every client of the document through."""

from __future__ import annotations

from typing import Literal

from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """What happens where a document is silent or clients are used to more.

    ``unknown-query``: query names that the document does not declare; trackers add them to any link, so that refusing
    them is for APIs without links. ``additional-properties``: objects that name their properties and do not say
    whether there may be others; JSON Schema lets them in, ``"refuse"`` does not. ``read-only``: properties that only
    the server sets are taken out of what is sent (clients send back what they got), refused, or let through.
    ``null-members``: a member that is null where the document knows no null counts as one that is left out, as
    serialisers write what is not set; ``"as-declared"`` refuses it, and a required member may never be null.
    ``unchecked-formats``: formats such as ``"date-time"`` that are not asserted, for servers that take looser ones.
    """

    unknown_query: Literal["ignore", "refuse"] = "ignore"
    additional_properties: Literal["as-declared", "refuse"] = "as-declared"
    read_only: Literal["drop", "refuse", "ignore"] = "drop"
    null_members: Literal["as-absent", "as-declared"] = "as-absent"
    unchecked_formats: tuple[str, ...] = ()
