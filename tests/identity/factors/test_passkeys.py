"""Passkeys in a house: one challenge, one use, one session, one purpose; whose key it is; counts; the last way in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from identity.factors.authenticators import BE, BS, UP, UV, SoftKey, decoded, encoded
from identity.factors.people import VISIT, Person, events, mailed, person, refused, rows
from identity.house import House
from ostiary.errors import Denied
from ostiary.identity.factors import passkeys, recovery, stepping
from ostiary.identity.services import Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import factors, users

BROWSER, OTHER = "b" * 43, "c" * 43


def registered(house: House, who: Person, name: str = "Laptop", **made: Any) -> SoftKey:
    key = SoftKey(**made)
    options = house.run(passkeys.ask_to_register(house.services, who.session))
    house.run(passkeys.register(house.services, VISIT, who.session, key.create(options), name))
    return key


def asked(house: House, browser: str = BROWSER) -> dict[str, Any]:
    return house.run(passkeys.ask_anybody(house.services, VISIT, browser))


def sign_in(house: House, reply: dict[str, Any], browser: str = BROWSER, visit: Visit = VISIT) -> Session:
    return house.run(stepping.sign_in_by_passkey(house.services, visit, browser, reply))[0]


def second(house: House, who: Person, reply: dict[str, Any], purpose: str = passkeys.SECOND) -> Session:
    return house.run(stepping.by_passkey(house.services, VISIT, who.session, purpose, reply))[0]


def ask(house: House, who: Person, purpose: str = passkeys.SECOND) -> dict[str, Any]:
    return house.run(passkeys.ask(house.services, who.session, purpose))


# making one


def test_a_passkey_is_kept_and_told_of(house: House) -> None:
    ada = person(house)
    key = registered(house, ada, "Ada's key")
    (row,) = rows(house, "SELECT * FROM passkeys")
    assert (bytes(row.id), row.user_id, bytes(row.public_key)) == (key.id, ada.id, key.public())
    assert b"Ada's key" not in bytes(row.name)
    assert events(house)[-1] == "passkey.added"
    assert mailed(house, "A passkey was set up") == 1
    assert ada.owes() == ("passkey",)


def test_the_handle_names_nobody(house: House) -> None:
    ada = person(house)
    options = house.run(passkeys.ask_to_register(house.services, ada.session))
    assert len(decoded(options["user"]["id"])) == 16
    assert options["rp"] == {"id": "accounts.example.test", "name": house.services.settings.title}


def test_authenticators_are_told_what_the_account_has(house: House) -> None:
    ada = person(house)
    key = registered(house, ada)
    options = house.run(passkeys.ask_to_register(house.services, ada.session))
    assert [each["id"] for each in options["excludeCredentials"]] == [encoded(key.id)]


def test_a_challenge_that_is_not_ours_registers_nothing(house: House) -> None:
    ada = person(house)
    options = house.run(passkeys.ask_to_register(house.services, ada.session))
    reply = SoftKey().create(options, challenge=encoded(bytes(32)))
    with refused(403):
        house.run(passkeys.register(house.services, VISIT, ada.session, reply, "x"))
    assert rows(house, "SELECT id FROM passkeys") == []


def test_a_registration_counts_once(house: House) -> None:
    ada = person(house)
    options = house.run(passkeys.ask_to_register(house.services, ada.session))
    house.run(passkeys.register(house.services, VISIT, ada.session, SoftKey().create(options), "x"))
    with refused(403):
        house.run(passkeys.register(house.services, VISIT, ada.session, SoftKey().create(options), "x"))


def test_a_registration_is_bound_to_its_session(house: House) -> None:
    ada, eve = person(house), person(house, "eve@example.org")
    options = house.run(passkeys.ask_to_register(house.services, ada.session))
    for session in (eve.session, ada.again()):
        with refused(403):
            house.run(passkeys.register(house.services, VISIT, session, SoftKey().create(options), "x"))


def test_a_challenge_to_sign_with_registers_nothing(house: House) -> None:
    ada = person(house)
    registered(house, ada)
    options = house.run(passkeys.ask_to_register(house.services, ada.session))
    reply = SoftKey().create(options, challenge=ask(house, ada)["challenge"])
    with refused(403):
        house.run(passkeys.register(house.services, VISIT, ada.session, reply, "x"))


@pytest.mark.parametrize("lie", [{"origin": "https://evil.test"}, {"rp_id": "evil.test"}, {"flags": UP}])
def test_a_registration_elsewhere_is_refused_and_spends_the_challenge(house: House, lie: dict[str, Any]) -> None:
    ada = person(house)
    options = house.run(passkeys.ask_to_register(house.services, ada.session))
    for reply in (SoftKey().create(options, **lie), SoftKey().create(options)):
        with refused(403):
            house.run(passkeys.register(house.services, VISIT, ada.session, reply, "x"))


def test_the_credential_id_of_another_account_is_not_taken_over(any_house: House) -> None:
    ada, eve = person(any_house), person(any_house, "eve@example.org")
    key = registered(any_house, ada)
    for who in (eve, ada):
        options = any_house.run(passkeys.ask_to_register(any_house.services, who.session))
        reply = SoftKey(id=key.id).create(options)
        with refused(409):
            any_house.run(passkeys.register(any_house.services, VISIT, who.session, reply, "mine now"))
    (row,) = rows(any_house, "SELECT user_id, public_key FROM passkeys")
    assert (row.user_id, bytes(row.public_key)) == (ada.id, key.public())


def test_an_account_has_twenty_at_most(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = person(house)
    monkeypatch.setattr(passkeys, "MOST", 2)
    registered(house, ada)
    waiting = house.run(passkeys.ask_to_register(house.services, ada.session))
    registered_late = SoftKey().create(waiting)
    house.run(passkeys.register(house.services, VISIT, ada.session, registered_late, "x"))
    with refused(409):
        house.run(passkeys.ask_to_register(house.services, ada.session))


# signing in


def test_a_passkey_signs_in_and_nothing_is_owed(any_house: House) -> None:
    ada = person(any_house)
    key = registered(any_house, ada)
    session = sign_in(any_house, key.get(asked(any_house)))
    assert (session.user_id, session.pending, session.factors) == (ada.id, False, ("hwk", "user"))


def test_a_key_that_can_leave_its_device_counts_as_software(house: House) -> None:
    ada = person(house)
    key = registered(house, ada, flags=UP | UV | BE | BS)
    assert sign_in(house, key.get(asked(house))).factors == ("swk", "user")


def test_the_options_are_the_same_whoever_has_an_account(house: House) -> None:
    before = asked(house)
    registered(house, person(house))
    after = asked(house)
    assert before.pop("challenge") != after.pop("challenge")
    assert before == after
    assert after["allowCredentials"] == []


def test_an_assertion_counts_once(house: House) -> None:
    key = registered(house, person(house))
    reply = key.get(asked(house))
    sign_in(house, reply)
    with refused(403):
        sign_in(house, reply)


def test_of_eight_with_one_assertion_one_comes_in(any_house: House) -> None:
    key = registered(any_house, person(any_house), counts=False)
    reply = key.get(asked(any_house))

    async def storm() -> list[Any]:
        tries = [stepping.sign_in_by_passkey(any_house.services, VISIT, BROWSER, reply) for _ in range(8)]
        return await asyncio.gather(*tries, return_exceptions=True)

    found = any_house.run(storm())
    assert sum(isinstance(each, tuple) for each in found) == 1
    assert sum(isinstance(each, Denied) for each in found) == 7


@pytest.mark.parametrize(
    "lie",
    [{"origin": "https://accounts.example.test.evil.test"}, {"rp_id": "evil.test"}, {"flags": UP}, {"signature": b"0"},
     {"type": "webauthn.create"}, {"handle": None}, {"handle": b"x" * 16}, {"id": b"unknown"},
     {"client": {"crossOrigin": True}}],
)  # fmt: skip
def test_a_sign_in_with_a_lie_in_it_is_refused(house: House, lie: dict[str, Any]) -> None:
    key = registered(house, person(house))
    with refused(403):
        sign_in(house, key.get(asked(house), **lie))


def test_the_key_of_another_does_not_sign_for_an_account(house: House) -> None:
    """Eve signs with her own key, and says it is Ada's credential, or that she is Ada."""
    ada, eve = person(house), person(house, "eve@example.org")
    key, hers = registered(house, ada), registered(house, eve)
    with refused(403):
        sign_in(house, key.get(asked(house), signer=hers.private))
    with refused(403):
        sign_in(house, hers.get(asked(house), handle=key.user))


