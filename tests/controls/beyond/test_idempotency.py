from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, head, through
from inside import replying
from ostiary.config import Config, Override
from ostiary.errors import ConfigError
from ostiary.evidence import Asked
from ostiary.guard.app import Guard
from ostiary.model import Api, Exchange, Principal, Reply
from ostiary.store.opening import open_store
from ostiary.store.ports import Begun

ID = "beyond.idempotency"
JSON = ("content-type", "application/json")
KEY = ("Idempotency-Key", "5f1c")


def document(*, declared: bool = True) -> Api:
    parameters = [{"name": "idempotency-key", "in": "header", "schema": {"type": "string"}}] if declared else []
    order: Any = {"requestBody": {"content": {"application/json": {}}}, "responses": {}, "parameters": parameters}
    schemes = {"s": {"type": "apiKey", "in": "cookie", "name": "sid"}}
    return api_of(
        {"/orders": {"post": order, "get": {"responses": {}}}, "/refunds": {"post": order}},
        components={"securitySchemes": schemes},
    )


class Counting:
    """An application that counts what it does."""

    def __init__(self, status: int = 201) -> None:
        self.done = 0
        self.status = status

    def __call__(self, asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        self.done += 1
        headers = [
            JSON,
            ("location", f"/orders/{self.done}"),
            ("set-cookie", "sid=1"),
            ("date", "now"),
            ("x-trace", "t"),
        ]
        return self.status, headers, b'{"order": %d}' % self.done


def guarded(app: Counting, *, declared: bool = True, **settings: Any) -> Guard:
    config = Config(only=(ID, "output.nosniff"), controls={ID: settings})
    return Guard(replying(app), config, api=document(declared=declared))


def post(
    *headers: tuple[str, str], body: bytes = b'{"n": 1}', target: str = "/orders", peer: str = "192.0.2.7"
) -> Exchange:
    return exchange("POST", target, [JSON, *headers], body, peer=peer)


def test_a_repetition_is_answered_with_what_was_said_then() -> None:
    app = Counting()
    guard = guarded(app)
    first, second = through(guard, post(KEY)), through(guard, post(KEY))
    assert (first.status, first.body) == (second.status, second.body) == (201, b'{"order": 1}')
    assert head(second, "location") == "/orders/1"
    assert head(second, "x-trace") == "t"
    assert head(second, "idempotent-replayed") == "true"
    assert head(first, "idempotent-replayed") is None
    assert (head(first, "set-cookie"), head(second, "set-cookie"), head(second, "date")) == ("sid=1", None, None)
    assert [value for name, value in second.headers if name == b"x-content-type-options"] == [b"nosniff"]
    assert [value for name, value in second.headers if name == b"content-length"] == [b"12"]
    assert app.done == 1


def test_another_request_under_the_same_key_is_refused() -> None:
    app = Counting()
    guard = guarded(app)
    assert through(guard, post(KEY)).status == 201
    assert through(guard, post(KEY, body=b'{"n": 2}')).status == 422
    assert through(guard, post(KEY, target="/orders?dry=1")).status == 422
    assert through(guard, post(KEY, target="/refunds")).status == 201  # another operation, another key
    assert through(guard, post(("Idempotency-Key", "other"))).status == 201
    assert app.done == 3


def test_a_key_belongs_to_its_caller() -> None:
    app = Counting()
    guard = guarded(app)
    callers: list[tuple[tuple[tuple[str, str], ...], str]] = [
        ((), "192.0.2.7"), ((), "192.0.2.8"), ((("authorization", "Bearer a"),), "192.0.2.7"), ((("authorization", "Bearer b"),), "192.0.2.7"),
        ((("x-api-key", "a"),), "192.0.2.7"), ((("cookie", "sid=a; x=1"),), "192.0.2.7"), ((("cookie", "sid=b"),), "192.0.2.7"),
    ]  # fmt: skip
    for headers, peer in callers:
        assert head(through(guard, post(KEY, *headers, peer=peer)), "idempotent-replayed") is None, (headers, peer)
    assert app.done == len(callers)
    again = through(guard, post(KEY, ("cookie", "x=2; sid=a"), peer="192.0.2.99"))
    assert (again.body, app.done) == (b'{"order": 6}', len(callers))


def test_a_verified_caller_is_known_by_name_whatever_the_token() -> None:
    policy = compiled(document(), only=[ID])

    def asked(subject: str, token: str) -> Reply | None:
        made = post(KEY, ("authorization", token))
        made.principal = Principal(subject=subject, issuer="i", identity=f"i|{subject}")
        refusal = ask(policy, made)
        if refusal is None:
            answer(policy, made, 201, [JSON], b"{}")
        made.end()
        return refusal

    assert asked("ann", "Bearer one") is None
    renewed = asked("ann", "Bearer two")
    assert renewed is not None
    assert renewed.status == 201
    assert asked("bob", "Bearer one") is None


def test_while_one_runs_its_repetition_is_told_to_wait() -> None:
    policy = compiled(document(), only=[ID])
    first = post(KEY)
    assert ask(policy, first) is None
    busy = ask(policy, post(KEY))
    assert busy is not None
    assert (busy.status, head(busy, "retry-after")) == (409, "1")
    first.end()  # the application never answered: another try is allowed
    assert ask(policy, post(KEY)) is None


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403, 404, 409])
def test_what_may_succeed_at_the_next_try_is_not_frozen(status: int) -> None:
    app = Counting(status)
    guard = guarded(app)
    assert [through(guard, post(KEY)).status for _ in range(2)] == [status, status]
    assert app.done == 2


