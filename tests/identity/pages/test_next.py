"""Whoever has signed in goes on to a page of ours, whatever a link said (CWE-601)."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest

from identity.house import ISSUER, House
from identity.pages.reader import Reader
from identity.people import ANN, GOOD, person
from ostiary.identity.pages.turns import NEXT

AWAY = (
    "https://evil.example", "https://evil.example/account", "//evil.example", "///evil.example", "////evil.example/%2f..",
    "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example", "\t//evil.example",
    " //evil.example", "https:evil.example", "https:/evil.example", "http:///evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x",
    f"{ISSUER}@evil.example", f"{ISSUER}.evil.example", "/account/../../evil.example", "/account//evil.example",
    "/account?next=https://evil.example", "/account#//evil.example", "/account\r\nset-cookie: a=b", "/account\x00",
    "/%2fevil.example", "%2f%2fevil.example", "%68ttps://evil.example", "/oauth/logout", "/account/export", "evil.example",
    "//google.com%00.example.test", "/sign-out", "https://accounts。example。test", "?next=//evil.example",
    "x" * 43 + "\n", "x" * 42 + "/", '"><script>alert(1)</script>',
)  # fmt: skip


def within(location: str) -> bool:
    """Whether it is a page of ours that may follow: by name, with nothing but names of ours behind it."""
    parts = urlsplit(location)
    return not parts.scheme and not parts.netloc and parts.path in {*NEXT, "/sign-in/factor"} and not parts.query


def test_no_spelling_leads_away(house: House) -> None:
    house.run(person(house.services))
    for away in AWAY:
        try_to_lead(Reader(house), away)


def try_to_lead(reader: Reader, away: str) -> None:
    page = reader.get(f"/sign-in?next={quote(away, safe='')}")
    assert page.status == 200
    assert "next" not in page.form("/sign-in").fields
    assert "evil" not in page.html, away
    done = reader.fill(page, "/sign-in", email=ANN, password=GOOD, next=away)
    assert done.location == "/account", away
    again = reader.get(f"/sign-in?next={quote(away, safe='')}")  # signed in already
    assert again.location == "/account"
    confirm = reader.get(f"/account/confirm?next={quote(away, safe='')}")
    assert "evil" not in confirm.html, away
    assert reader.fill(confirm, "/account/confirm", password=GOOD, next=away).location == "/account"


def test_pages_of_ours_are_led_to(house: House) -> None:
    house.run(person(house.services))
    for page in sorted(NEXT):
        reader = Reader(house)
        found = reader.fill(reader.get(f"/sign-in?next={page}"), "/sign-in", email=ANN, password=GOOD)
        assert found.location == page
        assert within(found.location)


def test_a_handle_leads_only_to_the_request_that_it_names(house: House) -> None:
    house.run(person(house.services))
    reader = Reader(house)
    handle = "h" * 43
    found = reader.fill(reader.get(f"/sign-in?next={handle}"), "/sign-in", email=ANN, password=GOOD)
    assert found.location == f"/oauth/resume?next={handle}"
    assert reader.get(found.location).status == 400  # nothing waits under it


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("/account/leave", "/account/leave"), ("/account/password", "/account/password"),
        ("/account/factors", "/account/factors"),
    ],
)  # fmt: skip
def test_a_proof_of_presence_leads_back_to_what_asked_for_it(house: House, page: str, back: str) -> None:
    reader = Reader(house)
    reader.be(house.run(person(house.services)).id)
    house.clock.now += 600
    asked = reader.get(page)
    assert asked.location == f"/account/confirm?next={page}"
    done = reader.fill(reader.get(asked.location), "/account/confirm", password=GOOD)
    assert done.location == back


def test_a_form_that_needs_a_proof_of_presence_leads_back_to_its_page(house: House) -> None:
    reader = Reader(house)
    reader.be(house.run(person(house.services)).id)
    page = reader.get("/account")
    house.clock.now += 600
    assert reader.fill(page, "/account/export").location == "/account/confirm?next=/account"


def test_a_sign_in_says_where_to_it_will_lead(house: House) -> None:
    reader = Reader(house)
    for path in ("/account", "/account/leave", "/console", "/device"):
        assert reader.get(path).location == f"/sign-in?next={path}"
