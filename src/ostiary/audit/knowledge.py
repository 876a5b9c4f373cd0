"""What an audit learnt of an API besides its faults: enough to write its policy, and nothing that a report may show."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from ostiary.audit.gather import fields
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live, Pairs
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Thing
from ostiary.model import Api, Operation
from ostiary.parts.seen import tokens
from ostiary.parts.seen.bodies import parse

LARGEST: Final = 64 << 10  # bytes of a request body that is kept
_OURS: Final = frozenset({"host", "content-length", "user-agent"})  # whoever sends it again has his own


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Legitimate:
    """A request that the API accepted from somebody entitled to it; its credentials are left out.

    Send it again with the credentials of `identity` (empty: nobody's): a policy that refuses it is wrong.
    """

    operation: str  # its key: "GET /items/{id}"
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(default=b"", repr=False)
    identity: str = ""
    status: int = 200
    media_type: str = ""  # of the reply


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenFacts:
    """What the token of an identity says of its issuer; no part of the token itself."""

    identity: str
    header: str  # the header field that carries it
    algorithm: str
    issuer: str = ""
    audience: tuple[str, ...] = ()
    key_id: str = ""
    type: str = ""
    claims: tuple[str, ...] = ()  # their names, sorted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Caller:
    """What the API says of a caller: the claims of its token, and what it is told about itself."""

    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    profile: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Knowledge:
    """All of it. ``purposes`` says by operation key what an operation is for (`Http.purpose`)."""

    api: Api | None = None
    purposes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    things: tuple[Thing, ...] = ()
    exchanges: tuple[Legitimate, ...] = ()
    accounts: tuple[Account, ...] = ()
    owner: str = ""
    other: str = ""
    tokens: tuple[TokenFacts, ...] = ()
    me: str = ""  # the key of the operation that tells callers who they are
    callers: Mapping[str, Caller] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    lists: Mapping[str, Any] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )  # replies, parsed, by key
    renew: Callable[[], Awaitable[Mapping[str, Pairs]]] | None = field(default=None, repr=False)  # credentials, fresh
    credentials: Mapping[str, tuple[tuple[str, str], ...]] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )  # header fields by identity: for sending the exchanges again, never for writing down


def known(live: Live, things: Sequence[Thing] = ()) -> Knowledge:
    """Gather it at the end of an audit; sends nothing."""
    http = LiveHttp(live, "the report")
    operations = fields.without(live.api.operations) if live.api is not None else ()
    things = [each for each in things if not any(fields.is_one(one) for one in _acts(each))]  # a policy knows paths
    selves = [each for each in operations if each.method == "GET" and http.purpose(each) == "me"]
    me = next((each for each in selves if each.key in live.answers and live.answers[each.key].accepted), None)
    accounts = [found for each in live.identities if (found := http.account(each)) is not None]
    return Knowledge(
        api=replace(live.api, operations=operations) if live.api is not None else None,
        purposes=MappingProxyType({each.key: said for each in operations if (said := http.purpose(each))}),
        things=tuple(things),
        exchanges=tuple(_legitimate(live, key, live.answers[key]) for key in sorted(live.answers) if _kept(live, key)),
        accounts=tuple(accounts),
        owner=http.owner,
        other=http.other,
        me=me.key if me is not None else "",
        callers=MappingProxyType({name: _caller(live, name, me) for name in live.identities}),
        lists=MappingProxyType(
            {each.lists.key: _told(live, each.lists.key) for each in things if each.lists is not None}
        ),
        renew=partial(_renewed, live, http),
        credentials=MappingProxyType({name: tuple(pairs) for name, pairs in live.identities.items()}),
        tokens=tuple(facts for name, pairs in live.identities.items() if (facts := _facts(name, pairs)) is not None),
    )


def _acts(thing: Thing) -> list[Operation]:
    return [each for each in (thing.create, thing.read, thing.lists, thing.delete, *thing.writes) if each is not None]


def _caller(live: Live, name: str, me: Operation | None) -> Caller:
    carried = tokens.carrier(live.identities.get(name, ()))
    answer = live.answers.get(me.key) if me is not None else None
    told = parse(answer.body) if answer is not None and answer.asked.identity == name else None
    return Caller(
        claims=carried.token.claims if carried is not None else {},
        profile=told if isinstance(told, dict) else {},
    )


async def _renewed(live: Live, http: LiveHttp) -> Mapping[str, Pairs]:
    """Sign everybody in again who can; for as long as the audit is not over."""
    for name in live.identities:
        account = http.account(name)
        if account is not None and account.password:
            with contextlib.suppress(Unanswerable):  # what he has may do
                await http.renew(name)
    return MappingProxyType(dict(live.identities))


def _told(live: Live, key: str) -> Any:
    answer = live.answers.get(key)
    return parse(answer.body) if answer is not None and answer.accepted else None


def _kept(live: Live, key: str) -> bool:
    answer = live.answers[key]
    return answer.accepted and len(answer.asked.body) <= LARGEST


def _legitimate(live: Live, key: str, answer: Answer) -> Legitimate:
    if answer.wire is not None:
        answer = answer.wire
        key = f"{answer.asked.method} {answer.asked.target}"
    asked = answer.asked
    own = {name.lower() for name, _ in live.identities.get(asked.identity, ())}
    return Legitimate(
        operation=key,
        method=asked.method,
        target=asked.target,
        headers=tuple(pair for pair in asked.headers if pair[0].lower() not in own | _OURS),
        body=asked.body,
        identity=asked.identity,
        status=answer.status,
        media_type=answer.media_type,
    )


def _facts(name: str, pairs: Pairs) -> TokenFacts | None:
    carried = tokens.carrier(pairs)
    if carried is None:
        return None
    token = carried.token
    return TokenFacts(
        identity=name,
        header=carried.name,
        algorithm=token.algorithm,
        issuer=_text(token.claims.get("iss")),
        audience=_texts(token.claims.get("aud")),
        key_id=_text(token.header.get("kid")),
        type=_text(token.header.get("typ")),
        claims=tuple(sorted(token.claims)),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, list) else [value]
    return tuple(each for each in given if isinstance(each, str))
