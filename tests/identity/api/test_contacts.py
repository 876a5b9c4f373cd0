"""Another address or number: proven by who asked, told to who had it before, taken back within a week; strangers learn nothing."""

from __future__ import annotations

import logging
import re
from typing import Any

import httpx
import pytest

from identity.callers import Browser
from identity.grants import alive, granted
from identity.house import House
from identity.people import ANN, AT, GOOD, mails, person, signed_in
from ostiary.errors import Denied
from ostiary.identity.flows import contacts
from ostiary.identity.outgoing import list_outbox
from ostiary.identity.storage import factors, users
from ostiary.identity.storage.database import AsyncConnection

NEW = "ann.new@example.org"
BOB = "bob@example.com"
EVE = "eve@evil.example.net"
OLD_PHONE, NEW_PHONE = "+4915112345678", "+4915187654321"
DAY = 86400.0


@pytest.fixture
def ann(house: House) -> Browser:
    """Ann, who has just signed in."""
    return Browser(house, house.run(person(house.services)).id)


def sent_to(house: House, to: str) -> list[tuple[str, str]]:
    return [(subject, body) for each, subject, body in house.run(mails(house.services)) if each == to]


def token_for(house: House, to: str, page: str) -> str:
    for _, body in reversed(sent_to(house, to)):
        found = re.search(rf"/{page}\?token=([A-Za-z0-9_-]+)", body)
        if found:
            return found[1]
    raise AssertionError(f"no link to {page} was sent to {to}")


def ask(browser: Browser, email: str = NEW) -> httpx.Response:
    return browser.call("POST", "/me/email", json={"email": email})


def confirm(browser: Browser, token: str) -> httpx.Response:
    return browser.call("POST", "/me/email/confirmation", json={"token": token})


def undo(house: House, token: str) -> httpx.Response:
    return Browser(house, source="203.0.113.9").call("POST", "/contact-undo", json={"token": token})


def changed(browser: Browser, email: str = NEW) -> None:
    """The whole way, and in again."""
    assert ask(browser, email).status_code == 202
    assert confirm(browser, token_for(browser.house, email, "account/email")).status_code == 204
    browser.again()


def email_of(house: House, user_id: str) -> str:
    async def read() -> str:
        async with house.services.database.read() as connection:
            user = await users.by_id(connection, house.services.ring, user_id)
            return "" if user is None else user.email

    return house.run(read())


# asking


def test_nothing_changes_before_the_new_address_proves_itself(house: House, ann: Browser) -> None:
    assert ask(ann).status_code == 202
    assert email_of(house, ann.session.user_id) == ANN
    assert ann.call("GET", "/me").json()["email"] == ANN
    with pytest.raises(Denied):
        house.run(signed_in(house.services, NEW))


def test_the_present_address_is_told_at_once(house: House, ann: Browser) -> None:
    ask(ann)
    ((subject, body),) = sent_to(house, ANN)
    assert "new address" in subject
    assert NEW not in body, "the mail goes to who may be a stranger by now"
    assert "?token=" not in body


def test_a_session_that_is_not_fresh_cannot_ask(house: House, ann: Browser) -> None:
    house.clock.now += float(house.services.settings.lifetimes.fresh)
    assert ask(ann).status_code == 403
    with pytest.raises(Denied) as raised:  # also where a page forgets to ask
        house.run(contacts.ask_email(house.services, AT, ann.session, NEW))
    assert raised.value.status == 403
    assert house.run(mails(house.services)) == []


def test_a_stranger_cannot_ask(house: House) -> None:
    assert ask(Browser(house)).status_code == 401


@pytest.mark.parametrize(
    "host", ["https://evil.test", "https://accounts.example.test.evil.test", "https://evil.test:8443"]
)
def test_links_are_built_on_the_issuer_whatever_the_host_is_said_to_be(house: House, ann: Browser, host: str) -> None:
    ann.host = host
    headers = {"x-forwarded-host": "evil.test", "forwarded": "host=evil.test", "x-host": "evil.test"}
    assert ann.call("POST", "/me/email", headers, json={"email": NEW}).status_code == 202
    everything = "".join(body for _, _, body in house.run(mails(house.services)))
    assert "evil" not in everything
    assert "https://accounts.example.test/account/email?token=" in everything


