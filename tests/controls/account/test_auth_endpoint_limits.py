"""Codes are brute-forced, resends flooded and accounts made by the hundred."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest

from exchanges import api_of, head
from logins import Clock, as_json, asking, guarded
from ostiary.config import Override
from ostiary.errors import ConfigError
from ostiary.guard.app import Guard
from ostiary.model import Reply

ONLY = ("account.auth-endpoint-limits", "beyond.host-and-proxy-trust")
CODE = "424242"


def described(*fields: str) -> dict[str, Any]:
    properties = {each: {"type": "string"} for each in fields}
    media = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    return {"post": {"responses": {"200": {"description": "ok"}}, "requestBody": {"content": media}}}


API = api_of(
    {
        "/otp/verify": described("phone", "challenge_id", "code"),
        "/otp/send": described("phone"),
        "/mfa/verify": described("code"),
        "/forgot-password": described("email"),
        "/password/reset/confirm": described("email", "code", "new_password"),
        "/register": described("email", "password"),
        "/items": described("email", "code"),
    }
)


class Codes:
    """An application that accepts one code for everybody and every challenge."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        document = json.loads(body)
        self.asked.append((scope["path"], document))
        wrong = "code" in document and document["code"] != CODE
        status, fields, content = as_json(401, {"error": "wrong code"}) if wrong else as_json(200, {"done": True})
        pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})


def post(guard: Guard, path: str, *, peer: str = "192.0.2.7", headers: Any = (), **fields: str) -> Reply:
    return asyncio.run(asking(guard, path, json.dumps(fields).encode(), peer=peer, headers=tuple(headers)))


def started(**settings: Any) -> tuple[Guard, Codes, Clock]:
    app, clock = Codes(), Clock()
    controls = {"account.auth-endpoint-limits": settings} if settings else {}
    return guarded(app, API, clock, only=ONLY, controls=controls), app, clock


def test_a_code_is_tried_five_times_and_the_right_one_comes_too_late() -> None:
    guard, app, _ = started()
    for n in range(5):
        assert post(guard, "/otp/verify", challenge_id="c1", code=f"{n:06}").status == 401
    late = post(guard, "/otp/verify", challenge_id="c1", code=CODE)
    assert (late.status, head(late, "retry-after")) == (429, "60")
    assert len(app.asked) == 5


def test_who_mistypes_his_code_and_then_does_not_is_let_in() -> None:
    guard, _, clock = started()
    for _ in range(10):  # days at work
        assert post(guard, "/otp/verify", phone="+49170123", challenge_id="c1", code="000000").status == 401
        assert post(guard, "/otp/verify", phone="+49170123", challenge_id="c1", code=CODE).status == 200
        clock.seconds += 86400.0


def test_a_new_code_does_not_bring_new_tries() -> None:
    guard, app, _ = started()
    statuses = [
        post(guard, "/otp/verify", phone="+49170123", challenge_id=f"c{n}", code="000000").status for n in range(8)
    ]
    assert statuses == [401] * 5 + [429] * 3
    assert len(app.asked) == 5


def test_an_account_s_codes_are_counted_over_all_sources() -> None:
    guard, app, _ = started()
    for n in range(40):
        post(guard, "/otp/verify", phone="+49170123", code=f"{n:06}", peer=f"198.51.100.{n}")
    assert len(app.asked) == 5
    assert post(guard, "/otp/verify", phone="+49170124", code=CODE, peer="203.0.113.1").status == 200


def test_a_session_cookie_is_a_challenge_where_nothing_else_is_named() -> None:
    guard, app, _ = started()
    cookie = [("cookie", "theme=dark; connect.sid=s%3Aabcdefghijklmnopqrstuvwx")]
    for n in range(30):
        post(guard, "/mfa/verify", code=f"{n:06}", headers=cookie, peer=f"198.51.100.{n}")
    assert len(app.asked) == 5
    other = [("cookie", "connect.sid=s%3Azyxwvutsrqponmlkjihg")]
    assert post(guard, "/mfa/verify", code=CODE, headers=other, peer="198.51.100.99").status == 200


SESSION = "abcdefghijklmnopqrstuvwx"
SIGNED = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0."