@pytest.mark.parametrize("status", [200, 202, 204, 303, 400, 422])
def test_what_is_final_is_kept(status: int) -> None:
    app = Counting(status)
    guard = guarded(app)
    assert [through(guard, post(KEY)).status for _ in range(2)] == [status, status]
    assert app.done == 1


def test_the_key_can_be_demanded() -> None:
    app = Counting()
    guard = guarded(app, declared=False, demand=True)
    assert through(guard, post()).status == 400
    assert through(guard, post(("Idempotency-Key", ""))).status == 400
    assert through(guard, post(("Idempotency-Key", "a b"))).status == 400
    assert through(guard, post(KEY, KEY)).status == 400
    assert through(guard, post(("Idempotency-Key", "k" * 256))).status == 400
    assert (
        through(guard, exchange("POST", "/orders", [KEY, ("content-type", "application/octet-stream")], b"x")).status
        == 415
    )
    assert through(guard, exchange("GET", "/orders")).status == 201
    assert app.done == 1
    assert through(guard, post(("Idempotency-Key", '"quoted, as the draft has it"'.replace(" ", "-")))).status == 201


def test_a_key_that_nobody_declared_means_nothing_unless_it_should() -> None:
    for settings, runs in (({}, 2), ({"honour": "always"}, 1), ({"honour": "never"}, 2)):
        app = Counting()
        guard = guarded(app, declared=False, **settings)
        assert [through(guard, post(KEY)).status for _ in range(2)] == [201, 201]
        assert app.done == runs, settings
    app = Counting()
    assert [through(guarded(app), post()).status for _ in range(2)] == [201, 201]
    assert app.done == 2


def test_a_reply_that_is_too_large_or_streams_is_not_kept() -> None:
    app = Counting()
    guard = guarded(app, largest="4B")
    assert [through(guard, post(KEY)).body for _ in range(2)] == [b'{"order": 1}', b'{"order": 2}']
    policy = compiled(document(), only=[ID])
    for _ in range(2):
        made = post(KEY)
        assert ask(policy, made) is None
        made.status, made.reply_headers = 200, [(b"content-type", b"text/event-stream")]
        plan, _nothing = policy.route(made)
        assert plan.leave(made) is None  # as a host does with a stream: its body is never held
        made.end()


def test_a_reply_that_was_refused_on_its_way_out_is_not_given_again() -> None:
    app = Counting(302)

    def leading(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        app.done += 1
        return 302, [("location", "https://evil.example")], b""

    config = Config(only=(ID, "account.no-open-redirect"))
    guard = Guard(replying(leading), config, api=document())
    body = b'{"next": "https://evil.example"}'
    for _ in range(2):
        reply = through(guard, post(KEY, body=body))
        assert (reply.status, head(reply, "location")) == (400, None)
    assert app.done == 2


def test_only_the_named_operation_demands_it() -> None:
    app = Counting()
    config = Config(only=(ID,), operations={"POST /orders": Override(controls={ID: {"demand": True}})})
    guard = Guard(replying(app), config, api=document(declared=False))
    assert through(guard, post()).status == 400
    assert through(guard, post(target="/refunds")).status == 201


def test_a_header_that_is_none_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="header"):
        compiled(document(), only=[ID], controls={ID: {"demand": True, "header": "a b"}})


class Remote:
    """Replies that have to be asked for, as those of a store elsewhere."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def begin(self, *given: Any) -> Awaitable[Begun]:
        async def wait() -> Begun:
            await asyncio.sleep(0)
            found: Begun = self._inner.begin(*given)
            return found

        return wait()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_state_elsewhere_answers_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*given: Any, **more: Any) -> Any:
        store: Any = open_store(*given, **more)
        store.replies = Remote(store.replies)
        return store

    monkeypatch.setattr("ostiary.guard.site.open_store", opened)
    app = Counting()
    guard = guarded(app)
    assert [through(guard, post(KEY)).body for _ in range(2)] == [b'{"order": 1}'] * 2
    assert through(guard, post(KEY, body=b"{}")).status == 422
    assert app.done == 1


@pytest.mark.parametrize("name", ["cookie", "x-auth-token"])
def test_sessions_that_the_document_does_not_declare_are_told_apart(name: str) -> None:
    """Two users behind one address, and the same key: neither is given the other's reply."""
    app = Counting()
    guard = guarded(app)
    tokens = ["connect.sid=s%3A" + letter * 24 if name == "cookie" else letter * 24 for letter in "ab"]
    first, other = (through(guard, post(KEY, (name, each))) for each in tokens)
    again = through(guard, post(KEY, (name, tokens[0]), peer="192.0.2.99"))
    assert (first.body, other.body, again.body) == (b'{"order": 1}', b'{"order": 2}', b'{"order": 1}')