@pytest.mark.parametrize("broken", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\0", "\u202e"])
@pytest.mark.parametrize("where", ["ann{}@example.org", "ann@example.org{}", "ann@example{}.org"])
def test_no_address_breaks_a_line(house: House, ann: Browser, where: str, broken: str) -> None:
    assert ask(ann, where.format(f"{broken}Bcc: {EVE}")).status_code == 422
    assert ask(ann, where.format(broken)).status_code == 422
    assert house.run(mails(house.services)) == []


@pytest.mark.parametrize("email", ["", "ann", f"{NEW},{EVE}", f"Ann <{NEW}>", "ann@[127.0.0.1]", "a" * 250 + "@b.test"])
def test_what_is_no_address_is_refused_and_not_repeated(house: House, ann: Browser, email: str) -> None:
    answer = ask(ann, email)
    assert answer.status_code == 422
    assert not email or email not in answer.text


def test_an_address_of_somebody_else_gets_another_mail_and_the_same_answer(house: House, ann: Browser) -> None:
    house.run(person(house.services, BOB))
    free = ask(ann)
    house.clock.now += 61
    taken = ask(ann, BOB)
    assert (free.status_code, free.content) == (taken.status_code, taken.content)
    assert dict(free.headers) == dict(taken.headers)
    ((subject, body),) = sent_to(house, BOB)
    assert "already" in subject
    assert "?token=" not in body
    assert ANN not in body


def test_the_own_address_is_no_other(house: House, ann: Browser) -> None:
    assert ask(ann, ANN.upper()).status_code == 409


def test_mails_are_paced_by_account_and_by_destination(house: House, ann: Browser) -> None:
    assert ask(ann).status_code == 202
    assert ask(ann, "another@example.org").status_code == 429
    bob = Browser(house, house.run(person(house.services, BOB)).id, source="203.0.113.7")
    again = ask(bob)
    assert again.status_code == 429
    assert int(again.headers["retry-after"]) <= 60
    asked = 1
    for _ in range(20):
        house.clock.now += 61
        ann = Browser(house, ann.session.user_id)
        asked += ask(ann).status_code == 202
    assert asked <= house.services.settings.jail.sends + 1


# confirming


def test_the_new_address_counts_once_it_proved_itself(house: House, ann: Browser) -> None:
    changed(ann)
    me = ann.call("GET", "/me").json()
    assert (me["email"], me["email_verified"]) == (NEW, True)
    house.run(signed_in(house.services, NEW))
    with pytest.raises(Denied):
        house.run(signed_in(house.services, ANN))
    assert any("was changed" in subject for subject, _ in sent_to(house, ANN))
    assert any("is the address" in subject for subject, _ in sent_to(house, NEW))


def test_all_sessions_and_tokens_end(house: House, ann: Browser) -> None:
    other = Browser(house, ann.session.user_id)
    grant = granted(house, other.session)
    ask(ann)
    done = confirm(ann, token_for(house, NEW, "account/email"))
    assert done.status_code == 204
    assert "__Host-session=;" in done.headers["set-cookie"]
    assert not ann.alive()
    assert not other.alive()
    assert not alive(house, grant)


def test_another_accounts_session_cannot_confirm_and_does_not_use_the_link_up(house: House, ann: Browser) -> None:
    """Somebody may be sent a link that puts their mailbox into a stranger's account."""
    bob = Browser(house, house.run(person(house.services, BOB)).id)
    ask(ann)
    token = token_for(house, NEW, "account/email")
    assert confirm(bob, token).status_code == 400
    assert confirm(Browser(house), token).status_code == 401
    assert email_of(house, bob.session.user_id) == BOB
    assert email_of(house, ann.session.user_id) == ANN
    assert confirm(ann, token).status_code == 204


def test_of_many_who_confirm_at_once_one_does(house: House, ann: Browser) -> None:
    ask(ann)
    token = token_for(house, NEW, "account/email")
    statuses = [each.status_code for each in ann.together(10, "POST", "/me/email/confirmation", json={"token": token})]
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 400}
    assert len([subject for subject, _ in sent_to(house, ANN) if "was changed" in subject]) == 1


