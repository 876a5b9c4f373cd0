"""After a few failures the next try costs a solved challenge: forged, stale, used and foreign answers buy none."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs

import altcha
import pytest

from exchanges import api_of, head
from logins import FOREIGN, RIGHT, App, Clock, as_json, asking, guarded, in_json
from ostiary.errors import ConfigError
from ostiary.guard.app import Guard
from ostiary.model import Api, Reply
from ostiary.store.ports import Ban
from ostiary.strict import Secret

ONLY = ("account.captcha-challenge", "beyond.host-and-proxy-trust")
KEY = Secret("0123456789abcdef0123456789abcdef")
CHEAP: dict[str, Any] = {"key": KEY, "cost": 1, "trials": 8}
SAMPLE = FOREIGN["vampi"]


def described(*fields: str) -> dict[str, Any]:
    properties = {each: {"type": "string"} for each in fields}
    media = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    return {"post": {"responses": {"200": {"description": "ok"}}, "requestBody": {"content": media}}}


API = api_of(
    {
        "/login": described("username", "password", "captcha"),
        "/admin/login": described("username", "password"),
        "/register": described("email", "password"),
        "/items": described("name"),
    }
)


def told(right: object) -> Any:
    return as_json(200, {"ok": True}) if right else as_json(401, {"error": "no"})


def started(api: Api = API, **settings: Any) -> tuple[Guard, App, Clock]:
    app, clock = App(told, in_json), Clock()
    clock.seconds = time.time()
    controls = {"account.captcha-challenge": settings or dict(CHEAP)}
    return guarded(app, api, clock, only=ONLY, controls=controls), app, clock


def sign_in(
    guard: Guard,
    user: str,
    password: str,
    answer: str = "",
    *,
    path: str = "/login",
    peer: str = "192.0.2.7",
    **more: str,
) -> Reply:
    headers = (("x-captcha", answer),) if answer else ()
    body = json.dumps({"username": user, "password": password, **more}).encode()
    return asyncio.run(asking(guard, path, body, peer=peer, headers=headers))


def challenge_in(reply: Reply) -> Any:
    assert reply.status == 403
    assert head(reply, "x-captcha-required") == "altcha"
    problem = json.loads(reply.body)
    assert problem["status"] == 403
    return altcha.Challenge.from_dict(problem["challenge"]["challenge"])


def solved(challenge: Any) -> str:
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return str(altcha.Payload(challenge, solution).to_base64())


def driven(guard: Guard, user: str = "alice") -> Any:
    """Fail until a challenge is asked for; the challenge."""
    for _ in range(3):
        assert sign_in(guard, user, "wrong").status == 401
    return challenge_in(sign_in(guard, user, "wrong"))


def test_the_fourth_try_costs_a_solved_puzzle() -> None:
    guard, app, _ = started()
    answer = solved(driven(guard))
    assert len(app.tried) == 3
    assert sign_in(guard, "alice", RIGHT).status == 403, "the right password does not do without"
    assert sign_in(guard, "alice", RIGHT, answer).status == 200
    assert sign_in(guard, "alice", "typo").status == 401, "a success ends the asking"


def test_honest_people_never_see_it() -> None:
    guard, _, _ = started()
    for _ in range(20):
        assert sign_in(guard, "alice", "typo").status == 401
        assert sign_in(guard, "alice", RIGHT).status == 200


def test_an_answer_buys_one_try() -> None:
    guard, app, _ = started()
    answer = solved(driven(guard))
    assert sign_in(guard, "alice", "wrong", answer).status == 401
    assert sign_in(guard, "alice", "wrong", answer).status == 403
    assert len(app.tried) == 4


def test_an_answer_does_not_clear_strikes() -> None:
    guard, app, _ = started()
    answers = [solved(driven(guard))]
    for _ in range(5):
        assert sign_in(guard, "alice", "wrong", answers[-1]).status == 401
        answers.append(solved(challenge_in(sign_in(guard, "alice", "wrong"))))
    assert len(app.tried) == 8


def test_an_answer_for_another_operation_is_refused() -> None:
    guard, _, _ = started()
    answer = solved(driven(guard))
    assert sign_in(guard, "alice", RIGHT, answer, path="/admin/login").status == 403
    assert sign_in(guard, "alice", RIGHT, answer).status == 200


def test_a_stale_answer_is_refused() -> None:
    guard, _, clock = started()
    answer = solved(driven(guard))
    clock.seconds += 301
    assert sign_in(guard, "alice", RIGHT, answer).status == 403


def forged(answer: str, **parameters: Any) -> str:
    document = json.loads(base64.b64decode(answer))
    document["challenge"]["parameters"].update(parameters)
    return base64.b64encode(json.dumps(document).encode()).decode()


def test_forged_answers_are_refused() -> None:
    guard, app, _ = started()
    challenge = driven(guard)
    answer = solved(challenge)
    own = altcha.create_challenge("PBKDF2/SHA-256", 1, counter=1, hmac_secret="guess", hmac_key_secret="guess")
    document = json.loads(base64.b64decode(answer))
    unsolved = {**document, "solution": {"counter": 0, "derivedKey": "00" * 32}}
    unsigned = {**document, "challenge": {"parameters": document["challenge"]["parameters"]}}
    documents: list[Any] = [unsolved, unsigned, [], "x", 1, {}]
    encoded = [base64.b64encode(json.dumps(each).encode()).decode() for each in documents]
    bad = [
        "x", "=", "A" * 10_000, "e30=", base64.b64encode(b"\xff").decode(), base64.b64encode(b"[" * 5000).decode(), *encoded,
        solved(own), forged(answer, expiresAt=int(time.time()) + 9999), forged(answer, data={"for": "POST /x"}),
        forged(answer, keySignature=None), forged(answer, cost=10**9), forged(answer, nonce="00" * 16),
    ]  # fmt: skip
    for each in bad:
        assert sign_in(guard, "alice", RIGHT, each).status == 403, each
    assert len(app.tried) == 3
    assert sign_in(guard, "alice", RIGHT, answer).status == 200


def test_of_parallel_uses_of_an_answer_one_counts() -> None:
    guard, app, _ = started()
    answer = solved(driven(guard))

    async def at_once() -> list[int]:
        body = json.dumps({"username": "alice", "password": "wrong"}).encode()
        asked = [asking(guard, "/login", body, headers=(("x-captcha", answer),)) for _ in range(20)]
        return [each.status for each in await asyncio.gather(*asked)]

    assert sorted(asyncio.run(at_once())) == [401] + [403] * 19
    assert len(app.tried) == 4


def test_others_are_not_asked() -> None:
    guard, _, _ = started()
    driven(guard)
    assert sign_in(guard, "bob", RIGHT).status == 200
    assert sign_in(guard, "alice", RIGHT, peer="203.0.113.5").status == 200


def test_a_source_that_sprays_is_asked_whatever_the_account() -> None:
    guard, app, _ = started()
    statuses = [sign_in(guard, f"user{n}", "Winter2026!").status for n in range(40)]
    assert statuses == [401] * 30 + [403] * 10
    assert len(app.tried) == 30


def test_an_order_asks_everybody_until_it_ends() -> None:
    guard, _, clock = started()
    bans = guard.compiled.site.store.bans
    bans.order(Ban("challenge:login", clock() + 60, "a wave"))
    answer = solved(challenge_in(sign_in(guard, "alice", RIGHT)))
    assert sign_in(guard, "alice", RIGHT, answer).status == 200
    assert sign_in(guard, "x@x.example", RIGHT, path="/register").status != 403
    bans.order(Ban("challenge:*", clock() + 60, "a wave"))
    assert sign_in(guard, "x@x.example", RIGHT, path="/register").status == 403
    assert sign_in(guard, "x", "y", path="/items").status != 403
    clock.seconds += 61
    assert sign_in(guard, "alice", RIGHT).status == 200


def test_the_answer_does_not_reach_the_application() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guard = guarded(app, API, Clock(), only=ONLY, controls={"account.captcha-challenge": CHEAP})
    assert sign_in(guard, "alice", RIGHT, "anything").status == 200
    assert b"x-captcha" not in seen[0]


def test_the_answer_may_travel_in_the_body() -> None:
    guard, _, _ = started(**CHEAP, field="/captcha")
    answer = solved(driven(guard))
    assert sign_in(guard, "alice", RIGHT, captcha="nonsense").status == 403
    assert sign_in(guard, "alice", RIGHT, captcha=answer).status == 200


def test_without_keys_it_is_off() -> None:
    guard, app, _ = started(after=1)
    assert {sign_in(guard, "alice", "wrong").status for _ in range(10)} == {401}
    assert len(app.tried) == 10


def test_a_short_key_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="shorter than 32 bytes"):
        started(key=Secret("short"))


class Siteverify(BaseHTTPRequestHandler):
    """What Turnstile and hCaptcha say, as their references have it."""

    tokens: ClassVar[dict[str, dict[str, Any]]] = {}
    asked: ClassVar[list[dict[str, list[str]]]] = []
    broken = False

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        self.asked.append(form)
        found = self.tokens.get(form["response"][0], {"success": False, "error-codes": ["invalid-input-response"]})
        body = b"<html>" if type(self).broken else json.dumps(found).encode()
        self.send_response(500 if type(self).broken else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def siteverify() -> Iterator[str]:
    Siteverify.asked.clear()
    Siteverify.broken = False
    when = "2026-11-22T10:00:00Z"
    good = {"success": True, "challenge_ts": when, "hostname": "www.example.com", "action": "login", "error-codes": []}
    Siteverify.tokens = {
        **{f"good-{n}": good for n in range(4)},
        "other-host": {**good, "hostname": "evil.example"},
        "other-action": {**good, "action": "newsletter"},
        "truthy": {**good, "success": "true"},
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), Siteverify)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/siteverify"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def serviced(url: str, provider: str, **more: Any) -> tuple[Guard, App]:
    settings = {
        "provider": provider, "secret": Secret("s3cret"), "site_key": "0xSITE", "hostnames": ("www.example.com",), "url": url,
        **more,
    }  # fmt: skip
    app, clock = App(told, in_json), Clock()
    from ostiary.controls.account.captcha_challenge.guard import Settings  # noqa: PLC0415 - the settings of Python users

    controls = {"account.captcha-challenge": Settings(**settings)}
    return guarded(app, API, clock, only=ONLY, controls=controls, profile="development"), app


@pytest.mark.parametrize("provider", ["turnstile", "hcaptcha"])
def test_a_service_is_asked_and_its_answer_read(provider: str) -> None:
    with siteverify() as url:
        guard, app = serviced(url, provider, action="login" if provider == "turnstile" else "")
        for _ in range(3):
            sign_in(guard, "alice", "wrong")
        refused = sign_in(guard, "alice", "wrong")
        assert refused.status == 403
        told_of = json.loads(refused.body)["challenge"]
        assert (told_of["provider"], told_of["site-key"]) == (provider, "0xSITE")
        assert sign_in(guard, "alice", "wrong", "unknown").status == 403
        assert sign_in(guard, "alice", "wrong", "other-host").status == 403
        assert sign_in(guard, "alice", "wrong", "truthy").status == 403
        assert sign_in(guard, "alice", "wrong", "other-action").status == (403 if provider == "turnstile" else 401)
        assert sign_in(guard, "alice", "wrong", "good-0").status == 401
        asked = len(Siteverify.asked)
        assert sign_in(guard, "alice", RIGHT, "good-0").status == 403
        assert len(Siteverify.asked) == asked, "a used answer is not even shown to the service"
        assert sign_in(guard, "alice", RIGHT, "good-1").status == 200
        assert Siteverify.asked[-1]["secret"] == ["s3cret"]
        assert len(app.tried) == (5 if provider == "turnstile" else 6)


def test_made_up_answers_take_no_room_in_the_store() -> None:
    """Full of them it would refuse every captcha, every proof and every message for ten minutes."""
    with siteverify() as url:
        guard, _ = serviced(url, "turnstile")
        for _ in range(3):
            sign_in(guard, "alice", "wrong")
        once = guard.compiled.site.store.once
        assert [sign_in(guard, "alice", RIGHT, f"unknown-{n}").status for n in range(5)] == [403] * 5
        assert len(vars(once)["_used"]) == 0
        assert sign_in(guard, "alice", RIGHT, "good-3").status == 200
        assert len(vars(once)["_used"]) == 1


def test_a_service_that_is_down_lets_nobody_through() -> None:
    with siteverify() as url:
        guard, app = serviced(url, "turnstile")
        for _ in range(3):
            sign_in(guard, "alice", "wrong")
        Siteverify.broken = True
        assert sign_in(guard, "alice", RIGHT, "good-2").status == 503
    assert sign_in(guard, "alice", RIGHT, "good-3").status == 503
    assert len(app.tried) == 3


@pytest.mark.parametrize(
    ("provider", "secret", "site"),
    [
        ("turnstile", "1x0000000000000000000000000000000AA", "0x4AAAAAAADnPIDROrmt1Wwj"),
        ("turnstile", "2x0000000000000000000000000000000AA", "0x4AAAAAAADnPIDROrmt1Wwj"),
        ("turnstile", "a real one", "1x00000000000000000000AA"),
        ("turnstile", "a real one", "3x00000000000000000000FF"),
        ("hcaptcha", "0x0000000000000000000000000000000000000000", "a real one"),
        ("hcaptcha", "a real one", "10000000-ffff-ffff-ffff-000000000001"),
    ],
)
def test_keys_for_tests_do_not_serve_in_production(provider: str, secret: str, site: str) -> None:
    settings = {"provider": provider, "secret": Secret(secret), "site-key": site, "hostnames": ("a.example",)}
    with pytest.raises(ConfigError, match="published for tests"):
        guarded(App(told, in_json), API, Clock(), only=ONLY, controls={"account.captcha-challenge": settings})


@pytest.mark.parametrize("missing", ["secret", "site-key", "hostnames"])
def test_a_service_without_its_settings_is_a_mistake(missing: str) -> None:
    settings: dict[str, Any] = {
        "provider": "turnstile", "secret": Secret("s"), "site-key": "k", "hostnames": ["a.example"],
    }  # fmt: skip
    del settings[missing]
    with pytest.raises(ConfigError):
        guarded(App(told, in_json), API, Clock(), only=ONLY, controls={"account.captcha-challenge": settings})
