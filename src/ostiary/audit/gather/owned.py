"""Which ids are whose: of what was just created, of users themselves, and of what only one user's list shows."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from ostiary.audit.gather import creating
from ostiary.audit.gather.pool import flat, objects_in
from ostiary.audit.gather.shapes import Kind
from ostiary.audit.gather.values import at as at_pointer
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Thing
from ostiary.parts.seen import things, tokens
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.owners import marks_of, owners_in, persons_in, spelt

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

MOST_LISTS: Final = 12  # collections that are read for values
MOST_PROFILES: Final = 2
MOST_LOOKS: Final = 3  # requests to find one id out
_KEPT: Final = 3  # values of one name
_SELF: Final = re.compile(r"me|self|user|profile|whoami|account|userinfo|current[-_]?user", re.IGNORECASE)
_IDS: Final = ("id", "_id", "uuid", "guid", "slug", "key", "code", "number", "pk")
_NAMED: Final = ("username", "user_name", "login", "email", "name", "handle", "nickname", "screen_name")
_DEEPEST: Final = 5
_SHORTEST: Final = 3  # characters of a mark that is looked for in a text


async def named(http: LiveHttp, kind: Kind, thing: Thing, answer: Answer, sent: Any) -> Thing:
    """The thing that was created, with its id and with what shows it; without an id where none could be found."""
    texts = [text for _, text in creating.leaves(sent) if is_ours(text)]
    thing = replace(
        thing,
        ours=True,
        seen=answer,
        lists=kind.lists,
        read=kind.read,
        reads=tuple(kind.reads),
        writes=tuple(kind.writes),
        delete=kind.delete,
        marker=_marker(texts, answer.text, ""),
    )
    if not kind.hole:
        return thing
    looks = 0
    async for each in _candidates(http, kind, thing, answer, sent):
        aimed = replace(thing, id=each, holes={**thing.holes, kind.hole: each})
        if looks >= MOST_LOOKS:
            break
        if kind.read is None:
            return replace(aimed, marker=_marker(texts, aimed.seen.text if aimed.seen else "", each))
        looks += 1
        target = http.aim(kind.read, aimed)
        shown = await http.send_to(kind.read, target=target, identity=thing.owner)
        marker = _marker(texts, shown.text, each)
        if granted(shown) and (marker or not texts or each in shown.text):
            return replace(aimed, seen=shown, marker=marker)
    told = next((each for each in _told(kind, answer, {}) if each), "")  # it may be removed, though it cannot be read
    return replace(thing, id=told, holes={**thing.holes, kind.hole: told}) if told else thing


async def _candidates(http: LiveHttp, kind: Kind, thing: Thing, answer: Answer, sent: Any) -> AsyncIterator[str]:
    """What may be the id, the likeliest first; each once."""
    texts = [_core(text) for _, text in creating.leaves(sent) if is_ours(text)]
    known: set[str] = set()
    for each in _told(kind, answer, sent):
        if each and each not in known:
            known.add(each)
            yield each
    if kind.lists is None or not texts:
        return
    with contextlib.suppress(Unanswerable):
        target = http.aim(kind.lists, thing)
        listed = await http.send_to(kind.lists, target=target, identity=thing.owner, fresh=True)
        for entry in things.listed(parse(listed.body)) if granted(listed) else ():
            if any(text in str(entry) for text in texts):
                named_so = {flat(str(key)): _text(value) for key, value in entry.items()}
                for found in dict.fromkeys(named_so.get(name, "") for name in _spellings(kind)):
                    if found and found not in known:
                        known.add(found)
                        yield found


def _told(kind: Kind, answer: Answer, sent: Any) -> Iterator[str]:
    document = parse(answer.body)
    pointer = kind.links.get(kind.hole, "")
    if pointer.startswith("$response.body#"):
        yield _text(at_pointer(document, pointer.partition("#")[2]))
    location = urlsplit(answer.head("location") or "").path.rstrip("/")
    if location:
        yield unquote(location.rpartition("/")[2])
    spellings = _spellings(kind)
    objects = list(objects_in(document))
    for name in spellings:
        for each in objects:
            yield next((_text(value) for key, value in each.items() if flat(str(key)) == name), "")
    for name in spellings:
        yield next((_text(value) for key, value in creating.leaves(sent) if flat(key) == name), "")
    for each in objects:  # "bookTitle" for {title}
        yield next((_text(value) for key, value in each.items() if flat(str(key)).endswith(spellings[0])), "")


def _spellings(kind: Kind) -> list[str]:
    """How fields may be called that hold the id, without anything but letters."""
    hole, noun = flat(kind.hole), flat(kind.noun)
    short = hole.removeprefix(noun) or "id"
    names = [
        hole,
        short,
        "id",
        f"{noun}id",
        f"{noun}{short}",
        "uuid",
        f"{noun}uuid",
        "slug",
        "key",
        "guid",
        "pk",
        "code",
        "number",
        "reference",
    ]
    if hole == noun:
        names += ["name", f"{noun}name", noun]
    return list(dict.fromkeys(names))


async def listed(live: Live, http: LiveHttp, kind: Kind, identity: str, other: str) -> Thing | None:
    """An object that was there before, and that the API shows to one user and not to the other, or names after him."""
    if kind.lists is None or "{" in kind.lists.path:
        return None
    own = await http.send_to(kind.lists, identity=identity)
    entries = things.listed(parse(own.body)) if granted(own) else []
    theirs = await http.send_to(kind.lists, identity=other) if entries and other else None
    shown = things.listed(parse(theirs.body)) if theirs is not None and granted(theirs) else []
    ids = {things.id_of(each, kind.hole) for each in shown}
    marks = set(await live.objects.marks(identity))
    foreign = set(await live.objects.marks(other)) if other else set()
    mine = marks - foreign
    chosen = next((each for each in entries if owners_in(each) & mine and not owners_in(each) & foreign), None)
    if chosen is None and theirs is not None and granted(theirs):
        chosen = next((each for each in entries if things.id_of(each, kind.hole) not in ids), None)
    found = things.id_of(chosen, kind.hole) if chosen is not None else ""
    if not found:
        return None
    return Thing(
        kind=kind.path,
        id=found,
        owner=identity,
        holes={kind.hole: found},
        seen=own,
        create=kind.create,
        read=kind.read,
        reads=tuple(kind.reads),
        lists=kind.lists,
        writes=tuple(kind.writes),
        delete=kind.delete,
    )


async def marks(live: Live, http: LiveHttp, identity: str) -> dict[str, str]:
    """What identifies a user, and the field that holds it: as he signed in, as his token says, as the API tells him."""
    found: dict[str, str] = {}
    account = http.account(identity)
    if account is not None:
        if account.user:
            found[account.user] = "email" if "@" in account.user else "username"
        for name, value in creating.leaves(dict(account.registered)):
            if spelt(name) in _NAMED and isinstance(value, str) and value:
                found.setdefault(value, spelt(name))
    for _, value in live.identities.get(identity, ()):
        token = tokens.find(value)
        if token is not None:
            _mark_all(found, persons_in(token.claims))
    selves = [
        each
        for each in http.operations
        if each.method == "GET" and "{" not in each.path and _SELF.fullmatch(each.path.rstrip("/").rpartition("/")[2])
    ]
    for operation in selves[:MOST_PROFILES]:
        with contextlib.suppress(Unanswerable):
            _mark_profile(found, await http.send_to(operation, identity=identity))
    if account is not None and account.password and not any(name.endswith("id") for name in found.values()):
        await _welcomed(http, account, found)
    return found


def _mark_profile(found: dict[str, str], answer: Answer) -> None:
    document = parse(answer.body) if granted(answer) else None
    if isinstance(document, Mapping):
        inner = [each for each in document.values() if isinstance(each, Mapping)]
        _mark_all(found, [document, *(inner if len(document) <= 3 else ())])  # noqa: PLR2004 - an envelope


async def _welcomed(http: LiveHttp, account: Account, found: dict[str, str]) -> None:
    """Where nothing else says which number a user has: what the reply to signing in says beside his name."""
    with contextlib.suppress(Unanswerable):
        answer = await http.sign_in(account.user, account.password)
        for each in objects_in(parse(answer.body)) if http.signed_in(answer) else ():
            if account.user in each.values():
                _mark(found, each)


def _mark_all(found: dict[str, str], told: Sequence[Mapping[str, Any]]) -> None:
    for each in told:
        _mark(found, each)


def _told_at_registration(live: Live, path: str, identity: str) -> dict[str, str]:
    """What the reply that registered somebody calls him: often the only place where his number is told."""
    found: dict[str, str] = {}
    answer = live.accounts.registration(identity, path)
    document = parse(answer.body) if answer is not None else None
    if isinstance(document, Mapping):
        for each in (document, *[inner for inner in document.values() if isinstance(inner, Mapping)]):
            _mark(found, each)
    return found


def _mark(found: dict[str, str], told: Mapping[str, Any]) -> None:
    named_so = {str(value): spelt(str(key)) for key, value in told.items() if isinstance(value, (str, int))}
    for mark in sorted(marks_of(told)):
        found.setdefault(mark, named_so.get(mark, ""))


async def profile(live: Live, http: LiveHttp, kind: Kind, identity: str) -> Thing | None:
    """A user's own entry among the users, proven by what it shows; None where it was not found."""
    known = _told_at_registration(live, kind.path, identity) | await live.objects.marks(identity)
    if not kind.hole or not known or len(kind.holes) > 1:
        return None
    thing = Thing(
        kind=kind.path,
        id="",
        owner=identity,
        holes={},
        create=kind.create,
        read=kind.read,
        reads=tuple(kind.reads),
        lists=kind.lists,
        writes=tuple(kind.writes),
        delete=kind.delete,
    )
    for each in _likely(kind, known)[:MOST_LOOKS]:
        aimed = replace(thing, id=each, holes={kind.hole: each})
        if kind.read is None:
            return aimed
        shown = await http.send_to(kind.read, target=http.aim(kind.read, aimed), identity=identity)
        text = shown.text
        if granted(shown) and any(mark in text for mark in known if len(mark) >= _SHORTEST):
            rest = [mark for mark in known if mark != each and len(mark) > 2 * _SHORTEST and mark in text]
            return replace(aimed, seen=shown, marker=max(rest, key=len, default=""))
    return None


