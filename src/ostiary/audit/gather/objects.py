"""What the API's users own: objects that the audit creates for them, and what the API itself shows to be theirs."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, unquote

from ostiary.audit.gather import creating, danger, owned, shapes
from ostiary.audit.gather.guesses import envelopes
from ostiary.audit.gather.pool import Pool
from ostiary.audit.gather.repairs import overlooked, repaired
from ostiary.audit.gather.shapes import Kind
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Thing
from ostiary.model import Operation, Place
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import granted

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

PAYER: Final = "the objects"  # whose account pays for what all checks share
MOST_KINDS: Final = 12
MOST_TRIES: Final = 5  # bodies sent until one is accepted
MOST_LOOKS: Final = 3  # requests to find out the id of what was created
MOST_MADE: Final = 60  # objects, in one audit
_DEEPEST: Final = 2  # objects that are created because others need them
_GONE: Final = frozenset({404, 410})
_FORBIDDEN: Final = 403
_REFUSED: Final = frozenset({401, 403, 405, 501})
_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_SAFE: Final = "~!$'()*,;:@"


class _Order(NamedTuple):
    """What is to be created, for whom; ``depth`` counts what needs what."""

    operation: Operation
    target: str
    identity: str
    members: Mapping[str, Any]
    depth: int
    seed: str


class Objects:
    """The model of objects; made once, on demand. ``notes`` are sentences for the report."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._task: asyncio.Task[Sequence[Thing]] | None = None
        self._kinds: list[Kind] | None = None
        self._pool = Pool()
        self._made: list[Thing] = []  # in the order of their creation
        self._first: dict[tuple[str, str], Thing | None] = {}  # (kind, identity)
        self._marks: dict[str, dict[str, str]] = {}
        self._payer: type[LiveHttp] | None = None
        self._count = 0
        self._together = asyncio.Lock()  # creating is done one after the other: what one needs the other may have made
        self.notes: list[str] = []

    async def things(self, http: LiveHttp) -> Sequence[Thing]:
        """As in the port."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._all(self._own(http)))
        return await asyncio.shield(self._task)

    async def make(self, http: LiveHttp, kind: str, identity: str, members: Mapping[str, Any]) -> Thing:
        """As in the port; of a kind that is people, the account's own profile."""
        found = next((each for each in self.kinds() if each.path == kind), None)
        if found is None:
            raise Unanswerable(f"nothing is known that is kept at {kind}")
        if found.people and identity:
            own = await owned.profile(self._live, self._own(http), found, identity)
            if own is None:
                raise Unanswerable(f"it is not known which of {kind} is {identity}")
            return own
        async with self._together:
            return await self._create(self._own(http), found, identity, members, 0)

    def kinds(self) -> list[Kind]:
        """The kinds of objects of the document, without operations that only an administrator of the audit may call."""
        if self._kinds is None:
            api = self._live.api
            usable = [each for each in (api.operations if api is not None else ()) if not _is_left_alone(each)]
            self._kinds = shapes.kinds([each for each in usable if each.role in {"", "register"}], api)
        return self._kinds

    async def marks(self, identity: str) -> dict[str, str]:
        """What identifies a user, and the name of the field that holds it; asked once."""
        if identity not in self._marks:
            http = self._payer(self._live, PAYER) if self._payer is not None else None
            self._marks[identity] = await owned.marks(self._live, http, identity) if http is not None else {}
        return self._marks[identity]

    def aim(self, operation: Operation, thing: Thing, identifier: str | None = None) -> str:
        """As in the port."""
        holes = dict(thing.holes)
        if identifier is not None and holes:
            holes[next(reversed(holes))] = identifier
        target = self._live.target_of(operation)
        path, _, query = target.partition("?")
        usual, names, given = path.split("/"), operation.path.split("/"), list(holes.values())
        made, at = [], 0
        for number, part in enumerate(names):
            holed = _HOLE.fullmatch(part)
            if holed is None:
                made.append(usual[number] if number < len(usual) else part)
                continue
            value = holes.get(holed[1], given[at] if at < len(given) else None)
            made.append(quote(value, safe=_SAFE) if value is not None else usual[number])
            at += 1
        named = {each.name for each in operation.parameters if each.place is Place.QUERY} & holes.keys()
        if named:
            kept = [each for each in query.split("&") if each and unquote(each.partition("=")[0]) not in named]
            query = "&".join([*kept, *(f"{quote(each)}={quote(holes[each], safe=_SAFE)}" for each in sorted(named))])
        return f"{'/'.join(made)}?{query}" if query else "/".join(made)

    def offer(self, listed: Sequence[Thing]) -> None:
        """Let requests that change something aim at what the default identity made here."""
        owner = next(iter(self._live.accounts.names), "")
        for thing in listed:
            if not thing.ours or thing.owner != owner:
                continue
            for operation in (*thing.writes, *([thing.delete] if thing.delete is not None else [])):
                names, values = operation.path.split("/"), self.aim(operation, thing).partition("?")[0].split("/")
                for name, value in zip(names, values, strict=False):
                    if hole := _HOLE.fullmatch(name):
                        self._live.maker.offer(operation.path, hole[1], unquote(value))

    async def close(self, http: LiveHttp) -> None:
        """Remove what was created, as its owner, the last first."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
        own, left = self._own(http), []
        done: set[tuple[str, str]] = set()
        for thing in reversed(self._made):
            if thing.delete is not None and thing.id:
                if (key := (thing.owner, self.aim(thing.delete, thing))) in done:
                    continue  # the number was given again; by now it may be somebody's
                done.add(key)
            try:
                if not await self._removed(own, thing):
                    left.append(thing)
            except Unanswerable:
                left.append(thing)
        if left:
            where = ", ".join(f"{each.kind} {each.id}".strip() for each in left[:8])
            more = f" and {len(left) - 8} more" if len(left) > 8 else ""  # noqa: PLR2004 - as many as are named
            self.notes.append(f"{len(left)} objects that the audit created are still there: {where}{more}.")
        self._made.clear()

    async def _removed(self, http: LiveHttp, thing: Thing) -> bool:
        if thing.delete is None:
            return False
        target = self.aim(thing.delete, thing)
        answer = await http.send_to(thing.delete, target=target, identity=thing.owner, fresh=True)
        if granted(answer) or answer.status in _GONE:
            return True
        if answer.status != _FORBIDDEN or thing.read is None:
            return False
        target = self.aim(thing.read, thing)  # some say 403 of what is not there: its owner no longer reads it then
        shown = await http.send_to(thing.read, target=target, identity=thing.owner, fresh=True)
        return shown.status == _FORBIDDEN or shown.status in _GONE

    def _own(self, http: LiveHttp) -> LiveHttp:
        self._payer = type(http)
        return type(http)(self._live, PAYER)

    async def _all(self, http: LiveHttp) -> Sequence[Thing]:
        people = [each for each in (http.owner, http.other) if each]
        if not people:
            return ()
        await self._pool.fill(http)
        found: list[Thing] = []
        shown = [each for each in self.kinds() if each.item is not None or each.lists is not None]
        for kind in shown[:MOST_KINDS]:
            for identity in people:
                with contextlib.suppress(Unanswerable):
                    thing = await self._thing(http, kind, identity)
                    if thing is not None:
                        found.append(thing)
        return tuple(found)

    async def _thing(self, http: LiveHttp, kind: Kind, identity: str) -> Thing | None:
        """What somebody has of a kind: himself, what is created for him, or what is shown to be his."""
        if kind.people:
            return await owned.profile(self._live, http, kind, identity)
        try:
            async with self._together:
                thing = await self._own_of(http, kind, identity, 0)
        except Unanswerable:
            thing = None
        unread = (
            thing is not None and kind.read is not None and thing.seen is not None and thing.seen.asked.method == "POST"
        )
        if (thing is None or unread) and kind.lists is not None and kind.hole:
            other = http.other if identity == http.owner else http.owner
            return await owned.listed(self._live, http, kind, identity, other) or thing
        return thing

    async def _own_of(self, http: LiveHttp, kind: Kind, identity: str, depth: int) -> Thing | None:
        key = (kind.path, identity)
        if key not in self._first:
            self._first[key] = None  # whoever needs itself to be created does without
            self._first[key] = await self._create(http, kind, identity, {}, depth)
        return self._first[key]

    async def _create(self, http: LiveHttp, kind: Kind, identity: str, members: Mapping[str, Any], depth: int) -> Thing:
        """Create an object, and find out how it is named.

        :raises Unanswerable: when the API refuses every body.
        """
        operation = kind.create
        if operation is None or len(self._made) >= MOST_MADE:
            raise Unanswerable(f"nothing at {kind.path} can be created")
        self._count += 1
        seed = f"{self._live.nonce}{identity}{kind.path}{self._count}"
        outer = await self._outer(http, kind, identity, depth)
        base = Thing(kind=kind.path, id="", owner=identity, holes=outer, create=operation)
        target = self.aim(operation, base)
        drafts = creating.drafts(self._live.maker, operation, seed) or [creating.Draft("", {}, ())]
        answer, value = await self._accepted(http, _Order(operation, target, identity, members, depth, seed), drafts)
        thing = await owned.named(http, kind, base, answer, value)
        self._made.append(thing)
        self._pool.learn(kind.noun, thing.id, parse(answer.body))
        return thing

    async def _accepted(self, http: LiveHttp, order: _Order, drafts: Sequence[creating.Draft]) -> tuple[Answer, Any]:
        """The reply to the first body that is accepted, and that body."""
        operation, target, identity, members, depth, seed = order
        waiting = list(drafts)
        last = 0
        for tried in range(MOST_TRIES):
            if not waiting:
                break
            draft = waiting.pop(0)
            known = await self._references(http, draft.value, identity, depth)
            value = creating.with_members(creating.with_references(draft.value, known), members)
            made = self._live.maker.packed(operation, draft.media, value) if draft.media else ("", b"")
            if made is None:
                continue
            headers = [("Content-Type", made[0])] if made[0] else []
            answer = await http.send_to(
                operation, target=target, identity=identity, body=made[1], headers=headers, fresh=True
            )
            if granted(answer):
                return answer, value
            last = answer.status
            if last in _REFUSED:
                break
            if self._live.api is not None and self._live.api.inferred and overlooked(draft.value, answer):
                waiting[:0] = [draft._replace(value={each: draft.value}) for each in envelopes(operation.path)]
                continue
            shown = {name: each for name, each in self._pool.suggestions().items() if not owned.is_ours(each)}
            better = repaired(draft.value, answer, creating.TASTE, shown)
            if better is not None:  # each object and each place gets a text of its own, to be known again by
                waiting.insert(0, creating.marked(draft.media, better, f"{seed}{tried}"))
        raise Unanswerable(f"{operation.key} created nothing: it answered {last}")

    async def _outer(self, http: LiveHttp, kind: Kind, identity: str, depth: int) -> dict[str, str]:
        """The ids of what an object stands below, the outermost first."""
        path = (kind.create or kind.lists or kind.item or Operation(method="", path="")).path
        found: dict[str, str] = {}
        for match in _HOLE.finditer(path):
            above = next((each for each in self.kinds() if each.path == path[: match.start()].rstrip("/")), None)
            thing: Thing | None = None
            if above is not None and above.people:
                thing = await owned.profile(self._live, http, above, identity)
            elif above is not None and depth < _DEEPEST:
                with contextlib.suppress(Unanswerable):
                    thing = await self._own_of(http, above, identity, depth + 1)
            value = thing.id if thing is not None else self._pool.get(match[1], above.noun if above else "")
            if value is not None:
                found[match[1]] = str(value)
        return found

    async def _references(self, http: LiveHttp, value: Any, identity: str, depth: int) -> dict[str, Any]:
        """Ids of things that exist for the fields of a body that refer to some."""
        found: dict[str, Any] = {}
        for name, given in creating.leaves(value):
            noun = shapes.refers_to(name)
            if not noun or name in found:
                continue
            kind = next((each for each in self.kinds() if each.noun == noun and each.create is not None), None)
            known = self._pool.get(name, noun)
            if known is None and kind is not None and depth < _DEEPEST and not kind.people:
                with contextlib.suppress(Unanswerable):
                    thing = await self._own_of(http, kind, identity, depth + 1)
                    known = thing.id if thing is not None else None
            if known is not None:
                number = isinstance(given, (int, float)) and str(known).isdecimal()
                found[name] = int(known) if number else known
        return found


def _is_left_alone(operation: Operation) -> bool:
    """Whether it destroys more than one object."""
    whole = operation.method == "DELETE" and not operation.path.rstrip("/").endswith("}") and not operation.parameters
    return whole or danger.is_of_all(operation)
