"""One text after another in one place of a request; what is compared is what the replies say, not what they repeat."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Thing
from ostiary.model import Operation, Place
from ostiary.parts.seen.bodies import parse, says_error
from ostiary.parts.seen.fields import resolve
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.inputs import Input, changed, inputs, members_of, renamed, words
from ostiary.parts.seen.leftovers import Leftovers
from ostiary.parts.seen.things import id_of, listed

PLAIN: Final = "ostiary7qz"  # an ordinary text that nobody else writes
TAG: Final = "<script>/*ostiary7q*/</script>"  # a comment: it does nothing wherever it is run
MARKUP: Final = f"ostiary7q'\">{TAG}"  # both quotes and markup, harmless: one request that several checks read
REFUSALS: Final = frozenset({400, 422})
BLOCKS: Final = frozenset({403, 406, 429, 501, 503})  # what filters in front answer
MOST_IN_ONE: Final = 3  # places of one operation
SHORTEST_STEM: Final = 4  # characters of a word that tells what a path speaks of
MOST_IDS: Final = 3  # that are tried for one place
TIRED: Final = 3  # places in a row without any answer: the target has had enough
_LEFT: Final = frozenset({
    "login", "reset", "forgot", "reset-request", "otp", "logout", "refresh", "change-password", "token", "authorize", "graphql",
})  # fmt: skip
_SECRETS: Final = frozenset({"password", "passwd", "pass", "pwd", "passphrase", "confirmation"})
_CHANGES: Final = frozenset({"PUT", "PATCH"})


class Trial:
    """One place, and what the API says to texts in it.

    :param identity: who asks; None is the default.
    :param leftovers: where creations are noted, for removal.
    """

    def __init__(
        self, http: Http, at: Input, identity: str | None = None, *, leftovers: Leftovers | None = None
    ) -> None:
        self._leftovers = leftovers
        self.http = http
        self.at = at
        self._as = {} if identity is None else {"identity": identity}

    async def valid(self) -> Answer:
        """What the valid request gets.

        :raises Unanswerable: when nothing comes, or a write was not accepted: then nothing can be told from refusals.
        """
        if self.at.place is Place.QUERY and self.at.value:
            return await self.put(self.at.value)
        if self.at.reads:
            return await self.http.send_to(self.at.operation)
        if not self.at.target:
            return await self.http.baseline(self.at.operation)
        answer = await self.http.send_to(self.at.operation, target=self.at.target)
        if not answer.accepted:
            raise Unanswerable(f"{self.at.operation.key} answered {answer.status} to a valid request")
        return answer

    async def put(self, value: Any, **more: Any) -> Answer:
        """The valid request with a text there, in a JSON body any value; equal ones are sent once.

        A write gets other names where the audit invented them, so that it does not collide with the one before.
        """
        body = None
        if not self.at.reads:
            made = self.http.body_of(self.at.operation)
            mark = f"{zlib.crc32(f'{self.at.full_name} {value}'.encode()) % 46656:x}-"
            body = renamed(made[1], mark) if made is not None else None
        change = changed(self.http, self.at, value, body=body)
        if body is not None:
            change.setdefault("body", body)
        answer = await self.http.send_to(self.at.operation, **{**change, **self._as, **more})
        if self._leftovers is not None and not self.at.reads:
            self._leftovers.note(self.at.operation, answer)
        return answer

    async def said(self, text: str, *others: str) -> tuple[int, str]:
        """What the reply to a text says, without the text.

        :param others: more texts of the request that the reply may repeat.
        """
        return gist(await self.put(text), text, *others)

    async def refuses_oddities(self) -> bool:
        """Whether an odd text is refused just as any would be: then more of them teach nothing."""
        odd = await self.put(MARKUP)
        return odd.status in REFUSALS and gist(odd, MARKUP) == gist(await self.put(PLAIN), PLAIN)


def is_good(answer: Answer) -> bool:
    """Whether it did what was asked: accepted, and no error in its body."""
    return answer.accepted and not says_error(members_of(answer.body))


async def places(
    http: Http, *, most: int, writes: bool = True, headers: bool = False, numbers: bool = True
) -> list[Input]:
    """Where to try texts: reads first, then creations, then changes of objects that the audit made itself.

    One place of every operation comes before the second of any; of one operation at most three are tried. Operations that
    sign in, reset or end something are left out. Filters without a value get one that their own list shows.
    """
    columns = []
    for each in http.operations:
        if http.purpose(each) in _LEFT or each.role in _LEFT:
            continue
        if each.method == "GET" or (writes and (each.method == "POST" or _adds(http, each))):
            found = [at for at in inputs(http, each, numbers=numbers, headers=headers) if not _is_hashed(at)]
            columns.append(sorted(found, key=_rank)[:1] if each.role == "register" else found)
    if writes:
        columns += [inputs(http, each, numbers=numbers, target=target) for each, target in await own_changes(http)]
    columns = [sorted(each, key=_rank)[:MOST_IN_ONE] for each in columns]
    rows = max(map(len, columns), default=0)
    chosen = [column[at] for at in range(rows) for column in columns if at < len(column)][:most]
    return [await _with_value(http, each) for each in chosen]


def _is_hashed(at: Input) -> bool:
    """A password that is stored goes through a hash: texts in it teach nothing, and each costs a slow one."""
    return not at.reads and not _SECRETS.isdisjoint(words(at.name))


def _adds(http: Http, operation: Operation) -> bool:
    """Some create with PUT on a collection: one object, where reading gives a list. It cannot stand for the whole list."""
    if operation.method != "PUT" or "{" in operation.path or not http.intrusive:
        return False
    made = http.body_of(operation)
    read = next((each for each in http.operations if each.method == "GET" and each.path == operation.path), None)
    return made is not None and bool(members_of(made[1])) and read is not None and _declares_list(read)


def _declares_list(operation: Operation) -> bool:
    schemas = [
        media.schema for code, content in operation.replies.items() if code[:1] == "2" for media in content.values()
    ]
    found = [resolve(each.fragment, each.root) for each in schemas if each is not None]
    return any(isinstance(each, Mapping) and (each.get("type") == "array" or "items" in each) for each in found)


def _rank(at: Input) -> int:
    """What names something is looked up; the rest is mostly stored."""
    return (at.place is not Place.PATH) + (at.place is None) * bool(at.within) + (at.schema.get("type") == "boolean")


async def own_changes(http: Http) -> list[tuple[Operation, str]]:
    """PUT and PATCH aimed at objects that the audit made: changing them harms nobody."""
    try:
        things: Sequence[Thing] = await http.things()
    except Unanswerable:
        return []
    found: dict[str, tuple[Operation, str]] = {}
    for thing in things:
        for each in thing.writes if thing.ours and thing.owner == http.owner else ():
            if each.method in _CHANGES and each.key not in found:
                found[each.key] = (each, http.aim(each, thing))
    return list(found.values())


async def _with_value(http: Http, at: Input) -> Input:
    """A filter with a value that something has: one that the unfiltered list shows under its name; and an id likewise."""
    if at.place is Place.PATH and at.reads:
        return await _with_id(http, at)
    if at.value or at.place is not Place.QUERY:
        return at
    try:
        answer = await http.send_to(at.operation)
    except Unanswerable:
        return at
    value = value_in(answer, at.name)
    return replace(at, value=value) if value else at


async def _with_id(http: Http, at: Input) -> Input:
    """An id that opens something, where the usual one does not: from lists of what the path speaks of, or the first."""
    try:
        if is_good(await http.send_to(at.operation)):
            return at
        for value in [*await _listed_ids(http, at), "1"][:MOST_IDS]:
            if value != at.value and is_good(await Trial(http, at).put(value)):
                return replace(at, value=value)
    except Unanswerable:
        pass
    return at


async def _listed_ids(http: Http, at: Input) -> list[str]:
    wanted = _stems(at.operation.path) | _stems(at.name)
    found: list[str] = []
    lists = [each for each in http.operations if each.method == "GET" and "{" not in each.path]
    for each in [one for one in lists if wanted & _stems(one.path)][:MOST_IDS]:
        answer = await http.send_to(each)
        entries = listed(parse(answer.body)) if is_good(answer) else []
        found += [value for entry in entries[:1] if (value := id_of(entry, at.name))]
    return found


def _stems(path: str) -> frozenset[str]:
    """What a path speaks of: its words in the singular, without those that say what is done."""
    return frozenset(
        each.removesuffix("s")
        for part in re.split(r"[/{}_.-]", path)
        for each in words(part)
        if len(each) >= SHORTEST_STEM
    )


def value_in(answer: Answer, name: str) -> str:
    """A value that a list shows under a name; empty when it shows none."""
    wanted = words(name)
    for entry in listed(parse(answer.body))[:20] if answer.accepted else ():
        for key, value in entry.items():
            if (
                isinstance(value, (str, int))
                and not isinstance(value, bool)
                and words(key) == wanted
                and str(value).strip()
            ):
                return str(value)[:80]
    return ""


def named(places: Iterable[Input], names: frozenset[str]) -> list[Input]:
    """Those whose name has one of these words."""
    return [each for each in places if not names.isdisjoint(words(each.name))]