def _likely(kind: Kind, known: Mapping[str, str]) -> list[str]:
    """The marks that may stand in the path, the likeliest first."""
    item = kind.item
    declared = next((each for each in (item.parameters if item else ()) if each.name == kind.hole), None)
    schema = declared.schema.fragment if declared is not None and declared.schema is not None else {}
    plain = schema if isinstance(schema, Mapping) else {}
    hole = spelt(kind.hole)
    if plain.get("type") in {"integer", "number"}:
        return [each for each in known if each.isdecimal()]
    if hole in _NAMED or any(hole.endswith(each) for each in _NAMED):
        return [mark for mark, name in known.items() if hole.endswith(name)] or [
            mark for mark, name in known.items() if name in {"username", "sub", "login"}
        ]
    ids = [mark for mark, name in known.items() if name.endswith("id") or name in {"uuid", "sub"}]
    return list(dict.fromkeys([*ids, *known]))


def _marker(texts: Sequence[str], shown: str, identifier: str) -> str:
    """A text of ours that a reply shows, and that does not name the object; the last of them is the least like a name."""
    found = [_core(each) for each in texts if _core(each) in shown]
    free = [each for each in found if each not in identifier]
    return free[-1] if free else ""


_CORE: Final = re.compile(r"k[0-9a-f]{9}")


def is_ours(value: Any) -> bool:
    """Whether a value is a text that this audit invented."""
    return isinstance(value, str) and _CORE.search(value) is not None


def _core(text: str) -> str:
    """What is unguessable in a text of ours: a server may trim it, or put its letters in lower case."""
    found = _CORE.search(text)
    return found[0] if found else text


def _text(value: Any) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
