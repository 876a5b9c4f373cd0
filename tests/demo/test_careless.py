"""The shop is sound without faults and wrong with each: asked directly, by hand, without audit or guard."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ostiary.demo import careless
from ostiary.demo.attacks import ATTACKS
from ostiary.demo.counter import TOKENS
from ostiary.demo.faults import FAULTS, VARIANTS
from ostiary.errors import ConfigError

TOKEN = next(iter(TOKENS))
ITEM = b'{"name": "Desk lamp", "price": 1}'
LAMP = "/items/7d3c2a10-4b1e-4c57-9a53-0d6f5b8e2c41"
SAFE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Said:
    def __init__(self, messages: list[Any]) -> None:
        self.status: int = messages[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        self.body = b"".join(message.get("body", b"") for message in messages[1:])
        self.text = self.body.decode()


def ask(
    app: careless.Careless,
    method: str,
    target: str,
    body: bytes = b"",
    *,
    host: str = "127.0.0.1:8000",
    scheme: str = "http",
    **headers: str,
) -> Said:
    pairs = [(b"host", host.encode())]
    pairs += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    path, _, query = target.partition("?")
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": pairs,
        "scheme": scheme, "client": ("127.0.0.1", 40000),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return Said(sent)


def post(app: careless.Careless, body: bytes, content_type: str = "application/json", **headers: str) -> Said:
    target = "/items" if "json" in content_type or "text" in content_type else "/items/import"
    return ask(app, "POST", target, body, content_type=content_type, **headers)


XML = b'<!DOCTYPE items [<!ENTITY e "kettle">]><items><item><name>&e;</name><price>1</price></item></items>'
YAML = b"- &a {name: cup, price: 1}\n" + b"- *a\n" * 60


def redos(app: careless.Careless) -> bool:
    begun = time.process_time()
    ask(app, "GET", "/items?q=" + "a" * 24 + "!")
    return time.process_time() - begun > 0.02


def spoofed(app: careless.Careless) -> bool:
    said = ask(app, "GET", "/office/turnover", x_forwarded_for="10.0.0.1")
    return said.status == 200


def remaining(app: careless.Careless) -> bool:
    return "ratelimit" not in ask(app, "GET", "/items").headers


# Whether the fault shows; each must say yes with its switch alone, and no without any.
SHOWS: dict[str, Callable[[careless.Careless], bool]] = {
    "access.https-only": lambda app: ask(app, "GET", "/items").status == 200,
    "access.hsts": lambda app: "strict-transport-security" not in ask(app, "GET", "/items", scheme="https").headers,
    "access.throttling": remaining,
    "access.private-allowlist": spoofed,
    "access.no-directory-listing": lambda app: "Index of" in ask(app, "GET", "/files/", scheme="https").text,
    "auth.no-basic": lambda app: (
        "Basic" in ask(app, "GET", "/me").headers.get("www-authenticate", "")
        and ask(app, "GET", "/me", authorization="Basic YWxpY2U6d29uZGVybGFuZA==").status == 200
    ),
    "input.method-405": lambda app: ask(app, "TRACE", "/items").status == 200 == ask(app, "FOO", "/items").status,
    "input.method-semantics": lambda app: post(app, ITEM, x_http_method_override="NONSENSE").status != 201,
    "input.accept-406": lambda app: "<reply>" in ask(app, "GET", "/items", accept="application/xml").text,
    "input.content-type-415": lambda app: post(app, ITEM, "text/plain").status == 201,
    "input.body-matches-type": lambda app: (
        post(app, b'{"name": "a", "name": "b", "price": 1}').status == 201
        and post(app, ITEM + b"x").status == 201
        and post(app, ITEM.decode().encode("utf-16")).status == 201
        and post(app, b"name=Lamp&price=1").status == 201
    ),
    "input.validation-schema": lambda app: (
        post(app, b'{"name": 5, "price": "free", "boss": true}').status == 201
        and ask(app, "GET", "/items?limit=many").status == 200
    ),
    "input.credentials-in-header": lambda app: ask(app, "GET", f"/me?access_token={TOKEN}").status == 200,
    "processing.xml-no-external-entities": lambda app: "kettle" in post(app, XML, "application/xml").text,
    "processing.no-entity-expansion": lambda app: post(app, YAML, "application/yaml").text.count("cup") == 61,
    "processing.debug-off": lambda app: (
        "Traceback" in post(app, b"{").text and "Console" in ask(app, "GET", "/console").text
    ),
    "output.nosniff": lambda app: "x-content-type-options" not in ask(app, "GET", "/none").headers,
    "output.frame-deny": lambda app: "x-frame-options" not in ask(app, "GET", "/items").headers,
    "output.csp-none": lambda app: ask(app, "GET", "/items").headers.get("content-security-policy") != SAFE,
    "output.no-fingerprint-headers": lambda app: "server" in ask(app, "GET", "/items").headers,
    "output.content-type-forced": lambda app: "html" in ask(app, "GET", "/items").headers["content-type"],
    "output.no-sensitive-data": lambda app: (
        "$2b$" in ask(app, "GET", "/me", authorization=f"Bearer {TOKEN}").text
        and "s3cret" in post(app, b'{"password": "s3cret"}').text
    ),
    "output.status-codes": lambda app: (
        ask(app, "GET", "/items/00000000-0000-4000-8000-000000000000").status == 200 and post(app, b"{").status == 500
    ),
    "beyond.payload-limits": lambda app: post(app, ITEM + b" " * 2_000_000).status == 201,
    "beyond.host-and-proxy-trust": lambda app: (
        ask(app, "GET", "/sale", host="evil.example").headers.get("location", "").startswith("http://evil.example")
    ),
    "beyond.cors-allowlist": lambda app: (
        ask(app, "GET", "/items", origin="null").headers.get("access-control-allow-origin") == "null"
    ),
    "beyond.cache-no-store": lambda app: ask(app, "GET", "/items").headers["cache-control"] != "no-store",
    "beyond.api-inventory": lambda app: ask(app, "GET", "/internal/users").status == 200,
    "beyond.redos": redos,
    "people.report-channel": lambda app: ask(app, "GET", "/.well-known/security.txt", scheme="https").status == 404,
}


def shop(faults: Iterable[str], name: str) -> careless.Careless:
    return careless.make(faults, https_only=name == "access.https-only")


def test_every_switch_has_its_witness() -> None:
    assert set(SHOWS) | set(ATTACKS) == set(FAULTS)
    assert not set(SHOWS) & set(ATTACKS)


@pytest.mark.parametrize("name", SHOWS)
def test_a_switch_breaks_its_control(name: str) -> None:
    assert SHOWS[name](shop([name], name))


@pytest.mark.parametrize("name", SHOWS)
def test_all_switches_together_hide_none(name: str) -> None:
    assert SHOWS[name](shop(FAULTS, name))


@pytest.mark.parametrize("name", SHOWS)
def test_without_faults_it_holds(name: str) -> None:
    assert not SHOWS[name](shop([], name))


def test_a_valid_client_is_served_with_and_without_faults() -> None:
    for faults in ([], list(FAULTS)):
        app = careless.make(faults)
        assert ask(app, "GET", "/items?limit=5&q=lamp").status == 200
        assert ask(app, "GET", LAMP).status == 200
        assert post(app, ITEM).status == 201
        assert ask(app, "PUT", LAMP, ITEM, content_type="application/json; charset=utf-8").status == 200
        assert ask(app, "GET", "/me", authorization=f"bearer {TOKEN}").status == 200
        order = json.dumps({"item": LAMP.rpartition("/")[2], "quantity": 2}).encode()
        orders = "/me/orders"
        made = ask(app, "POST", orders, order, content_type="application/json", authorization=f"Bearer {TOKEN}")
        assert made.status == 201
        assert len(json.loads(ask(app, "GET", orders, authorization=f"Bearer {TOKEN}").text)) == 1
        assert ask(app, "HEAD", "/items").body == b""
        assert ask(app, "GET", "/files/opening-hours.txt").status == 200
        assert json.loads(ask(app, "GET", "/openapi.json").text)["openapi"] == "3.1.0"
        xml = b"<items><item><name>Teapot</name><price>12</price></item></items>"
        assert json.loads(post(app, xml, "application/xml").text) == {"names": ["Teapot"]}
        assert json.loads(post(app, b"- {name: Teapot, price: 12}", "application/yaml").text) == {"names": ["Teapot"]}


def test_a_known_path_answers_405_with_all_its_methods() -> None:
    said = ask(careless.make([]), "PATCH", LAMP)
    assert (said.status, said.headers["allow"]) == (405, "DELETE, GET, HEAD, OPTIONS, PUT")


def test_the_sound_shop_refuses_what_is_not_its_own() -> None:
    app = careless.make([])
    assert ask(app, "GET", "/items", host="evil.example").status == 421
    assert ask(app, "GET", "/items", accept="application/xml").status == 406
    assert ask(app, "GET", "/items", accept="application/json;q=0, */*").status == 406
    assert ask(app, "GET", "/items?limit=0").status == 400
    assert ask(app, "GET", "/items?limit=5&limit=6").status == 400
    assert ask(app, "GET", "/items/7").status == 400
    assert post(app, b'{"name": "a", "price": NaN}').status == 400
    assert post(app, b'{"a":' * 40 + b"1" + b"}" * 40).status == 400
    assert post(app, ITEM, content_encoding="gzip").status == 415
    assert ask(app, "GET", "/items?q=" + "a" * 5000).status == 414


def test_reads_do_not_write_unless_told_to() -> None:
    sound = careless.make([])
    assert ask(sound, "GET", LAMP).text == ask(sound, "GET", LAMP).text
    writing = careless.make(VARIANTS)
    assert ask(writing, "GET", LAMP).text != ask(writing, "GET", LAMP).text


def test_what_is_stored_is_bounded() -> None:
    app = careless.make([])
    for _ in range(1100):
        post(app, ITEM)
    assert len(json.loads(ask(app, "GET", "/items?limit=100").text)["items"]) == 100
    assert ask(app, "GET", LAMP).status == 200
    assert len(app._wares._items) == 1000


def test_a_switch_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="no such switch"):
        careless.make(["output.sniff"])


def test_common_passwords_are_refused_but_where_that_is_the_fault() -> None:
    given = b'{"name": "dora", "email": "dora@shop.example", "password": "12345678"}'

    def registers(app: careless.Careless) -> int:
        return ask(app, "POST", "/register", given, content_type="application/json").status

    assert registers(careless.make([])) == 422
    assert registers(careless.make(["account.password-bcrypt/common"])) == 201


def test_faults_that_stand_in_the_document_stand_there_alone() -> None:
    sound = careless.document(())
    for name in (
        "beyond.redos",
        "account.no-open-redirect",
        "account.block-script-schemes",
        "account.otp-not-in-response",
    ):
        assert careless.document((name,)) != sound
    assert careless.document(("output.nosniff",)) == sound
