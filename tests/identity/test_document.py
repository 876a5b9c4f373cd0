"""The OpenAPI document says what is: a day of somebody's life is answered as it says, and readers of documents understand it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import jsonschema_rs
import pyotp
import pytest

from identity import people
from identity.house import ISSUER, House
from ostiary.cli.serve_accounts import around
from ostiary.config import Config
from ostiary.identity.api.document import document
from ostiary.identity.app import Identity, calls
from ostiary.identity.flows import operating
from ostiary.identity.web import Call
from ostiary.parts import openapi
from ostiary.problem import title

NOBODY = "00000000-0000-4000-8000-000000000000"
CODE = re.compile(r"\b[0-9]{6,8}\b")


@pytest.fixture
def app(house: House) -> Identity:
    return Identity(house.services.settings, services=house.services)


@pytest.fixture
def plain(app: Identity) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(app.document("1.2.3")))
    return found


class Reader:
    """A client that believes the document: whatever is answered otherwise is a fault."""

    def __init__(self, house: House, app: Identity, plain: Mapping[str, Any]) -> None:
        self.house, self.app, self.plain, self.cookie = house, app, plain, ""
        self.seen: set[str] = set()

    def call(self, method: str, template: str, body: Any = None, *, query: str = "", **names: str) -> httpx.Response:
        path = template.format(**names) + query
        headers = {"origin": ISSUER, **({"cookie": self.cookie} if self.cookie else {})}
        given: dict[str, Any] = {"json": body} if body is not None and not isinstance(body, bytes) else {}
        if isinstance(body, bytes):
            given, headers["content-type"] = {"content": body}, "image/png"

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=("192.0.2.9", 5))
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
                return await client.request(method, path, headers=headers, **given)

        reply = self.house.run(send())
        self.check(method, template, reply)
        for each in reply.headers.get_list("set-cookie"):
            if each.startswith("__Host-session="):
                self.cookie = each.partition(";")[0]
        return reply

    def check(self, method: str, template: str, reply: httpx.Response) -> None:
        operation = self.plain["paths"][template][method.lower()]
        described = operation["responses"].get(str(reply.status_code))
        assert described is not None, f"{method} {template} answered {reply.status_code}: {reply.text[:200]}"
        kind = reply.headers.get("content-type", "").partition(";")[0]
        if not reply.content:
            return
        if "content" not in described:
            assert not kind.endswith("json"), f"{method} {template}: a body that is not described"
            return
        schema = described["content"][kind].get("schema", {})
        validator = jsonschema_rs.Draft202012Validator({**schema, "components": self.plain["components"]})
        faults = [
            f"{'/'.join(map(str, each.instance_path))}: {each.message[:200]}"
            for each in validator.iter_errors(reply.json())
        ]
        assert faults == [], f"{method} {template} {reply.status_code}"
        if reply.status_code < 400:
            self.seen.add(f"{method} {template}")

    def good(self, method: str, template: str, body: Any = None, **more: Any) -> httpx.Response:
        reply = self.call(method, template, body, **more)
        assert reply.status_code < 400, f"{method} {template}: {reply.status_code} {reply.text}"
        self.seen.add(f"{method} {template}")
        return reply


@pytest.fixture
def reader(house: House, app: Identity, plain: dict[str, Any]) -> Reader:
    return Reader(house, app, plain)


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c6360f8cf50f01f00050001ff"
    "56c7e0d10000000049454e44ae426082"
)  # fmt: skip


def test_a_day_is_answered_as_described(reader: Reader) -> None:
    house = reader.house
    new = {"email": people.ANN, "password": people.GOOD}
    reader.good("POST", "/accounts", {**new, "name": "Ann"})
    reader.good("POST", "/sessions", new)
    assert reader.call("PATCH", "/me", {"name": "Anne"}).json()["needs"] == "email-unproven"
    reader.good("GET", "/me")
    house.clock.now += 3700
    reader.call("POST", "/sessions", new)
    reader.good("POST", "/accounts/verification/resend")
    reader.good("POST", "/accounts/verification", {"token": house.run(people.token(house.services))})
    reader.good("POST", "/sessions", new)
    reader.good("PATCH", "/me", {"name": "Anne"})
    for path in ("/me", "/me/sessions", "/me/events", "/me/factors", "/me/consents", "/me/export"):
        reader.good("GET", path)
    picture = reader.call("PUT", "/me/avatar", PICTURE)
    assert picture.status_code in {204, 422}
    assert reader.call("GET", "/me/avatar").status_code == (200 if picture.status_code == 204 else 404)
    reader.good("DELETE", "/me/avatar")
    reader.good("PUT", "/me/password", {"current": people.GOOD, "password": people.BETTER})
    reader.good("POST", "/me/email", {"email": "anne@example.com"})
    reader.good("POST", "/me/email/confirmation", {"token": house.run(people.token(house.services, "/account/email"))})
    reader.good("POST", "/sessions", {"email": "anne@example.com", "password": people.BETTER})
    seed = reader.good("POST", "/me/factors/totp").json()
    code = pyotp.TOTP(seed["secret"])
    assert reader.call("POST", "/me/factors/totp/confirmation", {"id": seed["id"], "code": "000000"}).status_code >= 400
    reader.good("POST", "/me/factors/totp/confirmation", {"id": seed["id"], "code": code.at(int(house.clock()))})
    codes = reader.good("POST", "/me/factors/recovery-codes").json()["codes"]
    reader.cookie = ""
    opened = reader.good("POST", "/sessions", {"email": "anne@example.com", "password": people.BETTER}).json()
    assert opened["pending"]
    assert reader.call("GET", "/me").status_code == 403
    reader.good("POST", "/me/session/recovery-code", {"code": codes[0]})
    house.clock.now += 60
    reader.good("POST", "/me/fresh", {"code": code.at(int(house.clock()))})
    reader.good("POST", "/me/factors/passkeys/options")
    reader.good("DELETE", "/me/factors/totp")
    reader.good("DELETE", "/me/sessions")
    reader.call("DELETE", "/me/sessions/{id}", id=NOBODY)
    reader.call("DELETE", "/me/consents/{client_id}", client_id="nobody")
    reader.good("DELETE", "/me/session")
    house.clock.now += 3700
    reader.good("POST", "/password-resets", {"email": "anne@example.com"})
    link = house.run(people.token(house.services, "/reset"))
    reader.good("POST", "/password-resets/completion", {"token": link, "password": "thirteen green bottles hang"})
    reader.cookie = ""
    reader.good("POST", "/sessions", {"email": "anne@example.com", "password": "thirteen green bottles hang"})
    reader.good("POST", "/passkeys/options")
    for path in ("/sessions/passkey", "/contact-undo", "/me/phone", "/me/phone/confirmation", "/me/session/totp"):
        assert reader.call("POST", path, {"token": "x" * 43}).status_code >= 400
    reader.good("DELETE", "/me")
    assert reader.call("GET", "/me").status_code == 401


def test_an_operators_day_is_answered_as_described(reader: Reader) -> None:
    house = reader.house
    house.run(operating.add(house.services, people.ANN, people.GOOD, role="operator", actor="system"))
    bob = house.run(operating.add(house.services, "bob@example.com", people.GOOD, actor="system"))
    reader.good("POST", "/sessions", {"email": people.ANN, "password": people.GOOD})
    assert reader.call("GET", "/admin/users").json()["needs"] == "factor"
    seed = reader.good("POST", "/me/factors/totp").json()
    proof = {"id": seed["id"], "code": pyotp.TOTP(seed["secret"]).at(int(house.clock()))}
    reader.good("POST", "/me/factors/totp/confirmation", proof)
    house.clock.now += 60
    reader.good("POST", "/me/fresh", {"code": pyotp.TOTP(seed["secret"]).at(int(house.clock()))})
    for path in ("users", "events", "jail", "clients", "keys"):
        reader.good("GET", f"/admin/{path}")
    reader.good("GET", "/admin/users/{id}", id=bob.id)
    assert reader.call("GET", "/admin/users/{id}", id=NOBODY).status_code == 404
    for verb in ("disable", "enable", "reset"):
        reader.good("POST", f"/admin/users/{{id}}/{verb}", id=bob.id)
    client = {"name": "Shop", "redirect_uris": ["https://shop.example.test/back"], "scopes": ["openid"]}
    made = reader.good("POST", "/admin/clients", client).json()
    name = made.get("client_id") or made.get("id") or made["client"]["id"]
    assert reader.call("POST", "/admin/clients", {**client, "redirect_uris": ["ftp://x"]}).status_code == 422
    reader.good("GET", "/admin/clients/{client_id}", client_id=name)
    reader.good("PUT", "/admin/clients/{client_id}", {**client, "name": "Store"}, client_id=name)
    for verb in ("disable", "enable", "secret"):
        reader.good("POST", f"/admin/clients/{{client_id}}/{verb}", client_id=name)
    reader.good("DELETE", "/admin/clients/{client_id}", client_id=name)
    assert reader.call("GET", "/admin/clients/{client_id}", client_id=name).status_code == 404
    reader.good("GET", "/admin/events", query="?most=5")
    reader.good("POST", "/admin/keys", {})


def test_refusals_of_every_call_are_described(reader: Reader) -> None:
    """Without a session, with another's shape, and from nowhere: whatever comes back stands in the document."""
    for each in calls():
        names = {"id": NOBODY, "client_id": "nobody", "passkey": "nothing"}
        reader.call(each.method, each.path, {} if each.takes is not None else None, **names)


