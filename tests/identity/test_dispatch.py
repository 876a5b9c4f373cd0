"""Every call of the real table is made by those who may make it, from our own pages, with a body as described; nobody else."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import httpx
import pytest

from identity import people
from identity.house import ISSUER, House
from ostiary.errors import ConfigError, Denied, StoreError
from ostiary.identity import sessions
from ostiary.identity.app import Identity, calls
from ostiary.identity.dispatch import UNSAFE, guarded, handler_of
from ostiary.identity.flows import operating
from ostiary.identity.services import Services
from ostiary.identity.web import Answer, Asked, Call, Request, Response, Route, Starlette, fields_of
from ostiary.strict import Body, Meta

CALLS = calls()
NAMES = [f"{each.method} {each.path}" for each in CALLS]
NOBODY = "00000000-0000-4000-8000-000000000000"
BELOW = [each for each in CALLS if each.access != "public"]


@dataclass
class Door:
    """One app, and whoever knocks."""

    house: House
    app: Any
    secret: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"origin": ISSUER})

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        given = {**self.headers, **headers}
        if self.secret:
            given["cookie"] = f"__Host-session={self.secret}"
        content = body
        if body is not None and not isinstance(body, (bytes, str)) and not hasattr(body, "__aiter__"):
            content = json.dumps(body)
            given.setdefault("content-type", "application/json")

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=("192.0.2.9", 5))
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
                return await client.request(method, path, headers=given, content=content)

        return self.house.run(send())

    def call(self, call: Call, **headers: str) -> httpx.Response:
        path = call.path.replace("{id}", NOBODY).replace("{client_id}", "nobody").replace("{passkey}", "nothing")
        return self.ask(call.method, path, {} if call.takes is not None else None, **headers)

    def signed_in(self, *factors: str, pending: bool = False, role: str = "user") -> Door:
        async def sign_in() -> str:
            services = self.house.services
            user = await people.person(services)
            if role != "user":
                await operating.set_role(services, user, role, actor="system")
            async with services.database.write() as connection:
                _, secret = await sessions.open_session(
                    services, connection, people.AT, user.id, factors or ("pwd",), pending=pending
                )
            return secret

        self.secret = self.house.run(sign_in())
        return self


@pytest.fixture
def door(house: House) -> Door:
    return Door(house, Identity(house.services.settings, services=house.services))


def detail(reply: httpx.Response) -> Any:
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    return reply.json().get("detail")


# who


def test_there_is_a_call_of_every_access() -> None:
    assert {each.access for each in CALLS} == {"public", "pending", "session", "fresh", "operator"}


def test_without_a_session_only_what_is_public_is_reached(door: Door) -> None:
    got = {name: door.call(each).status_code for name, each in zip(NAMES, CALLS, strict=True)}
    assert {name for name, status in got.items() if status == 401 and name != "POST /accounts/verification"} == {
        f"{each.method} {each.path}" for each in BELOW
    }


def test_a_session_that_owes_a_factor_reaches_what_pays_it_and_nothing_else(door: Door) -> None:
    door.signed_in(pending=True)
    last = [each for each in BELOW if each.path == "/me/session"]  # it ends the session
    owed = {
        f"{each.method} {each.path}"
        for each in [*(each for each in BELOW if each not in last), *last]
        if detail_of(door.call(each)) == "the second factor is owed first"
    }
    assert owed == {f"{each.method} {each.path}" for each in BELOW if each.access != "pending"}


def detail_of(reply: httpx.Response) -> Any:
    return reply.json().get("detail") if "json" in reply.headers.get("content-type", "") else None


def test_after_five_minutes_it_has_to_be_shown_again_who_it_is(door: Door) -> None:
    door.signed_in()
    door.house.clock.now += 301
    needs = {
        f"{each.method} {each.path}" for each in BELOW
        if each.access != "pending" and (reply := door.call(each)).status_code == 403 and reply.json().get("needs") == "fresh"
    }  # fmt: skip
    assert needs == {f"{each.method} {each.path}" for each in BELOW if each.access in {"fresh", "operator"}}


@pytest.mark.parametrize(
    ("role", "factors", "status", "needs"),
    [("user", ("pwd", "otp"), 404, None), ("operator", ("pwd",), 403, "factor"), ("operator", ("pwd", "otp"), 200, None)],
)  # fmt: skip
def test_operators_calls_are_for_operators_with_two_factors(
    door: Door, role: str, factors: tuple[str, ...], status: int, needs: str | None
) -> None:
    door.signed_in(*factors, role=role)
    for each in CALLS:
        if each.access == "operator":
            reply = door.call(each)
            if status != 200:
                assert (reply.status_code, reply.json().get("needs")) == (status, needs), each.path
    assert door.ask("GET", "/admin/users").status_code == status


def test_what_a_stranger_may_not_see_is_as_what_there_is_not(door: Door) -> None:
    door.signed_in("pwd", "otp")
    hidden, missing = door.ask("GET", "/admin/users").json(), door.ask("GET", "/admin/nothing").json()
    assert hidden.pop("instance") != missing.pop("instance")
    assert hidden == missing


def test_an_account_that_is_gone_has_no_session(door: Door) -> None:
    door.signed_in()
    assert door.ask("GET", "/me").status_code == 200
    user = door.house.run(people.named(door.house.services))
    door.house.run(operating.disable(door.house.services, user, "left", actor="system"))
    reply = door.ask("GET", "/me")
    assert reply.status_code == 401
    assert "__Host-session" in reply.headers["www-authenticate"]


# from where


@pytest.mark.parametrize(
    "call", [each for each in CALLS if each.method in UNSAFE], ids=lambda each: f"{each.method} {each.path}"
)
def test_no_other_site_makes_a_call(house: House, call: Call) -> None:
    door = Door(house, Identity(house.services.settings, services=house.services)).signed_in(
        "pwd", "otp", role="operator"
    )
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "null"},
    ):
        reply = door.call(call, **headers)
        assert reply.status_code == 403, headers
        assert "site" in detail(reply)


def test_our_own_pages_make_calls(door: Door) -> None:
    door.signed_in()
    assert door.ask("PATCH", "/me", {"name": "Ann"}).status_code == 200
    assert (
        door.ask("PATCH", "/me", {"name": "Ann"}, origin="null", **{"sec-fetch-site": "same-origin"}).status_code == 200
    )


# how


@pytest.mark.parametrize(
    "call", [each for each in CALLS if each.takes is not None], ids=lambda each: f"{each.method} {each.path}"
)
def test_a_body_has_to_be_json_whole_and_as_described(house: House, call: Call) -> None:
    door = Door(house, Identity(house.services.settings, services=house.services)).signed_in(
        "pwd", "otp", role="operator"
    )
    path = call.path.replace("{id}", NOBODY).replace("{client_id}", "nobody").replace("{passkey}", "nothing")

    def status(body: bytes, kind: str = "application/json") -> int:
        return door.ask(call.method, path, body, **{"content-type": kind}).status_code

    assert status(b"{}", "text/plain") == 415
    assert status(b"{") == 400
    assert status(b'{"x": 1, "x": 2}') == 400
    assert status(b"[]") == 422
    assert status(b'{"surely_not_a_member": "secret-1"}') == 422
    assert status(b'{"x": "' + b"a" * 70_000 + b'"}') == 413


def test_a_refusal_repeats_neither_values_nor_names(door: Door) -> None:
    for body in (
        {"email": "ann@example.com", "password": 7},
        {"hunter2-name": 1},
        {"email": "hunter2", "password": ["hunter2"]},
    ):
        reply = door.ask("POST", "/sessions", body)
        assert reply.status_code == 422
        assert "hunter2" not in reply.text
    door.signed_in("pwd", "otp", role="operator")
    reply = door.ask("POST", "/admin/clients", {"name": "Shop", "grants": ["hunter2"]})
    assert reply.status_code == 422
    assert "hunter2" not in reply.text
    assert reply.json()["errors"][0]["pointer"].startswith("/grants")


def test_a_body_without_an_end_is_not_read_to_its_end(door: Door) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 10_000_000:
            read += 8192
            yield b" " * 8192

    reply = door.ask("POST", "/sessions", endless(), **{"content-type": "application/json"})
    assert reply.status_code == 413
    assert read < 200_000


@pytest.mark.parametrize(
    "query",
    ["before=0", "before=-1", "before=x", "before=1.5", "before=9007199254740992", "before=" + "9" * 400, "before=",
     "before=%D9%A1", "most=101", "most=1&most=2"],
)  # fmt: skip
def test_query_parameters_are_as_described(door: Door, query: str) -> None:
    door.signed_in()
    reply = door.ask("GET", f"/me/events?{query}")
    assert reply.status_code == 400
    assert "parameter" in detail(reply)


def test_described_query_parameters_are_taken_and_others_passed_over(door: Door) -> None:
    door.signed_in("pwd", "otp", role="operator")
    assert door.ask("GET", "/me/events?most=1&utm=x").status_code == 200
    assert door.ask("GET", "/admin/events?what=password.changed").status_code == 200
    assert door.ask("GET", "/admin/events?what=password").status_code == 400
    assert door.ask("GET", f"/admin/events?user={NOBODY}").status_code == 200
    assert door.ask("GET", "/admin/events?user=x").status_code == 400


@pytest.mark.parametrize("name", ["x", NOBODY.upper(), NOBODY + "%0A", "%00", "..%2F..", "1" * 36])
def test_what_cannot_be_an_id_is_not_looked_for(door: Door, name: str) -> None:
    door.signed_in()
    assert door.ask("DELETE", f"/me/sessions/{name}").status_code == 404


# the dispatcher alone


class Wish(Body, frozen=True):
    """What is asked for."""

    name: Annotated[str, Meta(max_length=10)]


class Choice(Body, frozen=True):
    """One of two."""

    colour: Literal["red", "blue"]
    sizes: Annotated[list[Annotated[int, Meta(le=9)]], Meta(max_length=3)] = []


@pytest.mark.parametrize(
    ("body", "pointer", "rule"),
    [
        ({"colour": "hunter2"}, "/colour", "Invalid enum value"),
        ({"colour": "red", "sizes": [1, 777]}, "/sizes/1", "Expected `int` <= 9"),
        ({"colour": "red", "hunter2": 1}, "", "a member is not described"),
        ({}, "", "Object missing required field `colour`"),
    ],
)
def test_a_fault_says_where_and_what_is_expected(house: House, body: Any, pointer: str, rule: str) -> None:
    async def act(_services: Services, _asked: Asked) -> Answer:
        raise AssertionError("not with this body")

    reply = small(house, act, method="POST", takes=Choice).ask("POST", "/x", body)
    assert (reply.status_code, reply.json()["errors"]) == (422, [{"pointer": pointer, "rule": rule}])
    assert "hunter2" not in reply.text


def small(house: House, act: Any, **changes: Any) -> Door:
    call = Call(**{"method": "GET", "path": "/x", "act": act, "summary": "", "access": "public", **changes})

    async def services() -> Services:
        return house.services

    return Door(house, Starlette(routes=[Route("/x", guarded({call.method: handler_of(call)}, services, "/x"))]))


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [(StoreError("the database is on fire"), 503, "5"), (RuntimeError("hunter2"), 500, None), (ConfigError("a", "b"), 503, "30"),
     (Denied(418, "no coffee"), 418, None)],
)  # fmt: skip
def test_what_goes_wrong_says_nothing_of_itself(
    house: House, caplog: pytest.LogCaptureFixture, error: Exception, status: int, retry: str | None
) -> None:
    async def act(_services: Services, _asked: Asked) -> Answer:
        raise error

    reply = small(house, act).ask("GET", "/x?token=hunter3")
    assert (reply.status_code, reply.headers.get("retry-after")) == (status, retry)
    assert set(reply.json()) <= {"type", "title", "status", "detail", "instance"}
    assert not {"hunter2", "fire", "Traceback", "RuntimeError"} & set(reply.text.replace('"', " ").split())
    assert "hunter3" not in caplog.text
    if status == 500:
        assert "GET /x failed" in caplog.text


def test_a_head_has_the_head_of_a_get_and_no_body(house: House) -> None:
    async def act(_services: Services, _asked: Asked) -> Answer:
        return Answer(200, {"a": 1})

    app = small(house, act).app

    async def sent(method: str) -> list[Any]:  # httpx would leave the body out itself
        found: list[Any] = []
        scope = {"type": "http", "method": method, "path": "/x", "headers": [], "query_string": b"", "root_path": ""}

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            found.append(message)

        await app(scope, receive, send)
        return found

    whole, head = house.run(sent("GET")), house.run(sent("HEAD"))
    assert head[0] == whole[0]
    assert (b"content-length", b"7") in head[0]["headers"]
    assert [message.get("body", b"") for message in (whole[1], head[1])] == [b'{"a":1}', b""]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "NONSENSE"])
def test_other_methods_are_told_which_there_are(house: House, method: str) -> None:
    async def act(_services: Services, _asked: Asked) -> Answer:
        raise AssertionError("not for this method")

    reply = small(house, act).ask(method, "/x")
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD")
    assert "access-control-allow-origin" not in reply.headers


def test_act_gets_what_was_checked(house: House) -> None:
    got: list[Asked] = []

    async def act(_services: Services, asked: Asked) -> Answer:
        got.append(asked)
        return Answer(204, headers={"X-Twice": "no"}, cookies=("a=1", "b=2"))

    door = small(house, act, method="POST", takes=Wish, query={"n": {"type": "integer", "minimum": 1, "maximum": 9}})
    reply = door.ask("POST", "/x?n=7&m=1", {"name": "tea"})
    assert reply.status_code == 204
    assert reply.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "content-length" not in reply.headers
    assert (got[0].body, dict(got[0].query), got[0].session) == (Wish(name="tea"), {"n": "7"}, None)
    assert got[0].visit.source == "192.0.2.9"


def test_forwarding_headers_name_nobody(house: House) -> None:
    got: list[str] = []

    async def act(_services: Services, asked: Asked) -> Answer:
        got.append(asked.visit.source)
        return Answer(204)

    forged: Mapping[str, str] = {"x-forwarded-for": "10.0.0.1", "forwarded": "for=10.0.0.1", "x-real-ip": "10.0.0.1"}
    small(house, act).ask("GET", "/x", **forged)
    assert got == ["192.0.2.9"]


def test_fields_of_a_form_are_bounded_and_typed(house: House) -> None:
    async def handler(_services: Services, request: Request) -> Response:
        return Response(json.dumps(await fields_of(request, 100)))

    async def services() -> Services:
        return house.services

    door = Door(house, Starlette(routes=[Route("/f", guarded({"POST": handler}, services))]))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert door.ask("POST", "/f", b"a=1&a=2&b=%C3%A4", **form).json() == [["a", "1"], ["a", "2"], ["b", "\u00e4"]]
    assert door.ask("POST", "/f", b"a=" + b"x" * 100, **form).status_code == 413
    assert door.ask("POST", "/f", b"{}", **{"content-type": "application/json"}).status_code == 415
    assert door.ask("POST", "/f", b"a=%zz", **form).status_code in {200, 400}


def test_refusals_leave_no_traceback_in_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for each in CALLS:
            door.call(each)
    assert [record for record in caplog.records if record.exc_info] == []
