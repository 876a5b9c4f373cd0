"""An ordinary caller knocks at what is for administrators, in other spellings too, and asks for a role that he has not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from ostiary.controls.beyond.function_level_authorization import roles
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen import things, tokens
from ostiary.parts.seen.bodies import kind_of, parse
from ostiary.parts.seen.doors import Door, credentials, doors, granted, shut
from ostiary.parts.seen.owners import is_privileged as tells_privilege
from ostiary.parts.seen.owners import speaks_of_privilege
from ostiary.parts.seen.personal import details_in
from ostiary.parts.seen.privileges import is_privileged
from ostiary.parts.seen.secrets import leaks

_MOST = 6  # operations
_MOST_SPELT = 2  # of them, in other spellings too
_MOST_IDENTITIES = 4
_MOST_LISTS = 2
_SHOWN = 4
_TWO = 2
_PEOPLE = re.compile(r"users?|accounts?|people|members?|customers?|employees?", re.IGNORECASE)
_VERSION = re.compile(r"v\d+(?:\.\d+)*", re.IGNORECASE)
_REFUSALS = frozenset({401, 403})
_LOW = re.compile(r"low|user|customer|guest|member|reader|visitor|ordinary|plain|other|bob", re.IGNORECASE)


class Fault(NamedTuple):
    """What an ordinary caller got, and must not; ``field`` is the member that gave it, if one did."""

    operation: Operation
    evidence: Evidence
    proof: str
    field: str


@dataclass
class Seen:
    """What an ordinary caller got."""

    faults: list[Fault] = field(default_factory=list)
    refused: list[Evidence] = field(default_factory=list)
    unsure: list[Evidence] = field(default_factory=list)
    open_to_all: int = 0


async def audit_live(http: Http) -> Finding:
    """Read what looks like an administrator's as the lowest of the identities given, and try to be given a role."""
    reads = [each for each in http.operations if each.method == "GET" and each.declared and is_privileged(each)]
    lists = [each for each in _lists_of_people(http) if each not in reads]
    givers = roles.givers(http)
    if not reads and not givers and not lists:
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
            await _knock(http, name, operation, seen, sure=ordinary is True)
        for operation in lists[:_MOST_LISTS]:
            await _listed(http, name, operation, seen, sure=ordinary is True)
        if seen.faults or seen.refused:
            break
    for operation in givers[: roles.MOST]:
        await _given(http, operation, seen)
    return _finding(seen)


def _finding(seen: Seen) -> Finding:
    if seen.faults:
        first = seen.faults[0]
        return failed(
            first.evidence.what,
            *[each.evidence for each in seen.faults][:_SHOWN],
            proof=first.proof,
            places=tuple(dict.fromkeys(each.operation.key for each in seen.faults)),
            facts={"fields": {each.operation.key: each.field for each in seen.faults if each.field}},
        )
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
    return unknown("no identity given is an ordinary user's who is known here, or what he got proves nothing")


async def _given(http: Http, operation: Operation, seen: Seen) -> None:
    try:
        got = await roles.won(http, operation)
    except Unanswerable:
        return
    if got is not None:
        seen.faults.append(Fault(operation, *got))
    else:
        seen.refused.append(Evidence(what=f"an ordinary account gets no role by {operation.key}", where=operation.key))


def _lists_of_people(http: Http) -> list[Operation]:
    """Reads of collections that are called for people, as an administrator has them."""
    reads = [each for each in http.operations if each.method == "GET" and each.declared and "{" not in each.path]
    return [each for each in reads if _PEOPLE.fullmatch(_last_word(each.path))]


def _last_word(path: str) -> str:
    return next((each for each in reversed(path.strip("/").split("/")) if not _VERSION.fullmatch(each)), "")


async def _listed(http: Http, name: str, operation: Operation, seen: Seen, *, sure: bool) -> None:
    """A list of users is an administrator's when it tells of others how to reach them, and what they may do."""
    try:
        answer = await http.send_to(operation, identity=name)
        nobody = await http.send_to(operation, identity="")
    except Unanswerable:
        return
    if shut(answer) and answer.status in _REFUSALS:
        seen.refused.append(http.show(answer, f"{name} is refused at {operation.key}"))
    if not granted(answer) or granted(nobody):
        return
    entries = things.listed(parse(answer.body))
    telling = [each for each in entries if details_in(each) and tells_privilege(each) is not None and not leaks(each)]
    if len(telling) >= _TWO and sure:
        what = f"{name}, an ordinary user, is shown who all users are, and what they may do: {operation.key}"
        proof = f"{operation.key} showed an ordinary user contact data and rights of {len(telling)} users, and refused nobody's request ({nobody.status})"
        seen.faults.append(Fault(operation, http.show(answer, what), proof, ""))


def _is_ordinary(name: str, door: Door, http: Http) -> bool | None:
    """What the token says of its holder, or else the name that the operator gave it; None: neither tells."""
    account = http.account(name)
    if account is not None and account.privileged:
        return False
    if account is not None and account.registered:
        return True  # a stranger who registered, and asked for nothing
    held = tokens.carrier(credentials(door.opened, door.nobody))
    told = tells_privilege(held.token.claims) if held is not None else None
    if told is not None:
        return not told
    if speaks_of_privilege(name):
        return False
    others = [each for each in http.identities if each != name and speaks_of_privilege(each)]
    return True if others or _LOW.search(name) else None


async def _knock(http: Http, name: str, operation: Operation, seen: Seen, *, sure: bool) -> None:
    try:
        answer = await http.send_to(operation, identity=name)
        nobody = await http.send_to(operation, identity="")
    except Unanswerable:
        return
    if granted(nobody):
        seen.open_to_all += 1
        return
    if granted(answer) and not _is_page(answer, operation):
        shown = http.show(answer, f"{name}, an ordinary user, is let into {operation.key}")
        if sure and granted(await http.send_to(operation, identity=name, fresh=True)):
            proof = f"{operation.key}: an ordinary user got {answer.status} twice, nobody {nobody.status}"
            seen.faults.append(Fault(operation, shown, proof, ""))
            return
        seen.unsure.append(shown)
    elif shut(answer) and (answer.status in _REFUSALS or "{" not in operation.path):  # 404 may mean the object
        seen.refused.append(http.show(answer, f"{name} is refused at {operation.key}"))
        if len(seen.refused) <= _MOST_SPELT:
            spelt = await _spelt(http, name, operation)
            if spelt is not None:
                proof = f"{operation.key} is refused ({answer.status}) as it is written, and opens in another spelling"
                seen.faults.append(Fault(operation, spelt, proof, ""))


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
