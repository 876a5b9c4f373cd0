"""Our guard takes identity for an issuer like any other: keys over HTTP, introspection, revocation through the shared store."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from exchanges import exchange
from identity.house import Clock, House, settings_in
from identity.oauth.doors import API, SCOPES, Doors, ProofKey, encoded
from identity.test_signing import tampered
from ostiary.config import Config
from ostiary.exchange import Principal
from ostiary.guard.site import Compiled
from ostiary.identity.app import Identity
from ostiary.model import Reply
from ostiary.parts.identity_settings import Passwords
from ostiary.parts.issuers import Issuer
from ostiary.store.opening import open_store
from ostiary.strict import Secret

CONTROLS = (
    "jwt.algorithm-pinned", "beyond.jwt-claims-validated", "jwt.access-ttl-short", "jwt.verify-before-use",
    "beyond.sender-constrained-tokens",
)  # fmt: skip
OTHER = "https://other.example.test"
SECONDS = 20.0


class Ahead(Clock):
    """The machine's clock, and what a test adds."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Served(House):
    """Identity on a real port, in a thread with a loop of its own."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.url = f"sqlite:///{folder}/state.db"
        self.clock: Ahead = Ahead()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.issuer = f"http://localhost:{self._listening.getsockname()[1]}"
        changes = {"passwords": Passwords(cost=10, workers=1), "scopes": SCOPES, "audience": (API, OTHER), **changes}
        settings = settings_in(folder, issuer=self.issuer, **changes)
        store = open_store(self.url, where="store", clock=time.monotonic, now=self.clock)
        self.app = Identity(settings, profile="development", store=store, now=self.clock)
        config = uvicorn.Config(self.app, log_config=None, lifespan="on")
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(store,))
        self._thread.start()
        until = time.monotonic() + SECONDS
        while not self._server.started:
            assert self._thread.is_alive()
            assert time.monotonic() < until
            time.sleep(0.01)
        self.services = self.run(self.app.services())

    def _serve(self, store: Any) -> None:
        async def both() -> None:
            await store.start()
            try:
                await self._server.serve(sockets=[self._listening])
            finally:
                await store.stop()

        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(both())
        self._loop.close()

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(SECONDS)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(SECONDS)
        self._listening.close()


@contextmanager
def serving(folder: Path, **changes: Any) -> Iterator[Served]:
    served = Served(folder, **changes)
    try:
        yield served
    finally:
        served.close()


class Asking:
    """A guard of another process, over the same store."""

    def __init__(self, served: Served, **changes: Any) -> None:
        issuer = Issuer(**{"issuer": served.issuer, "audience": (API,), **changes})
        bound = {"beyond.sender-constrained-tokens": {"origins": [API]}}
        config = Config(
            issuers={"ours": issuer}, only=CONTROLS, profile="development", store=served.url, controls=bound
        )
        self.compiled = Compiled(config, None, now=served.clock)

    async def status(self, token: str, scheme: str = "Bearer", **headers: str) -> tuple[int, Principal | None]:
        """0: it would have reached the application, as this caller."""
        made = exchange("GET", "/orders", [("authorization", f"{scheme} {token}"), *headers.items()])
        plan, _ = self.compiled.route(made)
        found: Any = plan.enter(made)
        reply = found if found is None or isinstance(found, Reply) else await found
        return (0 if reply is None else int(reply.status)), made.principal


def asked(served: Served, *tokens: str, **changes: Any) -> list[int]:
    """What a guard says to these tokens, one after the other."""

    async def run() -> list[int]:
        guard = Asking(served, **changes)
        await guard.compiled.start()
        try:
            return [(await guard.status(token))[0] for token in tokens]
        finally:
            await guard.compiled.stop()

    return asyncio.run(run())


@pytest.fixture
def algorithm() -> str:
    return "ES256"


@pytest.fixture
def served(algorithm: str, tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, algorithm=algorithm) as made:
        yield made


@pytest.fixture
def doors(served: Served) -> Doors:
    made = Doors(served)
    made.app = served.app
    return made


@pytest.mark.parametrize(("algorithm", "way"), [("ES256", "discovery"), ("ES256", "jwks"), ("EdDSA", "discovery")])
def test_an_access_token_is_believed_and_says_who_calls(served: Served, doors: Doors, way: str) -> None:
    browser = doors.browser(factors=("pwd", "otp"))
    token = doors.tokens(doors.client(scopes=("openid", "orders.read", "roles")), browser)["access_token"]
    given = {"jwks": f"{served.issuer}/oauth/jwks"} if way == "jwks" else {}

    async def run() -> tuple[int, Principal | None]:
        guard = Asking(served, **given)
        await guard.compiled.start()
        try:
            return await guard.status(token)
        finally:
            await guard.compiled.stop()

    status, principal = asyncio.run(run())
    assert status == 0
    assert principal is not None
    assert principal.subject == browser.session.user_id
    assert principal.scopes == {"openid", "orders.read", "roles"}
    assert principal.roles == {"user"}
    assert principal.wrong == frozenset()
    assert principal.claims["acr"] == "aal2"


def test_what_is_not_for_the_guard_is_refused(served: Served, doors: Doors) -> None:
    client, browser = doors.client(), doors.browser()
    given = doors.tokens(client, browser)
    good, identity = given["access_token"], given["id_token"]
    foreign = doors.tokens(doors.client(audience=(OTHER,)), browser)["access_token"]
    [key] = served.run(served.services.signing.jwks())["keys"]
    none = encoded(b'{"alg":"none","typ":"at+jwt"}')
    unsigned = f"{none}.{good.split('.')[1]}."
    wrong = [
        foreign, identity, tampered(good, payload={"sub": "admin"}), tampered(good, header={"alg": "HS256"}), unsigned,
        tampered(good, header={"kid": "other"}), tampered(good, header={"jwk": key}), tampered(good, header={"typ": "JWT"}),
    ]  # fmt: skip
    assert asked(served, good, *wrong) == [0] + [401] * len(wrong)


def test_an_id_token_is_refused_where_only_types_of_access_tokens_are_taken(served: Served, doors: Doors) -> None:
    client = doors.client()
    given = doors.tokens(client, doors.browser())
    strict = {"types": ("at+jwt",), "audience": (API, client.id)}
    assert asked(served, given["access_token"], given["id_token"], **strict) == [0, 401]
    lax = {"types": ("at+jwt", "JWT"), "audience": (API, client.id)}
    assert asked(served, given["id_token"], **lax) == [401], "its claims say what it is"


def test_a_token_that_expired_is_refused(served: Served, doors: Doors) -> None:
    token = doors.tokens(doors.client(), doors.browser())["access_token"]
    assert asked(served, token) == [0]
    served.clock.ahead += 300 + 31  # its leeway is 30 seconds
    assert asked(served, token) == [401]


def test_a_token_that_was_revoked_is_refused_though_it_was_known(served: Served, doors: Doors) -> None:
    client = doors.client()
    token, other = (doors.tokens(client, doors.browser())["access_token"] for _ in range(2))

    async def run() -> list[int]:
        guard = Asking(served)
        await guard.compiled.start()
        try:
            got = [(await guard.status(each))[0] for each in (token, other)]
            reply = await asyncio.to_thread(doors.post, "/oauth/revoke", {"token": token}, client=client)
            assert reply.status_code == 200
            for _ in range(int(SECONDS / 0.05)):  # its copy of the orders is at most a few seconds old
                if (await guard.status(token))[0]:
                    break
                await asyncio.sleep(0.05)
            return got + [(await guard.status(each))[0] for each in (token, other)]
        finally:
            await guard.compiled.stop()

    assert asyncio.run(run()) == [0, 0, 401, 0]


def test_a_key_that_turns_is_followed(served: Served, doors: Doors) -> None:
    client = doors.client()
    before = doors.tokens(client, doors.browser())["access_token"]

    async def run() -> list[int]:
        guard = Asking(served)
        await guard.compiled.start()
        try:
            got = [(await guard.status(before))[0]]
            await asyncio.to_thread(served.run, served.services.signing.rotate(at_once=True))
            after = (await asyncio.to_thread(doors.tokens, client, doors.browser()))["access_token"]
            return [*got, (await guard.status(after))[0]]
        finally:
            await guard.compiled.stop()

    assert asyncio.run(run()) == [0, 0]


def test_a_bound_token_takes_its_proof(served: Served, doors: Doors) -> None:
    key = ProofKey()
    token = doors.tokens(doors.client(), doors.browser(), key=key)["access_token"]

    async def run() -> list[int]:
        guard = Asking(served)
        await guard.compiled.start()
        try:
            proof = key.proof(served, "GET", "", token, htu=f"{API}/orders", iat=int(served.clock()))
            thief = ProofKey().proof(served, "GET", "", token, htu=f"{API}/orders", iat=int(served.clock()))
            got = [(await guard.status(token))[0], (await guard.status(token, "DPoP"))[0]]
            got += [
                (await guard.status(token, "DPoP", dpop=thief))[0],
                (await guard.status(token, "DPoP", dpop=proof))[0],
            ]
            return [*got, (await guard.status(token, "DPoP", dpop=proof))[0]]
        finally:
            await guard.compiled.stop()

    assert asyncio.run(run()) == [401, 401, 401, 0, 401]


def test_an_opaque_token_is_asked_about(served: Served, doors: Doors) -> None:
    resource = doors.client(grants=("client_credentials",), scopes=("orders.read",), introspects=True, audience=(API,))
    client = doors.client(token_format="opaque")
    token = doors.tokens(client, doors.browser())["access_token"]
    asking = {
        "introspection": f"{served.issuer}/oauth/introspect", "client": resource.id, "client_secret": Secret(resource.secret),
        "prefix": "at_",
    }  # fmt: skip
    assert asked(served, token, "at_" + "x" * 43, **asking) == [0, 401]
    doors.post("/oauth/revoke", {"token": token}, client=client)
    assert asked(served, token, **asking) == [401]
