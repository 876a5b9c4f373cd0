"""Before any check asks: where the operations really are, which ids exist, what a valid request gets, what is typical."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from ostiary.audit.gather import fields
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer
from ostiary.model import Operation
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.purposes import purpose

LISTS_READ: Final = 30  # collections asked for ids
SETTLED: Final = 40  # operations tried with a valid request before the checks begin
_PROBED: Final = 5  # operations that say whether a base path is right
_SUCCESSES: Final = 6
_NOT_FOUND: Final = 404
_TURNED_AWAY: Final = frozenset({403, 421, 426})
_UNKNOWN_PATH: Final = "/ostiary-no-such-path"
_HOLE: Final = re.compile(r"\{([^{}]*)\}")
# What changes an account, or may lock one, is asked by checks that know whose it is; `Accounts` keeps what it saw itself.
_OF_ACCOUNTS: Final = frozenset(
    {"login", "register", "otp-send", "otp-verify", "reset", "logout", "refresh", "change-password", "token"}
)
_LISTED: Final = 50  # entries of a list that are looked at


async def reach(http: LiveHttp, prefix: str) -> None:
    """Ask once.

    :raises Unanswerable: when nobody answers: there is nothing to audit.
    """
    try:
        await http.send("GET", f"{prefix}/", identity="")
    except Unanswerable as error:
        raise Unanswerable(f"nothing answers at {http.base}: {error}") from error


async def nothing(live: Live, http: LiveHttp) -> list[str]:
    """Learn whether the API answers with success where nothing is: such replies prove nothing anywhere; a sentence."""
    base = _base_of(live.operations[0]) if live.operations else live.target.prefix
    answer = await http.send("GET", f"{base}{_UNKNOWN_PATH}")
    if not answer.accepted:
        return []
    live.nothing = answer
    return [f"Paths that do not exist answer {answer.status} as well: replies that look the same were not believed."]


async def shut_door(live: Live, http: LiveHttp) -> str:
    """Why nobody gets in at all, in words; empty where somebody does, or where credentials may be what is missing.

    What refuses a caller for where it comes from or how it speaks (RFC 9110 sections 15.5.4, 15.5.20 and 15.5.22) does
    so alike with credentials and without, and where nothing is; a 401 is never that.
    """
    reads = [each for each in live.operations if each.method == "GET" and each.declared][:_PROBED]
    base = _base_of(live.operations[0]) if live.operations else live.target.prefix
    said = [await http.send("GET", f"{base}{_UNKNOWN_PATH}", identity=each) for each in ("", None)]
    for operation in reads:
        said += [await http.send_to(operation, identity=each) for each in ("", None)]
    first = said[0]
    alike = {(gist(each, each.asked.target), each.media_type) for each in said}
    if not reads or len(alike) > 1 or first.status not in _TURNED_AWAY:
        return ""
    return f"Everything is refused alike ({first.status}), whoever asks and whatever for: nobody is let in from here."


async def rebase(live: Live, http: LiveHttp) -> list[str]:
    """Find the path under which the document's operations answer, and move them there; sentences about it."""
    api = live.api
    if api is None:
        return []
    probes = [each for each in live.operations if each.method == "GET" and "{" not in each.path][:_PROBED]
    if not probes:
        return []
    declared = _base_of(probes[0])
    prefix = live.target.prefix
    candidates = dict.fromkeys([declared, prefix, "", prefix + declared])
    missing = {}
    for base in candidates:
        moved = [_moved(each, base) for each in probes]
        missing[base] = sum([await _is_missing(http, live.maker.target(each)) for each in moved])
        if not missing[base]:
            break
    best = min(missing, key=lambda base: missing[base])  # the first of equals: the declared one wins
    if best == declared or missing[best] == missing[declared]:
        if missing[declared] == len(probes):
            return ["Every operation tried answers 404: the document may not be of this API."]
        return []
    live.adopt(dataclasses.replace(api, operations=tuple(_moved(each, best) for each in api.operations)))
    return [f"The document says the API is under {declared or '/'}, but it answers under {best or '/'}: used that."]


