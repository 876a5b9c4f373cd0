"""No form counts that another site wrote, another browser was given, or that was made for something else."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from sqlalchemy import func, select

from identity.house import House
from identity.pages.reader import Reader
from identity.people import person
from ostiary.identity import cookies
from ostiary.identity.app import PAGES
from ostiary.identity.storage import schema
from ostiary.identity.storage.users import set_role

FORMS = sorted(
    path
    for name in PAGES
    for path, methods, _ in importlib.import_module(f"ostiary.identity.pages.{name}").ROUTES
    if "POST" in methods
)
# What the token of each is made for.
PURPOSES = {
    "/account/applications": "applications", "/account/confirm": "confirm", "/account/email": "address",
    "/account/email/change": "email", "/account/export": "export", "/account/factors/app": "app",
    "/account/factors/app/code": "app-code", "/account/factors/app/removal": "app-removal", "/account/factors/codes": "codes",
    "/account/factors/passkey/removal": "key-removal", "/account/leave": "leave", "/account/name": "name",
    "/account/password": "password", "/account/phone": "phone", "/account/phone/code": "phone-code",
    "/account/sessions": "sessions", "/console": "console", "/consent": "consent", "/device": "device",
    "/device/answer": "device-answer", "/register": "register", "/reset": "reset", "/reset/password": "choose",
    "/sign-in": "sign-in", "/sign-in/factor": "factor", "/sign-out": "sign-out", "/undo": "undo", "/verify": "verify",
    "/verify/again": "resend",
}  # fmt: skip
# Filled in so that each would do something.
FIELDS = {"sure": "yes", "name": "Mallory", "which": "all", "answer": "yes", "email": "mallory@example.com"}


def operator(house: House) -> Reader:
    user = house.run(person(house.services))

    async def promote() -> None:
        async with house.services.database.write() as connection:
            await set_role(connection, user.id, "operator")

    house.run(promote())
    reader = Reader(house)
    reader.be(user.id, "pwd", "otp")
    reader.cookies["__Host-browser"] = cookies.new_browser(house.services)
    return reader


def rows(house: House) -> dict[str, int]:
    """How many rows there are of each kind, so that whatever was done shows."""

    async def count() -> dict[str, int]:
        async with house.services.database.read() as connection:
            return {
                table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in schema.metadata.sorted_tables
            }

    return house.run(count())


def token(house: House, reader: Reader, purpose: str) -> str:
    from ostiary.identity.sessions import read_session  # noqa: PLC0415

    session = house.run(read_session(house.services, reader.cookies.get("__Host-session", "")))
    return cookies.form_token(house.services, session or reader.cookies["__Host-browser"], purpose)


def test_every_form_is_known_here() -> None:
    assert set(FORMS) == set(PURPOSES)


def test_a_form_is_refused_unless_it_is_of_this_visit_and_for_this(house: House) -> None:
    reader = operator(house)
    owing = Reader(house)
    owing.be(house.run(person(house.services, "bea@example.com")).id, pending=True)
    for path in FORMS:
        try_to_forge(house, path, owing if path == "/sign-in/factor" else reader)


def try_to_forge(house: House, path: str, reader: Reader) -> None:
    stranger = Reader(house)
    stranger.cookies["__Host-browser"] = cookies.new_browser(house.services)
    good = token(house, reader, PURPOSES[path])
    before = rows(house)
    tries: list[tuple[str, dict[str, Any], dict[str, str]]] = [
        ("missing", {}, {}),
        ("empty", {"token": ""}, {}),
        ("of another browser", {"token": token(house, stranger, PURPOSES[path])}, {}),
        ("for another form", {"token": token(house, reader, "sign-out" if path != "/sign-out" else "name")}, {}),
        ("cut", {"token": good[:-1]}, {}),
        ("changed", {"token": good[:-2] + ("AA" if good[-2:] != "AA" else "BA")}, {}),
        ("from another site", {"token": good}, {"origin": "https://evil.example"}),
        ("from a sibling", {"token": good}, {"origin": "https://evil.accounts.example.test"}),
        ("cross-site by its own word", {"token": good}, {"origin": "null", "sec-fetch-site": "cross-site"}),
        ("from nowhere", {"token": good}, {"origin": "null"}),
    ]  # fmt: skip
    for said, fields, headers in tries:
        page = reader.send("POST", path, headers, data={**FIELDS, **fields})
        assert (path, said, page.status) == (path, said, 403)
        assert not page.forms, (path, said)  # no field, no secret, no button to press again
    assert rows(house) == before, path


@pytest.mark.parametrize("path", ["/account/name", "/sign-out"])
def test_a_field_that_is_sent_twice_is_refused(house: House, path: str) -> None:
    reader = operator(house)
    good = token(house, reader, PURPOSES[path])
    body = f"token={good}&token={good}&name=x"
    page = reader.send("POST", path, {"content-type": "application/x-www-form-urlencoded"}, content=body)
    assert page.status == 400


def test_forms_that_pages_give_out_are_taken(house: House) -> None:
    reader = operator(house)
    assert reader.fill(reader.get("/account"), "/account/name", name="Ann").status == 303
    assert reader.get("/account").form("/account/name").fields["name"] == "Ann"
    assert reader.fill(reader.get("/sign-out"), "/sign-out").location == "/"
    assert reader.get("/account").location == "/sign-in?next=/account"


def test_a_form_of_a_session_is_dead_in_the_next_one(house: House) -> None:
    reader = operator(house)
    page = reader.get("/account")
    user = house.run(person(house.services, "bea@example.com"))
    reader.be(user.id)
    assert reader.fill(page, "/account/name", name="Mallory").status == 403
