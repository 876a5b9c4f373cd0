"""A page that turns away with status 200 is known by coming from several closed operations alike."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Operation
from ostiary.parts.seen.bodies import kind_of
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.nowhere import alike

MOST_ASKED: Final = 3  # other closed operations, one request each


async def is_wall(http: Http, operation: Operation, nobody: Answer) -> bool:
    """Whether nobody gets the same from another operation that the document closes, so that neither did what it is for.

    A page for people is believed at once; anything else only where somebody with credentials gets something different.

    :param nobody: the 2xx that the operation answers without credentials.
    """
    page = kind_of(nobody.body) == "html"
    if page and operation.method == "GET" and http.identities:
        mine = await http.send_to(operation)
        if granted(mine) and kind_of(mine.body) not in {"html", "empty"}:
            return True  # a page for people where others get data
    others = [each for each in http.operations if _is_closed(each) and each.path != operation.path]
    for each in others[:MOST_ASKED]:
        try:
            other = await http.send_to(each, identity="")
            if not granted(other) or not alike(other, nobody):
                continue
            if page:
                return True
            own = await http.send_to(each) if http.identities else None
        except Unanswerable:
            continue
        if own is not None and own.status < 500 and not alike(own, other):  # noqa: PLR2004 - a server error says nothing
            return True
    return False


def _is_closed(operation: Operation) -> bool:
    ways = operation.security or ()
    return operation.method == "GET" and operation.declared and bool(ways) and all(ways)
