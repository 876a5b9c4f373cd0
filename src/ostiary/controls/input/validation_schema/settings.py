"""How strictly requests are held against the document; the defaults let every client of the document through."""

from __future__ import annotations

from typing import Literal

from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """What happens where a document is silent or clients are used to more.

    ``unknown-query``: query names that the document does not declare; trackers add them to any link, so that refusing
    them is for APIs without links.
    ``null-members``: a member that is null where the document knows no null counts as one that is left out, as
    serialisers write what is not set; ``"as-declared"`` refuses it, and a required member may never be null.
    ``unchecked-formats``: formats such as ``"date-time"`` that are not asserted, for servers that take looser ones.
    Undeclared and ``readOnly`` members of a body are beyond.mass-assignment's affair: what they hold is not looked at.
    """

    unknown_query: Literal["ignore", "refuse"] = "ignore"
    null_members: Literal["as-absent", "as-declared"] = "as-absent"
    unchecked_formats: tuple[str, ...] = ()
