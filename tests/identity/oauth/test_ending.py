"""Sign-out that a client asks for: at once with proof of whose session it is, else the person is asked; nobody is led astray."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from identity.house import House
from identity.oauth.doors import BACK, OUT, Browser, Doors, payload
from ostiary.identity import sessions

PATH = "/oauth/logout"
ORIGIN = {"origin": "https://accounts.example.test", "content-type": "application/x-www-form-urlencoded"}


def alive(house: House, browser: Browser) -> bool:
    return house.run(sessions.read_session(house.services, browser.secret)) is not None


def logout(doors: Doors, browser: Browser | None, **fields: str) -> httpx.Response:
    return doors.get(f"{PATH}?{urlencode(fields)}", browser=browser)


def hidden(reply: httpx.Response) -> dict[str, str]:
    """The fields of the page's form."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', reply.text)
    return {name: html.unescape(value) for name, value in found}


def agree(doors: Doors, browser: Browser, fields: dict[str, str], **headers: str) -> httpx.Response:
    given = {**ORIGIN, **browser.cookies, **headers}
    return doors.send("POST", f"{PATH}/confirmed", headers=given, body=urlencode(fields).encode())


def hint_of(doors: Doors, browser: Browser, **client: Any) -> str:
    token: str = doors.tokens(doors.client(**client), browser)["id_token"]
    return token


def test_a_client_that_shows_whose_session_it_is_ends_it(doors: Doors, house: House) -> None:
    browser = doors.browser()
    given = doors.tokens(doors.client(grants=("authorization_code", "refresh_token")), browser)
    reply = logout(doors, browser, id_token_hint=given["id_token"], post_logout_redirect_uri=OUT, state="a b&c=d")
    assert reply.status_code == 303
    assert reply.headers["location"] == f"{OUT}?state=a%20b%26c%3Dd"
    assert "__Host-session=; " in reply.headers["set-cookie"]
    assert "Max-Age=0" in reply.headers["set-cookie"]
    assert "clear-site-data" in reply.headers
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert not alive(house, browser)
    token = given["access_token"]
    assert doors.get("/oauth/userinfo", authorization=f"Bearer {token}").status_code == 401, "and what rests on it"
    assert [each for each in house.store.bans.current() if each.startswith("token:")]


def test_a_hint_may_have_expired(doors: Doors, house: House) -> None:
    browser = doors.browser()
    hint = hint_of(doors, browser)
    house.clock.now += 1800
    assert logout(doors, browser, id_token_hint=hint, post_logout_redirect_uri=OUT).headers["location"] == OUT
    assert not alive(house, browser)


def test_without_an_address_there_is_a_page(doors: Doors, house: House) -> None:
    browser = doors.browser()
    reply = logout(doors, browser, id_token_hint=hint_of(doors, browser))
    assert reply.status_code == 200
    assert "You are signed out" in reply.text
    assert not alive(house, browser)


@pytest.mark.parametrize(
    "uri", ["https://evil.example/out", OUT + "/", OUT + "?x=1", OUT.upper(), BACK, "javascript:alert(1)", "//evil.example", OUT + "#x", OUT + "%0d%0a"]
)  # fmt: skip
def test_nobody_is_sent_to_an_address_that_is_not_registered(doors: Doors, house: House, uri: str) -> None:
    browser = doors.browser()
    reply = logout(doors, browser, id_token_hint=hint_of(doors, browser), post_logout_redirect_uri=uri)
    assert reply.status_code == 400
    assert "location" not in reply.headers
    assert "evil.example" not in reply.text
    assert alive(house, browser)


def test_an_address_of_another_client_is_not_the_clients(doors: Doors, house: House) -> None:
    browser = doors.browser()
    doors.client(name="Other", logout_uris=("https://other.example.test/out",))
    hint = hint_of(doors, browser)
    reply = logout(doors, browser, id_token_hint=hint, post_logout_redirect_uri="https://other.example.test/out")
    assert reply.status_code == 400
    assert alive(house, browser)


def test_a_hint_of_one_client_is_no_proof_of_another(doors: Doors, house: House) -> None:
    browser = doors.browser()
    other = doors.client(name="Other")
    hint = hint_of(doors, browser)
    reply = logout(doors, browser, id_token_hint=hint, client_id=other.id, post_logout_redirect_uri=OUT)
    assert reply.status_code == 400
    assert alive(house, browser)


def test_a_clients_name_alone_sends_nobody_anywhere(doors: Doors, house: House) -> None:
    browser, client = doors.browser(), doors.client()
    reply = logout(doors, browser, client_id=client.id, post_logout_redirect_uri=OUT, state="s")
    assert reply.status_code == 200
    assert "Sign out?" in reply.text
    assert OUT not in reply.text
    done = agree(doors, browser, hidden(reply))
    assert (done.status_code, "location" in done.headers) == (200, False)
    assert not alive(house, browser)


