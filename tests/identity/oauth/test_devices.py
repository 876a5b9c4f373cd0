"""A device gets in once, by a person who saw it, at the pace that it was told, and nobody else by its codes."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from identity.house import House
from identity.oauth.doors import API, DEVICE, SCOPES, Browser, Doors, ProofKey, Registered, payload
from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.oauth import devices
from ostiary.identity.oauth.devices import LETTERS, Asking
from ostiary.identity.services import Visit
from ostiary.identity.storage import devices as rows
from ostiary.identity.storage import events, users
from ostiary.parts.sealing import hashed

PATH = "/oauth/device_authorization"
TELEVISION = "203.0.113.9"


def television(doors: Doors, **more: Any) -> Registered:
    return doors.client(
        **{"grants": (DEVICE, "refresh_token"), "method": "none", "scopes": ("openid", "orders.read")} | more
    )


def ask(doors: Doors, client: Registered, *, headers: dict[str, str] | None = None, **more: str) -> dict[str, Any]:
    """What a device is told."""
    form = {"scope": "openid", **more}
    reply = doors.post(PATH, form, client=client, headers={"user-agent": "TV/1", **(headers or {})}, source=TELEVISION)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def look(doors: Doors, browser: Browser, code: str, source: str = "192.0.2.1") -> Asking:
    return doors.house.run(devices.look(doors.house.services, Visit(source=source), browser.session, code))


def allow(doors: Doors, browser: Browser, code: str, *, yes: bool = True) -> None:
    doing = devices.decide(doors.house.services, Visit(source="192.0.2.1"), browser.session, code, allow=yes)
    doors.house.run(doing)


def poll(doors: Doors, client: Registered, asked: dict[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
    form = {"grant_type": DEVICE, "device_code": asked["device_code"]}
    reply = doors.post("/oauth/token", form, client=client, headers=headers, source=TELEVISION)
    return reply.status_code, reply.json()


def happened(house: House) -> list[str]:
    async def read() -> list[str]:
        async with house.services.database.read() as connection:
            return [each.what for each in await events.page(connection)]

    return house.run(read())


def test_a_device_is_told_what_to_show(doors: Doors, house: House) -> None:
    asked = ask(doors, television(doors))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked["device_code"])
    assert re.fullmatch(f"[{LETTERS}]{{4}}-[{LETTERS}]{{4}}", asked["user_code"])
    page = f"{house.services.issuer}/device"
    assert asked["verification_uri"] == page
    assert asked["verification_uri_complete"] == f"{page}?user_code={asked['user_code']}"
    assert (asked["expires_in"], asked["interval"]) == (600, 5)


def test_a_device_is_let_in(doors: Doors, house: House) -> None:
    client, browser = television(doors), doors.browser()
    asked = ask(doors, client)
    assert poll(doors, client, asked) == (
        400, {"error": "authorization_pending", "error_description": "nobody has decided yet"}
    )  # fmt: skip
    allow(doors, browser, asked["user_code"])
    house.clock.now += 5
    status, given = poll(doors, client, asked)
    assert status == 200
    said = payload(given["access_token"])
    assert (said["sub"], said["client_id"], said["aud"], said["scope"]) == (
        browser.session.user_id,
        client.id,
        API,
        "openid",
    )
    assert payload(given["id_token"])["sid"] == browser.session.id
    assert given["refresh_token"]
    assert "device.allowed" in happened(house)


def test_codes_are_kept_as_digests_and_what_asked_is_sealed(doors: Doors, house: House) -> None:
    asked = ask(doors, television(doors))

    async def read() -> Any:
        from sqlalchemy import text  # noqa: PLC0415

        async with house.services.database.read() as connection:
            return (await connection.execute(text("SELECT * FROM devices"))).mappings().one()

    row = dict(house.run(read()))
    everything = repr(row)
    for secret in (asked["device_code"], asked["user_code"], asked["user_code"].replace("-", ""), TELEVISION, "TV/1"):
        assert secret not in everything
    assert row["hash"] == hashed(asked["device_code"].encode())


def test_a_person_sees_what_asks_and_from_where(doors: Doors, house: House) -> None:
    client = television(doors, name="Living room")
    asked = ask(doors, client, scope="openid orders.read")
    house.clock.now += 30
    seen = look(doors, doors.browser(), asked["user_code"])
    assert seen.client.name == "Living room"
    assert seen.code == asked["user_code"]
    assert seen.scopes == ("openid", "orders.read")
    assert (seen.source, seen.agent) == (TELEVISION, "TV/1")
    assert seen.asked_at == house.clock.now - 30
    assert poll(doors, client, asked)[1]["error"] == "authorization_pending", "looking decides nothing"


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:4]} {code[5:]} "]
)
def test_codes_are_read_as_they_are_meant(doors: Doors, change: Callable[[str], str]) -> None:
    asked = ask(doors, television(doors))
    assert look(doors, doors.browser(), change(asked["user_code"])).code == asked["user_code"]


def test_a_device_that_is_refused_hears_it(doors: Doors, house: House) -> None:
    client = television(doors)
    asked = ask(doors, client)
    allow(doors, doors.browser(), asked["user_code"], yes=False)
    assert poll(doors, client, asked)[1]["error"] == "access_denied"
    with pytest.raises(Denied) as caught:
        allow(doors, doors.browser(), asked["user_code"])
    assert caught.value.status == 404, "it was decided"
    assert "device.denied" in happened(house)


def test_a_device_that_does_not_wait_waits_longer(doors: Doors, house: House) -> None:
    client = television(doors)
    asked = ask(doors, client)
    assert poll(doors, client, asked)[1]["error"] == "authorization_pending"
    house.clock.now += 3
    assert poll(doors, client, asked)[1]["error"] == "slow_down"
    house.clock.now += 6
    assert poll(doors, client, asked)[1]["error"] == "slow_down", "ten seconds now"
    house.clock.now += 15
    assert poll(doors, client, asked)[1]["error"] == "authorization_pending", "fifteen, and it waited"
    house.clock.now += 14
    assert poll(doors, client, asked)[1]["error"] == "slow_down"
    allow(doors, doors.browser(), asked["user_code"])
    house.clock.now += 60
    assert poll(doors, client, asked)[0] == 200


def test_nobody_decides_for_ever(doors: Doors, house: House) -> None:
    client, browser = television(doors), doors.browser()
    asked = ask(doors, client)
    house.clock.now += 600
    with pytest.raises(Denied) as caught:
        look(doors, browser, asked["user_code"])
    assert caught.value.status == 404
    assert poll(doors, client, asked)[1]["error"] == "expired_token"


def test_what_was_allowed_lapses_too(doors: Doors, house: House) -> None:
    client = television(doors)
    asked = ask(doors, client)
    allow(doors, doors.browser(), asked["user_code"])
    house.clock.now += 600
    assert poll(doors, client, asked)[1]["error"] == "expired_token"


def test_a_device_code_is_used_once_and_a_second_use_ends_the_first(doors: Doors) -> None:
    client = television(doors)
    asked = ask(doors, client)
    allow(doors, doors.browser(), asked["user_code"])
    given = poll(doors, client, asked)[1]
    token = given["access_token"]
    assert doors.get("/oauth/userinfo", authorization=f"Bearer {token}").status_code == 200
    assert poll(doors, client, asked)[1]["error"] == "invalid_grant"
    assert doors.get("/oauth/userinfo", authorization=f"Bearer {token}").status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert doors.post("/oauth/token", form, client=client).status_code == 400
    assert "code.replayed" in happened(doors.house)


@pytest.mark.parametrize("processes", [1, 3])
def test_of_many_who_use_a_device_code_at_once_one_gets_tokens(
    any_house: House, processes: int, make_house: Callable[..., House]
) -> None:
    doors = Doors(any_house)
    client = doors.client(grants=(DEVICE,), method="none")
    others = [Doors(any_house)] + [
        Doors(make_house(any_house.services.settings.database, clock=any_house.clock)) for _ in range(processes - 1)
    ]
    asked = ask(doors, client)
    allow(doors, doors.browser(), asked["user_code"])

    async def once(each: Doors) -> int:
        import httpx  # noqa: PLC0415

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=each.app), base_url=each.house.services.issuer
        ) as http:
            form = {"grant_type": DEVICE, "device_code": asked["device_code"], "client_id": client.id}
            return (await http.post("/oauth/token", data=form)).status_code

    import threading  # noqa: PLC0415 - each house has a loop of its own

    got: list[int] = []

    async def several(each: Doors) -> None:
        got.extend(await asyncio.gather(*(once(each) for _ in range(12))))

    threads = [threading.Thread(target=lambda each=each: each.house.run(several(each))) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(got) == [200] + [400] * (12 * processes - 1)


def test_a_code_is_of_the_client_that_asked(doors: Doors) -> None:
    client, other = television(doors), television(doors)
    asked = ask(doors, client)
    allow(doors, doors.browser(), asked["user_code"])
    assert poll(doors, other, asked)[1]["error"] == "invalid_grant"
    assert poll(doors, client, asked)[0] == 200, "and stays good for it"


def test_a_client_without_the_grant_has_no_devices(doors: Doors) -> None:
    client = doors.client(method="none")
    reply = doors.post(PATH, {"scope": "openid"}, client=client)
    assert (reply.status_code, reply.json()["error"]) == (400, "unauthorized_client")
    asked = ask(doors, television(doors))
    form = {"grant_type": DEVICE, "device_code": asked["device_code"]}
    assert doors.post("/oauth/token", form, client=client).json()["error"] == "unauthorized_client"


def test_a_device_asks_for_no_more_than_it_may(doors: Doors) -> None:
    client = television(doors, scopes=("openid",))
    assert doors.post(PATH, {"scope": "openid orders.write"}, client=client).json()["error"] == "invalid_scope"
    assert (
        doors.post(PATH, {"scope": "openid", "resource": "https://x.test"}, client=client).json()["error"]
        == "invalid_target"
    )
    confidential = doors.client(grants=(DEVICE,))
    confidential.secret = "wrong"
    assert doors.post(PATH, {"scope": "openid"}, client=confidential).status_code == 401


def test_a_code_that_was_made_up_is_no_code(doors: Doors) -> None:
    client = television(doors)
    for text in ("x", "x" * 43, ""):
        form = {"grant_type": DEVICE, "device_code": text}
        assert doors.post("/oauth/token", form, client=client).json()["error"] in {"invalid_grant", "invalid_request"}


def test_tokens_are_for_the_key_of_the_device(doors: Doors, house: House) -> None:
    client, key = television(doors), ProofKey()
    asked = ask(doors, client, headers={"dpop": key.proof(house, "POST", PATH)})
    allow(doors, doors.browser(), asked["user_code"])
    assert poll(doors, client, asked)[1]["error"] == "invalid_grant"
    thief = ProofKey().proof(house, "POST", "/oauth/token")
    assert poll(doors, client, asked, dpop=thief)[1]["error"] == "invalid_grant"
    status, given = poll(doors, client, asked, dpop=key.proof(house, "POST", "/oauth/token"))
    assert status == 200
    assert payload(given["access_token"])["cnf"] == {"jkt": key.jkt}


def test_codes_cannot_be_tried(doors: Doors) -> None:
    browser = doors.browser()
    asked = ask(doors, television(doors))
    got = []
    for guess in ("BBBB-BBBB", "CCCC-CCCC", "not a code", "DDDD-DDDD", "FFFF-FFFF", "GGGG-GGGG"):
        with pytest.raises(Denied) as caught:
            look(doors, browser, guess)
        got.append(caught.value.status)
    assert got == [404] * 5 + [429]
    for place in ("192.0.2.1", "198.51.100.7"):  # of the account, wherever it goes
        with pytest.raises(Denied) as caught:
            look(doors, browser, asked["user_code"], place)
        assert caught.value.status == 429
    with pytest.raises(Denied) as caught:
        allow(doors, browser, asked["user_code"])
    assert caught.value.status == 429, "deciding is guessing too"
    assert look(doors, doors.browser("bob@example.com"), asked["user_code"], "203.0.113.77").code == asked["user_code"]


def test_deciding_is_guessing_too(doors: Doors) -> None:
    browser = doors.browser()
    asked = ask(doors, television(doors))
    got = []
    for guess in ("BBBB-BBBB", "CCCC-CCCC", "not a code", "DDDD-DDDD", "", asked["user_code"]):
        with pytest.raises(Denied) as caught:
            allow(doors, browser, guess)
        got.append(caught.value.status)
    assert got == [404] * 5 + [429]


def test_many_accounts_do_not_help_one_place(doors: Doors) -> None:
    browsers = [doors.browser(f"{name}@example.com") for name in "abcdefg"]
    got = []
    for at in range(31):
        with pytest.raises(Denied) as caught:
            look(doors, browsers[at // 5], "BBBB-BBBB")
        got.append(caught.value.status)
    assert got == [404] * 30 + [429]


def test_half_a_session_decides_nothing(doors: Doors) -> None:
    asked = ask(doors, television(doors))
    browser = doors.browser(pending=True)
    for doing in (look, allow):
        with pytest.raises(Denied) as caught:
            doing(doors, browser, asked["user_code"])
        assert caught.value.status == 403


def test_what_was_granted_ends_with_the_session(doors: Doors, house: House) -> None:
    client, browser = television(doors), doors.browser()
    asked = ask(doors, client)
    allow(doors, browser, asked["user_code"])

    async def end() -> None:
        async with house.services.database.write() as connection:
            await sessions.end_session(house.services, connection, browser.session.id, "signed-out")

    house.run(end())
    assert poll(doors, client, asked)[0] == 400


def test_what_was_granted_ends_with_the_password(doors: Doors, house: House) -> None:
    client, browser = television(doors, scopes=("openid", "offline_access")), doors.browser()
    asked = ask(doors, client, scope="openid offline_access")
    allow(doors, browser, asked["user_code"])

    async def end() -> None:
        async with house.services.database.write() as connection:
            await sessions.end_all(house.services, connection, browser.session.user_id, "password-reset")

    house.run(end())
    assert poll(doors, client, asked)[0] == 400


def test_what_was_granted_ends_with_the_account(doors: Doors, house: House) -> None:
    client, browser = television(doors), doors.browser()
    asked = ask(doors, client)
    allow(doors, browser, asked["user_code"])

    async def close() -> None:
        async with house.services.database.write() as connection:
            await users.set_disabled(connection, browser.session.user_id, at=house.clock.now, why="test")

    house.run(close())
    status, said = poll(doors, client, asked)
    assert (status, said["error"]) == (400, "invalid_grant")


def test_a_client_that_is_disabled_shows_nothing(doors: Doors, house: House) -> None:
    from ostiary.identity.oauth import administering  # noqa: PLC0415

    client = television(doors)
    asked = ask(doors, client)
    house.run(administering.set_enabled(house.services, client.id, enabled=False, actor="operator:x"))
    with pytest.raises(Denied) as caught:
        look(doors, doors.browser(), asked["user_code"])
    assert caught.value.status == 404


def test_letters_are_alike_likely() -> None:
    """Bytes above 239 would make the first sixteen letters likelier, by 13 to 12."""
    chance = random.Random(7)
    count = dict.fromkeys(LETTERS, 0)

    class Drawing:
        entropy = staticmethod(chance.randbytes)

    for _ in range(20_000):
        for letter in devices._new_code(Drawing()):  # type: ignore[arg-type]
            count[letter] += 1
    assert max(count.values()) < 1.05 * min(count.values()), count


def test_devices_knock(doors: Doors, make_house: Callable[..., House]) -> None:
    from ostiary.parts.identity_settings import Jail  # noqa: PLC0415

    house = make_house(jail=Jail(calls=60), scopes=SCOPES)
    few = Doors(house)
    client = television(few)
    got = {few.post(PATH, {"scope": "openid"}, client=client).status_code for _ in range(12)}
    assert got == {200, 429}


def test_old_ones_are_forgotten(doors: Doors, house: House) -> None:
    client = television(doors)
    ask(doors, client)
    house.clock.now += 600 + 3600 + 1
    ask(doors, client)

    async def count() -> int:
        async with house.services.database.write() as connection:
            return await rows.forget(connection, house.clock.now + 10**6)

    assert house.run(count()) == 1
