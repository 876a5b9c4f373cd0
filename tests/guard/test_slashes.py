"""A path that is declared with a slash more or less at its end is redirected there; nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges import api_of, ask, compiled, exchange, head
from ostiary.guard.site import Compiled

OK = {"responses": {"200": {"description": "x"}}}
API = api_of({"/items/": {"get": OK, "post": OK}, "/items/{id}": {"get": OK}, "/users": {"get": OK}, "/": {"get": OK}})


@pytest.fixture(name="policy", scope="module")
def _policy() -> Compiled:
    return compiled(API, controls={"access.throttling": {"requests": 100_000, "burst": 100_000}})


@pytest.mark.parametrize(
    ("method", "target", "location"),
    [
        ("GET", "/items", "/items/"),
        ("HEAD", "/items", "/items/"),
        ("POST", "/items", "/items/"),
        ("GET", "/items?limit=2&q=a%20b", "/items/?limit=2&q=a%20b"),
        ("GET", "/users/", "/users"),
        ("GET", "/items/7/", "/items/7"),
    ],
)
def test_the_other_spelling_is_where_it_leads(policy: Compiled, method: str, target: str, location: str) -> None:
    reply = ask(policy, exchange(method, target))
    assert reply is not None
    assert (reply.status, head(reply, "location")) == (308, location)
    assert head(reply, "x-content-type-options") == "nosniff"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("DELETE", "/items"),  # not declared there either
        ("GET", "/nothing/"),
        ("GET", "//users/"),
        ("GET", "//evil.example/"),
        ("GET", "/users//"),
    ],
)
def test_other_paths_stay_unknown(policy: Compiled, method: str, target: str) -> None:
    reply = ask(policy, exchange(method, target))
    assert reply is not None
    assert reply.status == 404


def test_a_stranger_learns_no_more_than_before(policy: Compiled) -> None:
    reply = ask(policy, exchange("GET", "/items", [("host", "evil.example")]))
    assert reply is not None
    assert reply.status == 421


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/items?access_token=abc", [], 400),
        ("/items", [("authorization", "Basic eDp5")], 401),
    ],
)
def test_a_burnt_or_unwelcome_credential_is_refused_and_not_repeated(
    policy: Compiled, target: str, headers: list[tuple[str, str]], status: int
) -> None:
    reply = ask(policy, exchange("GET", target, headers))
    assert reply is not None
    assert reply.status == status
    assert head(reply, "location") is None


@pytest.mark.parametrize("rest", [{"mode": "monitor"}, {"off": {"beyond.api-inventory": "the app serves pages too"}}])
def test_where_unknown_paths_reach_the_application_it_redirects_as_it_likes(rest: dict[str, Any]) -> None:
    assert ask(compiled(API, **rest), exchange("GET", "/items")) is None
