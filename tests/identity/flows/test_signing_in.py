"""Signing in: one answer for every no, races with resets and disablings are lost by the guess."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from sqlalchemy import select

from identity.house import House, house_in
from identity.people import ANN, AT, BETTER, GOOD, mails, named, person, signed_in, token
from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.flows import registering, resetting, signing_in, verifying
from ostiary.identity.storage import factors, users
from ostiary.identity.storage.schema import events
from ostiary.identity.storage.users import MOST_FAILURES
from ostiary.parts.identity_settings import Passwords
from ostiary.parts.passwords import Hasher, Verified


async def refused(house: House, email: str = ANN, password: str = "wrong", source: str = "192.0.2.1") -> Denied:
    with pytest.raises(Denied) as denied:
        await signing_in.sign_in(house.services, dataclasses.replace(AT, source=source), email, password)
    return denied.value


async def events_of(house: House, what: str) -> list[Any]:
    async with house.services.database.read() as connection:
        return list((await connection.execute(select(events).where(events.c.what == what))).all())


async def disabled(house: House, user_id: str) -> None:
    async with house.services.database.write() as connection:
        await users.set_disabled(connection, user_id, at=house.clock.now)


async def failures(house: House, user_id: str, number: int) -> None:
    async with house.services.database.write() as connection:
        for _ in range(number):
            await users.count_failure(connection, user_id)


def test_the_right_password_opens_a_session(any_house: House) -> None:
    async def go() -> None:
        ann = await person(any_house.services)
        opened = await signed_in(any_house.services, "ANN@example.com")
        assert opened.session.user_id == ann.id
        assert opened.session.factors == ("pwd",)
        assert (opened.session.pending, opened.owed, opened.must_change_password) == (False, (), False)
        assert await sessions.read_session(any_house.services, opened.secret) == opened.session
        assert opened.secret not in repr(opened)

    any_house.run(go())


def test_an_address_that_is_not_proven_opens_nothing_and_registering_tells_nobody_who_is_here(tmp_path: Path) -> None:
    with house_in(tmp_path, unproven=False) as house:

        async def told(email: str) -> Denied:
            """What a stranger learns who registers an address, and tries the password just chosen."""
            await registering.register(house.services, dataclasses.replace(AT, source="198.51.100.9"), email, BETTER)
            return await refused(house, email, BETTER, source="198.51.100.9")

        async def go() -> None:
            await person(house.services)
            new, known = await told("nobody-yet@example.com"), await told(ANN)
            assert (new.status, new.reason, new.headers, new.members) == (
                known.status,
                known.reason,
                known.headers,
                known.members,
            )
            assert new.status == 401
            house.clock.now += 3600
            assert (await signed_in(house.services)).session.factors == ("pwd",)

        house.run(go())


def test_the_link_and_the_password_open_the_way(tmp_path: Path) -> None:
    with house_in(tmp_path, unproven=False) as house:

        async def go() -> None:
            await registering.register(house.services, AT, ANN, GOOD)
            assert (await refused(house, ANN, GOOD)).status == 401
            link = await token(house.services)
            await verifying.verify(house.services, AT, link, password=GOOD)
            assert (await signed_in(house.services)).session.factors == ("pwd",)

        house.run(go())


def test_a_reset_proves_the_address_of_who_lost_the_first_mail(tmp_path: Path) -> None:
    with house_in(tmp_path, unproven=False) as house:

        async def go() -> None:
            await registering.register(house.services, AT, ANN, GOOD)
            house.clock.now += 120
            await resetting.ask(house.services, AT, ANN)
            await resetting.complete(house.services, AT, await token(house.services, "/reset"), BETTER)
            assert (await signed_in(house.services, password=BETTER)).session.factors == ("pwd",)

        house.run(go())


def test_who_is_right_is_never_jailed_for_signing_in_often(house: House) -> None:
    house.run(person(house.services))
    for _ in range(12):
        house.run(signed_in(house.services))


def test_every_no_is_the_same(any_house: House) -> None:
    """Wrong, unknown, no address, disabled, closed, guessed too often, without a password: nobody can tell."""

    async def go() -> None:
        await person(any_house.services)
        gone = await person(any_house.services, "gone@example.com")
        await disabled(any_house, gone.id)
        tired = await person(any_house.services, "tired@example.com")
        await failures(any_house, tired.id, MOST_FAILURES)
        keys = await person(any_house.services, "keys@example.com")
        async with any_house.services.database.write() as connection:
            await users.drop_password(connection, keys.id)
        answers = set()
        for number, (email, password) in enumerate([
            (ANN, "wrong"), (ANN, ""), (ANN, "\ud800"), ("nobody@example.com", GOOD), ("no address", GOOD), ("\ud800", GOOD), ("gone@example.com", GOOD),
            ("tired@example.com", GOOD), ("keys@example.com", GOOD), ("keys@example.com", ""),
        ]):  # fmt: skip
            found = await refused(any_house, email, password, f"192.0.2.{number}")
            answers.add((found.status, found.reason, tuple(found.headers.items()), found.members is None))
        assert answers == {(401, "the address or the password is wrong", (), True)}
        assert len(await events_of(any_house, "signin.failed")) == 10

    any_house.run(go())


def test_failures_in_a_row_are_counted_over_all_sources_and_a_success_clears_them(any_house: House) -> None:
    async def go() -> None:
        ann = await person(any_house.services)
        for number in range(3):
            await refused(any_house, source=f"198.51.100.{number}")
        assert (await named(any_house.services)).failures == 3
        await signed_in(any_house.services)
        assert (await named(any_house.services)).failures == 0
        await disabled(any_house, ann.id)
        await refused(any_house, password=GOOD)
        assert (await named(any_house.services)).failures == 0  # it was no guess

    any_house.run(go())


def test_five_failures_jail_the_pair_whether_there_is_an_account_or_not(house: House) -> None:
    house.run(person(house.services))
    for email, source in ((ANN, "192.0.2.1"), ("nobody@example.com", "192.0.2.2")):
        statuses = [house.run(refused(house, email, source=source)).status for _ in range(7)]
        assert statuses == [401] * 5 + [429] * 2
    assert house.run(refused(house, ANN, GOOD)).status == 429  # the right one too
    house.run(
        signed_in(house.services, visit=dataclasses.replace(AT, source="192.0.2.9"))
    )  # elsewhere they are welcome
    house.clock.now += 61
    house.run(signed_in(house.services))


def test_a_jailed_guess_costs_no_hash(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.run(person(house.services))
    for _ in range(5):
        house.run(refused(house))

    async def never(*_: object) -> Verified:
        raise AssertionError("hashed")

    monkeypatch.setattr(house.services.hasher, "verify", never)
    assert house.run(refused(house)).status == 429


def test_the_hundredth_failure_disables_the_password_tells_the_owner_and_a_reset_enables_it(any_house: House) -> None:
    async def go() -> None:
        ann = await person(any_house.services)
        await failures(any_house, ann.id, MOST_FAILURES - 1)
        await refused(any_house)
        assert [subject for _, subject, _ in await mails(any_house.services)] == ["Your account at Ostiary was locked"]
        assert [each.user_id for each in await events_of(any_house, "password.closed")] == [ann.id]
        await refused(any_house, password=GOOD)
        await refused(any_house)
        assert len(await mails(any_house.services)) == 1  # told once
        any_house.clock.now += 3600
        await resetting.ask(any_house.services, AT, ANN)
        await resetting.complete(any_house.services, AT, await token(any_house.services, "/reset"), BETTER)
        await signed_in(any_house.services, password=BETTER)

    any_house.run(go())


def test_guesses_in_parallel_do_not_outrun_the_hundred(any_house: House) -> None:
    """The right password among guesses that were begun before the hundredth failure does not count after it."""

    async def go() -> None:
        ann = await person(any_house.services)
        verify = any_house.services.hasher.verify

        async def slow(password: str, kept: str | None) -> Verified:
            found = await verify(password, kept)
            await failures(any_house, ann.id, MOST_FAILURES)  # meanwhile
            return found

        any_house.services.hasher.verify = slow  # type: ignore[method-assign]
        await refused(any_house, password=GOOD)

    any_house.run(go())


@pytest.mark.parametrize("meanwhile", ["reset", "disabled", "ended"])
def test_a_password_that_was_right_when_the_hash_began_opens_nothing_after_a_reset(
    any_house: House, meanwhile: str
) -> None:
    async def go() -> None:
        ann = await person(any_house.services)
        verify = any_house.services.hasher.verify

        async def slow(password: str, kept: str | None) -> Verified:
            found = await verify(password, kept)
            any_house.clock.now += 1
            if meanwhile == "disabled":
                await disabled(any_house, ann.id)
                return found
            async with any_house.services.database.write() as connection:
                if meanwhile == "reset":
                    await users.set_password(connection, ann.id, "another", now=any_house.clock.now)
                else:
                    await sessions.end_all(any_house.services, connection, ann.id, "compromised")
            return found

        any_house.services.hasher.verify = slow  # type: ignore[method-assign]
        assert (await refused(any_house, password=GOOD)).status == 401
        assert await sessions.list_sessions(any_house.services, ann.id) == []

    any_house.run(go())


def test_a_second_factor_is_owed_where_one_is_set_up(any_house: House) -> None:
    async def go() -> None:
        ann = await person(any_house.services)
        async with any_house.services.database.write() as connection:
            await factors.add_totp(connection, any_house.services.ring, "t", ann.id, b"secret", now=1.0)
            await factors.confirm_totp(connection, "t", ann.id, 1, now=1.0)
        opened = await signed_in(any_house.services)
        assert opened.session.pending
        assert opened.owed == ("totp",)
        assert not sessions.is_fresh(any_house.services, opened.session)

    any_house.run(go())


# hashes of yesterday


async def imported(house: House, kept: str) -> None:
    ann = await person(house.services)
    async with house.services.database.write() as connection:
        await users.set_password(connection, ann.id, kept, now=1.0)


def test_an_imported_hash_is_replaced_at_the_first_sign_in_and_signs_in_again(any_house: House) -> None:
    async def go() -> None:
        await imported(any_house, bcrypt.hashpw(GOOD.encode(), bcrypt.gensalt(4)).decode())
        await signed_in(any_house.services)
        kept = (await named(any_house.services)).password_hash
        assert kept is not None
        assert kept.startswith("p")
        await signed_in(any_house.services)
        assert (await named(any_house.services)).password_hash == kept

    any_house.run(go())


def test_an_imported_password_that_is_too_short_has_to_be_changed(house: House) -> None:
    async def go() -> None:
        await imported(house, bcrypt.hashpw(b"hunter2", bcrypt.gensalt(4)).decode())
        assert (await signed_in(house.services, password="hunter2")).must_change_password
        assert (await named(house.services)).must_change_password

    house.run(go())


def test_a_short_password_is_enough_beside_a_second_factor(house: House) -> None:
    async def go() -> None:
        await imported(house, bcrypt.hashpw(b"xk2vq8wm", bcrypt.gensalt(4)).decode())
        ann = await named(house.services)
        async with house.services.database.write() as connection:
            await factors.add_totp(connection, house.services.ring, "t", ann.id, b"secret", now=1.0)
            await factors.confirm_totp(connection, "t", ann.id, 1, now=1.0)
        assert not (await signed_in(house.services, password="xk2vq8wm")).must_change_password

    house.run(go())


def test_a_full_queue_does_not_keep_the_right_password_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_password: str) -> str:
        raise Denied(503, "full")

    async def go() -> None:
        kept = bcrypt.hashpw(GOOD.encode(), bcrypt.gensalt(4)).decode()
        await imported(house, kept)
        monkeypatch.setattr(house.services.hasher, "hash", full)
        await signed_in(house.services)
        assert (await named(house.services)).password_hash == kept

    house.run(go())


def test_too_many_at_once_hear_503_and_lose_no_try(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd is not an attack: who is turned away for lack of threads is not counted as having guessed."""

    async def full(_password: str, _kept: str | None) -> Verified:
        raise Denied(503, "full", {"retry-after": "2"})

    house.run(person(house.services))
    with monkeypatch.context() as patched:
        patched.setattr(house.services.hasher, "verify", full)
        assert [house.run(refused(house, password=GOOD)).status for _ in range(8)] == [503] * 8
    house.run(signed_in(house.services))
    assert house.run(named(house.services)).failures == 0


