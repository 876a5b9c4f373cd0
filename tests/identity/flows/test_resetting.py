"""Resets: the same answer for all, one use, and nothing of before stays alive."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from sqlalchemy import func, select

from identity.house import House
from identity.people import ANN, AT, BETTER, GOOD, mails, named, person, signed_in, token
from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.flows import resetting
from ostiary.identity.ids import new_secret
from ostiary.identity.storage import factors, tickets, users
from ostiary.identity.storage.schema import events, families, outbox, refresh_tokens
from ostiary.identity.storage.schema import tickets as rows

OTHER = "nine herons by the weir"


async def asked(house: House, email: str = ANN) -> str:
    await resetting.ask(house.services, AT, email)
    return await token(house.services, "/reset")


async def refused(house: House, link: str, password: str = BETTER) -> Denied:
    with pytest.raises(Denied) as denied:
        await resetting.complete(house.services, AT, link, password)
    return denied.value


async def count(house: House, table: Any, *where: Any) -> int:
    async with house.services.database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table).where(*where))).scalar_one())


def test_a_reset_sets_the_password_and_ends_everything(any_house: House) -> None:
    async def go() -> None:
        services = any_house.services
        ann = await person(services)
        first, second = await signed_in(services), await signed_in(services)
        await granted(any_house, ann.id)
        any_house.clock.now += 1
        await resetting.complete(services, AT, await asked(any_house), BETTER)
        for each in (first, second):
            assert await sessions.read_session(services, each.secret) is None
        assert await count(any_house, families, families.c.revoked_at.is_(None)) == 0
        assert await count(any_house, refresh_tokens, refresh_tokens.c.expires_at > any_house.clock.now) == 0
        assert await count(any_house, rows, rows.c.used_at.is_(None)) == 0
        assert await count(any_house, events, events.c.what == "password.reset") == 1
        assert "Your password for Ostiary was changed" in [subject for _, subject, _ in await mails(services)]
        with pytest.raises(Denied):
            await signed_in(services, password=GOOD)
        assert not (await signed_in(services, password=BETTER)).session.pending

    any_house.run(go())


async def granted(house: House, user_id: str) -> None:
    """An application that may act when nobody is there."""
    from sqlalchemy import insert  # noqa: PLC0415

    from ostiary.identity.storage.schema import clients  # noqa: PLC0415

    now = house.clock.now
    async with house.services.database.write() as connection:
        made = {
            each.name: "[]"
            for each in clients.c
            if each.name in {"redirect_uris", "logout_uris", "grants", "scopes", "default_scopes", "audience"}
        }
        flags = dict.fromkeys(("dpop", "pushed_only", "first_party", "introspects"), False)
        await connection.execute(
            insert(clients).values(id="c", name="C", method="none", token_format="jwt", created_at=now, **made, **flags)
        )
        await connection.execute(
            insert(families).values(
                id="f",
                client_id="c",
                user_id=user_id,
                scopes="",
                audience="",
                offline=True,
                amr="",
                created_at=now,
                expires_at=now + 9e6,
            )
        )
        await connection.execute(
            insert(refresh_tokens).values(hash=b"r", family_id="f", created_at=now, expires_at=now + 9e6)
        )


def test_a_second_factor_is_still_owed_after_a_reset(any_house: House) -> None:
    async def go() -> None:
        ann = await person(any_house.services)
        async with any_house.services.database.write() as connection:
            await factors.add_totp(connection, any_house.services.ring, "t", ann.id, b"secret", now=1.0)
            await factors.confirm_totp(connection, "t", ann.id, 1, now=1.0)
        await resetting.complete(any_house.services, AT, await asked(any_house), "xk2vq8wm")  # eight beside a factor
        assert (await signed_in(any_house.services, password="xk2vq8wm")).session.pending

    any_house.run(go())


def test_eight_characters_are_not_enough_alone_and_the_link_stays_good(any_house: House) -> None:
    async def go() -> None:
        await person(any_house.services)
        link = await asked(any_house)
        assert (await refused(any_house, link, "xk2vq8wm")).status == 422
        assert (await refused(any_house, link, "ann example 2026 ann")).status == 422
        await resetting.complete(any_house.services, AT, link, BETTER)

    any_house.run(go())


def test_fifty_completions_of_one_link_set_one_password(any_house: House) -> None:
    async def go() -> None:
        await person(any_house.services)
        link = await asked(any_house)
        done = await asyncio.gather(
            *(
                resetting.complete(any_house.services, dataclasses.replace(AT, source=f"192.0.2.{n}"), link, f"{BETTER} {n}")
                for n in range(50)
            ),
            return_exceptions=True,
        )  # fmt: skip
        lost = [each for each in done if each is not None]
        assert all(isinstance(each, Denied) and each.status in {400, 503} for each in lost)
        assert sum(isinstance(each, Denied) and each.status == 400 for each in lost) > 5
        [winner] = [number for number, each in enumerate(done) if each is None]
        await signed_in(any_house.services, password=f"{BETTER} {winner}")
        assert await count(any_house, events, events.c.what == "password.reset") == 1

    any_house.run(go())


@pytest.mark.parametrize(
    "wrong",
    ["used", "late", "older", "another's word", "verification", "disabled", "address changed", "password changed"],
)
def test_a_link_that_is_no_good_changes_nothing(any_house: House, wrong: str) -> None:
    async def go() -> None:
        services = any_house.services
        ann = await person(services)
        link = await asked(any_house)
        if wrong == "used":
            await resetting.complete(services, AT, link, OTHER)
        elif wrong == "late":
            any_house.clock.now += services.settings.lifetimes.reset
        elif wrong == "older":
            any_house.clock.now += 61
            assert await asked(any_house) != link
        elif wrong == "another's word":
            link = new_secret(services.entropy)
        elif wrong == "verification":
            link = new_secret(services.entropy)
            async with services.database.write() as connection:
                await tickets.issue(
                    connection, services.ring, link, user_id=ann.id, purpose="verify-email", now=services.now(),
                    seconds=60, payload=ANN.encode(),
                )  # fmt: skip
        elif wrong == "disabled":
            async with services.database.write() as connection:
                await users.set_disabled(connection, ann.id, at=1.0)
        elif wrong == "address changed":
            async with services.database.write() as connection:
                await users.set_email(connection, services.ring, ann.id, "ann@example.org", now=1.0)
        else:
            async with services.database.write() as connection:
                await sessions.end_all(services, connection, ann.id, "password-changed")
        before = await any_of(any_house, ann.id)
        assert (await refused(any_house, link)).status == 400
        assert await any_of(any_house, ann.id) == before

    any_house.run(go())


async def any_of(house: House, user_id: str) -> Any:
    async with house.services.database.read() as connection:
        return await users.by_id(connection, house.services.ring, user_id)


def test_a_link_that_is_no_good_costs_no_hash(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> str:
        raise AssertionError("hashed")

    monkeypatch.setattr(house.services.hasher, "hash", never)
    assert house.run(refused(house, new_secret(house.services.entropy))).status == 400


def test_an_account_closed_while_the_hash_was_made_keeps_all_it_had(any_house: House) -> None:
    async def go() -> None:
        ann = await person(any_house.services)
        link = await asked(any_house)
        make = any_house.services.hasher.hash

        async def slow(password: str) -> str:
            async with any_house.services.database.write() as connection:
                await users.set_disabled(connection, ann.id, at=1.0)
            return await make(password)

        any_house.services.hasher.hash = slow  # type: ignore[method-assign]
        assert (await refused(any_house, link)).status == 400
        assert await count(any_house, rows, rows.c.used_at.is_(None)) == 1
        assert await count(any_house, events, events.c.what == "session.all-ended") == 0

    any_house.run(go())


@pytest.mark.parametrize("who", ["nobody@example.com", "no address", "gone@example.com", "\ud800"])
def test_asking_for_nobody_leaves_no_link_and_no_mail(any_house: House, who: str) -> None:
    async def go() -> None:
        gone = await person(any_house.services, "gone@example.com")
        async with any_house.services.database.write() as connection:
            await users.set_disabled(connection, gone.id, at=1.0)
        assert await resetting.ask(any_house.services, AT, who) is None  # type: ignore[func-returns-value]
        assert await mails(any_house.services) == []
        assert await count(any_house, outbox, outbox.c.channel != "nobody") == 0
        assert await count(any_house, rows, rows.c.user_id.is_not(None)) == 0
        assert await count(any_house, events, events.c.what == "password.reset-asked") == 1

    any_house.run(go())


def test_asking_is_paced_for_known_and_unknown_addresses_alike(house: House) -> None:
    async def statuses(email: str) -> list[int]:
        found = []
        for number in range(8):
            house.clock.now += 61
            try:
                await resetting.ask(house.services, dataclasses.replace(AT, source=f"192.0.2.{number}"), email)
                found.append(202)
            except Denied as denied:
                found.append(denied.status)
        return found

    house.run(person(house.services))
    known, unknown = house.run(statuses(ANN)), house.run(statuses("nobody@example.com"))
    assert known == unknown
    assert known.count(429) == 3


def test_links_are_built_on_the_issuer_and_their_secret_is_nowhere_else(
    house: House, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    house.run(person(house.services))
    link = house.run(asked(house))
    assert len(link) == 43
    body = house.run(mails(house.services))[-1][2]
    assert f"https://accounts.example.test/reset?token={link}" in body
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("identity.db*"))
    assert link.encode() not in raw
    assert link not in caplog.text


def test_an_address_is_proven_by_a_reset(house: House) -> None:
    house.run(person(house.services, verified=False))
    house.run(resetting.complete(house.services, AT, house.run(asked(house)), BETTER))
    assert house.run(named(house.services)).email_verified_at == house.clock.now


def test_asking_for_nobody_leaves_the_same_rows_and_no_mail(any_house: House) -> None:
    """A disk takes longer to keep rows than to take them back: the time would tell."""

    async def go() -> None:
        await person(any_house.services)
        written = []
        for email in (ANN, "nobody@example.com"):
            before = [await count(any_house, table) for table in (rows, outbox, events)]
            await resetting.ask(any_house.services, AT, email)
            after = [await count(any_house, table) for table in (rows, outbox, events)]
            written.append([now - then for now, then in zip(after, before, strict=True)])
        assert written == [[1, 1, 1]] * 2
        sizes = await sizes_of(any_house)
        assert max(sizes) - min(sizes) < 40
        assert {to for to, _, _ in await mails(any_house.services)} == {ANN}

    any_house.run(go())


async def sizes_of(house: House) -> list[int]:
    async with house.services.database.read() as connection:
        return [len(message) for (message,) in await connection.execute(select(outbox.c.message))]
