"""Operations that open with the credentials given and stay shut without them: only there does a refusal prove anything."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, not_applicable, unknown
from ostiary.parts.seen import tokens
from ostiary.parts.seen.bodies import kind_of, parse, refuses_in_words, says_error
from ostiary.parts.seen.tokens import Carrier, Token

MOST_TRIED: Final = 12  # operations that are looked at until some are found
MOST_IDENTITIES: Final = 8
RUBBISH: Final = "ostiary-no-token"
_VERSION: Final = re.compile(r"v\d+(?:\.\d+)*", re.IGNORECASE)
_UNDECIDED: Final = frozenset({408, 425, 429})


class Door(NamedTuple):
    """One operation, the reply that the credentials got, and the one that nobody got."""

    operation: Operation
    opened: Answer
    nobody: Answer
    carrier: Carrier | None

    async def tried(self, http: Http, token: str, *, fresh: bool = False) -> Answer:
        """Knock with another token in the place of the one given."""
        if self.carrier is None:
            raise Unanswerable("the credentials given hold no token")
        return await http.send_to(self.operation, identity="", headers=self.carrier.carrying(token), fresh=fresh)

    async def opens(self, http: Http, token: str) -> tuple[bool, Answer]:
        """Whether another token opens, twice in a row, to something like what the token given opens to."""
        answer = await self.tried(http, token)
        if answer.status in _UNDECIDED:
            raise Unanswerable(
                f"{self.operation.key} answered {answer.status}: it is not decided what it thinks of a token"
            )
        if not self.let_in(answer):
            return False, answer
        again = await self.tried(http, token, fresh=True)
        return self.let_in(again), answer

    def let_in(self, answer: Answer) -> bool:
        """Whether a reply is something like what the token given opens to."""
        return granted(answer) and _alike(answer, self.opened)


class Key(NamedTuple):
    """A token that the operator gave, and what it got at a door."""

    name: str
    token: Token
    answer: Answer


def granted(answer: Answer) -> bool:
    """Whether a reply did what was asked, and its body does not take that back."""
    return answer.accepted and not says_error(parse(answer.body)) and not refuses_in_words(answer.body)


def shut(answer: Answer) -> bool:
    """Whether a reply is a refusal: neither success, nor a failure that says nothing of the credentials."""
    return not granted(answer) and answer.status < 500 and answer.status not in _UNDECIDED  # noqa: PLR2004


async def doors(http: Http, identity: str | None = None, most: int = 1, *, pages: bool = False) -> list[Door]:
    """Reads that open for an identity (None: the default) and for nobody else; at most two requests for each tried.

    :param pages: also those where nobody gets a page for people, with 200: only for who judges by `Door.opens`.
    """
    reads = [each for each in http.operations if each.method == "GET" and each.declared]
    reads.sort(key=lambda each: (not each.security, "{" in each.path))
    found: list[Door] = []
    for operation in _spread(reads)[:MOST_TRIED]:
        door = await _door(http, operation, identity, pages=pages)
        if door is not None:
            found.append(door)
        if len(found) >= most:
            break
    return found


async def _door(http: Http, operation: Operation, identity: str | None, *, pages: bool) -> Door | None:
    try:
        opened = await (http.baseline(operation) if identity is None else http.send_to(operation, identity=identity))
        if not granted(opened):
            return None
        nobody = await http.send_to(operation, identity="")
        carrier = tokens.carrier(credentials(opened, nobody))
        if shut(nobody) and carrier is not None and carrier.others:
            nobody = await http.send_to(operation, identity="", headers=carrier.others)
    except Unanswerable:
        return None
    turned_away = shut(nobody) or (pages and kind_of(nobody.body) == "html" and kind_of(opened.body) == "json")
    return Door(operation, opened, nobody, carrier) if turned_away else None


def _spread(reads: Sequence[Operation]) -> list[Operation]:
    """Those of one area of the API one after the other, each behind the first of every other area: a check may hold in one."""
    turns: dict[str, int] = {}
    order: list[tuple[int, int]] = []
    shared = _shared([each.path.split("/") for each in reads])
    for at, each in enumerate(reads):
        area = _area(each, shared)
        turns[area] = turns.get(area, -1) + 1
        order.append((turns[area], at))
    return [reads[at] for _, at in sorted(order)]


def _shared(paths: Sequence[Sequence[str]]) -> int:
    """How many segments all paths begin with alike: the API's own prefix, not an area."""
    alike = (len(set(each)) == 1 for each in zip(*paths, strict=False))
    return sum(1 for _ in itertools.takewhile(bool, alike)) if len(paths) > 1 else 0