def test_a_link_ends_with_its_time(house: House, ann: Browser) -> None:
    ask(ann)
    token = token_for(house, NEW, "account/email")
    house.clock.now += float(house.services.settings.lifetimes.verify)
    assert confirm(Browser(house, ann.session.user_id), token).status_code == 400


def test_a_newer_link_ends_the_older(house: House, ann: Browser) -> None:
    house.run(person(house.services, BOB))
    ask(ann)
    first = token_for(house, NEW, "account/email")
    house.clock.now += 61
    assert ask(ann, BOB).status_code == 202  # also where the newer one reaches nobody
    assert confirm(ann, first).status_code == 400


@pytest.mark.parametrize("purpose", ["undo", "reset"])
def test_a_link_for_one_thing_is_none_for_another(house: House, ann: Browser, purpose: str) -> None:
    changed(ann)
    token = token_for(house, ANN, "undo")
    assert confirm(ann, token).status_code == 400
    ask_again = ask(Browser(house, ann.session.user_id, source="203.0.113.99"), "third@example.org")
    assert ask_again.status_code in {202, 429}
    house.clock.now += 61
    ask(ann, "third@example.org")
    link = token_for(house, "third@example.org", "account/email")
    path = {"undo": "/contact-undo", "reset": "/password-resets/completion"}[purpose]
    body = {"token": link} | ({"password": GOOD} if purpose == "reset" else {})
    assert Browser(house).call("POST", path, json=body).status_code in {400, 422}


def test_an_address_that_was_proven_meanwhile_stays_where_it_is(house: House, ann: Browser) -> None:
    ask(ann)
    token = token_for(house, NEW, "account/email")
    house.run(person(house.services, NEW))
    assert confirm(ann, token).status_code == 400
    assert email_of(house, ann.session.user_id) == ANN


def test_an_account_that_claims_an_address_without_proof_makes_room(house: House, ann: Browser) -> None:
    squatter = Browser(house, house.run(person(house.services, NEW, verified=False)).id)
    changed(ann)
    assert email_of(house, ann.session.user_id) == NEW
    assert email_of(house, squatter.session.user_id) == ""
    assert not squatter.alive()


# taking back


def test_the_former_address_takes_it_back_and_everything_ends(house: House, ann: Browser) -> None:
    changed(ann)
    grant = granted(house, ann.session)
    house.clock.now += 6 * DAY
    thief = Browser(house, ann.session.user_id)
    assert undo(house, token_for(house, ANN, "undo")).status_code == 204
    assert email_of(house, ann.session.user_id) == ANN
    assert not thief.alive()
    assert not alive(house, grant)
    with pytest.raises(Denied):  # the thief knows the password; it is none any more
        house.run(signed_in(house.services, ANN))
    reset = token_for(house, ANN, "reset")
    better = "seven lamps under the quay"
    answer = Browser(house).call("POST", "/password-resets/completion", json={"token": reset, "password": better})
    assert answer.status_code in {200, 204}
    house.run(signed_in(house.services, ANN, better))


def test_the_link_works_once(house: House, ann: Browser) -> None:
    changed(ann)
    token = token_for(house, ANN, "undo")
    assert undo(house, token).status_code == 204
    reset = [subject for subject, _ in sent_to(house, ANN) if "Set a new password" in subject]
    assert undo(house, token).status_code == 400
    assert len(reset) == len([subject for subject, _ in sent_to(house, ANN) if "Set a new password" in subject])


def test_of_many_who_follow_it_at_once_one_does(house: House, ann: Browser) -> None:
    changed(ann)
    token = token_for(house, ANN, "undo")
    statuses = [
        each.status_code for each in Browser(house).together(10, "POST", "/contact-undo", json={"token": token})
    ]
    assert statuses.count(204) == 1


def test_the_link_ends_after_its_week(house: House, ann: Browser) -> None:
    changed(ann)
    token = token_for(house, ANN, "undo")
    house.clock.now += 7 * DAY
    assert undo(house, token).status_code == 400
    assert email_of(house, ann.session.user_id) == NEW


