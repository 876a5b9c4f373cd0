"""What an audit costs, and what it leaves behind: requests for each operation, small budgets, repeats, the owner's things."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

from loop import stage
from ostiary.audit.report.json import plain
from ostiary.audit.result import Report
from ostiary.audit.run import audit
from ostiary.demo import annex, passes
from ostiary.demo.customers import ALICE, BOB
from ostiary.demo.loop import bundled, shop
from ostiary.parts.accounts import Account, Told

MOST_EACH = 30  # requests for an operation, in the default profile
OPERATIONS = 50  # of a middling API, at least
SMALL = 300
FIRST = frozenset({"identity", "authorization"})
# What is asked of who calls and what they may, but is a matter of caches: last of its stage, and may go short.
CACHES = frozenset({"input.gateway-caching"})
# Timed switches have tests of their own: on a busy machine they make seconds minutes, and times differ.
TIMED = frozenset({"processing.async-heavy-work", "input.rate-concurrency", "jwt.access-ttl-short/month"})
PASSWORD = "a-kettle-and-two-cups"
FLAT = 1.5  # times the memory of a plan for a tenth of the operations


def audited(faults: frozenset[str], *, budget: int | None = None, seed: int | None = None) -> Report:
    with stage.serving(annex.make(faults), nameless=True) as port:
        return asyncio.run(audit(f"http://127.0.0.1:{port}", budget=budget, seed=seed))


def first(report: Report) -> set[str]:
    return {each.id for each in report.failures if each.stage in FIRST} - CACHES


def findings(report: Report) -> list[tuple[Any, ...]]:
    keys = ("id", "outcome", "severity", "confidence", "why")
    said = plain(report)["controls"]
    return [(*(each[key] for key in keys), *each["places"]) for each in said if each["outcome"] == "FAIL"]


FAULTS = frozenset(annex.FAULTS) - TIMED


@pytest.mark.live  # some seconds each
def test_fifty_operations_cost_thirty_requests_each_at_most() -> None:
    for faults in (frozenset[str](), FAULTS):
        report = audited(faults)
        assert report.operations >= OPERATIONS
        assert report.used <= MOST_EACH * report.operations
        assert not report.unreached


@pytest.mark.live
def test_three_hundred_requests_find_who_calls_and_what_they_may() -> None:
    small, whole = audited(FAULTS, budget=SMALL), audited(FAULTS, budget=20_000)
    assert len(first(whole)) >= 10
    assert first(small) >= first(whole)
    assert small.used - small.cleaning <= SMALL


@pytest.mark.live
@pytest.mark.parametrize("seed", [7, None], ids=["of-the-same-seed", "of-any-seed"])
def test_five_repeats_find_the_same(seed: int | None) -> None:
    runs = [findings(audited(FAULTS, seed=seed)) for _ in range(5)]
    assert len(runs[0]) >= 20
    for each in runs[1:]:  # growth of time is not told from other work on a busy machine
        assert [found for found in each if found[0] != "beyond.redos"] == [
            found for found in runs[0] if found[0] != "beyond.redos"
        ]


def ask(method: str, url: str, token: str = "", value: Any = None) -> Any:
    headers = {"accept": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    data = None if value is None else json.dumps(value).encode()
    if data is not None:
        headers["content-type"] = "application/json"
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=10) as reply:
        body = reply.read()
    return json.loads(body) if body else None


def member(url: str, name: str) -> str:
    """Somebody with two notes, who has signed in; the token."""
    given = {"username": name, "password": PASSWORD}
    ask("POST", f"{url}/register", value={**given, "email": f"{name}@annex.example"})
    token: str = ask("POST", f"{url}/login", value=given)["access_token"]
    for text in ("first", "second"):
        ask("POST", f"{url}/notes", token, {"title": f"{name}'s {text}", "text": "as it was"})
    return token


def standing(things: Any) -> dict[str, Any]:
    return {each["id"]: each for each in things}


@pytest.mark.live
@pytest.mark.parametrize("faults", [frozenset[str](), FAULTS], ids=["sound", "faulty"])
def test_the_owners_of_the_annex_keep_what_they_had(faults: frozenset[str]) -> None:
    with stage.serving(annex.make(faults), nameless=True) as port:
        url = f"http://127.0.0.1:{port}"
        names = ("anneliese", "bertram")
        tokens = {name: member(url, name) for name in names}
        before = {
            name: (ask("GET", f"{url}/me", of), standing(ask("GET", f"{url}/notes", of))) for name, of in tokens.items()
        }
        accounts = {name: Account(user=name, password=Told(text=PASSWORD)) for name in names}
        asyncio.run(audit(url, accounts=accounts))
        for name in names:  # the password is what it was, too
            token = ask("POST", f"{url}/login", value={"username": name, "password": PASSWORD})["access_token"]
            profile, notes = before[name]
            assert ask("GET", f"{url}/me", token) == profile
            now = standing(ask("GET", f"{url}/notes", token))
            assert {each: now.get(each) for each in notes} == notes


def customer(url: str, token: str) -> tuple[Any, dict[str, Any]]:
    """The profile and the orders of a customer."""
    profile = ask("GET", f"{url}/me", token)
    orders = standing(ask("GET", f"{url}/orders", token)["orders"])
    return profile, {each: of for each, of in orders.items() if of["owner_id"] == profile["id"]}


@pytest.mark.live
def test_the_customers_of_the_shop_keep_what_they_had() -> None:
    with shop() as url:
        subject = bundled(url)
        tokens = {ALICE: passes.mint(ALICE), BOB: passes.mint(BOB)}
        before = {name: customer(url, of) for name, of in tokens.items()}
        assert all(orders for _, orders in before.values())
        asyncio.run(audit(url, api=subject.api, config=subject.config, identities=subject.identities))
        for name, token in tokens.items():
            profile, orders = before[name]
            now = customer(url, token)
            assert now[0] == profile
            assert {each: now[1].get(each) for each in orders} == orders


PLAN = """
import asyncio, resource, sys
from ostiary.audit.plan import plan
from ostiary.model import Place
from ostiary.parts import openapi
ok = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
def path(number):
    fields = {f"field{each}": {"type": "string", "maxLength": 50 + number} for each in range(12)}
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}
    name = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    return {"get": {"parameters": name, "responses": ok}, "put": {"parameters": name, "requestBody": body, "responses": ok}}
made = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {f"/things{n}/{{id}}": path(n) for n in range(int(sys.argv[1]) // 2)}}
api = openapi.from_plain(made, source="made")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = asyncio.run(plan("http://127.0.0.1:9", api=api))
print(found.operations, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_plan_for_nine_hundred_operations_takes_no_memory_to_speak_of() -> None:
    def planned(operations: int) -> tuple[int, int]:
        done = subprocess.run(
            [sys.executable, "-c", PLAN, str(operations)], capture_output=True, text=True, timeout=120, check=True
        )
        count, before, after = map(int, done.stdout.split())
        assert count == operations
        return before, after

    before, after = planned(900)
    assert after < FLAT * before
    assert after < FLAT * planned(90)[1]
