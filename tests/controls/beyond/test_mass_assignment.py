from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import fastapi
import pytest
from pydantic import BaseModel

from exchanges import api_of, ask, compiled, exchange, now, through
from inside import replying
from ostiary.config import Config
from ostiary.controls.beyond.mass_assignment.guard import Settings, guard
from ostiary.errors import ConfigError, Denied
from ostiary.evidence import Asked
from ostiary.guard.app import Guard
from ostiary.model import Api, Exchange, Operation, Principal, Site
from ostiary.parts import openapi
from ostiary.store.memory import MemoryStore

ID = "beyond.mass-assignment"
JSON = "application/json"
PATCH = "application/merge-patch+json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
USER: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "role": {"type": "string"},
        "address": {"type": "object", "properties": {"city": {"type": "string"}}},
        "extra": {"type": "object"},
    },
}
TYPES = (JSON, PATCH, FORM, "multipart/form-data", "application/yaml")
API = api_of({"/users/{id}": {
    "put": {"requestBody": {"content": {name: {"schema": USER} for name in TYPES}}},
    "patch": {"requestBody": {"content": {"application/json-patch+json": {"schema": {"type": "array"}}}}},
    "get": {},
}})  # fmt: skip


def part(name: str, text: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n--b--\r\n'.encode()


def sent(body: bytes, media: str = JSON, *, method: str = "PUT", api: Api = API, **settings: Any) -> tuple[int, bytes]:
    """The status for a client, and what the application got."""
    seen: list[bytes] = []

    def remember(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        seen.append(asked.body)
        return 200, [], b""

    served = Guard(
        replying(remember),
        Config(only=(ID,), controls={ID: {name.replace("_", "-"): each for name, each in settings.items()}}),
        api=api,
    )
    reply = through(served, exchange(method, "/users/7", [("content-type", media)], body))
    return reply.status, seen[0] if seen else b""


@pytest.mark.parametrize(
    ("media", "honest", "forged"),
    [
        (JSON, b'{"name":"x","address":{"city":"y"},"extra":{"z":1}}', b'{"name":"x","isAdmin":true}'),
        (JSON, b'{"name":"x","address":null}', b'{"name":"x","address":{"city":"y","owner":1}}'),
        (JSON, b'{"role":"x","name":"x"}', b'{"role":"user","Role":"admin","name":"x"}'),
        (PATCH, b'{"role":"x"}', b'{"balance":5}'),
        (PATCH, b'{"address":null}', b'{"verified":null}'),
        (FORM, b"name=x&address%5Bcity%5D=y", b"name=x&isAdmin=1"),
        (FORM, b"name=x", b"name=x&address[owner]=1"),
        (MULTIPART, part("name", "x"), part("isAdmin", "1")),
        ("application/yaml", b"name: x\n", b"name: x\nisAdmin: true\n"),
    ],
)
def test_undeclared_members_are_refused_in_every_kind_of_body(media: str, honest: bytes, forged: bytes) -> None:
    assert sent(honest, media)[0] == 200
    assert sent(forged, media)[0] == 422
    assert sent(forged, media, undeclared="ignore")[0] == 200


def test_undeclared_members_can_be_taken_out() -> None:
    assert sent(b'{"name":"x","isAdmin":true}', undeclared="drop") == (200, b'{"name":"x"}')
    assert sent(b"name=x&isAdmin=1", FORM, undeclared="drop") == (200, b"name=x")
    assert sent(part("isAdmin", "1"), MULTIPART, undeclared="drop")[0] == 422, "passed on as it came"


def test_what_only_the_server_sets_is_taken_out_refused_or_let_through() -> None:
    body = b'{"id":7,"name":"x"}'
    assert sent(body) == (200, b'{"name":"x"}')
    assert sent(b'{"id":"not its type","name":"x"}') == (200, b'{"name":"x"}')
    assert sent(body, read_only="refuse")[0] == 422
    assert sent(body, read_only="ignore") == (200, body)
    assert sent(b"id=7&name=x", FORM) == (200, b"name=x")
    assert sent(part("id", "7"), MULTIPART)[0] == 422
    assert sent(b"id: 7\nname: x\n", "application/yaml")[0] == 422


def test_beside_validation_a_client_may_send_back_what_it_got() -> None:
    policy = compiled(API, only=(ID, "input.validation-schema"))
    made = exchange("PUT", "/users/7", [("content-type", JSON)], b'{"id":"usr_7","name":"x"}')
    assert ask(policy, made) is None
    assert made.document == {"name": "x"}


def test_a_refusal_names_the_member_and_no_value() -> None:
    reply = ask(compiled(API, only=(ID,)), exchange("PUT", "/users/7", [("content-type", JSON)], b'{"a~/":"hunter2"}'))
    assert reply is not None
    assert json.loads(reply.body)["errors"] == [{"pointer": "/a~0~1", "rule": "is not declared"}]
    assert b"hunter2" not in reply.body


STORE = MemoryStore(clock=lambda: 0.0, now=lambda: 0.0)
SITE = Site(api=API, store=STORE, counters=STORE.counters, clock=lambda: 0.0, now=lambda: 0.0)


class Tokens:
    def read(self, exchange: Exchange) -> None:
        """Tests say themselves who calls."""


def refusal(
    body: bytes, fields: dict[str, tuple[str, ...]], *, media: str = JSON, who: Principal | None = None, **more: Any
) -> tuple[int, Any]:
    operation = next(each for each in API.operations if each.method == ("PATCH" if "json-patch" in media else "PUT"))
    site = dataclasses.replace(SITE, tokens=Tokens())  # type: ignore[arg-type]  # as far as it is asked here
    hooks = guard(Settings(fields=fields, **more), operation, site)
    assert hooks is not None
    assert hooks.body is not None
    made = exchange("PUT", "/users/7", [("content-type", media)], body)
    made.principal = who
    try:
        now(hooks.body(made))
    except Denied as denied:
        return denied.status, made.document
    return 0, made.document


ADMIN = Principal(subject="a", issuer="i", roles=frozenset({"admin"}))
CLERK = Principal(subject="b", issuer="i", roles=frozenset({"clerk"}), scopes=frozenset({"users:grant"}))
RULES = {"/role": ("admin", "scope:users:grant"), "/address/city": ()}


def test_a_field_is_set_by_those_who_may_set_it() -> None:
    body = b'{"name":"x","role":"admin"}'
    assert refusal(body, RULES, who=ADMIN)[0] == 0
    assert refusal(body, RULES, who=CLERK)[0] == 0
    assert refusal(body, RULES, who=Principal(subject="c", issuer="i"))[0] == 403
    assert refusal(body, RULES)[0] == 403, "nobody is nobody special"
    assert refusal(b'{"name":"role"}', RULES)[0] == 0
    assert refusal(b'{"name":"x","address":{"city":"y"}}', RULES, who=ADMIN)[0] == 403, "an empty list is nobody"


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (FORM, b"name=x&role=admin"),
        (PATCH, b'{"role":"admin"}'),
        (MULTIPART, part("role", "admin")),
        ("application/yaml", b"role: admin\n"),
        ("application/xml", b"<user><name>x</name><role>admin</role></user>"),
        ("application/xml", b'<u:user xmlns:u="x" Role="admin"/>'),
        ("text/xml", b'<user xmlns:u="x"><u:ROLE>admin</u:ROLE></user>'),
        ("application/json-patch+json", b'[{"op":"replace","path":"/role","value":"admin"}]'),
    ],
)
def test_the_rule_holds_for_every_kind_of_body(media: str, body: bytes) -> None:
    assert refusal(body, RULES, media=media)[0] == 403
    assert refusal(body, RULES, media=media, who=ADMIN)[0] == 0
    assert refusal(re.sub(b"(?i)role", b"name", body), RULES, media=media)[0] == 0


