"""A code is good once, for its client, address, verifier, key and session, for a minute; shown again it takes all back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from identity.house import House
from identity.oauth.parties import BACK, VERIFIER, Key, World, challenge_of
from ostiary.identity import sessions
from ostiary.identity.storage import clients, events


def is_refused(reply: Any, error: str = "invalid_grant") -> None:
    assert (reply.status_code, reply.json()["error"]) == (400, error), reply.text
    assert set(reply.json()) == {"error", "error_description"}


def is_dead(world: World, client: Any, got: dict[str, Any]) -> None:
    assert not world.is_alive(got["access_token"])
    is_refused(world.refresh(client, got["refresh_token"]))


def is_alive(world: World, client: Any, got: dict[str, Any]) -> None:
    assert world.is_alive(got["access_token"])
    assert world.refresh(client, got["refresh_token"]).status_code == 200


WRONG = [
    {"code_verifier": VERIFIER + "x"},
    {"code_verifier": VERIFIER.upper()},
    {"code_verifier": challenge_of(VERIFIER)},
    {"code_verifier": VERIFIER[:42]},
    {"code_verifier": "x"},
    {"code_verifier": VERIFIER + " "},
    {"code_verifier": "é" * 43},
    {"redirect_uri": BACK + "/"},
    {"redirect_uri": "https://app.example.test/other"},
    {"redirect_uri": "https://evil.example/"},
    {"redirect_uri": "http://127.0.0.1:4000/cb"},
    {"code": "x"},
    {"code": "é"},
    {"code": "A" * 43},
]


@pytest.mark.parametrize("bent", WRONG)
@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
def test_a_code_is_bound_to_address_and_verifier(world: World, method: str, bent: dict[str, str]) -> None:
    loopback = "http://127.0.0.1/cb"
    client = world.register(method, redirect_uris=(BACK, "https://app.example.test/other", loopback))
    is_refused(world.token(client, world.redemption(world.code(client)) | bent))


def test_a_loopback_port_is_the_one_that_was_asked_for(world: World) -> None:
    client = world.register(
        "client_secret_basic", redirect_uris=("http://127.0.0.1/cb",)
    )  # public ones ask people first
    reply = world.sign_in().authorize(client, redirect_uri="http://127.0.0.1:4000/cb")
    code = reply.headers["location"].partition("code=")[2].partition("&")[0]
    is_refused(world.redeem(client, code, redirect_uri="http://127.0.0.1:4001/cb"))


@pytest.mark.parametrize(
    "verifier", ["a" * 42, "a" * 129, "a" * 42 + "+", "a" * 42 + "/", "a" * 42 + "=", "a" * 42 + "é"]
)
def test_a_verifier_that_is_none_proves_nothing_though_its_digest_fits(world: World, verifier: str) -> None:
    """RFC 7636 section 4.1: shorter ones can be guessed."""
    client = world.register()
    code = world.code(client, code_challenge=challenge_of(verifier))
    is_refused(world.redeem(client, code, code_verifier=verifier))


def test_nobody_gets_a_second_try_at_a_verifier(world: World) -> None:
    client = world.register()
    code = world.code(client)
    is_refused(world.redeem(client, code, code_verifier="x" * 43))
    is_refused(world.redeem(client, code))


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_a_code_of_another_client_is_nothing_and_stays_good_for_its_own(world: World, method: str) -> None:
    """Mix-up and injection: whoever shows it proves to be somebody else."""
    client, other = world.register(), world.register(method)
    code = world.code(client)
    is_refused(world.redeem(other, code))
    assert world.redeem(client, code).status_code == 200


def test_a_used_code_in_the_hands_of_another_client_does_no_harm(world: World) -> None:
    client, other = world.register("client_secret_basic"), world.register("client_secret_basic")
    code = world.code(client)
    got = world.redeem(client, code).json()
    is_refused(world.redeem(other, code))
    is_alive(world, client, got)


def test_a_code_lives_for_a_minute(world: World) -> None:
    client = world.register()
    young, old = world.code(client), world.code(client)
    world.house.clock.now += 59.9
    assert world.redeem(client, young).status_code == 200
    world.house.clock.now += 0.2
    is_refused(world.redeem(client, old))


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "private_key_jwt"])
def test_a_code_that_comes_again_takes_back_what_it_gave(world: World, method: str) -> None:
    client = world.register(method, scopes=("openid", "read", "offline_access"))
    code = world.code(client, scope="read offline_access")
    got = world.redeem(client, code).json()
    later = world.refresh(client, got["refresh_token"]).json()
    world.house.clock.now += 3600
    is_refused(world.redeem(client, code))
    assert not world.is_alive(got["access_token"])
    is_dead(world, client, later)


def test_a_replay_is_written_down_for_the_person(world: World) -> None:
    client = world.register()
    code = world.code(client)
    world.redeem(client, code)
    is_refused(world.redeem(client, code))

    async def read() -> list[str]:
        async with world.services.database.read() as connection:
            return [each.what for each in await events.page(connection, user_id=world.user.id)]

    assert "code.replayed" in world.run(read())


def test_a_replay_by_an_authenticated_client_counts_with_a_wrong_verifier_too(world: World) -> None:
    """Somebody injects a code that leaked into the client: RFC 9700 section 4.5."""
    client = world.register("client_secret_basic")
    code = world.code(client)
    got = world.redeem(client, code).json()
    is_refused(world.redeem(client, code, code_verifier="x" * 43))
    is_dead(world, client, got)


@pytest.mark.parametrize("bent", [{"code_verifier": "x" * 43}, {"redirect_uri": "https://evil.example/"}])
def test_who_only_has_the_code_of_a_public_client_cannot_end_what_it_gave(world: World, bent: dict[str, str]) -> None:
    """Anybody can say to be a public client; codes are in histories and logs."""
    client = world.register()
    code = world.code(client)
    got = world.redeem(client, code).json()
    is_refused(world.redeem(client, code, None, **bent))
    is_alive(world, client, got)


@pytest.mark.parametrize("how", ["sign-out", "everywhere", "client"])
def test_a_code_ends_with_its_session(world: World, how: str) -> None:
    client, browser, services = world.register(), world.sign_in(world.somebody()), world.services
    code = world.code(client, browser, scope="read offline_access")
    session = browser.session
    assert session is not None

    async def end() -> None:
        async with services.database.write() as connection:
            if how == "sign-out":
                await sessions.end_session(services, connection, session.id, "signed-out")
            elif how == "everywhere":
                await sessions.end_all(services, connection, session.user_id, "password-reset")
            else:
                await clients.disable(connection, client.id, services.now())
                await clients.enable(connection, client.id)

    world.run(end())
    is_refused(world.redeem(client, code))


def test_a_code_dies_with_a_session_that_expires_before_it_does(world: World) -> None:
    client, browser = world.register(), world.sign_in(world.somebody())
    assert browser.session is not None
    ends = browser.session.expires_at
    while world.services.now() < ends - 1800:
        world.house.clock.now += 1700
        world.code(client, browser)  # in use
    world.house.clock.now = ends - 30
    code = world.code(client, browser, scope="read offline_access")
    world.house.clock.now = ends + 10
    is_refused(world.redeem(client, code))


def test_a_code_asked_for_with_one_resource_gives_no_token_for_another(world: World) -> None:
    client = world.register()
    code = world.code(client)
    is_refused(world.redeem(client, code, resource="https://other.example.test"), "invalid_target")


def test_scopes_at_the_token_endpoint_add_nothing(world: World) -> None:
    client = world.register()
    assert world.redeem(client, world.code(client), scope="read write openid").json()["scope"] == "read"


@pytest.mark.parametrize("shown", ["none", "other"])
def test_a_code_that_is_bound_to_a_key_is_good_with_that_key_alone(world: World, shown: str) -> None:
    client, key = world.register(), Key()
    code = world.code(client, dpop_jkt=key.jkt)
    headers = {"dpop": Key().proof(world)} if shown == "other" else {}
    is_refused(world.redeem(client, code, headers), "invalid_dpop_proof")
    is_refused(world.redeem(client, code, {"dpop": key.proof(world)}))  # it was shown


@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
def test_of_fifty_at_once_one_gets_tokens_and_loses_them(any_world: World, method: str) -> None:
    """The others are replays: what the first got is not left to whoever it was."""
    world = any_world
    client = world.register(method)
    code = world.code(client)

    async def race() -> list[Any]:
        return await asyncio.gather(*(world.token_later(client, world.redemption(code)) for _ in range(50)))

    replies = world.run(race())
    good = [each for each in replies if each.status_code == 200]
    assert len(good) == 1
    assert {each.json()["error"] for each in replies if each.status_code != 200} == {"invalid_grant"}
    is_dead(world, client, good[0].json())


def test_a_kept_code_is_a_hash(house: House) -> None:
    world = World(house)
    world.somebody()
    client = world.register()
    code = world.code(client)
    got = world.redeem(client, code).json()

    async def everything() -> str:
        from ostiary.identity.storage.schema import metadata  # noqa: PLC0415

        said = []
        async with house.services.database.read() as connection:
            for table in metadata.sorted_tables:
                said += [repr(tuple(row)) for row in (await connection.execute(table.select())).all()]
        return "\n".join(said)

    kept = world.run(everything())
    for secret in (code, got["refresh_token"], got["access_token"], VERIFIER):
        assert secret not in kept
