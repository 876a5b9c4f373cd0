"""Two names with a password each are two users, where a wrong password is refused even at what everybody may read."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from ostiary.audit.gather.grants import Pairs
from ostiary.audit.gather.trying import send_as
from ostiary.errors import Unanswerable
from ostiary.parts.seen.doors import granted

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp

_WRONG: Final = "ostiary-wrong-password"
_MOST: Final = 3  # reads that are looked at
_REFUSED: Final = frozenset({401, 403})  # Django REST framework says 403 where sessions are tried first


def user(pairs: Pairs) -> str:
    """The name in credentials of RFC 7617; empty: there are none."""
    value = next((value for name, value in pairs if name.lower() == "authorization"), "")
    scheme, _, rest = value.partition(" ")
    try:
        text = base64.b64decode(rest, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[0]


def users(one: Pairs, two: Pairs) -> bool:
    """Whether both name a user, and not the same."""
    return bool(user(one) and user(two)) and user(one).lower() != user(two).lower()


async def are_looked_at(http: LiveHttp, *given: Pairs) -> bool:
    """Whether a read accepts each of these credentials, and refuses each of their names with another password.

    At most four requests for each of three reads.
    """
    wrong = [_with_wrong_password(each) for each in given]
    reads = [each for each in http.operations if each.method == "GET" and each.declared and "{" not in each.path]
    for operation in reads[:_MOST]:
        try:
            right = [await send_as(http, operation, each) for each in given]
            refused = [await send_as(http, operation, each) for each in wrong]
        except Unanswerable:
            continue
        if all(map(granted, right)):
            return all(each.status in _REFUSED for each in refused)
    return False


def _with_wrong_password(pairs: Pairs) -> Pairs:
    value = "Basic " + base64.b64encode(f"{user(pairs)}:{_WRONG}".encode()).decode()
    return tuple((name, value if name.lower() == "authorization" else each) for name, each in pairs)
