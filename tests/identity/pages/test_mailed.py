"""Mailed links: looking uses nothing up, and a token is in no page, no address and no Referer after the first step."""

from __future__ import annotations

import re

import pytest

from identity.house import ISSUER, House
from identity.pages.reader import Reader
from identity.people import ANN, BETTER, GOOD, mails, named, person, token
from ostiary.identity.flows import registering, signing_in
from ostiary.identity.services import Visit


def registered(house: House) -> str:
    house.run(registering.register(house.services, house.visit(), ANN, GOOD))
    return house.run(token(house.services, "/verify"))


def asked_reset(house: House) -> str:
    reader = Reader(house)
    house.run(person(house.services))
    assert reader.fill(reader.get("/reset"), "/reset", email=ANN).status == 200
    return house.run(token(house.services, "/reset"))


def test_looking_at_a_link_confirms_nothing_and_uses_nothing_up(house: House) -> None:
    secret = registered(house)
    for _ in range(3):  # a scanner of mails, a preview, and the person
        scanner = Reader(house)
        first = scanner.get(f"/verify?token={secret}")
        assert (first.status, first.location) == (303, "/verify")
        assert scanner.send("HEAD", "/verify").status == 200
        assert scanner.get("/verify").status == 200
    assert house.run(named(house.services)).email_verified_at is None
    reader = Reader(house)
    reader.get(f"/verify?token={secret}")
    assert reader.fill(reader.get("/verify"), "/verify", password=GOOD).status == 200
    assert house.run(named(house.services)).email_verified_at is not None


def test_a_click_without_the_password_confirms_nothing(house: House) -> None:
    secret = registered(house)
    reader = Reader(house)
    reader.get(f"/verify?token={secret}")
    for wrong in ("", "wrong wrong wrong"):
        assert reader.fill(reader.get("/verify"), "/verify", password=wrong).status == 403
    assert house.run(named(house.services)).email_verified_at is None


@pytest.mark.parametrize(("path", "after"), [("/verify", "/verify"), ("/reset", "/reset/password")])
def test_a_token_leaves_the_address_at_once_and_is_in_no_page(house: House, path: str, after: str) -> None:
    secret = registered(house) if path == "/verify" else asked_reset(house)
    reader = Reader(house)
    first = reader.get(f"{path}?token={secret}")
    assert first.html == ""  # nothing that could link anywhere while the token is in the address
    assert first.reply.headers["referrer-policy"] == "no-referrer"
    assert first.reply.headers["cache-control"] == "no-store"
    hops = 0
    page = first
    while page.location:
        assert secret not in page.location
        page = reader.get(page.location)
        hops += 1
        assert hops < 4
    assert page.forms[0].action == after
    assert secret not in page.html
    assert page.reply.headers["referrer-policy"] == "same-origin"  # by now there is nothing in the address to tell
    refused = reader.fill(page, after, password="no")
    assert secret not in refused.html + str(refused.reply.headers)
    kept = [line for line in reader.set if secret in line]
    assert kept
    for line in kept:
        assert re.fullmatch(r"__Host-ticket=\S+; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900", line)


def test_a_reset_ends_every_session_and_its_link_counts_once(house: House) -> None:
    secret = asked_reset(house)
    old = Reader(house)
    old.be(house.run(named(house.services)).id)
    assert old.get("/account").status == 200
    house.clock.now += 1
    reader = Reader(house)
    for step in (f"/reset?token={secret}",):
        assert reader.get(reader.get(step).location).status in {200, 303}
    page = reader.get("/reset/password")
    assert reader.fill(page, "/reset/password", password="short").status == 422
    assert reader.fill(page, "/reset/password", password=BETTER).status == 200
    assert "__Host-ticket" not in reader.cookies
    assert old.get("/account").location == "/sign-in?next=/account"
    again = Reader(house)
    again.cookies["__Host-ticket"] = secret
    assert again.get("/reset/password").status == 400
    visit = Visit(source="192.0.2.1")
    assert house.run(signing_in.sign_in(house.services, visit, ANN, BETTER)).owed == ()


def test_what_is_no_token_is_not_put_aside(house: House) -> None:
    for path in ("/verify", "/reset", "/undo"):
        for broken in ("x", "x" * 42, "x" * 44, "%00" * 43, "<script>alert(1)</script>", "x" * 42 + "%0a"):
            reader = Reader(house)
            page = reader.get(f"{path}?token={broken}")
            assert page.status == 400, (path, broken)
            assert "__Host-ticket" not in reader.cookies, (path, broken)
            assert "<script" not in page.html, (path, broken)


def test_a_link_of_nobody_shows_no_button(house: House) -> None:
    reader = Reader(house)
    reader.cookies["__Host-ticket"] = "n" * 43
    for path in ("/verify", "/undo", "/reset/password"):
        assert all(form.action != path for form in reader.get(path).forms), path


def test_a_link_of_one_kind_is_none_of_another(house: House) -> None:
    secret = registered(house)
    reader = Reader(house)
    reader.cookies["__Host-ticket"] = secret
    assert reader.get("/reset/password").status == 400
    assert all(form.action != "/undo" for form in reader.get("/undo").forms)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"}, {"x-forwarded-host": "evil.example"}, {"forwarded": "host=evil.example"},
        {"x-original-host": "evil.example"}, {"host": "accounts.example.test:80@evil.example"},
    ],
)  # fmt: skip
def test_what_a_request_says_of_its_host_is_in_no_mail_and_no_address(house: House, headers: dict[str, str]) -> None:
    house.run(person(house.services))
    reader = Reader(house)
    page = reader.send("GET", "/reset", headers)
    assert "evil" not in page.html
    data = {**page.form("/reset").fields, "email": ANN}
    done = reader.send("POST", "/reset", {"origin": ISSUER, **headers}, data=data)
    assert "evil" not in done.html + str(done.reply.headers)
    found = house.run(mails(house.services))[-1]
    assert "evil" not in "".join(found)
    assert re.search(rf"{re.escape(ISSUER)}/reset\?token=", found[2])
    led = reader.send("GET", "/account", headers)
    assert led.location == "/sign-in?next=/account"