def test_what_is_not_yours_can_be_taken_out() -> None:
    assert refusal(b'{"name":"x","role":"a"}', RULES, not_yours="drop") == (0, {"name": "x"})
    assert refusal(b"name=x&role=a", RULES, media=FORM, not_yours="drop") == (0, [("name", "x")])
    assert refusal(b"role: a\n", RULES, media="application/yaml", not_yours="drop")[0] == 403


def test_roles_without_an_issuer_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="issuers"):
        compiled(API, only=(ID,), controls={ID: {"fields": {"/role": ["admin"]}}})
    compiled(API, only=(ID,), controls={ID: {"fields": {"/role": []}}})


def test_no_stage_where_there_is_nothing_to_check() -> None:
    assert guard(Settings(), next(each for each in API.operations if each.method == "GET"), SITE) is None
    assert guard(Settings(), Operation(method="*", path="*"), SITE) is None


class Item(BaseModel):
    name: str
    tags: dict[str, str] = {}


def test_the_document_of_a_fastapi_app_is_closed() -> None:
    """A foreign document: pydantic models say nothing of other members, and ignore them."""
    app = fastapi.FastAPI()

    @app.post("/items")
    async def create(item: Item) -> dict[str, str]:
        return {"name": item.name}

    policy = compiled(openapi.from_plain(app.openapi(), source="the app"), only=(ID,))
    headers = [("content-type", JSON)]
    assert ask(policy, exchange("POST", "/items", headers, b'{"name":"x","tags":{"any":"y"}}')) is None
    reply = ask(policy, exchange("POST", "/items", headers, b'{"name":"x","owner_id":1}'))
    assert reply is not None
    assert reply.status == 422
