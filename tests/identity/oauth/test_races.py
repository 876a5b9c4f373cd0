"""Fifty at once in several processes, on SQLite and on PostgreSQL: a code is spent once, a refresh token has one successor."""

from __future__ import annotations

import pytest

from identity.oauth.crowd import crowd
from identity.oauth.parties import World


@pytest.mark.live
def test_one_of_fifty_in_five_processes_redeems_a_code(any_world: World) -> None:
    world = any_world
    client = world.register()
    fields = world.redemption(world.code(client))
    heard = crowd(world, client, fields, processes=5, each=10)
    assert len(heard) == 50
    good = [body for status, body in heard if status == 200]
    assert len(good) == 1
    assert {body["error"] for status, body in heard if status != 200} == {"invalid_grant"}
    assert not world.is_alive(good[0]["access_token"])
    assert world.refresh(client, good[0]["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.live
def test_fifty_in_five_processes_get_one_successor(any_world: World) -> None:
    world = any_world
    client = world.register()
    fields = {"grant_type": "refresh_token", "refresh_token": world.granted(client)["refresh_token"]}
    heard = crowd(world, client, fields, processes=5, each=10)
    assert [status for status, _ in heard] == [200] * 50
    assert len({body["refresh_token"] for _, body in heard}) == 1
    assert len({body["access_token"] for _, body in heard}) == 1
    assert world.refresh(client, heard[0][1]["refresh_token"]).status_code == 200