def test_a_challenge_is_bound_to_its_browser(house: House) -> None:
    key = registered(house, person(house))
    reply = key.get(asked(house))
    for browser in (OTHER, ""):
        with refused(403):
            sign_in(house, reply, browser)


def test_a_challenge_expires(house: House) -> None:
    key = registered(house, person(house))
    reply = key.get(asked(house))
    house.clock.now += 300
    with refused(403):
        sign_in(house, reply)


def test_a_new_challenge_kills_the_old_one_of_the_browser_alone(house: House) -> None:
    key = registered(house, person(house))
    old, elsewhere = asked(house), asked(house, OTHER)
    new = asked(house)
    with refused(403):
        sign_in(house, key.get(old))
    sign_in(house, key.get(new))
    sign_in(house, key.get(elsewhere), OTHER)


def test_challenges_that_expired_do_not_pile_up(house: House) -> None:
    for number in range(5):
        asked(house, f"{number}" * 43)
    house.clock.now += 300
    asked(house)
    assert len(rows(house, "SELECT id FROM challenges")) == 1


def test_a_source_that_asks_too_often_waits(house: House) -> None:
    with refused(429):
        for number in range(house.services.settings.jail.knocks + 1):
            asked(house, f"{number:043}")


def test_a_closed_account_is_refused(house: House) -> None:
    ada = person(house)
    key = registered(house, ada)

    async def close() -> None:
        async with house.services.database.write() as connection:
            await users.set_disabled(connection, ada.id, at=house.clock.now, why="test")

    house.run(close())
    with refused(403):
        sign_in(house, key.get(asked(house)))


