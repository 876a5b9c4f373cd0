"""The closed loop without sockets: an audit half asks an ASGI app in this process, bare or behind a guard."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from closing import call
from ostiary import catalogue
from ostiary.config import Config
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Asked
from ostiary.guard.app import AsgiApp, Guard
from ostiary.model import Api, Finding, Kind
from recorded import Recorded

Pairs = tuple[tuple[str, str], ...]
Replying = Callable[[Asked], tuple[int, Iterable[tuple[str, str]], bytes]]


class Inside(Recorded):
    """An `Http` that asks an app; `credentials` maps an identity to the headers it sends."""

    def __init__(self, app: AsgiApp, api: Api, *, credentials: Mapping[str, Pairs] | None = None, **rest: Any) -> None:
        self._app = app
        self._credentials = credentials or {}
        super().__init__(api=api, identities=tuple(self._credentials), **rest)

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
        all_headers = (*headers, *self._credentials.get(who, ()))
        asked = Asked(method=method, target=target, headers=all_headers, body=body, identity=who)
        self.sent.append(asked)
        return await _ask(self._app, asked)

    async def samples(self) -> Sequence[Answer]:
        if self._samples:
            return self._samples
        targets = [("GET", self.target_of(each)) for each in self.operations if each.method == "GET"]
        targets += [("GET", "/no-such-path"), *(("TRACE", target) for _, target in targets[:1])]
        return [await self.send(method, target) for method, target in targets]

    async def raw(self, data: bytes, *, tls: bool | None = None, port: int | None = None, seconds: float = 5) -> bytes:
        raise Unanswerable("there is no socket")


async def _ask(app: AsgiApp, asked: Asked) -> Answer:
    pairs = [("host", "api.test"), *((name.lower(), value) for name, value in asked.headers)]
    pairs += [("content-length", str(len(asked.body)))] if asked.body else []
    answer = await call(app, dataclasses.replace(asked, headers=tuple(pairs)))
    return dataclasses.replace(answer, asked=asked)


def replying(answer: Replying) -> AsgiApp:
    """An ASGI app from a function of the request."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        target = scope["path"] + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        headers = tuple((name.decode(), value.decode("latin-1")) for name, value in scope["headers"])
        status, pairs, data = answer(Asked(method=scope["method"], target=target, headers=headers, body=body))
        sent = [(name.encode(), value.encode("latin-1")) for name, value in pairs]
        sent.append((b"content-length", b"%d" % len(data)))
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": data})

    return app


def audited(control: str, app: AsgiApp, api: Api, **rest: Any) -> Finding:
    """What the control's live audit says of the app."""

    async def asking() -> Finding:
        return await catalogue.control(control).audits[Kind.LIVE](Inside(app, api, **rest))

    return asyncio.run(asking())


def loop(control: str, app: AsgiApp, api: Api, *, settings: Mapping[str, Any] | None = None, **rest: Any) -> list[str]:
    """The outcomes of the audit on the bare app, and behind a guard with only this control on."""
    config = Config(only=(control,), controls={control: dict(settings or {})})
    return [
        str(audited(control, app, api, **rest).outcome),
        str(audited(control, Guard(app, config, api=api), api, **rest).outcome),
    ]
