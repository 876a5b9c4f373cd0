from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from exchanges import api_of, ask, compiled, exchange, through
from inside import replying
from ostiary.config import Config, Override
from ostiary.errors import ConfigError
from ostiary.evidence import Asked
from ostiary.guard.app import Guard
from ostiary.guard.site import Compiled
from ostiary.model import Api, Exchange

ID = "beyond.webhook-signatures"
KEY = "k-" * 20
JSON = ("content-type", "application/json")
BODY = b'{"event" : "paid",  "amount": 1}'
NOW = 1_700_000_000.0


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", KEY)
    monkeypatch.setenv("OLD_HOOK", "o" * 40)
    monkeypatch.setenv("STANDARD_HOOK", "whsec_" + base64.b64encode(KEY.encode()).decode())


def document() -> Api:
    hook: Any = {"requestBody": {"content": {"application/json": {}}}, "responses": {}, "security": []}
    return api_of({"/hook": {"post": hook}, "/items": {"get": {"responses": {}}}})


def policy(scheme: str = "slack", *, clock: Clock | None = None, **settings: Any) -> Compiled:
    env = "STANDARD_HOOK" if scheme == "standard-webhooks" else "HOOK"
    table = {"scheme": scheme, "secrets": [{"env": env}], **settings}
    only = (ID, "output.status-codes")
    clock = Clock() if clock is None else clock
    return Compiled(
        Config(only=only, operations={"POST /hook": Override(controls={ID: table})}), document(), clock=clock, now=clock
    )


def mac(text: bytes, key: str = KEY, how: str = "sha256") -> bytes:
    return hmac.new(key.encode(), text, how).digest()


def signed(scheme: str, body: bytes = BODY, *, at: float = NOW, key: str = KEY) -> list[tuple[str, str]]:
    stamp = str(int(at)).encode()
    if scheme == "standard-webhooks":
        made = base64.b64encode(mac(b"msg_1." + stamp + b"." + body, key)).decode()
        return [
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", stamp.decode()),
            ("webhook-signature", f"v1,AAAA v1,{made}"),
        ]
    if scheme == "stripe":
        return [("stripe-signature", f"t={stamp.decode()},v1={mac(stamp + b'.' + body, key).hex()},v0=00")]
    if scheme == "slack":
        made = mac(b"v0:" + stamp + b":" + body, key).hex()
        return [("x-slack-request-timestamp", stamp.decode()), ("x-slack-signature", f"v0={made}")]
    if scheme == "github":
        return [("x-hub-signature-256", "sha256=" + mac(body, key).hex())]
    return [("x-shopify-hmac-sha256", base64.b64encode(mac(body, key)).decode())]


def delivery(headers: list[tuple[str, str]], body: bytes = BODY, media: tuple[str, str] = JSON) -> Exchange:
    return exchange("POST", "/hook", [media, *headers], body)


def told(rules: Compiled, made: Exchange, status: int = 200) -> int:
    """The status of a delivery: the refusal's, or the application's."""
    refusal = ask(rules, made)
    if refusal is None:
        made.status = status
    else:
        status = refusal.status
    made.end()
    return status


ALL = ["standard-webhooks", "github", "stripe", "slack", "shopify"]


@pytest.mark.parametrize("scheme", ALL)
def test_genuine_deliveries_reach_the_application_and_no_others(scheme: str) -> None:
    rules = policy(scheme)
    assert told(rules, delivery([])) == 401
    assert told(rules, delivery(signed(scheme, key="another key"))) == 401
    assert told(rules, delivery(signed(scheme), BODY.replace(b"1", b"9"))) == 401
    assert told(rules, delivery(signed(scheme), BODY.replace(b"  ", b" "))) == 401  # the same document, other bytes
    twice = signed(scheme)
    assert told(rules, delivery([*twice, *twice])) == 401  # which of them would the application read?
    assert told(rules, delivery(signed(scheme))) == 200
    assert told(rules, delivery(signed(scheme))) == 401  # once


@pytest.mark.parametrize("scheme", ["standard-webhooks", "stripe", "slack"])
def test_old_and_early_deliveries_are_refused(scheme: str) -> None:
    rules = policy(scheme)
    assert told(rules, delivery(signed(scheme, at=NOW - 301))) == 401
    assert told(rules, delivery(signed(scheme, at=NOW + 301))) == 401
    assert told(rules, delivery(signed(scheme, at=NOW - 299))) == 200
    assert told(policy(scheme, tolerance="10m"), delivery(signed(scheme, at=NOW - 301))) == 200


@pytest.mark.parametrize("scheme", ["standard-webhooks", "stripe", "slack"])
def test_a_repetition_is_remembered_longer_than_its_time_is_accepted(scheme: str) -> None:
    clock = Clock()
    rules = policy(scheme, clock=clock)
    early = signed(scheme, at=NOW + 299)
    assert told(rules, delivery(early)) == 200
    clock.now = NOW + 598
    assert told(rules, delivery(early)) == 401