def test_a_passkey_comes_in_while_the_password_is_jailed(house: House) -> None:
    """Whoever guesses at passwords must not be able to lock people out (NIST SP 800-63B-4 section 3.2.2)."""
    ada = person(house)
    key = registered(house, ada)

    async def guess(number: int) -> None:
        async with house.services.gate.guess(Visit(source=f"198.51.100.{number}"), "password", ada.email):
            raise Denied(401, "wrong")

    for number in range(60):
        with pytest.raises(Denied):
            house.run(guess(number))
    with refused(429):
        house.run(guess(61))
    sign_in(house, key.get(asked(house)))


def test_a_new_browser_is_told_of(house: House) -> None:
    ada = person(house)
    key = registered(house, ada)
    sign_in(house, key.get(asked(house)), visit=Visit(source="198.51.100.1", agent="another browser"))
    assert mailed(house, "Somebody signed in to your account") == 1


# the second factor, and presence


def test_a_passkey_is_a_second_factor(house: House) -> None:
    ada = person(house)
    key = registered(house, ada)
    ada.again(pending=True)
    options = ask(house, ada)
    assert [each["id"] for each in options["allowCredentials"]] == [encoded(key.id)]
    session = second(house, ada, key.get(options))
    assert not session.pending
    assert session.id != ada.session.id
    assert session.factors == ("pwd", "hwk", "user")


def test_who_is_known_need_not_be_named(house: House) -> None:
    """An authenticator that was told which credential to use may leave the handle out (WebAuthn L3 section 7.2 step 6)."""
    ada = person(house)
    key = registered(house, ada)
    ada.again(pending=True)
    assert not second(house, ada, key.get(ask(house, ada), handle=None)).pending


def test_the_passkey_of_another_is_no_second_factor(house: House) -> None:
    ada, eve = person(house), person(house, "eve@example.org")
    registered(house, ada)
    hers = registered(house, eve)
    for lie in ({}, {"handle": None}):
        ada.again(pending=True)
        with refused(403):
            second(house, ada, hers.get(ask(house, ada), **lie))


