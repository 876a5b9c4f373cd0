"""What stands before a whole API is named at once: a lock that asks everybody, or a sign that leads everybody elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ostiary.errors import Unanswerable

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp

_NOWHERE: Final = "/ostiary-no-such-path"
_BASIC: Final = re.compile(r"\bbasic\b", re.IGNORECASE)
_UNAUTHORIZED: Final = 401
_LOCKED: Final = (
    "Everything asks for a password, also what does not exist: a lock before the API, or all of it is shut "
    "(--header 'Authorization: Basic ...' opens it)."
)


async def before(http: LiveHttp, prefix: str) -> list[str]:
    """A sentence where the start and a path that is not there get the same: nothing behind it can be seen. Two requests."""
    try:
        answers = [await http.send("GET", f"{prefix}{path}") for path in ("/", _NOWHERE)]
    except Unanswerable:
        return []
    if all(each.status == _UNAUTHORIZED and _BASIC.search(each.head("www-authenticate") or "") for each in answers):
        return [_LOCKED]
    led = {_origin(each.head("location") or "") for each in answers if 300 <= each.status < 400}  # noqa: PLR2004
    where = led.pop() if len(led) == 1 else ""
    if where and where != http.base.removesuffix(prefix) and all(300 <= each.status < 400 for each in answers):  # noqa: PLR2004
        return [f"Whatever is asked leads on to {where}: audit {where}{prefix} if the API is there."]
    return []


def _origin(location: str) -> str:
    """Scheme, host and port of an absolute address; empty for any other."""
    try:
        parts = urlsplit(location)
        named = parts.hostname is not None and parts.scheme in {"http", "https"} and parts.netloc.isascii()
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}" if named else ""