def test_what_the_application_did_not_accept_may_come_again() -> None:
    rules = policy("github")
    for status in (500, 404, 429):
        assert told(rules, delivery(signed("github")), status) == status
    abandoned = delivery(signed("github"))
    assert ask(rules, abandoned) is None
    assert told(rules, delivery(signed("github"))) == 401  # it is under way
    abandoned.end()  # and never was replied to
    assert told(rules, delivery(signed("github"))) == 200
    assert told(rules, delivery(signed("github"))) == 401
    again = policy("github", repeats=True)
    assert [told(again, delivery(signed("github"))) for _ in range(2)] == [200, 200]


def test_another_signature_for_the_same_bytes_is_no_other_delivery() -> None:
    rules = policy("standard-webhooks", secrets=[{"env": "STANDARD_HOOK"}])
    one = signed("standard-webhooks")
    assert told(rules, delivery(one)) == 200
    alone = [*one[:2], ("webhook-signature", one[2][1].partition(" ")[2])]
    assert told(rules, delivery(alone)) == 401


def test_while_secrets_change_both_are_good() -> None:
    rules = policy("github", secrets=[{"env": "HOOK"}, {"env": "OLD_HOOK"}])
    assert told(rules, delivery(signed("github"))) == 200
    assert told(rules, delivery(signed("github", b"{}", key="o" * 40), b"{}")) == 200


def test_a_sender_of_its_own_making_can_be_described() -> None:
    settings: dict[str, Any] = {
        "header": "X-Signature", "prefix": "sha512:", "algorithm": "sha512", "encoding": "base64", "signed": "{id}|{timestamp}|{body}",
        "timestamp-header": "X-Time", "id-header": "X-Id",
    }  # fmt: skip
    rules = policy("generic", **settings)

    def headers(body: bytes, at: float = NOW, lead: str = "sha512:") -> list[tuple[str, str]]:
        made = mac(f"7|{at:.0f}|".encode() + body, how="sha512")
        return [("X-Signature", lead + base64.b64encode(made).decode()), ("X-Time", f"{at:.0f}"), ("X-Id", "7")]

    assert told(rules, delivery(headers(BODY, lead=""))) == 401
    assert told(rules, delivery(headers(BODY)[:2])) == 401
    assert told(rules, delivery(headers(BODY, NOW - 400))) == 401
    assert told(rules, delivery([*headers(BODY)[:2], ("X-Id", "8")])) == 401
    assert told(rules, delivery(headers(BODY))) == 200


def test_a_body_that_is_not_read_here_cannot_slip_by() -> None:
    made = delivery(signed("github"), media=("content-type", "application/octet-stream"))
    assert told(policy("github"), made) == 415


@pytest.mark.parametrize("method", ["GET", "DELETE", "QUERY", "HOOK"])
def test_without_a_document_no_other_method_brings_a_delivery_that_nobody_verified(method: str) -> None:
    """A request without a body is let pass by its head, and a made-up signature was all that the head asked for."""
    table = {"scheme": "github", "secrets": [{"env": "HOOK"}]}
    guard = Guard(replying(lambda _: (200, [JSON], b"{}")), Config(only=(ID,), controls={ID: table}))
    forged = [("x-hub-signature-256", "sha256=" + "00" * 32)]
    assert through(guard, exchange(method, "/hook", forged)).status == 401
    assert through(guard, exchange("POST", "/hook", forged)).status == 401
    assert through(guard, delivery(signed("github"))).status == 200


def test_nothing_is_asked_where_no_scheme_is_set() -> None:
    assert told(compiled(document(), only=[ID]), delivery([])) == 200
    assert told(policy(), exchange("GET", "/items")) == 200


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"secrets": []}, "secrets"), ({"scheme": "standard-webhooks", "secrets": [{"env": "HOOK"}]}, "whsec_"),
        ({"scheme": "generic"}, "header"), ({"scheme": "generic", "header": "x", "timestamp-header": "y"}, "go together"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_a_mistake(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        policy(**{"scheme": "github", **settings})


def test_the_application_gets_the_very_bytes_that_were_signed() -> None:
    got: list[bytes] = []

    def app(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        got.append(asked.body)
        return 200, [JSON], b"{}"

    table = {"scheme": "github", "secrets": [{"env": "HOOK"}]}
    only = (ID, "output.status-codes", "input.validation-schema")
    config = Config(only=only, operations={"POST /hook": Override(controls={ID: table})})
    guard = Guard(replying(app), config, api=document())
    assert through(guard, delivery(signed("github"))).status == 200
    assert got == [BODY]
    assert json.loads(BODY)["event"] == "paid"
    assert hashlib.sha256(got[0]).digest() == hashlib.sha256(BODY).digest()
