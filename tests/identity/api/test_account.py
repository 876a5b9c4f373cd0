"""The account's own data: shown without secrets, changed by one member, given away whole, gone when it is deleted."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from identity.callers import Browser
from identity.grants import alive, granted
from identity.house import House
from identity.people import ANN, GOOD, mails, person, signed_in
from ostiary.errors import Denied
from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.storage import accounts, factors, schema, tickets, users
from ostiary.parts import images
from ostiary.parts.sealing import hashed

BOB = "bob@example.com"
GPS = "GPS-5213N-2104E"


@pytest.fixture
def ann(house: House) -> Browser:
    """Ann, who has just signed in."""
    return Browser(house, house.run(person(house.services)).id)


def picture(kind: str = "JPEG", **more: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 30), "red").save(written, kind, **more)
    return written.getvalue()


# looking


def test_the_account_is_shown_without_secrets(house: House, ann: Browser) -> None:
    answer = ann.call("GET", "/me")
    me = answer.json()
    assert (me["id"], me["email"], me["email_verified"], me["role"]) == (ann.session.user_id, ANN, True, "user")
    assert me["factors"] == {"password": True, "totp": False, "passkeys": 0, "recovery_codes": 0}
    assert set(me) == {
        "id", "email", "email_verified", "phone", "phone_verified", "name", "role", "created_at", "avatar", "factors", "limits",
    }  # fmt: skip
    assert "$2" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/me"), ("PATCH", "/me"), ("DELETE", "/me"), ("GET", "/me/export"), ("GET", "/me/avatar"), ("PUT", "/me/avatar"),
    ("DELETE", "/me/avatar"),
])  # fmt: skip
def test_nothing_is_told_to_strangers(house: House, ann: Browser, method: str, path: str) -> None:
    assert Browser(house).call(method, path).status_code == 401


# changing


@pytest.mark.parametrize(
    "name", ["Ann", "", "Ann-Marie d'Arc", "\u738b\u5c0f\u660e", "Data: an analyst", "  Ann  ", "\u00c5ngstr\u00f6m"]
)
def test_people_are_called_what_they_want(ann: Browser, name: str) -> None:
    assert ann.call("PATCH", "/me", json={"name": name}).status_code == 200
    assert ann.call("GET", "/me").json()["name"] == name.strip()


@pytest.mark.parametrize(
    "name",
    ["Ann\r\nBcc: eve@evil.test", "Ann\n", "a\tb", "\0", "\x1b[2J", "\x85", "\u2028", "\u202eevil", "\u200bAnn", "\ufeff",
     "javascript:alert(1)", " JaVa\u00adScript:alert(1)", "data:text/html,<script>", "vbscript:x", "a" * 101,
     "&#106;avascript:alert(1)"],
)  # fmt: skip
def test_a_name_is_one_line_that_runs_nothing(ann: Browser, name: str) -> None:
    answer = ann.call("PATCH", "/me", json={"name": name})
    assert answer.status_code == 422
    assert name not in answer.text
    assert ann.call("GET", "/me").json()["name"] == ""


POWERS: dict[str, Any] = {
    "role": "operator", "email": "eve@evil.example.net", "email_verified": True, "email_verified_at": 1, "id": "x",
    "phone": "+4915112345678", "phone_verified_at": 1, "password_hash": "x", "password": "x", "created_at": 0,
    "disabled_at": None, "tokens_not_before": 0, "must_change_password": False, "failures": 0, "avatar": "x", "Role": "operator",
    "factors": {}, "limits": [], "user_id": "x", "__proto__": {"role": "operator"},
}  # fmt: skip


@pytest.mark.parametrize("member", POWERS)
def test_nothing_but_the_name_is_changed_with_the_name(house: House, ann: Browser, member: str) -> None:
    before = ann.call("GET", "/me").json()
    answer = ann.call("PATCH", "/me", json={"name": "Ann", member: POWERS[member]})
    assert answer.status_code == 422
    assert ann.call("GET", "/me").json() == before


@pytest.mark.parametrize(
    "body", [b'{"name": "A", "name": "B"}', b"[]", b"{}", b'{"name": 1}', b'{"name": null}', b"", b"{"]
)
def test_a_body_that_is_not_as_described_is_refused(ann: Browser, body: bytes) -> None:
    answer = ann.call("PATCH", "/me", {"content-type": "application/json"}, content=body)
    assert answer.status_code in {400, 422}


# leaving


async def _rows(house: House, user_id: str) -> dict[str, int]:
    counted = {}
    async with house.services.database.read() as connection:
        for table in schema.metadata.sorted_tables:
            column = "id" if table.name == "users" else "user_id"
            if column in table.c:
                found = await connection.execute(select(table).where(table.c[column] == user_id))
                counted[table.name] = len(found.all())
    return counted


async def _fill(house: House, user_id: str) -> tuple[str, str]:
    """Something secret of every kind; the secrets of a ticket and an authenticator app."""
    s = house.services
    secret, app = new_secret(s.entropy), b"APP-SECRET-" + s.entropy(9).hex().encode()
    async with s.database.write() as connection:
        await users.set_name(connection, s.ring, user_id, "Ann of the House")
        await tickets.issue(
            connection, s.ring, secret, user_id=user_id, purpose="verify-email", now=s.now(), seconds=60
        )
        await factors.add_totp(connection, s.ring, new_id(s.entropy), user_id, app, now=s.now())
        await factors.replace_codes(connection, user_id, [hashed(b"recovery")], s.now())
        key = factors.Passkey(b"key", user_id, b"PUBLIC", 0, "My phone", (), False, s.now(), None)
        await factors.add_passkey(connection, s.ring, key)
        await accounts.set_avatar(connection, s.ring, user_id, accounts.Avatar(picture(), "image/jpeg"))
    return secret, app.decode()


def test_who_leaves_takes_everything_along_but_events_that_name_nobody(house: House, ann: Browser) -> None:
    user_id = ann.session.user_id
    other = Browser(house, user_id)
    grant = granted(house, other.session, offline=True)
    house.run(_fill(house, user_id))
    answer = ann.call("DELETE", "/me")
    assert answer.status_code == 204
    assert "__Host-session=;" in answer.headers["set-cookie"]
    left = house.run(_rows(house, user_id))
    assert {name for name, count in left.items() if count} == {"events"}
    assert not ann.alive()
    assert not other.alive()
    assert not alive(house, grant)
    with pytest.raises(Denied):
        house.run(signed_in(house.services))
    assert [subject for to, subject, _ in house.run(mails(house.services)) if to == ANN] == [
        "Your account at Ostiary was deleted"
    ]
    house.run(person(house.services))  # the address is free again


def test_events_of_who_left_name_nobody(house: House, ann: Browser) -> None:
    ann.call("PATCH", "/me", json={"name": "Ann of the House"})
    ann.call("DELETE", "/me")

    async def read() -> str:
        async with house.services.database.read() as connection:
            return str([tuple(row) for row in await connection.execute(select(schema.events))])

    told = house.run(read())
    assert "account.deleted" in told
    assert "Ann of" not in told
    assert "ann@" not in told


def test_leaving_needs_a_fresh_session(house: House, ann: Browser) -> None:
    house.clock.now += float(house.services.settings.lifetimes.fresh)
    answer = ann.call("DELETE", "/me")
    assert (answer.status_code, answer.json()["needs"]) == (403, "fresh")
    assert ann.alive()


def test_leaving_takes_nobody_else_along(house: House, ann: Browser) -> None:
    bob = Browser(house, house.run(person(house.services, BOB)).id)
    ann.call("DELETE", "/me")
    assert bob.call("GET", "/me").json()["email"] == BOB


# everything that is kept


def test_an_export_is_whole_and_holds_no_secret(house: House, ann: Browser) -> None:
    secret, app = house.run(_fill(house, ann.session.user_id))
    granted(house, ann.session, offline=True)
    answer = ann.call("GET", "/me/export")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="account.json"'
    given = answer.json()
    assert given["account"]["email"] == ANN
    assert given["account"]["name"] == "Ann of the House"
    assert [each["name"] for each in given["passkeys"]] == ["My phone"]
    assert given["avatar"]["type"] == "image/jpeg"
    assert {each["what"] for each in given["events"]} >= {"session.opened", "account.exported"}
    assert given["sessions"][0]["agent"] == "Firefox"
    assert given["cut"] == []
    assert all(given[name] for name in ("totp", "recovery_codes", "tickets", "families", "access_tokens"))
    for hidden in (
        secret,
        hashed(secret.encode()).hex(),
        app,
        "PUBLIC",
        ann.secret,
        hashed(ann.secret.encode()).hex(),
        "$2",
    ):
        assert hidden not in answer.text
    assert not re.search(r'"(hash|mac|secret|answer|payload|public_key|password_hash|jkt|nonce)"', answer.text)


def test_every_kind_of_row_that_is_somebodys_is_in_an_export(house: House) -> None:
    """A new table with people in it is exported, or left out on purpose."""
    theirs = {table.name for table in schema.metadata.sorted_tables if "user_id" in table.c}
    assert theirs == set(accounts.KINDS)


def test_an_export_is_of_nobody_else(house: House, ann: Browser) -> None:
    bob = Browser(house, house.run(person(house.services, BOB)).id)
    house.run(_fill(house, bob.session.user_id))
    told = ann.call("GET", "/me/export").text
    assert bob.session.user_id not in told
    assert BOB not in told
    assert bob.session.id not in told


def test_an_export_has_an_end_and_says_so(house: House, ann: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.identity.flows.exporting.MOST", 2)
    for _ in range(3):
        ann.call("PATCH", "/me", json={"name": "Ann"})
    given = ann.call("GET", "/me/export").json()
    assert len(given["events"]) == 2
    assert given["events"][0]["what"] == "account.exported", "the latest are kept"
    assert given["cut"] == ["events"]


def test_an_export_needs_a_fresh_session_and_is_paced(house: House, ann: Browser) -> None:
    statuses = [ann.call("GET", "/me/export").status_code for _ in range(house.services.settings.jail.knocks + 1)]
    assert statuses[-1] == 429
    house.clock.now += float(house.services.settings.lifetimes.fresh)
    assert ann.call("GET", "/me/export").status_code == 403


# pictures


def put(browser: Browser, data: bytes, kind: str = "image/jpeg") -> Any:
    return browser.call("PUT", "/me/avatar", {"content-type": kind}, content=data)


def test_a_picture_comes_back_without_what_it_knew(house: House, ann: Browser) -> None:
    exif = Image.Exif()
    exif[0x010F] = GPS
    exif[0x0112] = 6
    assert put(ann, picture(exif=exif.tobytes()) + b"<script>alert(1)</script>").status_code == 204
    answer = ann.call("GET", "/me/avatar")
    assert answer.status_code == 200
    assert GPS.encode() not in answer.content
    assert b"<script>" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (30, 60)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == 'inline; filename="avatar.jpeg"'
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert ann.call("GET", "/me").json()["avatar"] is True


def test_a_picture_is_sealed_where_it_is_kept(house: House, ann: Browser) -> None:
    put(ann, picture("PNG"), "image/png")

    async def read() -> bytes:
        async with house.services.database.read() as connection:
            return bytes((await connection.execute(select(schema.users.c.avatar))).scalar_one())

    assert images.media_type(house.run(read())) == ""


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (picture("PNG"), "image/jpeg", 415),  # says another thing than it is
        (picture("JPEG"), "image/png", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/png", 415),
        (picture("GIF"), "image/gif", 415),
        (b"<html>", "text/html", 415),
        (picture("PNG"), "application/json", 415),
        (picture("PNG"), "image/png, text/html", 415),
        (picture("PNG"), "multipart/form-data; boundary=x", 415),
        (b"", "image/png", 415),
        (picture("JPEG")[:200], "image/jpeg", 422),
        (picture("PNG") + b"\0" * images.MOST_BYTES, "image/png", 413),
    ],
    ids=str,
)
def test_what_is_no_picture_of_ours_is_refused(ann: Browser, data: bytes, kind: str, status: int) -> None:
    assert put(ann, data, kind).status_code == status
    assert ann.call("GET", "/me/avatar").status_code == 404


def test_a_bomb_is_refused(ann: Browser) -> None:
    wide = bytearray(picture("PNG"))
    wide[16:24] = (60_000).to_bytes(4) + (60_000).to_bytes(4)
    answer = put(ann, bytes(wide), "image/png")
    assert answer.status_code == 422
    assert "pixels" in json.dumps(answer.json()["errors"])


def test_a_picture_is_its_owners_alone_and_can_be_removed(house: House, ann: Browser) -> None:
    bob = Browser(house, house.run(person(house.services, BOB)).id)
    put(ann, picture())
    assert bob.call("GET", "/me/avatar").status_code == 404
    bob.call("DELETE", "/me/avatar")
    assert ann.call("GET", "/me/avatar").status_code == 200
    assert ann.call("DELETE", "/me/avatar").status_code == 204
    assert ann.call("GET", "/me/avatar").status_code == 404


def test_pictures_are_paced(house: House, ann: Browser) -> None:
    statuses = [put(ann, b"x").status_code for _ in range(house.services.settings.jail.knocks + 1)]
    assert statuses[-1] == 429


def test_a_password_is_not_what_is_asked_here(house: House, ann: Browser) -> None:
    """A taken session changes the name, and neither what signs in nor what recovers."""
    for body in ({"password": GOOD}, {"current_password": GOOD, "name": "Ann"}):
        assert ann.call("PATCH", "/me", json=body).status_code == 422
