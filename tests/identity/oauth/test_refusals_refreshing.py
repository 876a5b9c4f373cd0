"""A refresh token is good once for its client, key, scopes and session; used again it takes the family along."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from identity.oauth.parties import Key, World
from identity.oauth.test_refusals_codes import is_dead, is_refused
from ostiary.identity import sessions
from ostiary.identity.storage import events


def told(world: World) -> list[str]:
    """What the person reads of their account."""

    async def read() -> list[str]:
        async with world.services.database.read() as connection:
            return [each.what for each in await events.page(connection, user_id=world.user.id)]

    found: list[str] = world.run(read())
    return found


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_a_token_that_comes_again_takes_its_family_along(world: World, method: str) -> None:
    client = world.register(method)
    got = world.granted(client)
    after = world.refresh(client, got["refresh_token"]).json()
    last = world.refresh(client, after["refresh_token"]).json()
    world.house.clock.now += 10.1
    is_refused(world.refresh(client, got["refresh_token"]))
    is_dead(world, client, last)
    assert not world.is_alive(after["access_token"])
    assert not world.is_alive(got["access_token"])


def test_reuse_is_written_down_for_the_person(world: World) -> None:
    client = world.register()
    got = world.granted(client)
    world.refresh(client, got["refresh_token"])
    world.house.clock.now += 11
    is_refused(world.refresh(client, got["refresh_token"]))

    assert "refresh.replayed" in told(world)


def test_another_family_is_left_alone(world: World) -> None:
    client = world.register()
    one, other = world.granted(client), world.granted(client)
    world.refresh(client, one["refresh_token"])
    world.house.clock.now += 11
    is_refused(world.refresh(client, one["refresh_token"]))
    assert world.refresh(client, other["refresh_token"]).status_code == 200


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "private_key_jwt"])
@pytest.mark.parametrize("used", [True, False])
def test_a_token_of_another_client_is_nothing_and_stays_good(world: World, method: str, *, used: bool) -> None:
    client, other = world.register(), world.register(method)
    got = world.granted(client)
    last = got
    if used:
        last = world.refresh(client, got["refresh_token"]).json()
        world.house.clock.now += 11
    is_refused(world.refresh(other, got["refresh_token"]))
    assert world.is_alive(last["access_token"])
    assert world.refresh(client, last["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    "scope", ["read write", "write", "read openid", "admin", "read offline_access", "READ", "read\twrite"]
)
def test_scopes_are_never_widened(world: World, scope: str) -> None:
    client = world.register()
    got = world.granted(client, scope="read")
    is_refused(world.refresh(client, got["refresh_token"], scope=scope), "invalid_scope")
    assert world.refresh(client, got["refresh_token"]).status_code == 200  # asking too much has not spent it


def test_the_second_try_of_the_grace_asks_for_the_same(world: World) -> None:
    client = world.register()
    got = world.granted(client, scope="read write")
    narrow = world.refresh(client, got["refresh_token"], scope="read").json()
    is_refused(world.refresh(client, got["refresh_token"], scope="write"))
    is_refused(world.refresh(client, got["refresh_token"]))
    assert world.refresh(client, narrow["refresh_token"]).status_code == 200


def test_a_scope_that_the_client_lost_is_not_given_again(world: World) -> None:
    client = world.register()
    got = world.granted(client, scope="read write")
    world.change(client, scopes=("read",))
    is_refused(world.refresh(client, got["refresh_token"], scope="write"), "invalid_scope")
    assert world.refresh(client, got["refresh_token"]).json()["scope"] == "read"


def test_a_resource_is_never_changed(world: World) -> None:
    client = world.register()
    got = world.granted(client)
    reply = world.refresh(client, got["refresh_token"], resource="https://other.example.test")
    is_refused(reply, "invalid_target")
    world.change(client, audience=("https://other.example.test",))
    is_refused(world.refresh(client, got["refresh_token"]), "invalid_target")


def test_a_client_that_lost_the_grant_refreshes_nothing(world: World) -> None:
    client = world.register()
    got = world.granted(client)
    world.change(client, grants=("authorization_code",))
    is_refused(world.refresh(client, got["refresh_token"]), "unauthorized_client")


@pytest.mark.parametrize("shown", ["none", "other"])
def test_a_public_client_shows_the_key_that_its_token_is_bound_to(world: World, shown: str) -> None:
    client, key = world.register(), Key()
    got = world.redeem(client, world.code(client), {"dpop": key.proof(world)}).json()
    headers = {"dpop": Key().proof(world)} if shown == "other" else {}
    is_refused(world.refresh(client, got["refresh_token"], headers), "invalid_dpop_proof")
    assert world.refresh(client, got["refresh_token"], {"dpop": key.proof(world)}).status_code == 200


def test_who_has_a_used_token_without_its_key_does_no_harm(world: World) -> None:
    client, key = world.register(), Key()
    got = world.redeem(client, world.code(client), {"dpop": key.proof(world)}).json()
    last = world.refresh(client, got["refresh_token"], {"dpop": key.proof(world)}).json()
    world.house.clock.now += 11
    is_refused(world.refresh(client, got["refresh_token"], {"dpop": Key().proof(world)}), "invalid_dpop_proof")
    assert world.refresh(client, last["refresh_token"], {"dpop": key.proof(world)}).status_code == 200


def test_the_grace_is_for_the_same_key(world: World) -> None:
    client, key = world.register("client_secret_basic"), Key()
    got = world.redeem(client, world.code(client), {"dpop": key.proof(world)}).json()
    first = world.refresh(client, got["refresh_token"], {"dpop": key.proof(world)}).json()
    is_refused(world.refresh(client, got["refresh_token"], {"dpop": Key().proof(world)}))
    assert world.refresh(client, got["refresh_token"], {"dpop": key.proof(world)}).json() == first


def test_bound_tokens_do_not_become_bearer_tokens(world: World) -> None:
    client, key = world.register("client_secret_basic"), Key()
    got = world.redeem(client, world.code(client), {"dpop": key.proof(world)}).json()
    is_refused(world.refresh(client, got["refresh_token"]), "invalid_dpop_proof")


def test_a_token_idles_out(world: World) -> None:
    client = world.register()
    got = world.granted(client, scope="read offline_access")
    world.house.clock.now += 14 * 86400 + 1
    is_refused(world.refresh(client, got["refresh_token"]))


def test_a_family_ends_after_ninety_days_however_busy_it_is(world: World) -> None:
    client = world.register()
    got = world.granted(client, scope="read offline_access")
    for _ in range(8):
        world.house.clock.now += 11 * 86400
        got = world.refresh(client, got["refresh_token"]).json()
    world.house.clock.now += 1.5 * 86400
    got = world.refresh(client, got["refresh_token"]).json()
    world.house.clock.now += 0.6 * 86400
    is_refused(world.refresh(client, got["refresh_token"]))


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("how", ["sign-out", "everywhere"])
def test_what_was_granted_ends_with_the_session_or_with_everything(world: World, how: str, *, offline: bool) -> None:
    client, browser, services = world.register(), world.sign_in(world.somebody()), world.services
    scope = "read offline_access" if offline else "read"
    got = world.redeem(client, world.code(client, browser, scope=scope)).json()
    session = browser.session
    assert session is not None

    async def end() -> None:
        async with services.database.write() as connection:
            if how == "sign-out":
                await sessions.end_session(services, connection, session.id, "signed-out")
            else:
                await sessions.end_all(services, connection, session.user_id, "password-reset")

    world.run(end())
    if offline and how == "sign-out":
        assert world.refresh(client, got["refresh_token"]).status_code == 200
    else:
        is_dead(world, client, got)


def test_the_grace_ends_with_the_family(world: World) -> None:
    client, browser, services = world.register(), world.sign_in(world.somebody()), world.services
    got = world.redeem(client, world.code(client, browser)).json()
    assert world.refresh(client, got["refresh_token"]).status_code == 200

    async def end() -> None:
        async with services.database.write() as connection:
            await sessions.end_all(services, connection, world.user.id, "password-reset")

    world.run(end())
    is_refused(world.refresh(client, got["refresh_token"]))


@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
def test_fifty_at_once_are_told_the_same(any_world: World, method: str) -> None:
    world = any_world
    client = world.register(method)
    got = world.granted(client)

    async def race() -> list[Any]:
        fields = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
        return await asyncio.gather(*(world.token_later(client, fields) for _ in range(50)))

    replies = world.run(race())
    assert {each.status_code for each in replies} == {200}
    assert len({each.text for each in replies}) == 1
    assert world.refresh(client, replies[0].json()["refresh_token"]).status_code == 200


def test_fifty_replays_at_once_end_a_family_once(any_world: World) -> None:
    world = any_world
    client = world.register()
    first = world.granted(client)["refresh_token"]
    last = world.refresh(client, first).json()
    world.house.clock.now += 11

    async def race() -> list[Any]:
        fields = {"grant_type": "refresh_token", "refresh_token": first}
        return await asyncio.gather(*(world.token_later(client, fields) for _ in range(50)))

    for reply in world.run(race()):
        is_refused(reply)
    is_dead(world, client, last)
    assert told(world).count("refresh.replayed") == 1
