"""A live API as one check sees it; what the check sends is on its own account."""
# ruff: noqa: D102 - LiveHttp is documented where checks read about it, in the port `ostiary.evidence.Http`

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from ostiary.audit.gather import danger, fields, ssh
from ostiary.audit.gather.live import Live, Pairs
from ostiary.audit.gather.requests import TASTES
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Asked, Http, Listener, OAuthClient, Shown, Thing
from ostiary.model import Api, Operation
from ostiary.parts.seen.nowhere import alike
from ostiary.parts.seen.purposes import purpose

DOCUMENT: Final = 64 << 20  # bytes of an API description
_WRITES: Final = frozenset({"POST", "PUT", "PATCH"})


class LiveHttp(Http):
    """One check's view of the live API; what it sends is on its own account."""

    def __init__(self, live: Live, check: str) -> None:
        self._live = live
        self._check = check

    @property
    def base(self) -> str:
        return self._live.target.base

    @property
    def scheme(self) -> str:
        return self._live.target.scheme

    @property
    def host(self) -> str:
        return self._live.target.host

    @property
    def port(self) -> int:
        return self._live.target.port

    @property
    def certificate_fault(self) -> str:
        return self._live.wire.certificate_fault

    @property
    def certificate(self) -> bytes:
        return self._live.wire.certificate

    @property
    def api(self) -> Api | None:
        api = self._live.api
        if api is None or fields.shown_to(self._check):
            return api
        return dataclasses.replace(api, operations=fields.without(api.operations))

    @property
    def operations(self) -> Sequence[Operation]:
        listed = self._live.operations
        return listed if fields.shown_to(self._check) else fields.without(listed)

    @property
    def identities(self) -> Sequence[str]:
        return self._live.accounts.names

    @property
    def development(self) -> bool:
        return self._live.development

    @property
    def intrusive(self) -> bool:
        return self._live.intrusive

    async def send(
        self,
        method: str,
        target: str,
        *,
        headers: Pairs = (),
        body: bytes = b"",
        identity: str | None = None,
        fresh: bool = False,
    ) -> Answer:
        return await self._send(method, target, headers, body, identity=identity, fresh=fresh, drop=frozenset())

    async def send_to(self, operation: Operation, **changes: Any) -> Answer:
        maker = self._live.maker
        fresh = bool(changes.get("fresh"))
        nonce = self._live.fresh_nonce() if fresh and operation.method in _WRITES else ""
        drop = frozenset(name.lower() for name in changes.get("drop", ()))
        made = maker.body(operation, nonce=nonce)
        headers = list(maker.headers(operation))
        if made is not None:
            headers.append(("Content-Type", made[0]))
        given = list(changes.get("headers", ()))
        named = {name.lower() for name, _ in given} | drop
        if changes.get("body") == b"":
            named.add("content-type")
        headers = [pair for pair in headers if pair[0].lower() not in named] + given
        who = changes.get("identity")
        if who is None and (danger.changes_caller(operation) or danger.changes_credentials(operation)):
            who = await self._live.accounts.stand_in(self)
        target = self._live.slashes.of(operation, changes.get("target") or maker.target(operation))
        method, body = (
            changes.get("method", operation.method),
            changes.get("body", made[1] if made is not None else b""),
        )
        alone = bool(changes.get("timed"))
        answer = await self._send(method, target, headers, body, identity=who, fresh=fresh, drop=drop, alone=alone)
        if self.misspelt(operation, answer):
            target = self._live.slashes.of(operation, target)
            answer = await self._send(method, target, headers, body, identity=who, fresh=fresh, drop=drop, alone=alone)
        return answer

    def misspelt(self, operation: Operation, answer: Answer) -> bool:
        """Whether a reply leads on to the same path but for its final slash; from now on it is asked for there."""
        return self._live.slashes.learn(operation, answer, self._live.target.authority)

    async def baseline(self, operation: Operation) -> Answer:
        known = self._live.answers.get(operation.key)
        if known is not None:
            if known.accepted and self._live.nothing is not None and alike(known, self._live.nothing):
                raise Unanswerable(f"{operation.key} answers like a path where nothing is, so it proves nothing")
            if known.accepted:
                return await self._as_of_now(operation, known)
            raise Unanswerable(f"{operation.key} answered {known.status} to a valid request, so it proves nothing")
        maker = self._live.maker
        who = "" if operation.role else None  # nobody signs in or up who is somebody already
        answer = await self.send_to(operation, identity=who)
        if answer.status in {400, 404, 409, 422} and operation.method in {"GET", "POST"}:
            for taste in range(1, TASTES):
                maker.prefer(operation, taste)
                again = await self.send_to(operation, identity=who)
                if again.accepted:
                    answer = again
                    break
            else:
                maker.prefer(operation, 0)
        self._live.answers[operation.key] = answer
        return await self.baseline(operation)

    async def _as_of_now(self, operation: Operation, known: Answer) -> Answer:
        """A read again where its credentials have been renewed: who takes a token from it wants one that still works."""
        now = self._live.pairs_of(known.asked.identity, known.asked.target)
        if operation.method != "GET" or all(pair in known.asked.headers or pair[0][:1] == "?" for pair in now):
            return known
        answer = await self.send_to(operation, identity=known.asked.identity)
        self._live.answers[operation.key] = answer if answer.accepted else known
        return self._live.answers[operation.key]

    @property
    def owner(self) -> str:
        return self._live.accounts.owner

    @property
    def other(self) -> str:
        return self._live.accounts.other

    def account(self, identity: str) -> Account | None:
        return self._live.accounts.account(identity)

    @property
    def oauth_client(self) -> OAuthClient | None:
        return self._live.accounts.oauth_client

    async def throwaway(self, **members: Any) -> Account:
        return await self._live.accounts.throwaway(self, members)

    async def sign_in(self, user: str, password: str, *, fresh: bool = True) -> Answer:
        return await self._live.accounts.sign_in(self, user, password, fresh=fresh)

    def signed_in(self, answer: Answer) -> bool:
        return self._live.accounts.signed_in(answer)

    async def renew(self, identity: str) -> None:
        await self._live.accounts.renew(self, identity)

    def purpose(self, operation: Operation) -> str:
        return purpose(operation)

    async def things(self) -> Sequence[Thing]:
        return await self._live.objects.things(self)

    async def make(self, kind: str, identity: str, **members: Any) -> Thing:
        return await self._live.objects.make(self, kind, identity, members)

    def aim(self, operation: Operation, thing: Thing, identifier: str | None = None) -> str:
        return self._live.objects.aim(operation, thing, identifier)

    def listener(self) -> Listener:
        return self._live.ear()

    async def timed(self, method: str, target: str, **rest: Any) -> Answer:
        headers, body, identity = rest.get("headers", ()), rest.get("body", b""), rest.get("identity")
        return await self._send(
            method, target, headers, body, identity=identity, fresh=True, drop=frozenset(), alone=True
        )

    async def elsewhere(self, source: int, method: str, target: str, **rest: Any) -> Answer:
        headers, body = rest.get("headers", ()), rest.get("body", b"")
        asked = self._asked(method, target, headers, body, identity=rest.get("identity"), drop=frozenset())
        async with self._live.quiet.together():
            self._live.budget.spend(self._check)
            came = await self._live.wire.send_from(source, asked.method, asked.target, asked.headers, asked.body)
        return Answer(asked=asked, status=came.status, headers=came.headers, body=came.body, seconds=came.seconds)

    async def samples(self) -> Sequence[Answer]:
        if self._live.typical is None:
            raise Unanswerable("no samples were gathered")
        return await asyncio.shield(self._live.typical)

    async def raw(self, data: bytes, *, tls: bool | None = None, port: int | None = None, seconds: float = 5) -> bytes:
        async with self._live.quiet.together():
            self._live.budget.spend(self._check)
            return await self._live.wire.raw(data, tls=tls, port=port, seconds=seconds)

    async def ssh_methods(self, port: int) -> Sequence[str]:
        self._live.budget.spend(self._check)
        return await ssh.methods(self._live.target.addresses[0], port)

    def target_of(self, operation: Operation) -> str:
        return self._live.target_of(operation)

    def body_of(self, operation: Operation) -> tuple[str, bytes] | None:
        return self._live.maker.body(operation)

    def show(self, answer: Answer, what: str) -> Shown:
        return self._live.shower.show(answer, what)

    async def whole(self, answer: Answer) -> bytes:
        """The same reply without our usual bound on bodies, for documents."""
        asked = answer.asked
        self._live.budget.spend(self._check)
        return (await self._live.wire.send(asked.method, asked.target, asked.headers, asked.body, keep=DOCUMENT)).body

    async def _send(
        self,
        method: str,
        target: str,
        headers: Pairs,
        body: bytes,
        *,
        identity: str | None,
        fresh: bool,
        drop: frozenset[str],
        alone: bool = False,
    ) -> Answer:
        live = self._live
        who = next(iter(live.accounts.names), "") if identity is None else identity
        await live.accounts.keep(self, who)
        used = live.pairs_of(who, target)
        asked = self._asked(method, target, headers, body, identity=who, drop=drop)
        answer = await live.ask(self._check, asked, fresh=fresh, alone=alone)
        as_they_are = all(pair in asked.headers or pair[0].startswith("?") for pair in used)
        if who and as_they_are and await live.accounts.revived(self, who, answer, used):
            asked = self._asked(method, target, headers, body, identity=who, drop=drop)
            answer = await live.ask(self._check, asked, fresh=fresh, alone=alone)
        live.accounts.saw(who if as_they_are else "", answer)
        return answer

    def _asked(
        self, method: str, target: str, headers: Pairs, body: bytes, *, identity: str | None, drop: frozenset[str]
    ) -> Asked:
        live = self._live
        who = next(iter(live.accounts.names), "") if identity is None else identity
        if who and who not in live.identities:
            raise Unanswerable(f"no credentials are named {who!r} (--identity)")
        given = {name.lower() for name, _ in headers} | drop
        own = [("Host", live.target.authority), ("User-Agent", live.user_agent), ("Accept", "*/*")]
        own += [*live.headers, *live.pairs_of(who, target)]
        for name, value in [pair for pair in own if pair[0].startswith("?")]:  # credentials that travel in the query
            target += f"{'&' if '?' in target else '?'}{name[1:]}={quote(value, safe='')}"
        own = [pair for pair in own if not pair[0].startswith("?")]
        sent = [pair for pair in own if pair[0].lower() not in given] + list(headers)
        if (body or method in _WRITES) and not given & {"content-length", "transfer-encoding"}:
            sent.append(("Content-Length", str(len(body))))
        return Asked(method=method, target=target, headers=tuple(sent), body=body, identity=who)
