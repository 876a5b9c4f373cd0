"""The application hears who calls from the guard alone, in headers that no client can send."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import jwt
import pytest

from exchanges import ask, compiled, exchange
from gateway.raw import Upstream, connected, gateway_to, run
from holders import Holder, bearer, issuer, token
from ostiary.controls.jwt.verify_before_use import Settings, Signed
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Exchange
from ostiary.strict import Duration, Secret
from shop import shop

ID = "jwt.verify-before-use"
PASS = {"x-user-id": "sub", "X-User-Roles": "realm_access.roles"}
SECRET = "s" * 32


def policy(settings: dict[str, Any], *more: str, **config: Any) -> Compiled:
    controls = {ID: settings, **config.pop("controls", {})}
    issuers = {"main": issuer(roles_claim="realm_access.roles")}
    return compiled(shop(), only=(ID, *more), issuers=issuers, controls=controls, **config)


def signed(**more: Any) -> Signed:
    return Signed(**{"key": Secret(SECRET), **more})


def passed(guarded: Compiled, *headers: tuple[str, str], status: int = 0) -> list[tuple[bytes, bytes]]:
    """What the application gets, but for Host."""
    made = exchange("GET", "/items", headers)
    refusal = ask(guarded, made)
    assert (refusal.status if refusal is not None else 0) == status
    return [pair for pair in made.headers if pair[0] != b"host"]


def test_the_caller_is_named_after_the_token_was_verified() -> None:
    text = token(realm_access={"roles": ["admin", "staff"]})
    assert passed(policy({"pass": PASS}), bearer(text)) == [
        (b"authorization", f"Bearer {text}".encode()),
        (b"x-user-id", b"alice"),
        (b"x-user-roles", b"admin,staff"),
    ]


def test_settings_may_be_given_in_python_too() -> None:
    guarded = compiled(shop(), only=(ID,), issuers={"main": issuer()}, controls={ID: Settings(pass_={"x-user": "sub"})})
    assert (b"x-user", b"alice") in passed(guarded, bearer(token()))


@pytest.mark.parametrize(
    "name", ["x-user-id", "X-User-Id", "x_user_id", "X_USER-ID", "x-user_roles", "x-ostiary-identity"]
)
@pytest.mark.parametrize("known", [False, True])
def test_what_a_client_says_of_itself_is_taken_away(name: str, known: bool) -> None:  # noqa: FBT001 - a parameter
    guarded = policy({"pass": PASS, "signed": signed()})
    sent = [(name, "admin"), ("accept", "*/*"), *([bearer(token())] if known else [])]
    values = [value for _, value in passed(guarded, *sent)]
    assert b"admin" not in values
    assert b"*/*" in values


def test_whoever_is_nobody_has_no_header() -> None:
    assert passed(policy({"pass": PASS, "signed": signed()})) == []
    assert (b"x-user-roles", b"") not in passed(policy({"pass": PASS}), bearer(token()))


def test_a_forged_token_names_nobody() -> None:
    made = [bearer(token(signer="somebody")), ("x-user-id", "admin")]
    assert all(name != b"x-user-id" for name, _ in passed(policy({"pass": PASS}), *made, status=401))
    monitored = policy({"pass": PASS}, mode="monitor")
    assert all(name != b"x-user-id" for name, _ in passed(monitored, *made))


def test_what_is_known_of_the_caller_is_signed() -> None:
    guarded = policy({"signed": signed(header="x-me", claims=("email",))})
    headers = dict(passed(guarded, bearer(token(scope="read write", email="a@example.com"))))
    said = jwt.decode(headers[b"x-me"].decode(), SECRET, ["HS256"])
    assert (said["iss"], said["issuer"], said["sub"], said["scope"]) == ("ostiary", "main", "alice", "read write")
    assert said["claims"] == {"email": "a@example.com"}
    assert 0 < said["exp"] - time.time() <= 60


def test_the_token_need_not_go_on() -> None:
    guarded = policy({"pass": PASS, "forward-token": False})
    assert passed(guarded, bearer(token())) == [(b"x-user-id", b"alice")]
    assert passed(guarded, ("authorization", "Basic YTpi")) == [(b"authorization", b"Basic YTpi")]
    settings = {ID: {"pass": PASS, "forward-token": False}}
    guarded = compiled(shop(), only=(ID,), issuers={"main": issuer(scheme="Token")}, controls=settings)
    assert passed(guarded, ("authorization", f"Token {token()}")) == [(b"x-user-id", b"alice")]


def test_a_proof_is_checked_although_the_token_does_not_go_on() -> None:
    sender = "beyond.sender-constrained-tokens"
    guarded = policy(
        {"pass": PASS, "forward-token": False}, sender, controls={sender: {"origins": ["https://api.test"]}}
    )
    holder = Holder()
    text = holder.token()
    assert passed(guarded, *holder.sends("GET", "https://api.test/items", text)) == [(b"x-user-id", b"alice")]
    passed(guarded, bearer(text), status=401)
    passed(guarded, *holder.sends("POST", "https://api.test/items", text), status=401)


def test_keys_that_are_still_to_be_fetched_change_nothing() -> None:
    guarded = policy({"pass": PASS})
    tokens: Any = guarded.site.tokens
    read = tokens.read

    def later(made: Exchange) -> Any:
        async def wait() -> None:
            await asyncio.sleep(0)
            read(made)

        return wait()

    tokens.read = later
    rebuilt = Compiled_with(guarded)
    assert (b"x-user-id", b"alice") in passed(rebuilt, bearer(token()))
    passed(rebuilt, bearer(token(signer="somebody")), status=401)


def Compiled_with(guarded: Compiled) -> Compiled:  # noqa: N802 - reads as what it makes
    """The same policy over the same site, whose tokens now take their time."""
    from ostiary.guard.compilation import compile_plan  # noqa: PLC0415
    from ostiary.guard.routes import Routes, with_undeclared  # noqa: PLC0415
    from ostiary.model import Operation  # noqa: PLC0415

    def make(operation: Operation) -> Any:
        return compile_plan(guarded.config, operation, guarded.site, guarded.journal)

    from ostiary.controls.jwt.verify_before_use.guard import _hooks  # noqa: PLC0415

    _hooks.cache_clear()
    guarded.routes = Routes(map(make, with_undeclared(shop().operations)), make(Operation(method="*", path="*")))
    return guarded


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"pass": {"authorization": "sub"}}, "cannot name a caller"), ({"signed": signed(key=Secret("short"))}, "32 bytes"),
     ({"signed": signed(ttl=Duration("2h"))}, "between a second and an hour")],
)  # fmt: skip
def test_what_cannot_work_stops_the_start(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        policy(settings)


@pytest.mark.parametrize("settings", [{"pass": PASS}, {"forward-token": False}, {"signed": signed()}])
def test_without_an_issuer_there_is_nobody_to_name(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no issuer is known"):
        compiled(shop(), controls={ID: settings})


def test_through_the_gateway_the_upstream_hears_it_once() -> None:
    text = token()

    async def body() -> None:
        async with Upstream().running() as upstream:
            config: dict[str, Any] = {"issuers": {"main": issuer()}}
            config["controls"] = {ID: {"pass": {"x-user-id": "sub"}, "forward-token": False}}
            async with (
                gateway_to(upstream.url, api=shop(), only=(ID,), **config) as gateway,
                connected(gateway) as client,
            ):
                for forged in (b"X-User-Id: root", b"X_User_Id: root", b"x-USER-id: root"):
                    request = b"GET /items HTTP/1.1\r\nHost: a\r\n%b\r\nAuthorization: Bearer %b\r\n\r\n"
                    assert (await client.ask(request % (forged, text.encode()))).status == 200
                request = b"GET /items HTTP/1.1\r\nHost: a\r\nX-User-Id: root\r\n\r\n"
                assert (await client.ask(request)).status == 200
            for heard in upstream.requests[:-1]:
                assert [pair for pair in heard.headers if b"user" in pair[0]] == [(b"x-user-id", b"alice")]
                assert heard.all(b"authorization") == []
            assert upstream.requests[-1].all(b"x-user-id") == []

    run(body)
