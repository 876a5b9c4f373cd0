"""What an honest client of the shop does, from sign-up to payment; it fails on the first reply that is not right."""

from __future__ import annotations

import json
import time
from typing import Any

from ostiary.demo import orders, passes
from ostiary.demo.attacks import Said, Target
from ostiary.demo.customers import ALICE
from ostiary.demo.orders import ALICES_ORDER, BOBS_ORDER, MISSING_ORDER
from ostiary.demo.wares import LAMP


def right(said: Said, status: int, *texts: str) -> Any:
    """The reply's document, once status and texts are as they should be."""
    assert said.status == status, f"{said.status} instead of {status}: {said.text[:300]}"
    for text in texts:
        assert text in said.text, f"no {text!r} in {said.text[:300]}"
    return json.loads(said.text) if said.text and "json" in said.headers.get("content-type", "") else said.text


def sign_up_and_in(shop: Target) -> None:
    name = f"dora{time.time_ns()}"
    given = {"name": name, "email": "dora@shop.example", "password": "four-words-of-hers"}
    made = right(shop.ask("POST", "/register", given), 201, "customer")
    signed_in = shop.ask("POST", "/login", {"username": name, "password": "four-words-of-hers"})
    token = right(signed_in, 200)["access_token"]
    assert "session=" in signed_in.headers["set-cookie"]
    right(shop.ask("GET", "/orders", token=token), 200, '"orders"')
    wrong = shop.ask("POST", "/login", {"username": name, "password": "not-hers"})
    right(wrong, 401)
    right(shop.ask("POST", "/login", {"username": name, "password": "four-words-of-hers"}), 200, "access_token")
    assert made["id"]


def code(shop: Target) -> None:
    right(shop.ask("POST", "/login/code/send", {"username": "carol"}), 202, "sent")
    right(shop.ask("POST", "/login/code", {"username": "carol", "code": "wrong1"}), 401)


def goods(shop: Target) -> None:
    right(shop.ask("GET", "/items?limit=5&q=lamp"), 200, "lamp")
    right(shop.ask("GET", f"/items/{LAMP}"), 200, LAMP)
    right(shop.ask("POST", "/items", {"name": 'Teapot, "big" & <blue>', "price": 12}), 201, "Teapot")
    right(shop.ask("GET", "/stock?name=lamp"), 200, '"count"')
    right(shop.ask("GET", "/stock?name=O'Brien"), 200, '"found"')
    right(shop.ask("POST", "/labels", {"text": "Fragile: 50% off, keep dry; see select list -- Bob"}), 200, "Bob")
    right(shop.ask("POST", "/labels/printer"), 200, "printed")
    right(shop.ask("GET", "/hello?name=Alice"), 200, "Hello Alice")
    right(shop.ask("POST", "/graphql", {"query": "{ items { name tags } }"}), 200, "depth")
    assert shop.ask("GET", "/go?next=/items").headers["location"].endswith("/items")


def orders_and_profile(shop: Target) -> None:
    token = passes.mint(ALICE)
    right(shop.ask("GET", "/me", token=token), 200, "Alice")
    right(shop.ask("GET", "/orders", token=token), 200, ALICES_ORDER)
    right(shop.ask("GET", f"/orders/{ALICES_ORDER}", token=token), 200, "for Alice")
    changed = right(shop.ask("PUT", f"/orders/{ALICES_ORDER}", {"quantity": 4}, token=token), 200)
    assert changed["quantity"] == 4
    right(shop.ask("GET", f"/orders/{MISSING_ORDER}", token=token), 404)
    right(shop.ask("GET", "/orders/export", token=token), 200, ALICES_ORDER)
    right(shop.ask("GET", "/admin/users", token=passes.mint("c", roles=["admin"])), 200, "alice@")
    ledger = passes.mint("ledger", client_id="shop-ledger")
    right(shop.ask("POST", "/ledger/settlements", token=ledger), 200, "settled")
    assert BOBS_ORDER != ALICES_ORDER


def own_profile(shop: Target, path: str) -> None:
    """:param path: where a customer's own profile is reached."""
    token = passes.mint(ALICE)
    right(shop.ask("GET", path, token=token), 200, "alice@")
    said = shop.ask("PATCH", path, {"avatar": "https://pictures.shop.example/alice.png"}, token=token)
    right(said, 200, "alice.png")


def payment(shop: Target) -> None:
    token = passes.mint(ALICE)
    key = f"honest-{time.time_ns()}"
    right(shop.ask("POST", "/payments", {"amount": 12}, token=token, idempotency_key=key), 201, '"amount"')
    right(shop.ask("POST", "/payments", {"amount": 12}, token=token, idempotency_key=key), 201, '"amount"')
    picture = {"url": "https://pictures.shop.example/lamp.png"}
    right(shop.ask("POST", "/pictures", picture, token=token), 202, "queued")
    when = str(int(time.time()))
    body = json.dumps({"paid": ALICES_ORDER}).encode()
    news = shop.ask("POST", "/hooks/payments", {"paid": ALICES_ORDER}, webhook_timestamp=when,
                    webhook_signature=orders.sign_news(when, body))  # fmt: skip
    right(news, 204)


def visit(url: str, *, profile: str = f"/users/{ALICE}") -> None:
    """Do all of it at `url`."""
    shop = Target(url)
    for part in (goods, sign_up_and_in, code, orders_and_profile, payment):
        part(shop)
    own_profile(shop, profile)
