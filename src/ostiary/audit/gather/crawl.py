"""Without a document the API is walked from link to link; what is found becomes operations that are called inferred."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote

from ostiary.audit.gather import danger, guesses, repairs
from ostiary.audit.gather.document import looks_like_one
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.observe import id_in
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer
from ostiary.model import Api, Operation
from ostiary.parts import openapi
from ostiary.parts.openapi.inferred import schema_of
from ostiary.parts.openapi.recorded import Recorded, Recording
from ostiary.parts.openapi.templates import looks_like_an_id, objects_in
from ostiary.parts.seen.bodies import NOT_JSON, is_json_type, parse
from ostiary.parts.seen.headers import methods_of
from ostiary.parts.seen.links import Link, links_of
from ostiary.parts.seen.nowhere import NOWHERE, alike
from ostiary.parts.seen.routes import routes_of

DIALECT: Final = "links"
MOST_READ: Final = 160  # GET requests, guesses and their controls included
MOST_OPTIONS: Final = 30  # paths asked which methods they have
MOST_SCRIPTS: Final = 6
MOST_FIELDS: Final = 12  # paths that are sent an empty object, to read what they miss
MOST_ROUTINGS: Final = 12  # paths below which a development server is asked what it routes
_TOGETHER: Final = 6
_ALIKE: Final = 3  # pages of one form that are read: lists lead to hundreds of things of one kind
_JSON: Final = "application/json"
_GONE: Final = frozenset({404, 410})
_OURS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "CONNECT"})
_WRONG: Final = frozenset({400, 422})
_SHUT: Final = frozenset({401, 403})
_READ: Final = frozenset({"GET"})
_HOLE: Final = re.compile(r"\{[^{}]*\}")
_USUAL: Final = frozenset({"POST"})  # what a path has that refuses GET and does not say
_SERVERS_OWN: Final = frozenset({  # members of an object that a client does not send
    "id", "_id", "uuid", "pk", "url", "uri", "href", "links", "_links", "self", "etag", "version", "_etag", "_rev",
})  # fmt: skip


async def crawl(http: LiveHttp, prefix: str, *, guesses_too: bool = True) -> tuple[Api | None, list[str]]:
    """Walk from the root, robots.txt, sitemap.xml and a short list of usual names; an inferred `Api`, and sentences."""
    walk = _Walk(http)
    await walk.read([f"{prefix}/", *([] if not prefix else [prefix]), "/robots.txt", "/sitemap.xml"])
    await walk.told(prefix)
    if guesses_too and len(walk.there) < guesses.ENOUGH:
        await walk.guess(prefix)
    await walk.enter()
    await walk.ask_methods()
    await walk.ask_fields()
    recorded = list(walk.recorded())
    if not recorded:
        return None, ["Nothing was found by following links either, so most checks have nothing to ask."]
    recording = Recording(title=http.base, requests=recorded)
    api = openapi.from_recording(recording, source=f"{http.base}{prefix} (links)", dialect=DIALECT)
    api = replace(api, operations=_once(api.operations))
    left = f"; {len(walk.left)} that could do harm were not followed" if walk.left else ""
    count = f"{len(api.operations)} operations were inferred from links and replies ({walk.asked} requests{left})"
    return api, [f"{count}: checks of documents do not judge them, and what nothing links to was not seen."]


def _once(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """Without what is there with and without a slash at its end: programs join texts, and servers often take both."""
    plain = {each.key for each in operations if not each.path.endswith("/")}
    return tuple(
        each for each in operations if each.path == "/" or each.key.rstrip("/") not in plain or each.key in plain
    )


def joined(written: Api, inferred: Api) -> Api:
    """A document that describes little of what is there, and what links show beside it; called inferred, as most of it is."""
    known = {(each.method, _shape(each.path)) for each in written.operations}
    new = tuple(each for each in inferred.operations if (each.method, _shape(each.path)) not in known)
    if not new:
        return written
    return replace(
        written, operations=(*written.operations, *new), source=f"{written.source} (and links)", dialect=DIALECT
    )


def _shape(path: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", path).rstrip("/")


class _Walk:
    def __init__(self, http: LiveHttp) -> None:
        self.http = http
        self.asked = 0
        self.there: dict[str, Answer] = {}  # request target -> what answered, where something is
        self.open: dict[str, Link] = {}  # targets with names in braces
        self.forms: list[Link] = []
        self.methods: dict[str, frozenset[str]] = {}  # path -> what it allows
        self.fields: dict[str, Mapping[str, Any]] = {}  # path -> schema of what it takes, as it says itself
        self.left: set[str] = set()
        self._seen: set[str] = set()
        self._forms_read: dict[str, int] = {}
        self._nowhere: dict[str, Answer | None] = {}
        self._scripts = 0

    async def read(self, targets: Iterable[str]) -> None:
        """Read these and whatever they lead to, breadth first, within the bounds."""
        queue = [each for each in targets if self._wanted(each)]
        while queue:
            some, queue = queue[:_TOGETHER], queue[_TOGETHER:]
            answers = await asyncio.gather(*map(self._get, some))
            for answer in answers:
                if answer is not None and await self._is_there(answer):
                    queue += self._take(answer)

    def _wanted(self, target: str) -> bool:
        """Whether a target is new, harmless, and not one more of many that look the same; counts it as asked."""
        if target in self._seen or self.asked >= MOST_READ:
            return False
        self._seen.add(target)
        path, _, query = target.partition("?")
        if danger.destructive(Operation(method="GET", path=unquote(path))):
            self.left.add(path)
            return False
        shape = "/".join("{}" if looks_like_an_id(each) else each for each in path.split("/"))
        shape += "?" + "&".join(sorted(name for name, _ in parse_qsl(query, keep_blank_values=True)))
        self._forms_read[shape] = self._forms_read.get(shape, 0) + 1
        if self._forms_read[shape] > _ALIKE:
            return False
        self.asked += 1
        return True

    async def _get(self, target: str) -> Answer | None:
        try:
            return await self.http.send("GET", target)
        except Unanswerable:
            return None

    async def _is_there(self, answer: Answer) -> bool:
        """Whether something is at a path: not what its neighbourhood says of everything."""
        if answer.status in _GONE:
            return False
        path = answer.asked.target.partition("?")[0]
        parent = path.rstrip("/").rpartition("/")[0]
        if path == "/" and answer.accepted:
            return True
        if parent not in self._nowhere:
            self.asked += 1
            self._nowhere[parent] = await self._get(f"{parent}/{NOWHERE}")
        nothing = self._nowhere[parent]
        return nothing is None or not alike(answer, nothing)

    def _take(self, answer: Answer) -> list[str]:
        """Remember a place and return where it leads."""
        target = answer.asked.target
        path = target.partition("?")[0]
        if answer.status == 405:  # noqa: PLR2004 - RFC 9110 section 15.5.6: it is there, for other methods
            self.methods[path] = frozenset(methods_of(answer)) or _USUAL
        elif not 300 <= answer.status < 400:  # noqa: PLR2004 - RFC 9110 section 15.4
            self.there[target] = answer
        more = []
        for link in links_of(answer, self.http.base):
            if link.script:
                self._scripts += 1
                if self._scripts <= MOST_SCRIPTS and self._wanted(link.target):
                    more.append(link.target)
            elif "{" in link.target:
                self.open.setdefault(f"{link.method} {link.target}", link)
            elif link.fields or link.method not in {"GET", "HEAD"}:
                self.forms.append(link)
            elif self._wanted(link.target):
                more.append(link.target)
        return more

    async def told(self, prefix: str) -> None:
        """What a development server itself says that it routes: it is asked below each beginning that it names."""
        queue, templates = [prefix.rstrip("/")], dict[str, None]()
        for parent in queue:
            if parent not in self._nowhere and self.asked < MOST_READ:
                self.asked += 1
                self._nowhere[parent] = await self._get(f"{parent}/{NOWHERE}")
            nothing = self._nowhere.get(parent)
            routes = routes_of(nothing) if nothing is not None else None
            for path in routes.paths if routes is not None else ():
                templates.setdefault(path)
            new = [each.rstrip("/") for each in routes.below] if routes is not None else []
            queue += [each for each in dict.fromkeys(new) if each not in queue][: MOST_ROUTINGS - len(queue)]
        await self.read([each for each in templates if "{" not in each])
        holed = [
            each for each in templates if "{" in each and not danger.destructive(Operation(method="GET", path=each))
        ]
        for start in range(0, min(len(holed), MOST_OPTIONS), _TOGETHER):
            await asyncio.gather(*map(self._holed, holed[start : min(start + _TOGETHER, MOST_OPTIONS)]))

    async def _holed(self, template: str) -> None:
        """A route with holes: the methods that it says it has, or that it is read."""
        self.asked += 1
        await self._options(template, _HOLE.sub("1", template))
        if self.methods.get(template, _READ) & _READ:
            self.open.setdefault(f"GET {template}", Link(template))

    async def guess(self, prefix: str) -> None:
        """Try usual names: first a few below each usual root, then all below those roots that have something."""
        await self.read([f"{prefix}{root}/{name}" for root in guesses.ROOTS for name in guesses.FIRST])
        alive = [root for root in guesses.ROOTS if any(self._below(f"{prefix}{root}/", root))]
        await self.read([f"{prefix}{root}/{name}" for root in alive[: guesses.MOST_ROOTS] for name in guesses.NAMES])

    def _below(self, start: str, root: str) -> Iterator[bool]:
        for each in (*self.there, *self.methods):
            path = each.partition("?")[0]
            if path.startswith(start) and (
                root or not path.startswith(tuple(f"{start[:-1]}{r}/" for r in guesses.ROOTS if r))
            ):
                yield True

    async def enter(self) -> None:
        """Ask for one thing of each collection, by the id that the collection shows."""
        wanted = []
        for target, answer in self.there.items():
            path = target.partition("?")[0].rstrip("/")
            plain = _plain(answer)
            if not path or not answer.accepted or not objects_in(plain) or not isinstance(plain, (list, dict)):
                continue
            if any(
                each.startswith(f"{path}/") and looks_like_an_id(each[len(path) + 1 :].partition("/")[0])
                for each in self.there
            ):
                continue
            listed = isinstance(plain, list) or any(isinstance(each, list) for each in plain.values())
            value = id_in(plain, "id", path) if listed else None
            if value is not None:
                slash = "/" if target.partition("?")[0].endswith("/") else ""
                wanted.append(f"{path}/{quote(value, safe='')}{slash}")
        await self.read(wanted)

    async def ask_methods(self) -> None:
        """OPTIONS, once for each path that has a form of its own."""
        paths = dict.fromkeys(each.partition("?")[0] for each in self.there if self._speaks(self.there[each]))
        shapes: dict[str, str] = {}
        for path in paths:
            shapes.setdefault("/".join("{}" if looks_like_an_id(each) else each for each in path.split("/")), path)
        chosen = list(shapes.values())[:MOST_OPTIONS]
        for start in range(0, len(chosen), _TOGETHER):
            await asyncio.gather(*map(self._options, chosen[start : start + _TOGETHER]))

    async def _options(self, path: str, target: str = "") -> None:
        try:
            answer = await self.http.send("OPTIONS", target or path)
        except Unanswerable:
            return
        if (answer.accepted or answer.status in _SHUT) and answer.head("allow"):
            self.methods[path] = frozenset(methods_of(answer))
        plain = _plain(answer)
        actions = plain.get("actions") if isinstance(plain, Mapping) else None
        for method, fields in actions.items() if isinstance(actions, Mapping) else ():
            if isinstance(fields, Mapping):  # Django REST framework says what it takes
                self.fields[f"{method} {path}"] = guesses.described(fields)

    async def ask_fields(self) -> None:
        """An empty object, once for each path that takes a POST: the refusal names what is missing."""
        paths = [
            each
            for each, methods in self.methods.items()
            if "POST" in methods and f"POST {each}" not in self.fields and "{" not in each
        ]
        paths = [each for each in paths if not danger.destructive(Operation(method="POST", path=unquote(each)))]
        for path in paths[:MOST_FIELDS]:
            names = await self._missed(path, {})
            if not names:
                continue
            blank = dict.fromkeys(names)  # null, which nobody takes who misses it
            envelope = ""
            if await self._missed(path, blank, said=True) == await self._missed(
                path, {}, said=True
            ):  # not looked at there
                for each in guesses.envelopes(path):
                    if await self._missed(path, {each: blank}, said=True) != await self._missed(path, {}, said=True):
                        envelope = each
                        break
            self.fields[f"POST {path}"] = guesses.needing(names, envelope)

    async def _missed(self, path: str, body: Mapping[str, Any], *, said: bool = False) -> Any:
        """What a refusal says is missing from a body, or all of it."""
        try:
            answer = await self.http.send(
                "POST", path, headers=[("Content-Type", _JSON)], body=json.dumps(body).encode()
            )
        except Unanswerable:
            return None
        if said:
            return answer.status, answer.text
        return repairs.missed(answer) if answer.status in _WRONG else []

    def _speaks(self, answer: Answer) -> bool:
        """Whether a reply is an API's, not a page for people or one of its files."""
        return (
            not answer.accepted
            or is_json_type(answer.media_type)
            or answer.media_type in {"", "application/xml", "text/csv"}
        )

    def recorded(self) -> Iterator[Recorded]:
        """Everything that is there, as requests with their replies."""
        pages = [each for each in self.there.values() if not self._speaks(each)]
        asked = [each for each in self.there.values() if self._speaks(each)]
        asked += [each for each in pages if "?" in each.asked.target or not asked]
        for answer in asked:
            path, _, query = answer.asked.target.partition("?")
            if (path == "/" and answer.status >= 400) or looks_like_one(answer.body):  # noqa: PLR2004 - RFC 9110 section 15.5
                continue
            yield Recorded(
                method="GET",
                path=path,
                query=tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=100)),
                status=answer.status,
                reply_type=answer.media_type,
                reply=answer.text if is_json_type(answer.media_type) else "",
            )
        yield from self._written()
        for link in (*self.forms, *self.open.values()):
            yield from self._linked(link)

    def _written(self) -> Iterator[Recorded]:
        """The other methods that paths say they have, with bodies guessed from what reading shows."""
        for path, methods in self.methods.items():
            for method in sorted(methods - _OURS):
                body = self.fields.get(f"{method} {path}") or self._body_of(path, method)
                takes = method != "DELETE"
                yield Recorded(
                    method=method, path=path, media_type=_JSON if takes else "", schema=body if takes else None
                )

    def _body_of(self, path: str, method: str) -> Mapping[str, Any]:
        answer = next((each for target, each in self.there.items() if target.partition("?")[0] == path), None)
        plain = _plain(answer) if answer is not None and answer.accepted else None
        objects = objects_in(plain) if method == "POST" else [plain] if isinstance(plain, Mapping) else []
        if not objects:
            return guesses.body_of(path)
        return schema_of([_sent(each) for each in objects[:5]], examples=False)

    def _linked(self, link: Link) -> Iterator[Recorded]:
        path, _, query = link.target.partition("?")
        if danger.destructive(Operation(method=link.method, path=unquote(path))) or link.method not in {
            "GET",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
        }:
            self.left.add(path)
            return
        pairs = tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=100))
        if link.fields and link.method == "GET":
            yield Recorded(method="GET", path=path, query=(*pairs, *link.fields))
        elif link.fields:
            values = "&".join(f"{quote(name)}={quote(value)}" for name, value in link.fields)
            yield Recorded(
                method=link.method, path=path, query=pairs, media_type="application/x-www-form-urlencoded", body=values
            )
        else:
            takes = link.method in {"POST", "PUT", "PATCH"}
            schema = self._body_of(path, link.method) if takes else None
            yield Recorded(method=link.method, path=path, query=pairs, media_type=_JSON if takes else "", schema=schema)


def _plain(answer: Answer) -> Any:
    plain = parse(answer.body) if is_json_type(answer.media_type) else NOT_JSON
    return None if plain is NOT_JSON else plain


def _sent(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an object that a client probably sends to make one: plain values that the server does not make."""
    kept = {}
    for key, value in shown.items():
        low = str(key).lower()
        made = (
            low in _SERVERS_OWN
            or low.endswith(("_at", "_on", "_url", "_count"))
            or low.startswith(("created", "updated"))
        )
        if not made and isinstance(value, (str, int, float, bool)):
            kept[str(key)] = value
    return kept
