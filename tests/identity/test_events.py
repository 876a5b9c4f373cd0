"""What happens to accounts is written once and for ever, in the transaction in which it happens, and names nobody."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import ostiary
from identity.house import House
from identity.people import ANN, AT, BETTER, GOOD, registered, signed_in, token
from ostiary.errors import Denied, StoreError
from ostiary.identity import events
from ostiary.identity.events import EVENTS
from ostiary.identity.flows import passwords, resetting, signing_in
from ostiary.identity.services import Visit
from ostiary.parts.sealing import KeyRing

SOURCE = Path(ostiary.__file__).parent
HOME = "identity/events.py"
BOTH = pytest.mark.parametrize("house", ["sqlite", pytest.param("postgres", marks=pytest.mark.live)], indirect=True)


@pytest.fixture
def house(request: pytest.FixtureRequest, make_house: Callable[..., House]) -> House:
    """A house on SQLite; for a test that is marked `BOTH`, one on PostgreSQL too."""
    on_postgres = getattr(request, "param", "sqlite") == "postgres"
    return make_house(request.getfixturevalue("postgres_url") if on_postgres else "")


def write(house: House, *given: Any, fails: bool = False, **more: Any) -> None:
    async def do() -> None:
        async with house.services.database.write() as connection:
            await events.record(connection, house.services, *given, **more)
            if fails:
                raise Denied(409, "no")

    house.run(do())


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(each.message) for each in caplog.records if each.message.startswith('{"event"')]


# rows


@BOTH
def test_an_event_is_kept_with_a_sealed_source(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ostiary.identity")
    write(house, "session.opened", user_id="u1", actor="u1", visit=AT, session="s1", pending=False, number=3)
    (only,) = house.run(events.read(house.services))
    assert only == events.Told(
        only.id,
        house.clock.now,
        "session.opened",
        "u1",
        "u1",
        "192.0.2.1",
        {"session": "s1", "pending": False, "number": 3},
    )

    async def raw() -> Any:
        async with house.services.database.read() as connection:
            return (await connection.execute(text("SELECT * FROM events"))).one()

    assert b"192.0.2.1" not in bytes(house.run(raw()).source)
    (line,) = lines(caplog)
    assert line == {
        "event": "session.opened", "at": house.clock.now, "user": "u1", "actor": "u1", "session": "s1", "pending": False,
        "number": 3,
    }  # fmt: skip


def test_what_was_undone_did_not_happen(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ostiary.identity")
    with pytest.raises(Denied):
        write(house, "password.changed", user_id="u1", fails=True)
    assert house.run(events.read(house.services)) == []
    assert lines(caplog) == [], "the log tells of what never was"
    write(house, "password.changed", user_id="u1")
    assert len(lines(caplog)) == 1


@BOTH
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET what = 'x'",
        "UPDATE events SET details = '{}'",
        "DELETE FROM events",
        "DELETE FROM events WHERE id = 1",
    ],
)
def test_nobody_changes_what_happened(house: House, statement: str) -> None:
    write(house, "signin.failed", user_id="u1")

    async def meddle() -> None:
        async with house.services.database.write() as connection:
            await connection.execute(text(statement))

    with pytest.raises(StoreError):
        house.run(meddle())
    assert [each.what for each in house.run(events.read(house.services))] == ["signin.failed"]


def test_an_event_that_there_is_not_cannot_happen(house: House) -> None:
    with pytest.raises(ValueError, match="no event"):
        write(house, "session.openend")


@pytest.mark.parametrize(
    "details",
    [
        {"to": "ann@example.com"}, {"phone": "+49 170 1234567"}, {"phone": "0170/123-4567"}, {"name": "Ann\u00e9"},
        {"text": "a\nb"}, {"text": "x" * 201}, {"text": '"'}, {"event": "x"}, {"at": 1}, {"user": "x"}, {"Big": 1}, {"a b": 1},
        {f"n{each}": each for each in range(9)}, {"link": "https://x/?token=abc"},
    ],
)  # fmt: skip
def test_details_that_may_say_who_somebody_is_are_refused(house: House, details: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="detail"):
        write(house, "account.changed", **details)
    assert house.run(events.read(house.services)) == []


def test_details_are_plain(house: House) -> None:
    with pytest.raises(TypeError, match="detail"):
        write(house, "account.changed", what_else={"a": 1})
    write(
        house,
        "account.changed",
        id="01234567-0123-4567-8901-012345678901",
        scopes="openid orders:read",
        client="shop/web",
    )


# reading


def test_pages_are_bounded_and_of_whom_they_should_be(house: House) -> None:
    async def fill() -> None:
        async with house.services.database.write() as connection:
            for number in range(130):
                what = "signin.failed" if number % 2 else "session.opened"
                await events.record(
                    connection, house.services, what, user_id="u1" if number % 3 else "u2", number=number
                )

    house.run(fill())

    def read(**given: Any) -> list[int]:
        return [each.details["number"] for each in house.run(events.read(house.services, **given))]

    assert read() == list(range(129, 29, -1))
    assert read(most=10_000) == list(range(129, 29, -1))
    assert len(read(most=0)) == 1
    assert read(user_id="u2", most=3) == [129, 126, 123]
    assert read(user_id="u2", what="session.opened", most=2) == [126, 120]
    assert read(user_id="") == [], "no name is nobody's"
    first = house.run(events.read(house.services, most=2))
    assert read(before=first[-1].id, most=2) == [127, 126]
    house.clock.now += 5
    write(house, "key.rotated", number=999)
    assert read(since=house.clock.now) == [999]


def test_a_source_whose_key_is_gone_is_not_shown(house: House) -> None:
    write(house, "signin.failed", visit=AT)
    entropy = house.services.entropy
    services: Any = _Other(house.services, KeyRing({9: entropy(32)}, entropy(32), entropy))
    (only,) = house.run(events.read(services))
    assert (only.what, only.source) == ("signin.failed", "")


class _Other:
    """The same services with another ring."""

    def __init__(self, services: Any, ring: KeyRing) -> None:
        self.database, self.ring = services.database, ring


# what is recorded


def calls() -> list[tuple[str, ast.Call]]:
    """All calls of `record`, and of `tell` that calls it, with where they are."""
    found = []
    for path in sorted((SOURCE / "identity").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in {"record", "tell", "_record"}:
                    found.append((f"{path.relative_to(SOURCE)}:{node.lineno}", node))
    return found


def test_what_is_recorded_is_one_of_the_events() -> None:
    named = [(at, each.value) for at, call in calls() for each in call.args if isinstance(each, ast.Constant)]
    names = [(at, str(name)) for at, name in named if "." in str(name)]
    assert len(names) > 30
    assert [(at, name) for at, name in names if name not in EVENTS] == []


def test_each_event_is_recorded_somewhere() -> None:
    """As a constant of a module that records, or as the beginning of one that is put together there."""
    recording = {at.partition(":")[0] for at, _ in calls()}
    constants: set[str] = set()
    beginnings: set[str] = set()
    for name in recording:
        for node in ast.walk(ast.parse((SOURCE / name).read_text(encoding="utf-8"))):
            if name == HOME and not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record"):
                continue  # the literal itself is no record
            inside = ast.walk(node) if name == HOME else [node]
            for each in inside:
                if isinstance(each, ast.JoinedStr) and isinstance(each.values[0], ast.Constant):
                    beginnings.add(str(each.values[0].value))
                elif isinstance(each, ast.Constant) and isinstance(each.value, str):
                    constants.add(each.value)
    made = {each for each in EVENTS for start in beginnings if start.endswith(".") and each.startswith(start)}
    assert sorted(EVENTS - constants - made) == []


def test_a_life_leaves_its_trace_and_names_nobody(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Registered, verified, refused, signed in, reset, changed: the log holds each, and no address, source or secret."""
    caplog.set_level(logging.DEBUG)
    services = house.services
    agent = 'Evil\r\n{"event": "forged"}'
    at = Visit(source="203.0.113.77", agent=agent)
    ann = house.run(registered(services)).id
    with pytest.raises(Denied):
        house.run(signing_in.sign_in(services, at, ANN, "secret-that-was-typed"))
    with pytest.raises(Denied):
        house.run(signing_in.sign_in(services, at, "nobody@example.com", "secret-that-was-typed"))
    first = house.run(signed_in(services, visit=at))
    house.clock.now += 3600
    house.run(resetting.ask(services, at, ANN))
    link = house.run(token(services, "/reset"))
    house.run(resetting.complete(services, at, link, BETTER))
    again = house.run(signing_in.sign_in(services, at, ANN, BETTER))
    _, last = house.run(passwords.change(services, at, again.session, BETTER, "nineteen quiet harbours"))
    happened = [each.what for each in reversed(house.run(events.read(services, user_id=ann)))]
    wanted = [
        "account.registered", "account.verified", "signin.failed", "session.opened", "password.reset-asked",
        "session.all-ended", "password.reset", "session.opened", "session.all-ended", "password.changed",
    ]  # fmt: skip
    assert [each for each in happened if each in wanted] == wanted
    kept = "\n".join(each.getMessage() for each in caplog.records)
    details = str([each.details for each in house.run(events.read(services))])
    for secret in (
        ANN, "nobody@", GOOD, BETTER, "secret-that-was-typed", "203.0.113", "192.0.2", first.secret, last, link, "Evil", "forged"
    ):  # fmt: skip
        assert secret not in kept, secret
        assert secret not in details, secret
    assert {each["event"] for each in lines(caplog)} >= set(wanted)