def test_whoever_made_the_change_cannot_end_the_way_back(house: House, ann: Browser) -> None:
    changed(ann)
    token = token_for(house, ANN, "undo")
    assert ann.call("DELETE", "/me/sessions?this=true").status_code == 204  # ends links too, but not this one
    assert undo(house, token).status_code == 204


def test_the_first_way_back_wins(house: House, ann: Browser) -> None:
    """A thief changes the address twice: the link of the second change would lead to the first of theirs."""
    changed(ann, EVE)
    first = token_for(house, ANN, "undo")
    house.clock.now += 61
    thief = Browser(house, ann.session.user_id)
    changed(thief, "eve2@evil.example.net")
    second = token_for(house, EVE, "undo")
    assert undo(house, first).status_code == 204
    assert email_of(house, ann.session.user_id) == ANN
    assert undo(house, second).status_code == 400
    assert email_of(house, ann.session.user_id) == ANN


def test_the_first_way_back_outlives_the_second(house: House, ann: Browser) -> None:
    changed(ann, EVE)
    first = token_for(house, ANN, "undo")
    house.clock.now += 61
    changed(Browser(house, ann.session.user_id), "eve2@evil.example.net")
    assert undo(house, token_for(house, EVE, "undo")).status_code == 204
    assert email_of(house, ann.session.user_id) == EVE
    assert undo(house, first).status_code == 204
    assert email_of(house, ann.session.user_id) == ANN


def test_who_signed_in_by_what_the_thief_set_up_is_out_and_what_was_there_before_stays(
    house: House, ann: Browser
) -> None:
    user_id = ann.session.user_id

    async def add(key: bytes) -> None:
        async with house.services.database.write() as connection:
            await keep_passkey(connection, house, user_id, key)

    house.run(add(b"own"))
    house.clock.now += DAY
    thief = Browser(house, user_id)
    house.run(add(b"thiefs"))
    changed(thief)
    assert undo(house, token_for(house, ANN, "undo")).status_code == 204

    async def left() -> list[bytes]:
        async with house.services.database.read() as connection:
            return [each.id for each in await factors.passkeys_of(connection, house.services.ring, user_id)]

    assert house.run(left()) == [b"own"]


def test_a_passkey_from_before_lets_nobody_choose_the_new_password(house: House, ann: Browser) -> None:
    """Only the mailed link does: somebody else's passkey may be older than the session that made the change."""
    changed(ann)
    assert undo(house, token_for(house, ANN, "undo")).status_code == 204
    house.clock.now += 1
    by_passkey = Browser(house, ann.session.user_id)
    assert by_passkey.call("GET", "/me").json()["limits"] == ["password-to-change"]
    for current in ("", GOOD):
        body = {"current": current, "password": "seven lamps under the quay"}
        answer = by_passkey.call("PUT", "/me/password", json=body)
        assert answer.status_code in {403, 422}
    assert by_passkey.call("POST", "/me/email", json={"email": NEW}).status_code == 403
    with pytest.raises(Denied):
        house.run(signed_in(house.services, ANN, "seven lamps under the quay"))


async def keep_passkey(connection: AsyncConnection, house: House, user_id: str, key: bytes) -> None:
    await factors.add_passkey(
        connection, house.services.ring,
        factors.Passkey(key, user_id, b"public", 0, "Key", (), False, house.clock.now, None),
    )  # fmt: skip


def test_an_address_without_proof_has_no_way_back(house: House) -> None:
    """Whoever registered a stranger's address by mistake must not leave that stranger a key."""
    user = house.run(person(house.services, verified=False))
    browser = Browser(house, user.id)
    house.run(contacts.ask_email(house.services, AT, browser.session, NEW))
    token = token_for(house, NEW, "account/email")
    house.run(contacts.confirm_email(house.services, AT, browser.session, token))
    assert email_of(house, user.id) == NEW
    assert sent_to(house, ANN) == []


def test_a_former_address_that_was_claimed_meanwhile_comes_back_all_the_same(house: House, ann: Browser) -> None:
    changed(ann)
    squatter = house.run(squatting(house.services))
    assert email_of(house, squatter) == ANN
    token = token_for(house, ANN, "undo")
    assert undo(house, token).status_code == 204
    assert email_of(house, ann.session.user_id) == ANN


