"""Evidence from recordings: an `Http` that answers from what real servers once answered, and refuses to guess."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Asked, Listener, Thing
from ostiary.model import Api, Evidence, Operation

Answering = Callable[[Asked], Answer | None]


def said(
    status: int,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes | str = b"",
    *,
    method: str = "GET",
    target: str = "/",
) -> Answer:
    """One recorded reply."""
    data = body.encode() if isinstance(body, str) else body
    pairs = tuple((name.lower(), value) for name, value in headers)
    return Answer(asked=Asked(method=method, target=target), status=status, headers=pairs, body=data)


class Recorded:
    """An `Http` over recorded answers.

    :param samples: what `samples()` returns.
    :param answering: called with each request that a check sends; None means the target did not answer.
    :param raw: called with the bytes of raw requests.
    """

    def __init__(
        self,
        samples: Sequence[Answer] = (),
        *,
        answering: Answering | None = None,
        raw: Callable[[bytes], bytes] | None = None,
        base: str = "https://api.test",
        api: Api | None = None,
        identities: Sequence[str] = (),
        development: bool = False,
        intrusive: bool = False,
        certificate_fault: str = "",
    ) -> None:
        self._samples = samples
        self._answering = answering
        self._raw = raw
        self.base = base
        self.scheme, _, rest = base.partition("://")
        self.host = rest.partition(":")[0]
        self.port = int(rest.partition(":")[2] or (443 if self.scheme == "https" else 80))
        self.api = api
        self.operations: Sequence[Operation] = api.operations if api else ()
        self.identities = identities
        self.development = development
        self.intrusive = intrusive
        self.certificate_fault = certificate_fault
        self.certificate = b""
        self.sent: list[Asked] = []

    async def send(
        self,
        method: str,
        target: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        identity: str | None = None,
        fresh: bool = False,
    ) -> Answer:
        who = (self.identities[0] if self.identities else "") if identity is None else identity
        asked = Asked(method=method, target=target, headers=tuple(headers), body=body, identity=who)
        self.sent.append(asked)
        answer = self._answering(asked) if self._answering else None
        if answer is None:
            raise Unanswerable(f"no recording of {method} {target}")
        return Answer(
            asked=asked,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            seconds=answer.seconds,
        )

    async def send_to(self, operation: Operation, **changes: Any) -> Answer:
        drop = {name.lower() for name in changes.pop("drop", ())}
        changes.pop("timed", None)
        made = self.body_of(operation)
        headers = [("content-type", made[0])] if made else []
        given = list(changes.pop("headers", ()))
        names = {name.lower() for name, _ in given} | drop
        headers = [pair for pair in headers if pair[0].lower() not in names] + given
        return await self.send(
            changes.pop("method", operation.method),
            changes.pop("target", self.target_of(operation)),
            headers=headers,
            body=changes.pop("body", made[1] if made else b""),
            **changes,
        )

    async def baseline(self, operation: Operation) -> Answer:
        answer = await self.send_to(operation)
        if not answer.accepted:
            raise Unanswerable(f"{operation.key} never answered 2xx")
        return answer

    async def samples(self) -> Sequence[Answer]:
        return self._samples

    async def raw(self, data: bytes, *, tls: bool | None = None, port: int | None = None, seconds: float = 5) -> bytes:
        if self._raw is None:
            raise Unanswerable("no recording of raw requests")
        return self._raw(data)

    def target_of(self, operation: Operation) -> str:
        path = operation.path
        while "{" in path:
            before, _, rest = path.partition("{")
            path = before + "1" + rest.partition("}")[2]
        return path

    def body_of(self, operation: Operation) -> tuple[str, bytes] | None:
        if not operation.consumes:
            return None
        media = next(iter(operation.consumes))
        return media, json.dumps({"name": "x"}).encode()

    def show(self, answer: Answer, what: str) -> Evidence:
        return Evidence(what=what, where=f"{answer.asked.method} {answer.asked.target}")

    @property
    def owner(self) -> str:
        return self.identities[0] if self.identities else ""

    @property
    def other(self) -> str:
        return ""

    oauth_client: Any = None

    def account(self, identity: str) -> Account | None:
        return None

    async def throwaway(self, **members: Any) -> Account:
        raise Unanswerable("nobody registers with a recording")

    async def sign_in(self, user: str, password: str, *, fresh: bool = True) -> Answer:
        raise Unanswerable("nobody signs in with a recording")

    def signed_in(self, answer: Answer) -> bool:
        return answer.accepted and b"token" in answer.body

    async def renew(self, identity: str) -> None:
        raise Unanswerable("nobody signs in with a recording")

    def purpose(self, operation: Operation) -> str:
        return operation.role

    async def things(self) -> Sequence[Thing]:
        return ()

    async def make(self, kind: str, identity: str, **members: Any) -> Thing:
        raise Unanswerable("nothing is made with a recording")

    def aim(self, operation: Operation, thing: Thing, identifier: str | None = None) -> str:
        return self.target_of(operation)

    def listener(self) -> Listener:
        raise Unanswerable("nothing listens for a recording")

    async def elsewhere(self, source: int, method: str, target: str, **rest: Any) -> Answer:
        raise Unanswerable("a recording has no second address")

    async def ssh_methods(self, port: int) -> Sequence[str]:
        raise Unanswerable("a recording has no SSH")

    async def timed(self, method: str, target: str, **rest: Any) -> Answer:
        return await self.send(method, target, **{**rest, "fresh": True})
