"""A credential is believed when it opens what is shut to nobody; how to send it is found by trying."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from ostiary.audit.gather import fields, grants
from ostiary.audit.gather.grants import Form, Pairs, Way
from ostiary.audit.gather.pool import flat, objects_in
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer
from ostiary.model import Operation, Place
from ostiary.parts.seen import things
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.purposes import purpose

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

MOST_LOOKED_AT: Final = 10  # reads that are asked as nobody, until some are shut
MOST_SHUT: Final = 3
MOST_TRIES: Final = 40  # requests to find out how a credential is sent
MOST_PLACES: Final = 4
MOST_OWN: Final = 2  # values of a reply that may be the id of who signed in
_LONGEST_ID: Final = 64
_HOLE: Final = re.compile(r"\{([^{}]+)\}")
MOST_ASKED: Final = 3  # ways in that are asked for by what a refusal says of them
MOST_FIELDS: Final = 2  # header fields of the API's own that name and password are tried in
_CREDENTIAL: Final = re.compile(r"auth|token|key|credential|session", re.IGNORECASE)
_REFUSED: Final = frozenset({401, 403})
_BROKEN: Final = 500
_EXPECTED: Final = {"me": 0, "list": 1, "read": 2}


class Closed(NamedTuple):
    """A read that nobody may do."""

    operation: Operation
    nobody: Answer
    target: str = ""  # where it is not the usual one

    def opened_by(self, answer: Answer) -> bool:
        """Whether this reply to the same request shows that the caller was let in."""
        if granted(answer):
            return True
        refused = self.nobody.status in _REFUSED
        return refused and answer.status not in _REFUSED and answer.status < _BROKEN and not 300 <= answer.status < 400  # noqa: PLR2004


async def closed_reads(live: Live, http: LiveHttp, within: str = "/") -> list[Closed]:
    """A few reads that are shut to nobody; the caller's own profile first, then what the document says is secured.

    :param within: where their paths begin.
    """
    reads = [
        each for each in live.operations if each.method == "GET" and each.declared and each.path.startswith(within)
    ]
    reads = [each for each in reads if purpose(each) != "graphql"]  # without a query it is refused to everybody
    reads.sort(
        key=lambda each: (not each.security, "{" in each.path, _EXPECTED.get(purpose(each), 3), each.path.count("/"))
    )
    found: list[Closed] = []
    for each in reads[:MOST_LOOKED_AT]:
        try:
            nobody = await http.send_to(each, identity="")
        except Unanswerable:
            continue
        if shut(nobody) and _says_who(each, nobody.status):
            found.append(Closed(each, nobody))
        if len(found) >= MOST_SHUT:
            break
    return sorted(found, key=lambda each: each.nobody.status not in _REFUSED)


def _says_who(operation: Operation, status: int) -> bool:
    """Whether a refusal may be for who asks. A field is null to nobody where others have their own profile."""
    if fields.is_one(operation):
        return status in _REFUSED or (status == 404 and "{" not in operation.path)  # noqa: PLR2004
    return status not in {404, 405}


async def opens(http: LiveHttp, doors: list[Closed], pairs: Pairs) -> Answer | None:
    """The reply of the first of these reads that the header fields open; None: none."""
    for door in doors:
        answer = await send_as(http, door.operation, pairs, door.target)
        if door.opened_by(answer):
            return answer
    return None


def aimed(live: Live, doors: list[Closed], joined: Answer) -> list[Closed]:
    """The same reads, of the account that a reply registered where they read one by its id: others' may be shut to it."""
    found: list[Closed] = []
    for door in doors:
        path, hole = door.operation.path, things.hole_of(door.operation)
        own = ""
        if things.is_read_of_one(door.operation) and path.count("{") == 1:
            document = parse(joined.body)
            inner = [document, *(document.values() if isinstance(document, Mapping) else ())]
            own = next((text for each in inner if isinstance(each, Mapping) and (text := things.id_of(each, hole))), "")
        found.append(door._replace(target=things.aimed(live.target_of(door.operation), own)) if own else door)
    return found


def own_fields(live: Live, doors: Sequence[Closed]) -> list[str]:
    """Header fields of the API's own that may take a credential: of its schemes, its parameters, and what already did."""
    schemes = live.api.security_schemes.values() if live.api is not None else ()
    named = [str(each.get("name", "")) for each in schemes if each.get("in") == "header" and each.get("name")]
    for door in doors:
        named += [each.name for each in door.operation.parameters if each.place is Place.HEADER]
    named += [name for pairs in live.identities.values() for name, _ in pairs]
    return [each for each in dict.fromkeys(named) if _CREDENTIAL.search(each)]


def spelt_out(live: Live, doors: list[Closed], user: str, password: str) -> list[Pairs]:
    """Name and password themselves as a credential: HTTP Basic, and the same text in the header fields of the API's own."""
    own = own_fields(live, doors)
    text = basic(user, password)
    return [(("Authorization", text),), *(((each, text.removeprefix("Basic ")),) for each in own[:MOST_FIELDS])]