def test_the_document_is_whole(plain: dict[str, Any]) -> None:
    assert plain["openapi"].startswith("3.1")
    assert plain["servers"] == [{"url": ISSUER}]
    operations = [each for item in plain["paths"].values() for each in item.values() if isinstance(each, dict)]
    names = [each["operationId"] for each in operations if "operationId" in each]
    assert len(names) >= len(calls())
    assert len(names) == len(set(names))
    references = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(plain)))
    assert references <= set(plain["components"]["schemas"])
    for call in calls():
        operation = plain["paths"][call.path][call.method.lower()]
        assert operation["summary"]
        assert operation["security"] == ([] if call.access == "public" else [{"session": []}])
        for status, described in operation["responses"].items():
            assert described["description"] == title(int(status))
        assert ("requestBody" in operation) == (call.takes is not None or call.accepts != "application/json")


def loose_in(node: Any, place: str) -> Iterator[str]:
    """Where a schema bounds nothing."""
    if isinstance(node, list):
        node = dict(enumerate(node))
    if not isinstance(node, dict) or not node:
        return
    bounds = {
        "string": {"maxLength", "enum", "const", "pattern"},
        "array": {"maxItems"},
        "object": {"additionalProperties"},
    }
    if not bounds.get(str(node.get("type")), set(node)) & set(node):
        yield place
    for name, value in node.items():
        yield from loose_in(value, f"{place}/{name}")


