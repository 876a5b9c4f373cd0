"""An access token is alive while all that it rests on is, each for itself, whoever forgets to end the rest."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from identity.house import House
from identity.oauth.doors import Doors, payload
from ostiary.identity.storage import tokens
from ostiary.identity.storage.tokens import Living, Revoked

STATEMENTS = {
    "token revoked": "UPDATE access_tokens SET revoked_at = :now",
    "token expired": "UPDATE access_tokens SET expires_at = :now",
    "session ended": "UPDATE sessions SET ended_at = :now",
    "session expired": "UPDATE sessions SET expires_at = :now",
    "session gone": "UPDATE families SET session_id = 'nothing'",
    "family revoked": "UPDATE families SET revoked_at = :now",
    "client disabled": "UPDATE clients SET disabled_at = :now",
    "account disabled": "UPDATE users SET disabled_at = :now",
    "account emptied": "UPDATE users SET tokens_not_before = :now + 1",
    "account gone": "DELETE FROM users",
}
OF_THE_SESSION = {"session ended", "session expired", "session gone"}


def issued(house: House, **client: Any) -> str:
    doors = Doors(house)
    given = doors.tokens(doors.client(**client), doors.browser())
    return str(payload(given["access_token"])["jti"])


def living(house: House, jti: str) -> Living | None:
    async def read() -> Living | None:
        async with house.services.database.read() as connection:
            return await tokens.living(connection, house.clock.now, jti=jti)

    return house.run(read())


def done(house: House, statement: str) -> None:
    async def act() -> None:
        async with house.services.database.write() as connection:
            await connection.execute(text(statement), {"now": house.clock.now} if ":now" in statement else {})

    house.run(act())


@pytest.mark.parametrize("what", STATEMENTS)
def test_a_token_dies_with_each_thing_that_it_rests_on(any_house: House, what: str) -> None:
    jti = issued(any_house)
    found = living(any_house, jti)
    assert found is not None
    assert (found.auth_time, found.amr) == (any_house.clock.now, ("pwd",))
    done(any_house, STATEMENTS[what])
    assert living(any_house, jti) is None


@pytest.mark.parametrize("what", STATEMENTS)
def test_an_offline_grant_outlives_its_session_and_nothing_else(house: House, what: str) -> None:
    jti = issued(house, grants=("authorization_code", "refresh_token"), scopes=("openid", "offline_access"))
    done(house, STATEMENTS[what])
    assert (living(house, jti) is not None) == (what in OF_THE_SESSION)


def test_tokens_are_revoked_by_what_they_rest_on_and_named_once(house: House) -> None:
    doors = Doors(house)
    client, other = doors.client(), doors.client()
    browser = doors.browser()
    mine = [payload(doors.tokens(client, browser)["access_token"]) for _ in range(2)]
    theirs = payload(doors.tokens(other, doors.browser("bob@example.com"))["access_token"])

    def revoke(**which: str) -> tuple[Revoked, ...]:
        async def act() -> tuple[Revoked, ...]:
            async with house.services.database.write() as connection:
                return await tokens.revoke_all(connection, house.clock.now, **which)

        return house.run(act())

    assert revoke(user_id=browser.session.user_id, client_id=other.id) == ()
    assert len(revoke(session_id=browser.session.id)) == 2
    assert revoke(user_id=browser.session.user_id) == ()
    assert [living(house, each["jti"]) for each in mine] == [None, None]
    assert living(house, theirs["jti"]) is not None
    assert [each.expires_at for each in revoke(client_id=other.id)] == [theirs["exp"]]
    with pytest.raises(ValueError, match="whose"):
        revoke()


def test_old_ones_are_forgotten(house: House) -> None:
    jti = issued(house)

    async def act(before: float) -> int:
        async with house.services.database.write() as connection:
            return await tokens.forget(connection, before)

    assert house.run(act(house.clock.now)) == 0
    assert living(house, jti) is not None
    assert house.run(act(house.clock.now + 301)) == 1