def _base_of(operation: Operation) -> str:
    parts = operation.pointer.split("/")
    raw = parts[2].replace("~1", "/").replace("~0", "~") if len(parts) > 2 else ""  # noqa: PLR2004 - /paths/<path>/<method>
    return operation.path.removesuffix(raw).rstrip("/") if raw and operation.path.endswith(raw) else ""


def _moved(operation: Operation, base: str) -> Operation:
    return dataclasses.replace(operation, path=base + operation.path.removeprefix(_base_of(operation)))


async def _is_missing(http: LiveHttp, target: str) -> bool:
    try:
        return (await http.send("GET", target)).status == _NOT_FOUND
    except Unanswerable:
        return True


async def learn_ids(live: Live, http: LiveHttp) -> None:
    """Fill path parameters with ids that the API's own lists show, or that it gives to what we create."""
    by_path = {(each.method, each.path): each for each in live.operations}
    known: dict[str, tuple[str, bool] | None] = {}  # "/users/{id}" -> its value and whether it is ours
    paths = dict.fromkeys(each.path for each in live.operations if "{" in each.path)
    for path in sorted(paths, key=lambda each: each.count("{")):
        for hole in _HOLE.finditer(path):
            stem = path[: hole.end()]
            if stem not in known:
                parent = path[: hole.start()].rstrip("/")
                enough = len(known) >= LISTS_READ
                number = _is_number(live.operations, path, hole[1])
                known[stem] = None if enough else await _id_below(http, by_path, parent, hole[1], number=number)
            value = known[stem]
            if value is not None:
                live.maker.learn(path, hole[1], value[0], ours=value[1])


async def _id_below(
    http: LiveHttp, by_path: Mapping[tuple[str, str], Operation], parent: str, name: str, *, number: bool
) -> tuple[str, bool] | None:
    spellings = (parent, f"{parent}/")
    lists = next((by_path["GET", each] for each in spellings if ("GET", each) in by_path), None)
    listed = await _listed_id(http, lists, name, number=number) if lists is not None else None
    if listed is not None:
        return listed, False
    creates = next((by_path["POST", each] for each in spellings if ("POST", each) in by_path), None)
    created = await _created_id(http, creates, name, number=number) if creates is not None else None
    return None if created is None else (created, True)


async def _listed_id(http: LiveHttp, source: Operation, name: str, *, number: bool) -> str | None:
    try:
        answer = await http.send_to(source)
    except Unanswerable:
        return None
    if not answer.accepted:
        return None
    return id_in(_plain(answer), name, source.path, number=number)


async def _created_id(http: LiveHttp, source: Operation, name: str, *, number: bool) -> str | None:
    try:
        answer = await http.baseline(source)
    except Unanswerable:
        return None
    location = urlsplit(answer.head("location") or "").path.rstrip("/")
    if location:
        return unquote(location.rpartition("/")[2]) or None
    return id_in(_plain(answer), name, source.path, number=number)


def _plain(answer: Answer) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(answer.body)
    return None


def _is_number(operations: Sequence[Operation], path: str, name: str) -> bool:
    """Whether the document says that a path parameter is a whole number: then no name is an id."""
    schemas = [each.schema for one in operations if one.path == path for each in one.parameters if each.name == name]
    fragments = [each.fragment for each in schemas if each is not None]
    return any(isinstance(each, Mapping) and each.get("type") == "integer" for each in fragments)


def id_in(plain: Any, name: str, path: str, *, number: bool = False) -> str | None:
    """The id of the first object in a reply, for a path parameter of that name below `path`.

    :param number: whether only a whole number can be one.
    """
    objects = _objects(plain)
    if number:
        objects = [{key: each for key, each in one.items() if str(each).isdecimal()} for one in objects]
    noun = re.sub(r"[^a-z0-9]", "", path.rstrip("/").rpartition("/")[2].lower()).removesuffix("s")
    simple = re.sub(r"[^a-z0-9]", "", name.lower())
    short = simple.removeprefix(noun)
    for each in objects:
        keys = {re.sub(r"[^a-z0-9]", "", str(key).lower()): value for key, value in each.items()}
        for key in (
            simple,
            short,
            "id",
            f"{noun}id",
            "uuid",
            "slug",
            "key",
            "name",
            f"{noun}name",
            f"{noun}{short}",
            noun,
        ):
            value = keys.get(key) if key else None
            if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
                return str(value)
        for key, value in keys.items():  # "book_title" for {book}
            if (
                key.endswith((simple, short or simple))
                and isinstance(value, (str, int))
                and not isinstance(value, bool)
            ):
                return str(value)
    beside = plain.get("ids") if isinstance(plain, dict) else None  # of the objects, which go without
    plain = beside if isinstance(beside, list) else plain
    if isinstance(plain, list) and plain and isinstance(plain[0], (str, int)) and not isinstance(plain[0], bool):
        return str(plain[0])
    return None


