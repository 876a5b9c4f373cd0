"""A session is new whenever more is proven, and dead on the server however it ends, with all that rests on it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from identity.grants import alive, granted
from identity.house import House
from identity.people import ANN, AT, person
from ostiary.errors import Denied, StoreError
from ostiary.exchange import Exchange
from ostiary.identity import sessions
from ostiary.identity.ids import new_id
from ostiary.identity.oauth import issuing
from ostiary.identity.sessions import Ended, Session
from ostiary.identity.storage import clients, schema, users
from ostiary.identity.storage import sessions as session_rows
from ostiary.identity.storage.tokens import Revoked
from ostiary.parts.identity_settings import Lifetimes
from ostiary.parts.issuers import Issuer
from ostiary.parts.sealing import hashed
from ostiary.parts.tokens import Tokens
from ostiary.store.ports import Ban
from ostiary.strict import Duration

BOB = "bob@example.com"


BOTH = pytest.mark.parametrize("house", ["sqlite", pytest.param("postgres", marks=pytest.mark.live)], indirect=True)


@pytest.fixture
def house(request: pytest.FixtureRequest, make_house: Callable[..., House]) -> House:
    """A house on SQLite; for a test that is marked `BOTH`, one on PostgreSQL too."""
    on_postgres = getattr(request, "param", "sqlite") == "postgres"
    return make_house(request.getfixturevalue("postgres_url") if on_postgres else "")


@pytest.fixture
def ann(house: House) -> str:
    """The id of an account."""
    return house.run(person(house.services, ANN)).id


def opened(house: House, user_id: str, *factors: str, pending: bool = False, **more: Any) -> tuple[Session, str]:
    async def do() -> tuple[Session, str]:
        async with house.services.database.write() as connection:
            return await sessions.open_session(
                house.services, connection, more.pop("visit", AT), user_id, factors or ("pwd",), pending=pending, **more
            )

    return house.run(do())


def ended(house: House, verb: Any, *given: Any, **more: Any) -> Ended:
    async def do() -> Ended:
        async with house.services.database.write() as connection:
            done: Ended = await verb(house.services, connection, *given, **more)
        await sessions.announce(house.services, done)
        return done

    return house.run(do())


def read(house: House, secret: str) -> Session | None:
    return house.run(sessions.read_session(house.services, secret))


def stepped_up(house: House, session: Session, *factors: str) -> tuple[Session, str]:
    async def do() -> tuple[Session, str]:
        async with house.services.database.write() as connection:
            return await sessions.step_up(house.services, connection, session, factors, AT)

    return house.run(do())


# secrets


@BOTH
def test_a_session_is_read_by_its_secret_alone(house: House, ann: str) -> None:
    session, secret = opened(house, ann)
    assert read(house, secret) == session
    assert session.user_id == ann
    for stolen in (session.id, hashed(secret.encode()).hex(), secret[:-1], secret + "A", secret.lower(), "", "A" * 43):
        assert read(house, stolen) is None, stolen


def test_only_a_hash_of_the_secret_is_kept(house: House) -> None:
    user = house.run(person(house.services))
    session, secret = opened(house, user.id)
    house.run(house.services.database.close())  # the write-ahead log is joined
    kept = b"".join(each.read_bytes() for each in house_files(house))
    assert session.id.encode() in kept
    assert secret.encode() not in kept
    assert b"Firefox" not in kept, "the browser is kept sealed"
    assert b"192.0.2" not in kept, "the source is kept sealed"


def house_files(house: House) -> list[Any]:
    path = Path(house.services.settings.database.removeprefix("sqlite:///"))
    return sorted(path.parent.glob(f"{path.name}*"))


def test_each_session_has_a_secret_of_its_own(house: House, ann: str) -> None:
    secrets = {opened(house, ann)[1] for _ in range(5)}
    assert len(secrets) == 5
    assert all(len(each) == 43 for each in secrets)


# fixation


@BOTH
def test_a_second_factor_makes_a_new_session_and_kills_the_former(house: House, ann: str) -> None:
    planted, secret = opened(house, ann, pending=True)
    session, newer = stepped_up(house, planted, "otp")
    assert session.id != planted.id
    assert newer != secret
    assert read(house, secret) is None, "who planted the cookie is signed in"
    found = read(house, newer)
    assert found is not None
    assert (found.pending, found.factors) == (False, ("pwd", "otp"))


def test_a_proof_of_presence_makes_a_new_session_too(house: House, ann: str) -> None:
    session, secret = opened(house, ann)
    house.clock.now += 600
    fresh, newer = stepped_up(house, session, "pwd")
    assert read(house, secret) is None
    assert read(house, newer) == fresh
    assert fresh.authenticated_at == house.clock.now
    assert fresh.expires_at == session.expires_at, "presence does not make a session live longer"
    assert fresh.factors == ("pwd",)


def test_a_pending_session_that_is_paid_for_lives_as_long_as_others(house: House, ann: str) -> None:
    pending, _ = opened(house, ann, pending=True)
    assert pending.expires_at == house.clock.now + 600
    session, _ = stepped_up(house, pending, "otp")
    assert session.expires_at == house.clock.now + 12 * 3600


def test_a_session_that_has_ended_cannot_be_stepped_up(house: House, ann: str) -> None:
    session, _ = opened(house, ann, pending=True)
    ended(house, sessions.end_session, session.id, "signed-out")
    with pytest.raises(Denied, match="401"):
        stepped_up(house, session, "otp")


def test_a_session_is_stepped_up_once(house: House, ann: str) -> None:
    session, _ = opened(house, ann, pending=True)
    stepped_up(house, session, "otp")
    with pytest.raises(Denied, match="401"):
        stepped_up(house, session, "otp")


@BOTH
def test_of_fifty_parallel_steps_one_is_taken(house: House, ann: str) -> None:
    session, _ = opened(house, ann, pending=True)
    services = house.services

    async def one() -> str:
        try:
            async with services.database.write() as connection:
                return (await sessions.step_up(services, connection, session, ("otp",)))[1]
        except Denied:
            return ""

    async def race() -> list[str]:
        return await asyncio.gather(*(one() for _ in range(50)))

    assert len([each for each in house.run(race()) if each]) == 1


def test_the_session_that_a_browser_had_ends_when_somebody_signs_in_there(house: House, ann: str) -> None:
    bob = house.run(person(house.services, BOB)).id
    former, secret = opened(house, ann)
    grant = granted(house, former)
    opened(house, bob, instead=former)
    assert read(house, secret) is None
    house.run(asyncio.sleep(0))
    assert f"token:{grant.name}" in house.store.bans.current()


# time


@BOTH
def test_a_session_idles_out(house: House, ann: str) -> None:
    _, secret = opened(house, ann)
    house.clock.now += 3599
    assert read(house, secret) is not None
    house.clock.now += 3599
    assert read(house, secret) is not None, "it was in use"
    house.clock.now += 3600
    assert read(house, secret) is None


def test_a_session_that_is_always_in_use_ends_at_last(house: House, ann: str) -> None:
    _, secret = opened(house, ann)
    for _ in range(23):
        house.clock.now += 1800
        assert read(house, secret) is not None
    house.clock.now += 1800
    assert read(house, secret) is None


def test_a_pending_session_lives_minutes(house: House, ann: str) -> None:
    _, secret = opened(house, ann, pending=True)
    house.clock.now += 599
    assert read(house, secret) is not None
    house.clock.now += 1
    assert read(house, secret) is None


def test_use_is_noted_once_a_minute(house: House) -> None:
    user = house.run(person(house.services))
    session, secret = opened(house, user.id)
    notes = []
    for _ in range(12):
        house.clock.now += 15
        read(house, secret)
        notes.append(seen_at(house, session.id))
    assert set(notes) == {house.clock.now - 180 + 60 * each for each in range(4)}, notes
    assert notes[-1] == house.clock.now


def test_use_is_noted_often_enough_for_a_short_limit(make_house: Any) -> None:
    house: House = make_house(lifetimes=Lifetimes(session_idle=Duration("40s")))
    user = house.run(person(house.services))
    _, secret = opened(house, user.id)
    for _ in range(10):
        house.clock.now += 25
        assert read(house, secret) is not None


def seen_at(house: House, session_id: str) -> float:
    async def ask() -> float:
        async with house.services.database.read() as connection:
            found = await connection.execute(
                select(schema.sessions.c.seen_at).where(schema.sessions.c.id == session_id)
            )
            return float(found.scalar_one())

    return house.run(ask())


def test_a_note_that_cannot_be_taken_keeps_nobody_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    user = house.run(person(house.services))
    _, secret = opened(house, user.id)
    house.clock.now += 120

    async def fails(*_: Any) -> None:
        raise StoreError("full")

    monkeypatch.setattr(session_rows, "touch", fails)
    assert read(house, secret) is not None


def test_freshness_is_minutes_and_nothing_that_owes(house: House, ann: str) -> None:
    session, _ = opened(house, ann)
    pending, _ = opened(house, ann, pending=True)
    services = house.services
    assert sessions.is_fresh(services, session)
    assert not sessions.is_fresh(services, pending)
    house.clock.now += 299
    assert sessions.is_fresh(services, session)
    house.clock.now += 1
    assert not sessions.is_fresh(services, session)
    house.clock.now -= 400
    assert not sessions.is_fresh(services, session), "a clock that was set back proves nothing"


@pytest.mark.parametrize(
    ("factors", "pending", "strong"),
    [
        (("pwd",), False, False),
        (("pwd", "otp"), False, True),
        (("pwd", "otp"), True, False),
        (("hwk", "user"), False, True),
        (("swk",), False, True),
        (("pwd", "pwd"), False, False),
    ],
)
def test_two_factors_are_strong(factors: tuple[str, ...], pending: bool, strong: bool) -> None:  # noqa: FBT001
    assert sessions.is_strong(Session("i", "u", 0, 0, 0, 0, factors, pending)) is strong


# accounts


@pytest.mark.parametrize("change", [{"disabled_at": 1.0}, {"tokens_not_before": 2e9}])
def test_a_session_of_a_closed_account_is_none(house: House, ann: str, change: dict[str, float]) -> None:
    session, secret = opened(house, ann)

    async def close() -> None:
        async with house.services.database.write() as connection:
            await connection.execute(update(schema.users).values(**change))

    house.run(close())
    assert read(house, secret) is None
    with pytest.raises(Denied, match="401"):
        opened(house, ann)
    with pytest.raises(Denied, match="401"):
        stepped_up(house, session, "otp")


def test_nobody_signs_in_to_an_account_that_there_is_not(house: House) -> None:
    with pytest.raises(Denied, match="401"):
        opened(house, new_id(house.services.entropy))


def test_a_sign_in_that_began_before_everything_was_ended_comes_too_late(house: House, ann: str) -> None:
    """A former password was right when it was checked; the reset was done while its hash was being computed."""
    since = house.services.now()
    house.clock.now += 1
    ended(house, sessions.end_all, ann, "password-reset")
    house.clock.now += 1
    with pytest.raises(Denied, match="401"):
        opened(house, ann, since=since)
    assert opened(house, ann, since=house.services.now())


@BOTH
def test_signing_in_while_all_is_ended_leaves_nothing_alive(house: House, ann: str) -> None:
    """They take turns: whichever comes first, no session of before the end is alive after it."""
    services = house.services

    async def sign_in() -> str:
        try:
            async with services.database.write() as connection:
                since = house.clock.now - 1
                return (
                    await sessions.open_session(services, connection, AT, ann, ("pwd",), pending=False, since=since)
                )[1]
        except Denied:
            return ""

    async def end() -> str:
        async with services.database.write() as connection:
            await sessions.end_all(services, connection, ann, "password-reset")
        return ""

    async def race() -> list[str]:
        doing = [sign_in() for _ in range(8)]
        return await asyncio.gather(*doing[:4], end(), *doing[4:])

    for secret in filter(None, house.run(race())):
        assert read(house, secret) is None


# lists


@BOTH
def test_an_owner_sees_where_they_are_signed_in_but_no_address(house: House, ann: str) -> None:
    first, _ = opened(house, ann, visit=house.visit("198.51.100.77", agent="Firefox"))
    house.clock.now += 5
    second, _ = opened(house, ann, visit=house.visit("2001:db8:1:2::7", agent="curl"))
    listed = house.run(sessions.list_sessions(house.services, ann))
    assert [(each.session.id, each.agent, each.source) for each in listed] == [
        (second.id, "curl", "2001:db8:1::/48"),
        (first.id, "Firefox", "198.51.100.0/24"),
    ]
    house.clock.now += 3597
    listed = house.run(sessions.list_sessions(house.services, ann))
    assert [each.session.id for each in listed] == [second.id], "one that has idled out is no place to be signed in"


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.255", "192.0.2.0/24"), ("::ffff:192.0.2.9", "192.0.2.0/24"), ("fe80::1%eth0", "fe80::/48"), ("", ""), ("x", "")],
)  # fmt: skip
def test_a_source_is_kept_coarsely(address: str, network: str) -> None:
    assert sessions.coarse(address) == network


def test_what_was_seen_of_a_session_moves_with_it(house: House, ann: str) -> None:
    session, _ = opened(house, ann, pending=True)
    higher, _ = stepped_up(house, session, "otp")
    (only,) = house.run(sessions.list_sessions(house.services, ann))
    assert (only.session.id, only.agent, only.source) == (higher.id, "Firefox", "192.0.2.0/24")


def test_an_account_has_a_bounded_number_of_sessions(make_house: Any) -> None:
    house: House = make_house(lifetimes=Lifetimes(sessions=4))
    ann, bob = house.run(person(house.services)).id, house.run(person(house.services, BOB)).id
    other = opened(house, bob)[1]
    secrets = []
    for _ in range(30):
        house.clock.now += 1
        secrets.append(opened(house, ann)[1])
    assert [read(house, each) is not None for each in secrets] == [False] * 26 + [True] * 4
    assert read(house, other) is not None, "another's session made room"

    async def count() -> int:
        async with house.services.database.read() as connection:
            return len((await connection.execute(select(schema.sessions.c.id))).all())

    assert house.run(count()) < 30, "rows of dead sessions grow without a bound"


# ending


def test_an_ended_session_is_dead(house: House, ann: str) -> None:
    session, secret = opened(house, ann)
    other = opened(house, ann)[1]
    assert ended(house, sessions.end_session, session.id, "signed-out").sessions == (session.id,)
    assert read(house, secret) is None
    assert read(house, other) is not None
    assert ended(house, sessions.end_session, session.id, "signed-out") == Ended()


@BOTH
def test_grants_die_with_their_session_unless_they_may_outlive_it(house: House, ann: str) -> None:
    session, _ = opened(house, ann)
    bound, offline = granted(house, session), granted(house, session, offline=True)
    other = granted(house, opened(house, ann)[0])
    assert all(vars(alive(house, each)).values() for each in (bound, offline, other))
    done = ended(house, sessions.end_session, session.id, "signed-out")
    assert not alive(house, bound)
    assert alive(house, offline).refresh
    assert alive(house, offline).family
    assert all(vars(alive(house, other)).values())
    assert [each.hash.hex() for each in done.tokens] == [bound.name]
    assert set(house.store.bans.current()) == {f"token:{bound.name}"}


def test_grants_follow_a_session_that_is_stepped_up(house: House, ann: str) -> None:
    session, _ = opened(house, ann)
    grant = granted(house, session)
    higher, _ = stepped_up(house, session, "pwd")
    assert all(vars(alive(house, grant)).values())
    ended(house, sessions.end_session, higher.id, "signed-out")
    assert not alive(house, grant)


@BOTH
def test_the_end_of_all_leaves_nothing(house: House, ann: str) -> None:
    services = house.services
    first, secret = opened(house, ann)
    second = opened(house, ann, pending=True)[1]
    grants = [granted(house, first), granted(house, first, offline=True)]
    bob = house.run(person(services, BOB)).id
    theirs, other = opened(house, bob)
    foreign = granted(house, theirs)
    house.clock.now += 1
    done = ended(house, sessions.end_all, ann, "password-reset")
    assert len(done.sessions) == 2
    assert read(house, secret) is None
    assert read(house, second) is None
    for each in grants:
        state = alive(house, each)
        assert not state, state
    assert {f"token:{each.name}" for each in grants} == set(house.store.bans.current())
    assert read(house, other) is not None
    assert all(vars(alive(house, foreign)).values()), "another's grant ended too"


def test_each_part_of_a_grant_is_dead_by_itself(house: House, ann: str) -> None:
    """A question that forgets to ask for the family must not find a token that works."""
    session, _ = opened(house, ann)
    grant = granted(house, session, offline=True)
    house.clock.now += 1
    ended(house, sessions.end_all, ann, "password-reset")

    async def revive() -> Any:
        async with house.services.database.write() as connection:
            await connection.execute(update(schema.families).values(revoked_at=None))
            await connection.execute(update(schema.users).values(tokens_not_before=0))
            found = await connection.execute(select(schema.refresh_tokens.c.answer))
            return found.scalar_one()

    assert house.run(revive()) is None, "what the first use was told is told again"
    state = alive(house, grant)
    assert state.family
    assert (state.code, state.refresh, state.access) == (False, False, False)


@BOTH
def test_one_session_may_stay_when_all_end(house: House, ann: str) -> None:
    _, before = opened(house, ann)
    house.clock.now += 10
    own, secret = opened(house, ann)
    house.clock.now += 10
    later, after = opened(house, ann)
    kept, lost = granted(house, own), granted(house, later, offline=True)
    ended(house, sessions.end_all, ann, "password-changed", but=own.id)
    assert read(house, secret) is not None
    assert read(house, before) is None
    assert read(house, after) is None
    assert all(vars(alive(house, kept)).values())
    assert not alive(house, lost)


def test_nobody_elses_session_stays_when_all_end(house: House, ann: str) -> None:
    bob = house.run(person(house.services, BOB)).id
    theirs, _ = opened(house, bob)
    house.clock.now += 5
    _, secret = opened(house, ann)
    ended(house, sessions.end_all, ann, "password-changed", but=theirs.id)
    assert read(house, secret) is None
    assert not_before(house, ann) == house.clock.now


@BOTH
def test_links_and_codes_die_with_all_but_the_way_back_stays(house: House, ann: str) -> None:
    session, _ = opened(house, ann)
    now = house.services.now()

    async def plant() -> None:
        async with house.services.database.write() as connection:
            for purpose in ("reset-password", "change-email", "undo"):
                values = {"user_id": ann, "purpose": purpose, "created_at": now, "expires_at": now + 600}
                await connection.execute(schema.tickets.insert().values(hash=hashed(purpose.encode()), **values))
            await connection.execute(
                schema.challenges.insert().values(
                    id="c1", user_id=ann, session_id=session.id, purpose="phone", tries_left=5, created_at=now, expires_at=now + 600
                )
            )  # fmt: skip

    async def left() -> set[str]:
        async with house.services.database.read() as connection:
            found = set()
            for table in (schema.tickets, schema.challenges):
                found |= set(
                    (await connection.execute(select(table.c.purpose).where(table.c.used_at.is_(None)))).scalars()
                )
            return found

    house.run(plant())
    ended(house, sessions.end_all, ann, "password-reset")
    assert house.run(left()) == {"undo"}


def test_a_ceremony_dies_with_its_session(house: House, ann: str) -> None:
    session, _ = opened(house, ann)
    now = house.services.now()

    async def plant() -> None:
        async with house.services.database.write() as connection:
            await connection.execute(
                schema.challenges.insert().values(
                    id="c1", user_id=ann, session_id=session.id, purpose="phone", tries_left=5, created_at=now, expires_at=now + 600
                )
            )  # fmt: skip

    async def used() -> float | None:
        async with house.services.database.read() as connection:
            found: float | None = (await connection.execute(select(schema.challenges.c.used_at))).scalar_one()
            return found

    house.run(plant())
    ended(house, sessions.end_session, session.id, "signed-out")
    assert house.run(used()) is not None


def test_what_was_to_be_ended_is_alive_when_the_reason_was_undone(house: House, ann: str) -> None:
    """One transaction: a reset that fails at its last step has ended nothing, and told nobody."""
    _, secret = opened(house, ann)

    async def fails() -> None:
        async with house.services.database.write() as connection:
            await sessions.end_all(house.services, connection, ann, "password-reset")
            raise Denied(409, "changed meanwhile")

    with pytest.raises(Denied, match="409"):
        house.run(fails())
    assert read(house, secret) is not None


def test_one_grant_ends_alone(house: House, ann: str) -> None:
    session, _ = opened(house, ann)
    one, other = granted(house, session), granted(house, session)
    ended(house, sessions.end_family, one.family, "revoked")
    assert not alive(house, one)
    assert all(vars(alive(house, other)).values())


# guards


def test_a_guard_refuses_a_token_as_soon_as_all_is_ended(house: House) -> None:
    """The token is good for five minutes, and the guard has seen it before."""
    services = house.services
    ann = house.run(person(services)).id
    session, _ = opened(house, ann)
    grant = granted(house, session)

    async def issue() -> str:
        async with services.database.read() as connection:
            client = await clients.by_id(connection, "shop")
        assert client is not None
        async with services.database.write() as connection:
            made, _ = await issuing.access_token(
                services, connection, client=client, user_id=ann, family_id=grant.family, scopes=("openid",),
                audience="https://api.example.test", jkt=None, session=session,
            )  # fmt: skip
        return made

    token = house.run(issue())
    keys = Path(services.settings.keys).parent / "jwks.json"
    keys.write_text(json.dumps(house.run(services.signing.jwks())))
    believed = Issuer(issuer=services.issuer, audience=("https://api.example.test",), jwks=str(keys))
    guard = Tokens(
        {"own": believed}, where="test", profile="production", store=house.store, clock=time.monotonic, now=house.clock
    )

    def call() -> None:
        exchange = Exchange("GET", b"/orders", b"", [(b"authorization", b"Bearer " + token.encode())])
        assert guard.read(exchange) is None
        assert exchange.principal is not None

    call()
    call()
    house.clock.now += 1
    call()
    ended(house, sessions.end_all, ann, "password-reset")
    with pytest.raises(Denied, match="401"):
        call()


def test_tokens_leave_room_for_operators_orders(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ostiary.identity.ending._MOST_ORDERS", 50)
    many = tuple(Revoked(hashed(str(each).encode()), house.clock.now + 300) for each in range(60))
    house.run(sessions.announce(house.services, Ended(tokens=many)))
    assert len(house.store.bans.current()) == 50
    assert "die of age" in caplog.text
    house.store.bans.order(Ban("source:192.0.2.7", house.clock.now + 60, "abuse"))


def test_a_store_that_is_away_takes_nothing_back(house: House, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    ann = house.run(person(house.services)).id
    session, secret = opened(house, ann)
    grant = granted(house, session)

    def away(_: Any) -> None:
        raise StoreError("away")

    monkeypatch.setattr(house.store.bans, "order", away)
    ended(house, sessions.end_session, session.id, "signed-out")
    assert read(house, secret) is None
    assert not alive(house, grant).access
    assert "could not be told" in caplog.text


def test_users_storage_agrees_on_when_nothing_lives(house: House, ann: str) -> None:
    house.clock.now += 7
    ended(house, sessions.end_all, ann, "password-reset")
    assert not_before(house, ann) == house.clock.now


def not_before(house: House, user_id: str) -> float:
    async def ask() -> float:
        async with house.services.database.read() as connection:
            found = await users.by_id(connection, house.services.ring, user_id)
        assert found is not None
        return found.tokens_not_before

    return house.run(ask())