def basic(user: str, password: str) -> str:
    """An Authorization field of RFC 7617."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def refuses(http: LiveHttp, doors: list[Closed], pairs: Pairs) -> bool:
    """Whether these credentials are answered like none at all, at every one of these reads."""
    for door in doors:
        answer = await send_as(http, door.operation, pairs)
        same = gist(answer) == gist(door.nobody) and answer.status not in {403, 404}  # those are of rights, too
        if door.opened_by(answer) or not (answer.status == 401 or same):  # noqa: PLR2004 - RFC 9110 section 15.5.2
            return False
    return bool(doors)


async def differ(http: LiveHttp, doors: list[Closed], one: str, two: str) -> bool:
    """Whether a read shows two identities different things, and the first of them the same thing twice."""
    for door in doors:
        mine, theirs, again = [
            await http.send_to(door.operation, identity=each, fresh=True) for each in (one, two, one)
        ]
        stable = granted(mine) and granted(theirs) and gist(mine) == gist(again)
        if stable and gist(mine) != gist(theirs):
            return True
    return False


async def send_as(http: LiveHttp, operation: Operation, pairs: Pairs, target: str = "") -> Answer:
    """Ask for a read with these credentials, which may be a query parameter (`Form`)."""
    headers = [pair for pair in pairs if not pair[0].startswith("?")]
    query = [f"{name[1:]}={value}" for name, value in pairs if name.startswith("?")]
    target = target or http.target_of(operation)
    if query:
        target += ("&" if "?" in target else "?") + "&".join(query)
    return await http.send_to(operation, identity="", headers=headers, target=target, fresh=True)


async def way_in(
    live: Live,
    http: LiveHttp,
    answer: Answer,
    doors: list[Closed],
    *,
    jar: Mapping[str, str],
    place: grants.Place | None = None,
    form: Form | None = None,
) -> Way | None:
    """Where the reply to a login holds the credential and how that is sent, proved by a door; None: nothing opens.

    Where no door is known, the likeliest is taken unproved.
    :param place: where the policy says it is; `form`: how the policy says it is sent.
    """
    schemes = live.api.security_schemes if live.api is not None else {}
    spots = [place] if place is not None else grants.places(answer)[:MOST_PLACES]
    named = [each for each in own_fields(live, doors) if each.lower() != "authorization"][:MOST_OWN] if doors else []
    ways: list[Way] = []
    for spot in spots:
        own = [Form(each) for each in named if spot.kind != "cookie"]
        usual = dict.fromkeys([*own, *grants.forms(spot, schemes)])
        ways += [Way(spot, each) for each in ([form] if form is not None else usual)]
    ways = [each for each in ways if each.pairs(answer, jar)]
    if not doors:
        return next(iter(ways), None)
    found = await _first_that_opens(http, answer, doors, ways, jar)
    if found is None and ways:  # what is shut may be another user's: the reply may say which is one's own
        others = await _own_doors(http, answer, doors)
        found = await _first_that_opens(http, answer, others, ways, jar) if others else None
    return found


async def _first_that_opens(
    http: LiveHttp, answer: Answer, doors: list[Closed], ways: list[Way], jar: Mapping[str, str]
) -> Way | None:
    seen: set[Pairs] = set()
    for each in ways:
        pairs = each.pairs(answer, jar)
        if pairs in seen:
            continue
        if len(seen) >= MOST_TRIES:
            break
        seen.add(pairs)
        if await opens(http, doors[:1] if len(seen) > len(ways) // 2 + 1 else doors, pairs) is not None:
            return each
    asked: list[Way] = []  # one for each place of the reply
    for way in ways:
        if way.place.kind != "cookie" and all(way.place != each.place for each in asked):
            asked.append(way)
    for each in asked[:MOST_ASKED]:
        if await _is_understood(http, doors, each.pairs(answer, jar), each.place.value(answer)):
            return replace(each, recognised=True)
    return None


async def _own_doors(http: LiveHttp, answer: Answer, doors: list[Closed]) -> list[Closed]:
    """The same reads, aimed at what the reply to a login names: ``GET /user/{user_id}`` with the id of who signed in."""
    found: list[Closed] = []
    for door in doors:
        holes = _HOLE.findall(door.operation.path)
        if len(holes) != 1:
            continue
        for value in _named_like(answer, holes[0])[:MOST_OWN]:
            target = http.target_of(door.operation).partition("?")[0].split("/")
            parts = zip(door.operation.path.split("/"), target, strict=False)
            aimed = "/".join(quote(value, safe="") if part == f"{{{holes[0]}}}" else usual for part, usual in parts)
            nobody = await send_as(http, door.operation, (), aimed)
            if shut(nobody) and nobody.status not in {404, 405}:
                found.append(Closed(door.operation, nobody, aimed))
    return found


def _named_like(answer: Answer, hole: str) -> list[str]:
    """Short values of the reply whose names end what the parameter is called."""
    pairs = [(flat(str(key)), value) for each in objects_in(parse(answer.body)) for key, value in each.items()]
    plain = [
        (name, str(value)) for name, value in pairs if isinstance(value, (int, str)) and not isinstance(value, bool)
    ]
    like = [
        (name, value) for name, value in plain if name and flat(hole).endswith(name) and 0 < len(value) <= _LONGEST_ID
    ]
    return list(dict.fromkeys(value for _, value in sorted(like, key=lambda each: -len(each[0]))))


async def _is_understood(http: LiveHttp, doors: list[Closed], pairs: Pairs, value: str) -> bool:
    """Whether a read that this account has no right to tells its credential from none and from a spoilt one, twice."""
    spoilt = tuple((name, text.replace(value, _spoilt(value))) for name, text in pairs)
    if spoilt == pairs:
        return False
    for door in doors:
        mine, other, again = [await send_as(http, door.operation, each) for each in (pairs, spoilt, pairs)]
        told = mine.status < _BROKEN and mine.status != 401 and not 300 <= mine.status < 400  # noqa: PLR2004 - RFC 9110
        if told and gist(mine) == gist(again) and gist(mine) not in {gist(other), gist(door.nobody)}:
            return True
    return False


def _spoilt(value: str) -> str:
    """The same text with its middle and its end changed, so that no signature or lookup holds."""
    half = len(value) // 2
    turned = "".join("B" if each == "A" else "A" if each.isalnum() else each for each in value[half:])
    return value[:half] + turned