@pytest.mark.parametrize("kind", ["none", "garbage", "access token", "another session", "another person", "other key"])
def test_without_proof_the_person_is_asked(doors: Doors, house: House, kind: str) -> None:
    browser = doors.browser()
    hints: dict[str, Callable[[], str]] = {
        "none": lambda: "",
        "garbage": lambda: "a.b.c",
        "access token": lambda: doors.tokens(doors.client(), browser)["access_token"],
        "another session": lambda: hint_of(doors, doors.browser()),
        "another person": lambda: hint_of(doors, doors.browser("bob@example.com")),
        "other key": lambda: hint_of(doors, browser)[:-8] + "AAAAAAAA",
    }
    hint = hints[kind]()
    reply = logout(doors, browser, **({"id_token_hint": hint} if hint else {}))
    assert reply.status_code == 200
    assert "Sign out?" in reply.text
    assert alive(house, browser), "nothing happens before they say so"
    assert "set-cookie" not in reply.headers


def test_who_agrees_goes_on_to_the_client_that_proved_itself(doors: Doors, house: House) -> None:
    browser = doors.browser()
    hint = hint_of(doors, doors.browser())
    reply = logout(doors, browser, id_token_hint=hint, post_logout_redirect_uri=OUT, state="s")
    assert "https://shop.example.test" in reply.headers["content-security-policy"]
    done = agree(doors, browser, hidden(reply))
    assert done.status_code == 303
    assert done.headers["location"] == f"{OUT}?state=s"
    assert not alive(house, browser)


def test_agreeing_comes_from_our_own_page(doors: Doors, house: House) -> None:
    browser = doors.browser()
    fields = hidden(logout(doors, browser))
    for wrong in (
        {"csrf": "", "next": fields["next"]}, {"next": fields["next"]}, {"csrf": fields["csrf"], "next": ""},
        {"csrf": fields["csrf"]}, {"csrf": fields["csrf"], "next": fields["next"][:-8] + "AAAAAAA="},
    ):  # fmt: skip
        assert agree(doors, browser, wrong).status_code in {400, 403}
    assert agree(doors, browser, fields, origin="https://evil.example").status_code == 403
    other = doors.browser()
    assert agree(doors, other, fields).status_code == 403
    house.clock.now += 601
    assert agree(doors, browser, fields).status_code == 400
    assert alive(house, browser)
    assert alive(house, other)


def test_what_was_sealed_for_another_session_leads_nowhere(doors: Doors, house: House) -> None:
    browser, other = doors.browser(), doors.browser()
    mine, theirs = hidden(logout(doors, browser)), hidden(logout(doors, other))
    assert agree(doors, browser, {"csrf": mine["csrf"], "next": theirs["next"]}).status_code == 400
    assert alive(house, browser)


def test_nobody_signed_in_is_signed_out_already(doors: Doors) -> None:
    hint = hint_of(doors, doors.browser())
    assert logout(doors, None, id_token_hint=hint, post_logout_redirect_uri=OUT).headers["location"] == OUT
    assert "You are signed out" in logout(doors, None).text


def test_a_post_of_another_site_comes_back_with_its_cookie(doors: Doors, house: House) -> None:
    """Browsers send no SameSite cookie with it; the navigation that follows has it."""
    browser = doors.browser()
    form = {"id_token_hint": hint_of(doors, browser), "post_logout_redirect_uri": OUT, "junk": "x"}
    reply = doors.post(PATH, form, headers={"origin": "https://shop.example.test"})
    assert reply.status_code == 303
    assert reply.headers["location"].startswith(f"{PATH}?")
    assert "junk" not in reply.headers["location"]
    assert alive(house, browser)
    assert doors.get(reply.headers["location"], browser=browser).headers["location"] == OUT
    assert not alive(house, browser)


def test_a_post_with_its_cookie_is_as_good(doors: Doors, house: House) -> None:
    browser = doors.browser()
    form = {"id_token_hint": hint_of(doors, browser), "post_logout_redirect_uri": OUT}
    assert doors.post(PATH, form, headers=browser.cookies).headers["location"] == OUT
    assert not alive(house, browser)


def test_what_is_there_twice_is_refused(doors: Doors, house: House) -> None:
    browser = doors.browser()
    hint = hint_of(doors, browser)
    twice = f"{PATH}?id_token_hint={hint}&post_logout_redirect_uri={OUT}&post_logout_redirect_uri=https://evil.example"
    reply = doors.get(twice, browser=browser)
    assert reply.status_code == 400
    assert alive(house, browser)


def test_a_grant_that_outlives_the_session_stays(doors: Doors) -> None:
    browser = doors.browser()
    client = doors.client(grants=("authorization_code", "refresh_token"), scopes=("openid", "offline_access"))
    given = doors.tokens(client, browser)
    assert payload(given["id_token"])["sid"] == browser.session.id
    logout(doors, browser, id_token_hint=given["id_token"])
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert doors.post("/oauth/token", form, client=client).status_code == 200


def test_a_client_that_is_disabled_sends_nobody_anywhere(doors: Doors, house: House) -> None:
    from ostiary.identity.oauth import administering  # noqa: PLC0415

    browser, client = doors.browser(), doors.client()
    hint = doors.tokens(client, browser)["id_token"]
    house.run(administering.set_enabled(house.services, client.id, enabled=False, actor="operator:x"))
    assert logout(doors, browser, id_token_hint=hint, post_logout_redirect_uri=OUT).status_code == 400