async def squatting(services: Any) -> str:
    """Somebody registers the address that became free, and never proves it."""
    async with services.database.write() as connection:
        await users.create(connection, services.ring, id="squatter", email=ANN, password_hash=None, now=services.now())
    return "squatter"


def test_a_former_address_that_is_somebody_elses_by_now_locks_the_account(house: House, ann: Browser) -> None:
    changed(ann)

    async def take() -> None:
        async with house.services.database.write() as connection:
            await users.set_email_verified(connection, house_squatter, now=house.clock.now)

    house_squatter = house.run(squatting(house.services))
    house.run(take())
    assert undo(house, token_for(house, ANN, "undo")).status_code == 204
    assert email_of(house, house_squatter) == ANN
    assert not ann.alive()
    for email in (ANN, NEW):
        with pytest.raises(Denied):
            house.run(signed_in(house.services, email))
    Browser(house).call("POST", "/password-resets", json={"email": NEW})
    assert not [subject for subject, _ in sent_to(house, NEW) if "Set a new password" in subject]


@pytest.mark.live
def test_the_whole_way_on_postgres(postgres_house: House) -> None:
    house = postgres_house
    ann = Browser(house, house.run(person(house.services)).id)
    squatter = Browser(house, house.run(person(house.services, NEW, verified=False)).id)
    ask(ann)
    token = token_for(house, NEW, "account/email")
    statuses = [each.status_code for each in ann.together(8, "POST", "/me/email/confirmation", json={"token": token})]
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 400, 401}, "the first one ended the session of the others"
    assert not squatter.alive()
    ann.again()
    assert ann.call("GET", "/me/export").json()["account"]["email"] == NEW
    way_back = token_for(house, ANN, "undo")
    statuses = [
        each.status_code for each in Browser(house).together(8, "POST", "/contact-undo", json={"token": way_back})
    ]
    assert sorted(statuses) == [204] + [400] * 7
    assert email_of(house, ann.session.user_id) == ANN
    assert not ann.alive()
    body = {"token": token_for(house, ANN, "reset"), "password": "seven lamps under the quay"}
    assert Browser(house).call("POST", "/password-resets/completion", json=body).status_code == 204
    house.clock.now += 1
    again = Browser(house, ann.session.user_id)
    assert again.call("DELETE", "/me").status_code == 204
    assert email_of(house, ann.session.user_id) == ""


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "a" * 101, "\r\n", "' OR 1=1 --", "\ud83d"])
def test_what_is_no_link_is_refused_alike(house: House, token: str) -> None:
    answer = Browser(house).call("POST", "/contact-undo", content=json_of({"token": token}), headers=JSON)
    assert answer.status_code in {400, 422}
    assert not token.strip() or token not in answer.text


JSON = {"content-type": "application/json"}


def json_of(body: Any) -> bytes:
    import json  # noqa: PLC0415 - escapes lone surrogates, which httpx cannot write

    return json.dumps(body).encode()


# telephone


@pytest.fixture
def dev(make_house: Any) -> House:
    """A house in which texts lead somewhere."""
    made: House = make_house(profile="development")
    return made


def texts(house: House, to: str) -> list[str]:
    shown = house.run(list_outbox(house.services, 100))
    return [each.body for each in reversed(shown) if each.channel == "text" and each.to == to]


def code_of(house: House, to: str = NEW_PHONE) -> str:
    found = re.match(r"([0-9]{6,8}) is your code", texts(house, to)[-1])
    assert found
    return found[1]


def ask_phone(browser: Browser, phone: str = NEW_PHONE) -> httpx.Response:
    return browser.call("POST", "/me/phone", json={"phone": phone})


def type_code(browser: Browser, challenge: str, code: str) -> httpx.Response:
    return browser.call("POST", "/me/phone/confirmation", json={"challenge": challenge, "code": code})