def test_every_text_that_is_taken_is_bounded(plain: dict[str, Any]) -> None:
    loose: list[str] = []
    for call in calls():
        if call.takes is not None:
            reference = plain["paths"][call.path][call.method.lower()]["requestBody"]["content"]["application/json"][
                "schema"
            ]
            body = plain["components"]["schemas"][reference["$ref"].rpartition("/")[2]]
            loose += [f"{call.method} {call.path}{place}" for place in loose_in(body, "")]
    assert loose == []


def test_our_reader_of_documents_finds_every_operation(app: Identity, plain: dict[str, Any]) -> None:
    api = openapi.from_plain(plain, source="identity")
    found = {f"{method} {each.path}" for each in api.operations for method in [each.method]}
    assert {f"{call.method} {call.path}" for call in calls()} <= found


def test_our_guard_stands_around_it(house: House) -> None:
    app, guard, _ = around(Config(identity=house.services.settings))
    app._services = house.services

    async def ask(path: str, host: str) -> int:
        transport = httpx.ASGITransport(app=guard, client=("127.0.0.1", 5))
        async with httpx.AsyncClient(transport=transport, base_url=host) as client:
            return (await client.get(path)).status_code

    async def day() -> list[int]:
        await guard.compiled.start()
        try:
            paths = ("/sign-in", "/openapi.json", "/me", "/nothing")
            return [*[await ask(path, ISSUER) for path in paths], await ask("/sign-in", "https://evil.example")]
        finally:
            await guard.compiled.stop()

    assert house.run(day()) == [200, 200, 401, 404, 421]


def test_a_call_is_described_by_its_row() -> None:
    async def act(*_: Any) -> Any:
        raise AssertionError("nobody calls it")

    call = Call(
        "PUT",
        "/things/{id}/x",
        act,
        "Do",
        "operator",
        accepts="image/png, image/webp",
        query={"n": {"type": "integer"}},
    )
    made = document([call], issuer="https://a.example", name="A", version="0", extra={"/o": {"get": {"x": 1}}})
    operation = made["paths"]["/things/{id}/x"]["put"]
    assert operation["operationId"] == "putThingsIdX"
    assert [(each["name"], each["in"], each.get("required")) for each in operation["parameters"]] == [
        ("id", "path", True), ("n", "query", None)
    ]  # fmt: skip
    assert set(operation["requestBody"]["content"]) == {"image/png", "image/webp"}
    assert set(operation["responses"]) == {"200", "400", "401", "403", "404", "429", "503"}
    assert made["paths"]["/o"] == {"get": {"x": 1}}
