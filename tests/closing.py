"""The loop in one process: the audit half against a careless app, bare and behind a guard with one control on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple

from ostiary import catalogue
from ostiary.config import Config
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Asked
from ostiary.guard.app import AsgiApp, Guard
from ostiary.model import Api, Finding, Kind, Operation, Outcome
from recorded import Recorded, said


class Request(NamedTuple):
    """What a careless app looks at."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Response(NamedTuple):
    status: int = 200
    body: bytes | str = b"{}"
    headers: Sequence[tuple[str, str]] = (("content-type", "application/json"),)


def app_of(respond: Callable[[Request], Response]) -> AsgiApp:
    """An ASGI app from one function."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        made = respond(Request(scope["method"], scope["path"], scope["query_string"].decode(), headers, body))
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in made.headers]
        await send({"type": "http.response.start", "status": made.status, "headers": pairs})
        await send(
            {"type": "http.response.body", "body": made.body.encode() if isinstance(made.body, str) else made.body}
        )

    return app


class InProcess(Recorded):
    """An `Http` whose target is an ASGI app in this process; `credentials` are headers by identity."""

    def __init__(
        self,
        app: AsgiApp,
        api: Api,
        *,
        credentials: Mapping[str, tuple[str, str]] | None = None,
        bodies: Mapping[str, bytes] | None = None,
        intrusive: bool = True,
    ) -> None:
        super().__init__(api=api, identities=list(credentials or {}), intrusive=intrusive)
        self._app = app
        self._credentials = credentials or {}
        self._bodies = {"application/json": b'{"name":"x"}', **(bodies or {})}

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
        pairs = [(name.lower(), value) for name, value in headers]
        if who and all(name != self._credentials[who][0] for name, _ in pairs):
            pairs.append(self._credentials[who])
        names = {name for name, _ in pairs}
        pairs += [("accept", "*/*")] * ("accept" not in names) + [("host", "api.test")]
        if body:
            pairs.append(("content-length", str(len(body))))
        asked = Asked(method=method, target=target, headers=tuple(pairs), body=body, identity=who)
        self.sent.append(asked)
        answer = _drive(call(self._app, asked))
        return Answer(asked=asked, status=answer.status, headers=answer.headers, body=answer.body)

    def body_of(self, operation: Operation) -> tuple[str, bytes] | None:
        return next(((media, self._bodies[media]) for media in operation.consumes if media in self._bodies), None)


async def call(app: AsgiApp, asked: Asked) -> Answer:
    """What an app answers; the request's header fields are sent as they are."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    path, _, query = asked.target.partition("?")
    scope = {
        "type": "http", "method": asked.method, "raw_path": path.encode(), "path": path, "scheme": "https",
        "query_string": query.encode(), "client": ("192.0.2.7", 40000),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in asked.headers],
    }  # fmt: skip
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    pairs = [(name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return said(sent[0]["status"], pairs, body)


def _drive(coroutine: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine that never waits, inside or outside of a loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
    raise Unanswerable("the app waits for something")


def audited(control_id: str, http: Recorded) -> Finding:
    """The live finding of a control."""
    return asyncio.run(catalogue.control(control_id).audits[Kind.LIVE](http))  # type: ignore[arg-type]  # coroutines


def closes_the_loop(
    control_id: str, careless: Callable[[Request], Response], api: Api, **options: Any
) -> tuple[Finding, Finding]:
    """Assert FAIL bare and PASS behind a guard with only this control on; returns both findings."""
    app = app_of(careless)
    before = audited(control_id, InProcess(app, api, **options))
    assert before.outcome is Outcome.FAIL, before
    after = audited(control_id, InProcess(Guard(app, Config(only=(control_id,)), api=api), api, **options))
    assert after.outcome is Outcome.PASS, after
    return before, after
