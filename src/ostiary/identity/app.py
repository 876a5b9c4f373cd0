"""The ASGI app of accounts: routes come from tables, and it opens what it needs when the server starts."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, MutableMapping, Sequence
from typing import Any, Final, NamedTuple

from ostiary.errors import ConfigError
from ostiary.identity.api.document import document
from ostiary.identity.dispatch import Handler, guarded, handler_of, no_such
from ostiary.identity.oauth import described
from ostiary.identity.opening import close_services, open_services
from ostiary.identity.pages import mailed
from ostiary.identity.services import Services
from ostiary.identity.storage.sweeping import Sweeper
from ostiary.identity.web import Call, Request, Response, Route, Starlette
from ostiary.parts.identity_settings import Identity as Settings
from ostiary.parts.passwords import Foreign
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

    Put it on a host of its own: its cookies are called ``__Host-``, and what it sends out begins with the issuer. Where a
    surrounding app's lifespan does not reach it, it starts with the first request, and ends with the event loop.

    :param settings: the ``[identity]`` table.
    :param profile: "development" allows loopback issuers without TLS, and shows mails in the outbox.
    :param store: what limits and one-time use rest on, started; memory, which is right for one process, when not given.
    :param foreign: verifies imported password hashes of other schemes; see `ostiary.parts.passwords`.
    :param services: opened already in the loop that serves, by somebody who delivers mail and closes them; instead of all else.
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
        foreign: Mapping[str, Foreign] | None = None,
        services: Services | None = None,
        now: Callable[[], float] = time.time,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.settings = settings
        self._profile = profile
        self._store = store
        self._foreign = foreign
        self._now = now
        self._entropy = entropy
        self._services = services
        self._open: _Open | None = None
        self._opening: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None
        self._told: set[str] = set()
        self._description = b""
        made = [Route(path, guarded(handlers, self._at_request, path)) for path, handlers in routes().items()]
        made.append(Route("/openapi.json", guarded({"GET": self._describe}, self._at_request, "/openapi.json")))
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
        """What flows need, opened when first asked for.

        :raises ConfigError: when the settings cannot work, or another event loop that is alive has opened them.
        :raises StoreError: when the database cannot be reached.
        """
        if self._services is not None:
            return self._services
        loop = asyncio.get_running_loop()
        if self._open is None or self._open.loop is not loop:
            if self._opening is None or self._opening[0] is not loop:
                self._opening = loop, asyncio.Lock()
            async with self._opening[1]:
                if self._open is None or self._open.loop is not loop:
                    self._open = await self._opened(loop)
        return self._open.services

    async def _opened(self, loop: asyncio.AbstractEventLoop) -> _Open:
        if self._open is not None and not self._open.loop.is_closed():
            raise ConfigError("Identity", "is open in another event loop", "make one for each loop, over one database")
        store = self._store or MemoryStore(clock=time.monotonic, now=self._now)
        services = await open_services(
            self.settings,
            profile=self._profile,
            store=store,
            now=self._now,
            entropy=self._entropy,
            foreign=self._foreign,
        )
        sweeper = Sweeper(services.database, services.now, look=services.ring.look)
        work = (services.outgoing.run, sweeper.run)
        return _Open(loop, services, loop.create_task(_keep(services, work), name="ostiary identity"))

    async def _at_request(self) -> Services:
        if self._open is None and self._services is None:
            self._say_once("no lifespan reaches the accounts: they start with the first request, not before it")
        return await self.services()

    def _say_once(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            logger.warning("%s", what)

    async def close(self) -> None:
        """Stop what runs beside requests, and give everything back."""
        found, self._open = self._open, None
        if found is not None and found.loop is asyncio.get_running_loop():
            found.keeping.cancel()
            await asyncio.wait([found.keeping])

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
        if scope.get("root_path"):
            self._say_once(
                "accounts are mounted under a path: their links and metadata do not know it; use a host of their own"
            )

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


class _Open(NamedTuple):
    """What is open, and the loop in which it is: connections and tasks belong to one."""

    loop: asyncio.AbstractEventLoop
    services: Services
    keeping: asyncio.Task[None]  # ends with the loop, whoever ends that, and gives everything back then


async def _keep(services: Services, work: Sequence[Callable[[], Coroutine[Any, Any, None]]]) -> None:
    """Do what runs beside requests until cancelled; then give the services back."""
    tasks = [asyncio.create_task(_lasting(each)) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await close_services(services)


async def _lasting(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """One fault must not be the end of mail or of cleaning up."""
    while True:
        try:
            await work()
        except Exception:
            logger.exception("what runs beside requests failed; it goes on in a moment")
        await asyncio.sleep(_PAUSE)


_PAUSE: Final = 10.0  # seconds
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