@pytest.mark.parametrize(
    "spelt",
    [
        lambda n: [("cookie", "sid=" + "".join(f"%{ord(x):02x}" if n >> m & 1 else x for m, x in enumerate(SESSION)))],
        lambda n: [("cookie", f'sid="{SESSION}"' if n % 2 else f"sid={SESSION}")],
        lambda n: [("cookie", f"token={SIGNED}signature-{n}")],
        lambda n: [("authorization", f"Bearer {SIGNED}signature-{n}")],
        lambda n: [("authorization", f"Bearer {SIGNED}s"), ("cookie", f"session=decoy-decoy-decoy-{n}")],
        lambda n: [
            (
                "cookie",
                "; ".join(f"auth{m}=decoy-decoy-decoy-{n}-{m}" for m in range(6)) + "; sid=abcdefghijklmnopqrstuvwx",
            )
        ],
    ],
)
def test_no_spelling_and_no_decoy_brings_a_session_new_tries(spelt: Callable[[int], list[tuple[str, str]]]) -> None:
    guard, app, _ = started()
    for n in range(30):
        post(guard, "/mfa/verify", code=f"{n:06}", headers=spelt(n), peer=f"198.51.100.{n}")
    assert len(app.asked) == 5


@pytest.mark.parametrize("first", ["0f8fad5b-d9cb-469f-a165-70867728950e", "4711", "aBcDeFgHiJ"])
def test_a_challenge_is_one_in_every_spelling(first: str) -> None:
    guard, app, _ = started()
    spellings = [
        first, first.upper(), first.title(), f"{{{first}}}" if "-" in first else f"00{first}", f" {first}", f"urn:uuid:{first}",
        first.replace("-", ""), first.swapcase(),
    ]  # fmt: skip
    if "-" not in first:
        spellings.remove(f"urn:uuid:{first}")
    for n, each in enumerate(spellings * 3):
        post(guard, "/otp/verify", challenge_id=each, code=f"{n:06}", peer=f"198.51.100.{n}")
    assert len(app.asked) == 5
    assert post(guard, "/otp/verify", challenge_id="0f8fad5b-d9cb-469f-a165-70867728950f", code=CODE).status == 200


def test_more_sessions_than_a_browser_has_are_refused() -> None:
    guard, app, _ = started()
    cookie = [("cookie", "; ".join(f"session{n}=decoy-decoy-decoy-{n}" for n in range(17)))]
    assert post(guard, "/mfa/verify", code=CODE, headers=cookie).status == 400
    assert app.asked == []


def test_a_decoy_challenge_does_not_hide_the_session() -> None:
    guard, app, _ = started()
    cookie = [("cookie", "sessionid=abcdefghijklmnopqrstuvwx")]
    for n in range(30):
        fields = {"code": f"{n:06}", "challenge_id": f"decoy-{n}"}
        post(guard, "/otp/verify", headers=cookie, peer=f"198.51.100.{n}", **fields)
    assert len(app.asked) == 5


def test_terms_grow_and_end() -> None:
    guard, _app, clock = started(terms=["1m", "10m"], tries=2)
    waits = []
    for _ in range(3):
        for _ in range(2):
            assert post(guard, "/otp/verify", phone="1234567", code="0").status == 401
        refused = post(guard, "/otp/verify", phone="1234567", code="0")
        waits.append(head(refused, "retry-after"))
        clock.seconds += float(waits[-1] or 0)
    assert waits == ["60", "600", "600"]


def test_many_codes_in_one_request_are_refused() -> None:
    guard, app, _ = started()
    body = json.dumps({"phone": "+49170123", "code": [f"{n:06}" for n in range(1000)]}).encode()
    assert asyncio.run(asking(guard, "/otp/verify", body)).status == 400
    assert app.asked == []


def test_messages_are_sent_once_a_minute_and_five_times_an_hour() -> None:
    guard, app, clock = started()
    sent = []
    for second in range(0, 7200, 20):
        if post(guard, "/otp/send", phone="+49 170 123", peer=f"198.51.{second % 250}.7").status == 200:
            sent.append(second)
        clock.seconds += 20
    assert min(b - a for a, b in itertools.pairwise(sent)) >= 60
    assert sent[:5] == [0, 60, 120, 180, 240]
    assert all(sum(start <= each < start + 3600 for each in sent) <= 5 for start in range(0, 7200, 20))
    assert len(sent) == len(app.asked) == 10


