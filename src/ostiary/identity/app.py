"""The ASGI app of accounts: routes come from tables, and it opens what it needs when the server starts."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Final

from ostiary.identity.api.document import document
from ostiary.identity.dispatch import Handler, guarded, handler_of, no_such
from ostiary.identity.oauth import described
from ostiary.identity.opening import close_services, open_services
from ostiary.identity.pages import mailed
from ostiary.identity.services import Services
from ostiary.identity.storage.sweeping import Sweeper
from ostiary.identity.web import Call, Request, Response, Route, Starlette
from ostiary.parts.identity_settings import Identity as Settings
from ostiary.store.memory import MemoryStore
from ostiary.store.ports import Store
from ostiary.strict import dumps

__all__ = ["Identity", "calls", "routes"]

logger = logging.getLogger("ostiary.identity")

# Order is what people read in the OpenAPI document; each module has CALLS.
API: Final = (
    "accounts", "sign_in", "resets", "account", "contacts", "me_sessions", "factors", "consents", "events", "admin",
)  # fmt: skip
# Each has ROUTES: (path, methods, handler).
OAUTH: Final = (
    "metadata", "authorizing", "pushing", "tokens", "devices", "userinfo", "introspecting", "revoking", "ending", "registration",
)  # fmt: skip
PAGES: Final = ("assets_served", "visitors", "mailed", "account", "factors", "granting", "console")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


def calls() -> tuple[Call, ...]:
    """All calls of the JSON API."""
    modules = [importlib.import_module(f"ostiary.identity.api.{name}") for name in API]
    return tuple(call for module in modules for call in module.CALLS)


def routes() -> dict[str, dict[str, Handler]]:
    """Handlers by path and method."""
    found: dict[str, dict[str, Handler]] = defaultdict(dict)
    for call in calls():
        _add(found, call.path, (call.method,), handler_of(call))
    for folder, names in (("oauth", OAUTH), ("pages", PAGES)):
        for name in names:
            module = importlib.import_module(f"ostiary.identity.{folder}.{name}")
            for path, methods, handler in module.ROUTES:
                _add(found, path, tuple(methods), handler)
    return found


def _add(found: dict[str, dict[str, Handler]], path: str, methods: tuple[str, ...], handler: Handler) -> None:
    for method in methods:
        if method in found[path]:
            msg = f"{method} {path} is served twice"
            raise RuntimeError(msg)
        found[path][method] = handler


class Identity:
    """Accounts, sign-in, second factors and the OAuth 2.1 / OpenID Connect server, as an ASGI app.

    Mounted in another app, it starts with the first request where that app's lifespan does not reach it.

    :param settings: the ``[identity]`` table.
    :param profile: "development" allows loopback issuers without TLS, and shows mails in the outbox.
    :param store: what limits and one-time use rest on; memory, which is right for one process, when not given.
    :param now: seconds since the epoch.
    :param entropy: gives that many random bytes.
    :raises ConfigError: at start, when the settings cannot work.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        profile: str = "production",
        store: Store | None = None,
        now: Callable[[], float] = time.time,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.settings = settings
        self._profile = profile
        self._store = store
        self._now = now
        self._entropy = entropy
        self._services: Services | None = None
        self._opening = asyncio.Lock()
        self._work: list[asyncio.Task[None]] = []
        self._description = b""
        made = [Route(path, guarded(handlers, self.services)) for path, handlers in routes().items()]
        made.append(Route("/openapi.json", guarded({"GET": self._describe}, self.services)))
        self._app = Starlette(routes=made, lifespan=self._lifespan, exception_handlers={404: no_such})
        self._app.router.redirect_slashes = False  # it would build a Location from the Host header field

    def document(self, version: str) -> dict[str, Any]:
        """The OpenAPI document of the JSON API and the OAuth endpoints.

        :param version: of the software, for ``info.version``.
        """
        extra = described.paths(registration=self.settings.dynamic_registration)
        return document(calls(), issuer=self.settings.issuer, name=self.settings.title, version=version, extra=extra)

    def pages(self) -> tuple[str, ...]:
        """What is served besides the document's operations: ``"GET /sign-in"``."""
        described_ones = self.document("")["paths"]
        return "GET /openapi.json", *(
            f"{method} {path}"
            for path, handlers in routes().items()
            for method in handlers
            if method.lower() not in described_ones.get(path, {})
        )

    def linked(self) -> tuple[str, ...]:
        """Those of `pages` to which mails link with a token in the query: a guard has to let it through there."""
        return tuple(f"GET {path}" for path in mailed.LINKED)

    async def _describe(self, _services: Services, _request: Request) -> Response:
        from ostiary import __version__  # noqa: PLC0415 - the package's own name, known once it is imported

        self._description = self._description or dumps(self.document(__version__))
        return Response(self._description, media_type="application/json", headers={"cache-control": "max-age=300"})

    async def services(self) -> Services:
        """What flows need, opened when first asked for."""
        if self._services is None:
            async with self._opening:
                if self._services is None:
                    store = self._store or MemoryStore(clock=time.monotonic, now=self._now)
                    opened = await open_services(
                        self.settings, profile=self._profile, store=store, now=self._now, entropy=self._entropy
                    )
                    sweeper = Sweeper(opened.database, opened.now, look=opened.ring.look)
                    self._work = [asyncio.create_task(each) for each in (opened.outgoing.run(), sweeper.run())]
                    self._services = opened
        return self._services

    async def close(self) -> None:
        """Stop what runs beside requests, and give everything back."""
        work, self._work = self._work, []
        for each in work:
            each.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        if self._services is not None:
            services, self._services = self._services, None
            await close_services(services)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self.services()
        try:
            yield
        finally:
            await self.close()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._dress(message.get("headers", []))
            await send(message)

        await self._app(scope, receive, dressed)

    def _dress(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Headers that every reply has, unless it brings its own."""
        there = {name.lower() for name, _ in headers}
        extra = [pair for pair in _EVERYWHERE if pair[0] not in there]
        if self.settings.issuer.startswith("https:") and b"strict-transport-security" not in there:
            extra.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
        return [*headers, *extra]


_EVERYWHERE: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"accelerometer=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cache-control", b"no-store"),
]
