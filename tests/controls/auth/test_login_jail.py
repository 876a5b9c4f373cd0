"""Guessing passwords at logins that others wrote."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from exchanges import api_of, head
from logins import (
    FOREIGN,
    JSON,
    LOGIN_CONTROLS,
    RIGHT,
    App,
    Clock,
    Sample,
    as_json,
    ask,
    asking,
    guarded,
    in_form,
    in_json,
)
from ostiary.config import Config, Override
from ostiary.errors import ConfigError, StoreError
from ostiary.guard.app import Guard
from ostiary.model import Reply
from ostiary.parts.attempts import account_digest
from ostiary.parts.attempts_prisoners import freed, listed

ONLY = ("auth.login-jail", "beyond.host-and-proxy-trust")


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_login_is_watched_by_its_replies(name: str) -> None:
    sample = FOREIGN[name]
    app = sample.app()
    guard = guarded(app, sample.api(), Clock(), only=ONLY)
    first = [ask(guard, sample, "alice", f"guess {n}") for n in range(8)]
    assert [each.status == 429 for each in first] == [False] * 5 + [True] * 3
    assert len(app.tried) == 5
    assert head(first[-1], "retry-after") == "60"
    right = ask(guard, sample, "alice", RIGHT)
    assert right.status == 429, "the right password tells nothing while jailed"
    assert len(app.tried) == 5


@pytest.mark.parametrize("name", FOREIGN)
def test_who_signs_in_at_a_foreign_login_is_never_held_up(name: str) -> None:
    sample = FOREIGN[name]
    app = sample.app()
    guard = guarded(app, sample.api(), Clock(), only=ONLY)
    statuses = {ask(guard, sample, "alice", RIGHT).status for _ in range(40)}
    assert statuses <= {200, 302}
    for _ in range(4):
        ask(guard, sample, "alice", "typo")
    assert ask(guard, sample, "alice", RIGHT).status in {200, 302}
    for _ in range(4):  # the success cleared the strikes
        assert ask(guard, sample, "alice", "typo").status != 429


VAMPI = FOREIGN["vampi"]


def started(only: tuple[str, ...] = ONLY, sample: Sample = VAMPI, **config: Any) -> tuple[Guard, App, Clock]:
    app, clock = sample.app(), Clock()
    return guarded(app, sample.api(), clock, only=only, **config), app, clock


def posted(guard: Guard, path: str, document: Any, *, peer: str = "192.0.2.7", **more: Any) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return asyncio.run(asking(guard, path, body, peer=peer, **more))


def test_one_password_for_many_accounts_jails_the_source() -> None:
    guard, app, _ = started()
    statuses = [ask(guard, VAMPI, f"user{n}", "Winter2026!").status for n in range(80)]
    assert statuses == [200] * 50 + [429] * 30
    assert ask(guard, VAMPI, "bob", RIGHT).status == 429, "jailed as a whole"
    assert ask(guard, VAMPI, "bob", RIGHT, peer="192.0.2.8").status == 200
    assert len(app.tried) == 51


def test_an_ipv6_customer_is_one_source() -> None:
    guard, app, _ = started()
    for n in range(80):
        ask(guard, VAMPI, f"user{n}", "Winter2026!", peer=f"2001:db8:1:2:{n:x}::{n:x}")
    assert len(app.tried) == 50
    assert ask(guard, VAMPI, "bob", RIGHT, peer="2001:db8:1:3::1").status == 200


def test_a_forwarded_address_that_nobody_vouches_for_changes_nothing() -> None:
    guard, app, _ = started()
    for n in range(20):
        forwarded = (
            ("x-forwarded-for", f"203.0.113.{n}"),
            ("forwarded", f"for=203.0.113.{n}"),
            ("x-real-ip", f"203.0.113.{n}"),
        )
        posted(guard, VAMPI.path, {"username": "alice", "password": f"{n}"}, headers=forwarded)
    assert len(app.tried) == 5


def test_terms_grow_end_and_are_forgotten() -> None:
    guard, _, clock = started()
    waits = []
    for _ in range(6):
        for n in range(5):
            assert ask(guard, VAMPI, "alice", f"{n}").status == 200
        waits.append(int(head(ask(guard, VAMPI, "alice", "x"), "retry-after") or 0))
        clock.seconds += waits[-1]
    assert waits == [60, 300, 900, 3600, 86400, 86400]
    clock.seconds += 86400.0
    for n in range(5):
        ask(guard, VAMPI, "alice", f"{n}")
    assert head(ask(guard, VAMPI, "alice", "x"), "retry-after") == "60"


def test_signing_in_to_an_account_of_ones_own_between_guesses_helps_nothing() -> None:
    guard, _app, _ = started()
    tested = 0
    for n in range(200):
        tested += ask(guard, VAMPI, f"victim{n % 40}", f"guess {n}").status == 200
        ask(guard, VAMPI, "mallory", RIGHT)
    assert tested == 50, "the source pays for every failure, his own success takes none back"


def test_a_victim_with_a_known_good_source_is_not_locked_out_with_the_source() -> None:
    guard, _, _ = started()
    assert ask(guard, VAMPI, "alice", RIGHT).status == 200  # behind the same carrier as the attacker
    for n in range(60):
        ask(guard, VAMPI, f"user{n}", "Winter2026!")
    assert ask(guard, VAMPI, "bob", RIGHT).status == 429
    assert ask(guard, VAMPI, "alice", RIGHT).status == 200
    for n in range(5):
        assert ask(guard, VAMPI, "alice", f"{n}").status == 200
    assert ask(guard, VAMPI, "alice", RIGHT).status == 429, "and she has as many tries as anybody"


@pytest.mark.parametrize(
    "spelling",
    [
        "ALICE",
        " alice ",
        "\uff21\uff4c\uff49\uff43\uff45",
        "alicé",
        "ali\u00adce",
        "al\u200bice",
        "alice\u0000",
        "ALICE\t",
    ],
)
def test_a_spelling_brings_no_new_tries(spelling: str) -> None:
    guard, app, _ = started()
    for n in range(5):
        posted(guard, VAMPI.path, {"username": "alice", "password": f"{n}"})
    assert posted(guard, VAMPI.path, {"username": spelling, "password": "x"}).status == 429
    assert posted(guard, VAMPI.path, {"username": "alice.b", "password": "x"}).status == 200
    assert posted(guard, VAMPI.path, {"username": "alice+b", "password": "x"}).status == 200
    assert len(app.tried) == 7


def test_a_jailed_account_that_does_not_exist_answers_the_same() -> None:
    guard, _, _ = started()
    refused = []
    for name in ("alice", "nobody-of-that-name"):
        for n in range(5):
            ask(guard, VAMPI, name, f"{n}")
        refused.append(ask(guard, VAMPI, name, "x"))
    first, second = ([pair for pair in each.headers if pair[0] != b"date"] for each in refused)
    assert first == second
    plain = [json.loads(each.body) | {"instance": ""} for each in refused]
    assert plain[0] == plain[1]


def test_decoys_beside_the_account_clear_nobody_and_vouch_for_nobody() -> None:
    guard, _app, _ = started()
    for n in range(4):
        posted(guard, VAMPI.path, {"username": "alice", "password": f"{n}"})
    mixed = {"username": "mallory", "email": "alice", "password": RIGHT}
    assert posted(guard, VAMPI.path, mixed).status == 200
    assert posted(guard, VAMPI.path, {"username": "alice", "password": "4"}).status == 200
    assert posted(guard, VAMPI.path, {"username": "alice", "password": "5"}).status == 429
    for n in range(60):
        posted(guard, VAMPI.path, {"username": f"u{n}", "password": "x"})
    assert posted(guard, VAMPI.path, {"username": "mallory", "password": RIGHT}).status == 429


@pytest.mark.parametrize(
    "document",
    [
        [{"username": "alice", "password": f"{n}"} for n in range(100)],
        {"batch": [{"username": "alice", "password": f"{n}"} for n in range(100)]},
        {"username": "alice", "password": [f"{n}" for n in range(100)]},
        {"username": [f"user{n}" for n in range(100)], "password": "Winter2026!"},
        {"username": "alice", "password": {"$in": ["a", "b", "c"]}},
        b"username=alice&password=a&password=b&username=bob",
    ],
)  # fmt: skip
def test_many_guesses_in_one_request_are_refused(document: Any) -> None:
    guard, app, _ = started()
    media = "application/x-www-form-urlencoded" if isinstance(document, bytes) else "application/json"
    assert posted(guard, VAMPI.path, document, media=media).status == 400
    assert app.tried == []


@pytest.mark.parametrize("document", [{"password": "x"}, {"username": None, "password": "x"}, {"username": True}, {}])
def test_who_names_no_account_is_counted_by_source(document: Any) -> None:
    guard, app, _ = started()
    statuses = [posted(guard, VAMPI.path, document).status for _ in range(60)]
    assert statuses == [200] * 50 + [429] * 10
    assert len(app.tried) == 50


def test_a_body_that_hides_behind_another_type_is_counted() -> None:
    guard, app, _ = started()
    for n in range(20):
        posted(guard, VAMPI.path, {"username": "alice", "password": f"{n}"}, media="text/plain")
    assert len(app.tried) == 5


def test_the_application_s_own_trouble_is_nobody_s_failure() -> None:
    sample = VAMPI._replace(told=lambda right: (503, {"content-type": "text/plain"}, b"down"))
    guard, app, _ = started(sample=sample)
    assert {ask(guard, sample, "alice", "x").status for _ in range(60)} == {503}
    assert len(app.tried) == 60


@pytest.mark.parametrize(("status", "reached"), [(401, 5), (200, 5), (503, 20), (415, 20)])
def test_a_reply_that_the_policy_refuses_has_told_something_all_the_same(status: int, reached: int) -> None:
    sample = VAMPI._replace(told=lambda right: (status, {"content-type": "text/html", "content-length": "0"}, b""))
    described = sample.api()
    replies = {"200": {"description": "in", "content": {"application/json": {}}}}
    document = {**described.document["paths"][sample.path]["post"], "responses": replies}
    app, clock = sample.app(), Clock()
    guard = guarded(app, api_of({sample.path: {"post": document}}), clock, only=(*ONLY, "output.content-type-forced"))
    for n in range(20):
        ask(guard, sample, "alice", f"{n}")
    assert len(app.tried) == reached


def test_whoever_hangs_up_has_guessed() -> None:
    app, clock = VAMPI.app(), Clock()
    app.delay = 30.0
    guard = guarded(app, VAMPI.api(), clock, only=ONLY)

    async def hang_up() -> None:
        body = VAMPI.body("alice", "x")
        asked = [asyncio.ensure_future(asking(guard, VAMPI.path, body)) for _ in range(5)]
        await asyncio.sleep(0.05)
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(hang_up())
    assert len(app.tried) == 5
    app.delay = 0.0
    assert ask(guard, VAMPI, "alice", RIGHT).status == 429


class Down:
    """State that cannot be reached."""

    def attempt(self, attempt: Any) -> Any:
        raise StoreError("the store is down")


class SlowlyDown:
    """The same, after some waiting."""

    def attempt(self, attempt: Any) -> Any:
        async def ask() -> float:
            await asyncio.sleep(0)
            raise StoreError("the store is down")

        return ask()


@pytest.mark.parametrize("strikes", [Down(), SlowlyDown()])
def test_without_its_state_nobody_is_let_in(strikes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.store.memory.MemoryStrikes", lambda **_: strikes)
    guard, app, _ = started()
    assert ask(guard, VAMPI, "alice", RIGHT).status == 503
    assert app.tried == []


def token_request(guard: Guard, path: str, peer: str = "192.0.2.7", **form: str) -> Reply:
    return posted(guard, path, urlencode(form).encode(), media="application/x-www-form-urlencoded", peer=peer)


KEYCLOAK = FOREIGN["keycloak"]


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"error": "invalid_client"}, True),
        (400, {"error": "invalid_grant"}, False),
        (400, {"error": "authorization_pending"}, False),
        (200, {"access_token": "abcdefgh"}, False),
    ],
)
def test_a_client_is_counted_when_it_was_its_secret_that_was_wrong(answer: tuple[int, Any, bool]) -> None:
    status, document, counts = answer
    app = App(lambda right: as_json(status, document), in_form)
    guard = guarded(app, KEYCLOAK.api(), Clock(), only=LOGIN_CONTROLS)
    form = {"grant_type": "client_credentials", "client_id": "shop", "client_secret": "x"}
    for n in range(150):
        token_request(guard, KEYCLOAK.path, peer=f"198.51.100.{n}", **form)
    assert len(app.tried) == (100 if counts else 150)


def test_a_public_client_s_expired_tokens_are_no_guesses() -> None:
    app = App(lambda right: as_json(400, {"error": "invalid_grant"}), in_form)
    guard = guarded(app, KEYCLOAK.api(), Clock(), only=LOGIN_CONTROLS)
    for _ in range(200):
        token_request(guard, KEYCLOAK.path, grant_type="refresh_token", client_id="spa", refresh_token="old")
    assert len(app.tried) == 200


def test_a_grant_type_does_not_hide_a_password() -> None:
    guard, app, _ = started(sample=KEYCLOAK)
    for n in range(20):
        token_request(guard, KEYCLOAK.path, grant_type="refresh_token", username="alice", password=f"{n}")
    assert len(app.tried) == 5


def test_the_policy_says_where_the_account_is_and_what_failure_looks_like() -> None:
    sample = Sample("/enter", (), JSON, in_json, lambda right: as_json(200, {"verdict": 0 if right else 7}))
    app, clock = sample.app(), Clock()
    settings = {"account": "/who/id", "failure": [{"status": [200], "body": "/verdict != 0"}]}
    override = Override(role="login", controls={"auth.login-jail": settings})
    guard = guarded(app, sample.api(), clock, only=ONLY, operations={"POST /enter": override})
    for n in range(20):
        posted(guard, "/enter", {"who": {"id": 17}, "password": f"{n}"})
    assert len(app.tried) == 5
    assert posted(guard, "/enter", {"who": {"id": 18}, "password": "x"}).status == 200


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"account": "user.email"}, "is no place in a request"),
        ({"failure": [{}]}, "fits every reply"),
        ({"failure": [{"body": "error"}]}, "asks nothing of a body"),
        ({"failure": [{"body": "/status == fail"}]}, "is not a JSON value"),
        ({"terms": []}, "would hold nobody"),
        ({"terms": ["5m", "1m"]}, "do not grow"),
        ({"tries": 101}, "tries"),
    ],
)
def test_settings_that_cannot_work_are_said_at_start(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        started(controls={"auth.login-jail": settings})


def test_accounts_are_kept_as_digests_and_freed_by_name() -> None:
    guard, _, _ = started(only=LOGIN_CONTROLS)
    for n in range(6):
        ask(guard, VAMPI, "alice", f"{n}")
        ask(guard, VAMPI, "bob", f"{n}")
    store = guard.compiled.site.store
    found = asyncio.run(listed(store, {}))["prisoners"]
    assert {each["kind"] for each in found} == {"jail:pair", "retry:account", "retry:pair"}
    assert "alice" not in json.dumps(found)
    assert {each["source"] for each in found if each["kind"] == "jail:pair"} == {"192.0.2.7"}
    assert asyncio.run(freed(store, {"digests": account_digest("Alice")})) == {"freed": 3}
    assert ask(guard, VAMPI, "alice", RIGHT).status == 200
    assert ask(guard, VAMPI, "bob", RIGHT).status == 429
    assert asyncio.run(freed(store, {"source": "192.0.2.7"})) == {"freed": 2}
    assert asyncio.run(freed(store, {"all": True})) == {"freed": 1}
    assert ask(guard, VAMPI, "bob", RIGHT).status == 200
    with pytest.raises(ConfigError, match="who is to be freed"):
        asyncio.run(freed(store, {}))


def test_freeing_a_source_frees_no_other_that_begins_alike() -> None:
    guard, _, _ = started()
    for peer in ("192.0.2.1", "192.0.2.10"):
        for n in range(55):
            ask(guard, VAMPI, f"user{n}", "x", peer=peer)
    store = guard.compiled.site.store
    assert asyncio.run(freed(store, {"source": "192.0.2.1"})) == {"freed": 1}
    assert ask(guard, VAMPI, "bob", RIGHT, peer="192.0.2.10").status == 429
    assert ask(guard, VAMPI, "bob", RIGHT, peer="192.0.2.1").status == 200


def test_watching_only_refuses_nothing() -> None:
    guard, app, _ = started(mode="monitor")
    assert {ask(guard, VAMPI, "alice", f"{n}").status for n in range(20)} == {200}
    assert len(app.tried) == 20


def test_parallel_guesses_test_no_more_than_the_tries() -> None:
    app, clock = VAMPI.app(), Clock()
    app.delay = 0.05
    guard = guarded(app, VAMPI.api(), clock, only=ONLY)

    async def at_once() -> list[int]:
        asked = [asking(guard, VAMPI.path, VAMPI.body("alice", f"{n}")) for n in range(50)]
        return [each.status for each in await asyncio.gather(*asked)]

    assert sorted(asyncio.run(at_once())) == [200] * 5 + [429] * 45
    assert len(app.tried) == 5


def fastapi_app() -> Any:
    """As FastAPI's own tutorial and template have it."""
    from fastapi import Depends, FastAPI, HTTPException  # noqa: PLC0415 - for this test alone
    from fastapi.security import OAuth2PasswordRequestForm  # noqa: PLC0415 - as above

    app = FastAPI()
    form = Depends(OAuth2PasswordRequestForm)  # names in annotations are not found inside a function

    @app.post("/api/v1/login/access-token")
    async def login(form: Any = form) -> dict[str, str]:
        if (form.username, form.password) != ("alice", RIGHT):
            raise HTTPException(400, "Incorrect email or password")
        return {"access_token": "abcdefghijkl", "token_type": "bearer"}

    @app.post("/api/v1/login/history")
    async def history() -> list[str]:
        raise HTTPException(400, "no such filter")

    return app


def test_a_real_fastapi_login_is_recognised_and_watched() -> None:
    app = fastapi_app()
    only = (*LOGIN_CONTROLS, "input.content-type-415")
    hosts = {"beyond.host-and-proxy-trust": {"hosts": ["api.test"]}}
    guard = Guard(app, Config(only=only, controls=hosts))

    def sign_in(password: str) -> int:
        return token_request(
            guard, "/api/v1/login/access-token", grant_type="password", username="alice", password=password
        ).status

    assert [sign_in(RIGHT) for _ in range(10)] == [200] * 10
    assert [sign_in("wrong") for _ in range(7)] == [400] * 5 + [429] * 2
    assert sign_in(RIGHT) == 429
    assert {posted(guard, "/api/v1/login/history", {}).status for _ in range(60)} == {400}