@pytest.mark.parametrize("other", ["0049170123", "+49 (170) 123", "+49-170-123", " +49170123 "])
def test_one_telephone_is_one_however_it_is_written(other: str) -> None:
    guard, _, _ = started()
    assert post(guard, "/otp/send", phone="+49170123").status == 200
    assert post(guard, "/otp/send", phone=other).status == 429
    assert post(guard, "/otp/send", phone="+49170124").status == 200


@pytest.mark.parametrize("other", ["Ann <ann@x.example>", "new@y.example, ann@x.example", "ann@x.example;b@y.example"])
def test_one_mailbox_is_one_whatever_stands_beside_it(other: str) -> None:
    guard, _, _ = started()
    assert post(guard, "/otp/send", email="ann@x.example").status == 200
    assert post(guard, "/otp/send", email=other).status == 429
    assert post(guard, "/otp/send", email="bob@x.example").status == 200
    many = ",".join(f"u{n}@x.example" for n in range(9))
    assert post(guard, "/otp/send", email=many).status == 400


def test_one_source_does_not_send_to_everybody() -> None:
    guard, _app, _ = started()
    statuses = [post(guard, "/forgot-password", email=f"user{n}@x.example").status for n in range(60)]
    assert statuses == [200] * 30 + [429] * 30
    assert post(guard, "/forgot-password", email="late@x.example", peer="203.0.113.9").status == 200


def test_a_reset_is_asked_for_once_a_minute_whether_the_account_exists() -> None:
    guard, _, clock = started()
    known = [post(guard, "/forgot-password", email="alice@x.example") for _ in range(2)]
    unknown = [post(guard, "/forgot-password", email="nobody@x.example") for _ in range(2)]
    assert [each.status for each in known] == [each.status for each in unknown] == [200, 429]
    assert head(known[1], "retry-after") == head(unknown[1], "retry-after") == "60"
    clock.seconds += 61
    assert post(guard, "/forgot-password", email="Alice@X.example").status == 200


def test_the_second_half_of_a_reset_is_guessed_five_times() -> None:
    guard, app, _ = started()
    fields = {"email": "alice@x.example", "new_password": "mine now"}
    for n in range(40):
        post(guard, "/password/reset/confirm", code=f"{n:06}", peer=f"198.51.100.{n}", **fields)
    assert len(app.asked) == 5
    honest = {"email": "bob@x.example", "new_password": "a new one", "code": CODE}
    assert post(guard, "/password/reset/confirm", **honest).status == 200


def test_a_source_registers_so_many_and_the_next_hour_again() -> None:
    guard, app, clock = started(registrations=10)
    for n in range(30):
        post(guard, "/register", email=f"u{n}@x.example", password="p")
    assert len(app.asked) == 10
    assert post(guard, "/register", email="o@x.example", password="p", peer="203.0.113.9").status == 200
    clock.seconds += 3600
    assert post(guard, "/register", email="later@x.example", password="p").status == 200


def test_other_operations_are_left_alone() -> None:
    guard, app, _ = started()
    assert {post(guard, "/items", email="a@x.example", code="0").status for _ in range(50)} == {401}
    assert len(app.asked) == 50


def test_a_known_good_source_is_not_locked_out_by_others() -> None:
    guard, _app, _ = started()
    assert post(guard, "/otp/verify", phone="+49170123", code=CODE).status == 200
    for n in range(20):
        post(guard, "/otp/verify", phone="+49170123", code="0", peer=f"198.51.100.{n}")
    assert post(guard, "/otp/verify", phone="+49170123", code=CODE, peer="203.0.113.5").status == 429
    assert post(guard, "/otp/verify", phone="+49170123", code=CODE).status == 200
    statuses = [post(guard, "/otp/verify", phone="+49170123", code="0").status for _ in range(8)]
    assert statuses == [401] * 5 + [429] * 3, "and has tries of its own, no more"


def test_the_policy_may_say_where_the_account_is() -> None:
    api = api_of({"/otp/verify": described("who", "code")})
    app, clock = Codes(), Clock()
    override = {"POST /otp/verify": Override(controls={"account.auth-endpoint-limits": {"account": "/who"}})}
    guard = guarded(app, api, clock, only=ONLY, operations=override)
    for n in range(20):
        post(guard, "/otp/verify", who="Alice", code="0", peer=f"198.51.100.{n}")
    assert len(app.asked) == 5


def test_terms_that_shrink_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="do not grow"):
        started(terms=["5m", "1m"])