def _objects(plain: Any) -> list[dict[str, Any]]:
    if isinstance(plain, list):
        return [each for each in plain[:_LISTED] if isinstance(each, dict)]
    if isinstance(plain, dict):
        for value in plain.values():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                return [each for each in value[:_LISTED] if isinstance(each, dict)]
            if isinstance(value, dict):
                inner = [
                    each for each in value.values() if isinstance(each, list) and each and isinstance(each[0], dict)
                ]
                if inner:
                    return [each for each in inner[0][:_LISTED] if isinstance(each, dict)]
        return [plain, *(value for value in plain.values() if isinstance(value, dict))]
    return []


async def settle(live: Live, http: LiveHttp) -> tuple[int, int]:
    """Try operations with a valid request, harmless ones first; how many said 2xx, of how many."""
    reads = [each for each in live.operations if each.method == "GET"]
    reads.sort(key=lambda each: not live.maker.knows(each))
    writes = [each for each in live.operations if each.method == "POST" and purpose(each) not in _OF_ACCOUNTS]
    writes = [each for each in writes if purpose(each) != "update" or live.maker.knows(each)]  # whose would it be?
    few = max(SETTLED - len(writes), SETTLED // 2)
    chosen = (reads[:few] + writes)[:SETTLED]
    await asyncio.gather(*(_try(http, each) for each in chosen if each.method == "GET"))
    for each in chosen:  # writes one after the other: their order may matter
        if each.method != "GET":
            await _try(http, each)
    chosen += [each for each in live.operations if purpose(each) in _OF_ACCOUNTS and each.key in live.answers]
    tried = [live.answers[each.key] for each in chosen if each.key in live.answers]
    return sum(each.accepted for each in tried), len(tried)


async def _try(http: LiveHttp, operation: Operation) -> None:
    with contextlib.suppress(Unanswerable):
        await http.baseline(operation)


async def sample(live: Live, http: LiveHttp) -> tuple[Answer, ...]:
    """A few typical replies: successes, and each kind of refusal that a harmless request can provoke."""
    prefix = live.target.prefix
    served = fields.without(live.operations)
    good = [each for each in served if each.key in live.answers and live.answers[each.key].accepted]
    reads = [each for each in good if each.method == "GET"]
    others = [each for each in good if each.method != "GET"]
    found = [live.answers[each.key] for each in (reads[: _SUCCESSES - len(others[:2])] + others[:2])]
    base = _base_of(live.operations[0]) if live.operations else prefix
    asks: list[Any] = [http.send("GET", f"{base}{_UNKNOWN_PATH}")]
    if not found:
        asks.append(http.send("GET", f"{prefix}/"))
    known = reads or [each for each in served if each.method == "GET" and "{" not in each.path]
    if known:
        asks.append(http.send(_undeclared(known[0]), http.target_of(known[0])))
        path = http.target_of(known[0]).partition("?")[0]
        if path != "/":
            asks.append(http.send("GET", path.rstrip("/") if path.endswith("/") else f"{path}/"))
        if live.identities:
            asks.append(http.send_to(known[0], identity=""))
    takes_json = next((each for each in served if any("json" in media for media in each.consumes)), None)
    if takes_json is not None:
        asks.append(http.send_to(takes_json, body=b'{"ostiary": '))
    asks.append(http.send("GET", f"{base}/%zz"))
    for each in await asyncio.gather(*asks, return_exceptions=True):
        if isinstance(each, Answer):
            found.append(each)
        elif not isinstance(each, Unanswerable):
            raise each
    return tuple(found)


def _undeclared(operation: Operation) -> str:
    """A method that the path does not declare; never one that could change something if it existed after all."""
    return next(each for each in ("PROPFIND", "OSTIARY") if each not in operation.methods)
