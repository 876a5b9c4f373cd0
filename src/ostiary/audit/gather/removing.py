"""Accounts that the audit registered are removed by themselves, through an operation that is clearly for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Asked
from ostiary.model import Operation
from ostiary.parts.role_words import listed, squeezed
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import granted

if TYPE_CHECKING:
    from ostiary.audit.gather.live import Live

WHO: Final = "the survey"  # whose account pays
_SELF: Final = frozenset(listed("me self profile myaccount user account currentuser"))
_PEOPLE: Final = frozenset(listed("user users account accounts customer customers member members profile profiles"))
_IDS: Final = ("id", "userid", "uuid", "pk", "accountid", "username", "login", "email", "user")
_DEEPEST: Final = 4
_MOST: Final = 3


async def removed(live: Live, account: Account, registered: Answer) -> bool:
    """Whether the account is gone: its own request to delete itself was granted."""
    for target in list(_targets(live, account, registered))[:_MOST]:
        try:
            answer = await live.remove(WHO, _asked(live, account, target))
        except Unanswerable:
            continue
        if granted(answer):
            return True
    return False


def _asked(live: Live, account: Account, target: str) -> Asked:
    own = [("Host", live.target.authority), ("User-Agent", live.user_agent), ("Accept", "*/*")]
    own += [*live.headers, *(pair for pair in live.identities[account.name] if not pair[0].startswith("?"))]
    return Asked(method="DELETE", target=target, headers=tuple(own), identity=account.name)


def _targets(live: Live, account: Account, registered: Answer) -> Iterator[str]:
    operations = [each for each in (live.api.operations if live.api else ()) if each.method == "DELETE"]
    for each in operations:
        if "{" not in each.path and squeezed(each.path.rstrip("/").rpartition("/")[2]) in _SELF:
            yield live.target_of(each)
    told = dict(_told(parse(registered.body), 0))
    for each in operations:
        name = _hole(each)
        if not name:
            continue
        keys = [squeezed(name)] if squeezed(name) in told else [key for key in _IDS if key in told]
        keys = keys if squeezed(name).endswith("id") or squeezed(name) in told else ["username", *keys]
        value = next((told[key] for key in keys if key in told), account.user if "name" in name.lower() else "")
        if value:
            yield each.path[: each.path.rindex("{")] + quote(value, safe="")


def _hole(operation: Operation) -> str:
    """The only parameter of a path like ``/users/{id}``; empty for any other."""
    segments = [each for each in operation.path.split("/") if each]
    if operation.path.count("{") != 1 or not segments or not segments[-1].startswith("{") or len(segments) < 2:  # noqa: PLR2004
        return ""
    before = [each for each in segments[:-1] if not each[:2].lower().strip("v").isdigit()]
    return segments[-1].strip("{}") if before and squeezed(before[-1]) in _PEOPLE else ""


def _told(document: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Ids in the reply to a registration, the innermost object's last: they win."""
    if not isinstance(document, Mapping) or depth > _DEEPEST:
        return
    for key, value in document.items():
        if squeezed(str(key)) in _IDS and isinstance(value, (str, int)) and not isinstance(value, bool):
            yield squeezed(str(key)), str(value)
    for value in document.values():
        yield from _told(value, depth + 1)
