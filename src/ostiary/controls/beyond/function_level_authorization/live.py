"""An ordinary caller knocks at what is for administrators: at the path as it is declared, and at other spellings of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen import tokens
from ostiary.parts.seen.bodies import kind_of
from ostiary.parts.seen.doors import Door, credentials, doors, granted, shut
from ostiary.parts.seen.owners import is_privileged as tells_privilege
from ostiary.parts.seen.owners import speaks_of_privilege
from ostiary.parts.seen.privileges import is_privileged

_MOST = 6  # operations
_MOST_SPELT = 2  # of them, in other spellings too
_MOST_IDENTITIES = 4
_REFUSALS = frozenset({401, 403})
_LOW = re.compile(r"low|user|customer|guest|member|reader|visitor|ordinary|plain|other|bob", re.IGNORECASE)


@dataclass
class Seen:
    """What an ordinary caller got."""

    refused: list[Evidence] = field(default_factory=list)
    unsure: list[Evidence] = field(default_factory=list)
    open_to_all: int = 0


async def audit_live(http: Http) -> Finding:
    """Read what looks like an administrator's as the lowest of the identities given."""
    reads = [each for each in http.operations if each.method == "GET" and each.declared and is_privileged(each)]
    if not reads:
        return not_applicable("the document has no read that looks like an administrator's")
    if not http.identities:
        return unknown("no credentials of an ordinary user were given (--bearer)")
    seen = Seen()
    for name in http.identities[:_MOST_IDENTITIES]:
        found = await doors(http, name)
        ordinary = None if not found else _is_ordinary(name, found[0], http)
        if not found or ordinary is False:
            continue
        for operation in reads[:_MOST]:
            fault = await _knock(http, name, operation, seen, sure=ordinary is True)
            if fault is not None:
                return failed(fault.what, fault)
    return _finding(seen)


def _finding(seen: Seen) -> Finding:
    if seen.unsure:
        why = (
            "an administrator's operations open, and nothing says that these credentials are an ordinary user's: give "
        )
        return unknown(f"{why}such credentials by name (--identity user=TOKEN)", *seen.unsure[:3])
    if seen.refused:
        rest = f"; {seen.open_to_all} answer to nobody as well (processing.all-endpoints-authenticated)" * bool(
            seen.open_to_all
        )
        return passed(f"an ordinary user is refused {len(seen.refused)} times{rest}", seen.refused[0])
    if seen.open_to_all:
        return unknown("an administrator's operations answer to nobody (processing.all-endpoints-authenticated)")
    return unknown("no identity given is an ordinary user's who is known here")


def _is_ordinary(name: str, door: Door, http: Http) -> bool | None:
    """What the token says of its holder, or else the name that the operator gave it; None: neither tells."""
    held = tokens.carrier(credentials(door.opened, door.nobody))
    told = tells_privilege(held.token.claims) if held is not None else None
    if told is not None:
        return not told
    if speaks_of_privilege(name):
        return False
    others = [each for each in http.identities if each != name and speaks_of_privilege(each)]
    return True if others or _LOW.search(name) else None


async def _knock(http: Http, name: str, operation: Operation, seen: Seen, *, sure: bool) -> Evidence | None:
    try:
        answer = await http.send_to(operation, identity=name)
        nobody = await http.send_to(operation, identity="")
    except Unanswerable:
        return None
    if granted(nobody):
        seen.open_to_all += 1
        return None
    if granted(answer) and not _is_page(answer, operation):
        shown = http.show(answer, f"{name}, an ordinary user, is let into {operation.key}")
        if sure and granted(await http.send_to(operation, identity=name, fresh=True)):
            return shown
        seen.unsure.append(shown)
    elif shut(answer) and (answer.status in _REFUSALS or "{" not in operation.path):  # 404 may mean the object
        seen.refused.append(http.show(answer, f"{name} is refused at {operation.key}"))
        if len(seen.refused) <= _MOST_SPELT:
            return await _spelt(http, name, operation)
    return None


async def _spelt(http: Http, name: str, operation: Operation) -> Evidence | None:
    target = http.target_of(operation)
    path, mark, query = target.partition("?")
    first = next(i for i, char in enumerate(path) if char.isalpha()) if re.search("[a-z]", path) else 0
    spellings = (path.upper(), f"{path}/", f"{path[:first]}%{ord(path[first]):02x}{path[first + 1 :]}", f"/.{path}")
    for spelling in spellings:
        try:
            each = await http.send("GET", f"{spelling}{mark}{query}", identity=name)
        except Unanswerable:
            continue
        if granted(each) and kind_of(each.body) == "json":
            nobody = await http.send("GET", each.asked.target, identity="")
            if shut(nobody):
                return http.show(
                    each, f"{operation.key} is refused to {name}, and opens when its path is spelt otherwise"
                )
    return None


def _is_page(answer: Answer, operation: Operation) -> bool:
    """A page for people, where the document promises data."""
    return kind_of(answer.body) == "html" and "text/html" not in operation.produces