def _area(operation: Operation, shared: int) -> str:
    literal = [each for each in operation.path.split("/")[shared:] if each and "{" not in each]
    telling = [each for each in literal if each.lower() != "api" and not _VERSION.fullmatch(each)]
    return next(iter(telling), "")


def _alike(one: Answer, other: Answer) -> bool:
    """Whether two replies are of a kind: a page for guests is no way in."""
    first, second = parse(one.body), parse(other.body)
    if isinstance(first, dict) and isinstance(second, dict):
        return len(first.keys() & second.keys()) * 2 >= len(second)
    return type(first) is type(second) and one.media_type == other.media_type


async def believes_anything(http: Http, door: Door) -> bool:
    """Whether an operation opens to what is no token at all: then it does not look at tokens."""
    return door.let_in(await door.tried(http, RUBBISH))


def credentials(opened: Answer, nobody: Answer) -> list[tuple[str, str]]:
    """The header fields of a request that nobody's has not."""
    return [pair for pair in opened.asked.headers if pair not in nobody.asked.headers]


async def with_token(http: Http, most: int = 1) -> list[Door] | Finding:
    """Doors that a JWT opens, the default identity's before another's; or the answer of a check that has none."""
    if not http.identities:
        return unknown("no token was given to try (--bearer)")
    found = await doors(http, None, most, pages=True)
    if not found:
        return unknown("no operation that the credentials given open is shut without them, so a refusal proves nothing")
    carried = [each for each in found if each.carrier is not None]
    if not carried:  # parts of an API may take other credentials of the same user
        carried = [each for each in await doors(http, None, MOST_TRIED) if each.carrier is not None][:most]
    if not carried and _takes_jwts(http):  # signed in by a cookie, and somebody else's token is at hand
        for name in http.identities[1:MOST_IDENTITIES]:
            carried = [each for each in await doors(http, name, most) if each.carrier is not None]
            if carried:
                break
    jwts = [each for each in carried if not await believes_anything(http, each)]
    if jwts:
        return jwts
    if carried:
        return unknown(
            f"{carried[0].operation.key} opens to what is no token at all (processing.all-endpoints-authenticated)"
        )
    if _takes_jwts(http):
        return unknown("the credentials given hold no JWT, though the API takes some: give one (--bearer)")
    return not_applicable("the credentials given are opaque: nothing in them can be read or forged")


def _takes_jwts(http: Http) -> bool:
    schemes: Sequence[Any] = list(http.api.security_schemes.values()) if http.api is not None else []
    return any(str(each.get("bearerFormat", "")).lower() == "jwt" for each in schemes)


async def keys(http: Http, door: Door) -> list[Key]:
    """The tokens of all identities given, each tried at a door; opaque ones are left out."""
    found = []
    for name in http.identities[:MOST_IDENTITIES]:
        answer = await http.send_to(door.operation, identity=name)
        held = tokens.carrier(credentials(answer, door.nobody))
        if held is not None:
            found.append(Key(name, held.token, answer))
    return found


def moment(answer: Answer) -> float:
    """The target's clock, as its reply has it; ours where it does not say."""
    try:
        return parsedate_to_datetime(answer.head("date") or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return time.time()