def test_argon2id_by_setting_replaces_bcrypt_and_back(house: House) -> None:
    async def go() -> None:
        await person(house.services)
        argon = Hasher(
            Passwords(scheme="argon2id", workers=1, cost=4),
            lambda text: house.services.ring.digest(text, "users.password"), cheapest=4,
        )  # fmt: skip
        other = dataclasses.replace(house.services, hasher=argon)
        try:
            await signed_in(other)
            assert "$argon2id$" in str((await named(other)).password_hash)
            await signed_in(other)
        finally:
            argon.close()
        await signed_in(house.services)
        assert "$2b$" in str((await named(house.services)).password_hash)

    house.run(go())


# notices


def test_a_browser_that_was_not_seen_before_is_told_of_and_one_that_was_is_not(any_house: House) -> None:
    async def go() -> None:
        await person(any_house.services)
        await signed_in(any_house.services)
        assert await mails(any_house.services) == []  # the first, of a new account
        await signed_in(any_house.services)
        assert await mails(any_house.services) == []
        await signed_in(any_house.services, visit=dataclasses.replace(AT, agent="Curl"))
        assert [subject for _, subject, _ in await mails(any_house.services)] == [
            "Somebody signed in to your account at Ostiary"
        ]

    any_house.run(go())


def test_the_first_browser_of_an_old_account_is_news(house: House) -> None:
    house.run(person(house.services))
    house.clock.now += 7200
    house.run(signed_in(house.services))
    assert len(house.run(mails(house.services))) == 1


def test_the_session_that_a_browser_had_ends(any_house: House) -> None:
    async def go() -> None:
        await person(any_house.services)
        first = await signed_in(any_house.services)
        second = await signing_in.sign_in(any_house.services, AT, ANN, GOOD, instead=first.session)
        assert second.session.id != first.session.id
        assert await sessions.read_session(any_house.services, first.secret) is None

    any_house.run(go())


def test_twenty_right_sign_ins_at_once_all_succeed(any_house: House) -> None:
    async def go() -> None:
        await person(any_house.services)
        opened = await asyncio.gather(*(signed_in(any_house.services) for _ in range(20)), return_exceptions=True)
        good = [each for each in opened if not isinstance(each, BaseException)]
        refusals = [each for each in opened if isinstance(each, BaseException)]
        assert all(isinstance(each, Denied) and each.status == 429 for each in refusals)
        assert len({each.secret for each in good}) == len(good) >= 5

    any_house.run(go())