CEREMONIES: dict[str, Callable[[House, Person], dict[str, Any]]] = {
    "signing in": lambda house, ada: asked(house),
    "a second factor": lambda house, ada: ask(house, ada, passkeys.SECOND),
    "presence": lambda house, ada: ask(house, ada, passkeys.FRESH),
    "registering": lambda house, ada: house.run(passkeys.ask_to_register(house.services, ada.session)),
}
ANSWERS: dict[str, Callable[[House, Person, dict[str, Any]], Session]] = {
    "signing in": lambda house, ada, reply: sign_in(house, reply),
    "a second factor": lambda house, ada, reply: second(house, ada, reply, passkeys.SECOND),
    "presence": lambda house, ada, reply: second(house, ada, reply, passkeys.FRESH),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("ceremony", CEREMONIES)
def test_a_challenge_is_for_its_purpose_alone(house: House, ceremony: str, answer: str) -> None:
    ada = person(house)
    key = registered(house, ada)
    reply = key.get(CEREMONIES[ceremony](house, ada))
    if ceremony == answer:
        assert ANSWERS[answer](house, ada, reply).user_id == ada.id
    else:
        with refused(403):
            ANSWERS[answer](house, ada, reply)


def test_a_challenge_is_bound_to_its_session(house: House) -> None:
    ada = person(house)
    key = registered(house, ada)
    reply = key.get(ask(house, ada, passkeys.FRESH))
    ada.again()
    with refused(403):
        second(house, ada, reply, passkeys.FRESH)


def test_without_a_passkey_there_is_nothing_to_ask(house: House) -> None:
    with refused(409):
        ask(house, person(house))


# counts


def test_a_count_that_goes_back_is_refused_and_recorded(any_house: House) -> None:
    """Two authenticators with one key: the copy is behind."""
    ada = person(any_house)
    key = registered(any_house, ada, count=5)
    sign_in(any_house, key.get(asked(any_house)))
    for behind in (6, 5, 1):
        with refused(403):
            sign_in(any_house, key.get(asked(any_house), count=behind))
    assert events(any_house).count("factor.failed") == 3
    (row,) = rows(any_house, "SELECT sign_count FROM passkeys")
    assert row.sign_count == 6
    sign_in(any_house, key.get(asked(any_house), count=7))


def test_a_count_that_goes_back_is_recorded_only_where_the_signature_holds(house: House) -> None:
    """Or strangers could write into the log of an account."""
    key = registered(house, person(house), count=5)
    with refused(403):
        sign_in(house, key.get(asked(house), count=1, signature=b"0"))
    assert "factor.failed" not in events(house)


def test_an_authenticator_that_does_not_count_is_believed(house: House) -> None:
    key = registered(house, person(house), counts=False)
    for _ in range(3):
        sign_in(house, key.get(asked(house)))


def test_a_zero_does_not_reset_the_count(house: House) -> None:
    key = registered(house, person(house), count=5)
    sign_in(house, key.get(asked(house), count=0))
    with refused(403):
        sign_in(house, key.get(asked(house), count=5))


def test_of_two_with_the_same_count_one_comes_in(any_house: House) -> None:
    ada = person(any_house)
    key = registered(any_house, ada, count=5)

    async def take() -> bool:
        async with any_house.services.database.write() as connection:
            return await factors.take_count(connection, key.id, 6, any_house.clock.now, backed_up=False)

    async def storm() -> list[bool]:
        return await asyncio.gather(*(take() for _ in range(20)))

    assert sum(any_house.run(storm())) == 1


# keeping them


def test_several_have_names_of_their_own(house: House) -> None:
    ada = person(house)
    one, two = registered(house, ada, "one"), registered(house, ada, "two")
    house.run(passkeys.rename(house.services, ada.session, passkeys.reference_of(one.id), "first"))

    async def names() -> list[str]:
        async with house.services.database.read() as connection:
            return [each.name for each in await factors.passkeys_of(connection, house.services.ring, ada.id)]

    assert sorted(house.run(names())) == ["first", "two"]
    house.run(passkeys.remove(house.services, VISIT, ada.session, passkeys.reference_of(two.id)))
    assert house.run(names()) == ["first"]
    assert mailed(house, "A passkey was removed") == 1
    with refused(403):
        sign_in(house, two.get(asked(house)))


def test_nobody_touches_the_passkeys_of_another(house: House) -> None:
    ada, eve = person(house), person(house, "eve@example.org")
    reference = passkeys.reference_of(registered(house, ada).id)
    with refused(404):
        house.run(passkeys.rename(house.services, eve.session, reference, "mine"))
    with refused(404):
        house.run(passkeys.remove(house.services, VISIT, eve.session, reference))
    assert len(rows(house, "SELECT id FROM passkeys")) == 1


def test_the_last_way_in_stays(any_house: House) -> None:
    ada = person(any_house, password=None)
    one, two = (passkeys.reference_of(registered(any_house, ada).id) for _ in range(2))

    async def storm() -> list[Any]:
        tries = [passkeys.remove(any_house.services, VISIT, ada.session, each) for each in (one, two)]
        return await asyncio.gather(*tries, return_exceptions=True)

    found = any_house.run(storm())
    assert sorted(each.status if isinstance(each, Denied) else 0 for each in found) == [0, 409]
    assert len(rows(any_house, "SELECT id FROM passkeys")) == 1


def test_the_last_passkey_beside_a_password_may_go_and_takes_the_codes_along(house: House) -> None:
    ada = person(house)
    reference = passkeys.reference_of(registered(house, ada).id)
    house.run(recovery.make(house.services, VISIT, ada.session))
    house.run(passkeys.remove(house.services, VISIT, ada.session, reference))
    assert ada.owes() == ()
    assert rows(house, "SELECT mac FROM recovery_codes") == []