def with_phone(house: House, phone: str = OLD_PHONE) -> Browser:
    browser = Browser(house, house.run(person(house.services)).id)
    challenge = ask_phone(browser, phone).json()["challenge"]
    assert type_code(browser, challenge, code_of(house, phone)).status_code == 204
    house.clock.now += 61
    return browser


def phone_of(browser: Browser) -> str:
    return str(browser.call("GET", "/me").json()["phone"])


def test_a_number_counts_once_its_code_was_typed(dev: House) -> None:
    ann = Browser(dev, dev.run(person(dev.services)).id)
    other = Browser(dev, ann.session.user_id)
    answer = ask_phone(ann, "+49 151 / 876-54321")
    assert answer.status_code == 202
    assert code_of(dev) not in answer.text + str(answer.headers)
    assert phone_of(ann) == ""
    assert type_code(ann, answer.json()["challenge"], code_of(dev)).status_code == 204
    assert phone_of(ann) == NEW_PHONE
    assert ann.alive()
    assert not other.alive()


def test_the_code_is_of_its_session_and_account(dev: House) -> None:
    ann = Browser(dev, dev.run(person(dev.services)).id)
    twin = Browser(dev, ann.session.user_id)
    bob = Browser(dev, dev.run(person(dev.services, BOB)).id)
    challenge = ask_phone(ann).json()["challenge"]
    for each in (twin, bob):
        assert type_code(each, challenge, code_of(dev)).status_code == 403
        assert phone_of(each) == ""
    assert type_code(ann, challenge, code_of(dev)).status_code == 204


def test_a_number_of_somebody_else_gets_another_text_and_the_same_answer(dev: House) -> None:
    with_phone(dev)
    bob = Browser(dev, dev.run(person(dev.services, BOB)).id, source="203.0.113.7")
    answer = ask_phone(bob, OLD_PHONE)
    assert answer.status_code == 202
    assert set(answer.json()) == {"challenge"}
    assert "your code" not in texts(dev, OLD_PHONE)[-1]
    assert "stays yours" in texts(dev, OLD_PHONE)[-1]


def test_the_former_number_and_the_mailbox_are_told_and_take_it_back(dev: House) -> None:
    ann = with_phone(dev)
    challenge = ask_phone(ann).json()["challenge"]
    assert "another number was asked for" in texts(dev, OLD_PHONE)[-1]
    assert any("new telephone number" in subject for subject, _ in sent_to(dev, ANN))
    assert type_code(ann, challenge, code_of(dev)).status_code == 204
    link = re.search(r"/undo\?token=([A-Za-z0-9_-]+)", texts(dev, OLD_PHONE)[-1])
    assert link
    assert undo(dev, link[1]).status_code == 204
    assert not ann.alive()
    assert phone_of(Browser(dev, ann.session.user_id)) == OLD_PHONE
    assert undo(dev, token_for(dev, ANN, "undo")).status_code == 400, "the other link of the same change"


@pytest.mark.parametrize(
    "phone", ["", "0151 12345678", "+49151\r\n123456", "javascript:1", "+0123456789", "tel:+49151123456"]
)
def test_what_is_no_number_is_refused(dev: House, phone: str) -> None:
    assert ask_phone(Browser(dev, dev.run(person(dev.services)).id), phone).status_code == 422


def test_without_texts_there_are_no_numbers(house: House, ann: Browser) -> None:
    assert ask_phone(ann).status_code == 409


# secrets


def test_no_secret_is_in_a_reply_or_a_log(dev: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ann = with_phone(dev)
    answers = [ask(ann)]
    token = token_for(dev, NEW, "account/email")
    answers.append(confirm(ann, token))
    ann.again()
    way_back = token_for(dev, ANN, "undo")
    answers.append(ask_phone(ann))
    code = code_of(dev)
    answers.append(type_code(ann, answers[-1].json()["challenge"], code))
    answers.append(undo(dev, way_back))
    assert [each.status_code for each in answers] == [202, 204, 202, 204, 204]
    told = "".join(each.text + str(each.headers) for each in answers)
    logged = "\n".join(each.getMessage() for each in caplog.records)
    for secret in (token, way_back, code, NEW, ANN, OLD_PHONE, NEW_PHONE, ann.secret):
        assert secret not in told
        assert secret not in logged
