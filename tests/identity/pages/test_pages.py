"""Every page: nobody's words become markup, fields have names, refusals are beside their fields, and nothing inline runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import insert

from identity.grants import _CLIENT as CLIENT
from identity.house import House
from identity.pages.reader import Page, Reader
from identity.pages.test_forms import operator
from identity.people import ANN, GOOD, named, person
from ostiary.identity import events
from ostiary.identity.flows import naming
from ostiary.identity.pages import wording
from ostiary.identity.storage import schema

BAD = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7*7 }}'
STRANGERS = (
    "/",
    "/sign-in",
    "/register",
    "/reset",
    "/verify",
    "/undo",
    "/oauth/logout",
    "/oauth/authorize?client_id=x",
)
OWN = (
    "/account", "/account/applications", "/account/confirm", "/account/email", "/account/factors", "/account/history",
    "/account/leave", "/account/password", "/account/sessions", "/console", "/device", "/device?user_code=" + "A" * 9,
    "/sign-out", "/oauth/logout",
)  # fmt: skip


def shown(house: House) -> Iterator[tuple[str, Page]]:
    for path in STRANGERS:
        yield path, Reader(house).get(path)
    reader = operator(house)
    for path in OWN:
        yield path, reader.get(path)
    owing = Reader(house)
    owing.be(house.run(person(house.services, "bea@example.com")).id, pending=True)
    yield "/sign-in/factor", owing.get("/sign-in/factor")


def test_every_page_has_a_title_one_heading_and_names_for_its_fields(house: House) -> None:
    for path, page in shown(house):
        assert page.status in {200, 400}, path
        assert page.title.strip(), path
        assert len(page.all("h1")) == 1, path
        assert page.all("html")[0]["lang"] == "en", path
        assert page.all("main"), path
        named = {label.get("for") for label in page.all("label")}
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(ids) == len(set(ids)), path
        for each in page.all("input"):
            if each["type"] not in {"hidden", "checkbox"}:
                assert each["id"] in named, (path, each)
                assert "autocomplete" in each, (path, each)
            for other in each.get("aria-describedby", "").split():
                assert other in ids, (path, other)


def test_every_page_runs_nothing_inline_and_is_kept_by_nobody(house: House) -> None:
    nonces = []
    for path, page in shown(house):
        policy = page.reply.headers["content-security-policy"]
        nonce = re.search(r"script-src 'nonce-([A-Za-z0-9+/]{24})';", policy)
        assert nonce, path
        nonces.append(nonce[1])
        for said in (
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ):
            assert said in policy, path
        assert "unsafe" not in policy, path
        assert page.reply.headers["cache-control"] == "no-store", path
        assert page.reply.headers["referrer-policy"] in {"no-referrer", "same-origin"}, path
        assert all(
            each.get("nonce") == nonce[1] and each["src"].startswith("/assets/") for each in page.all("script")
        ), path
        for _, attributes in page.elements:
            assert "style" not in attributes, path
            assert not any(name.startswith("on") for name in attributes), path
        for each in (*page.all("a"), *page.all("link")):
            assert each["href"].startswith(("/", "#", "data:,")), (path, each)
            assert not each["href"].startswith("//"), (path, each)
    assert len(set(nonces)) == len(nonces)


def test_cookies_of_pages_are_out_of_reach(house: House) -> None:
    house.run(person(house.services))
    reader = Reader(house)
    reader.fill(reader.get("/sign-in"), "/sign-in", email=ANN, password=GOOD)
    reader.fill(reader.get("/sign-out"), "/sign-out")
    assert len(reader.set) == 3
    for line in reader.set:
        assert re.fullmatch(
            r"__Host-(session|browser)=\S*; Path=/; Secure; HttpOnly; SameSite=(Lax|Strict)(; Max-Age=0)?", line
        )


def test_nobodys_words_become_markup(house: House) -> None:
    reader = operator(house)
    reader.agent = f"{BAD} Firefox/1"
    user = house.run(person(house.services, "bea@example.com"))
    session = reader.be(user.id)
    services = house.services
    house.run(naming.rename(services, house.visit(), session, BAD[:90]))

    async def client() -> None:
        async with services.database.write() as connection:
            await connection.execute(
                insert(schema.clients).values(id="shop", created_at=services.now(), **{**CLIENT, "name": BAD})
            )
            row = {"user_id": user.id, "client_id": "shop", "scopes": "openid", "created_at": services.now()}
            await connection.execute(insert(schema.consents).values(row))

    house.run(client())
    for path in ("/account", "/account/sessions", "/account/applications", "/account/history"):
        page = reader.get(path)
        assert page.status == 200, path
        assert not any("onerror" in attributes for _, attributes in page.elements), path
        assert all("src" in each for each in page.all("script")), path
        assert "49" not in page.words, path
    assert BAD[:90] in reader.get("/account").form("/account/name").fields["name"]
    assert "<img" not in reader.get("/account/sessions").html
    assert BAD in reader.get("/account/applications").words


@pytest.mark.parametrize(
    ("path", "field"), [("/sign-in", "email"), ("/register", "email"), ("/register", "name"), ("/reset", "email")]
)
def test_what_was_typed_comes_back_as_text(house: House, path: str, field: str) -> None:
    reader = Reader(house)
    page = reader.fill(reader.get(path), path, **{"email": "x", "password": "no", field: BAD})
    assert not any("onerror" in attributes for _, attributes in page.elements)
    if page.forms and field in page.forms[0].fields:
        assert page.form(path).fields[field] == BAD


def test_what_is_wrong_is_said_at_its_field_and_passwords_never_come_back(house: House) -> None:
    reader = Reader(house)
    page = reader.fill(reader.get("/register"), "/register", email=ANN, password="password")
    wrong = [each for each in page.all("input") if each.get("aria-invalid") == "true"]
    assert [each["name"] for each in wrong] == ["password"]
    assert "error" in wrong[0]["aria-describedby"].split()
    assert "autofocus" in wrong[0]
    assert page.title.startswith("Error: ")
    assert [each["role"] for _, each in page.elements if each.get("id") == "error"] == ["alert"]
    assert page.form("/register").fields["password"] == ""
    assert page.form("/register").fields["email"] == ANN
    page = reader.fill(reader.get("/sign-in"), "/sign-in", email=ANN, password="wrong wrong wrong")
    assert [each["name"] for each in page.all("input") if each.get("aria-invalid")] == ["email", "password"]
    assert page.form("/sign-in").fields["password"] == ""


def test_operators_without_a_second_factor_are_told_so_and_others_nothing(house: House) -> None:
    reader = operator(house)
    reader.be(house.run(named(house.services)).id, "pwd")
    page = reader.get("/console")
    assert (page.status, "second factor" in page.words) == (403, True)
    reader.be(house.run(person(house.services, "bea@example.com")).id, "pwd", "otp")
    page = reader.get("/console")
    assert (page.status, "second factor" in page.words) == (404, False)


def test_what_happens_to_people_has_words() -> None:
    of_the_house = ("client.", "key.", "jail.", "account.deleted")
    assert {each for each in events.EVENTS if wording.event(each) == each.replace(".", ": ").replace("-", " ")} == {
        each for each in events.EVENTS if each.startswith(of_the_house)
    }


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("curl/8.5", ""), ("", ""), (BAD, ""),
    ],
)  # fmt: skip
def test_browsers_are_named_as_people_name_them(agent: str, said: str) -> None:
    assert wording.browser(agent) == said
