"""The shop's books: orders that belong to somebody, payments, and what only the shop's own machines may do."""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping
from typing import Any

from ostiary.demo.customers import ALICE, BOB, Caller, Served
from ostiary.demo.reading import Refused
from ostiary.demo.tries import Tries
from ostiary.demo.wire import Request

MOST = 1000
ALICES_ORDER = "5d0f8d52-7a8e-4f26-9f0e-30b0d1c4b611"
BOBS_ORDER = "e2b7c9d4-1f65-4c83-8a4b-6f7e2d9c0a35"
MISSING_ORDER = "00000000-0000-4000-8000-000000000000"
HOOK_KEY = "whsec-of-the-demo-shop-9f27c1"  # a demo's, good nowhere else
TOLERANCE = 300  # seconds
QUOTA = 5  # exports in a minute


class Orders:
    """Orders and payments in memory, bounded; sound or not by the switches."""

    def __init__(self, faults: frozenset[str], tries: Tries) -> None:
        self.faults = faults
        self._tries = tries
        self._orders: dict[str, dict[str, Any]] = {}
        for order_id, owner, note in ((ALICES_ORDER, ALICE, "for Alice"), (BOBS_ORDER, BOB, "a present, tell nobody")):
            self._orders[order_id] = {"id": order_id, "owner_id": owner, "quantity": 1, "note": note}
        self._charged: dict[str, Any] = {}
        self.charges = 0

    def serve(self, operation: str, values: Mapping[str, Any], value: Any, who: Caller, request: Request) -> Served:
        """Do what an operation says: status, reply (None: no body), headers."""
        if operation == "takePaymentNews":
            self._check_news(request.headers, request.body)
            return 204, None, []
        if operation == "pay":
            return self._pay(value, who, request.headers)
        if operation == "settle":
            if "mobile.no-server-to-server-calls" not in self.faults and who.get("client_id") != "shop-ledger":
                raise Refused(403, "this is for the shop's own machines")
            return 200, {"settled": True}, []
        return self._books(operation, values, value, who)

    def _books(self, operation: str, values: Mapping[str, Any], value: Any, who: Caller) -> Served:
        mine = [each for each in self._orders.values() if each["owner_id"] == who.get("sub")]
        open_to_all = "userdata.ownership-check" in self.faults
        if operation == "searchOrders":
            found = list(self._orders.values()) if open_to_all else mine
            return 200, {"orders": found[:MOST]}, []
        if operation == "exportOrders":
            if "input.rate-quota" not in self.faults:
                self._tries.call(f"export {who.get('sub')}", QUOTA)
            return 200, {"orders": mine[:MOST]}, []
        order = self._orders.get(values["order_id"])
        if order is None or not (open_to_all or order in mine):
            raise Refused(404, "no such order")
        if operation == "replaceOrder":
            if "oauth.scope-per-client" not in self.faults and "orders:write" not in str(who.get("scope")).split():
                raise Refused(403, "the token may not write orders")
            order |= {name: each for name, each in value.items() if name in {"quantity", "note"}}
        return 200, order, []

    def _pay(self, value: Mapping[str, Any], who: Caller, headers: Mapping[str, str]) -> Served:
        key = f"{who.get('sub')} {headers.get('idempotency-key', '')}"
        honours = "beyond.idempotency" not in self.faults and not key.endswith(" ")
        if honours and key in self._charged:
            return 201, self._charged[key], []
        self.charges += 1
        payment = {"id": str(uuid.uuid4()), "amount": value.get("amount", 1), "charges": self.charges}
        if honours:
            self._charged[key] = payment
            while len(self._charged) > MOST:
                self._charged.pop(next(iter(self._charged)))
        return 201, payment, []

    def _check_news(self, headers: Mapping[str, str], raw: bytes) -> None:
        if "beyond.webhook-signatures" in self.faults:
            return
        when = headers.get("webhook-timestamp", "")
        fresh = when.isdecimal() and abs(time.time() - int(when)) <= TOLERANCE
        if not fresh or not hmac.compare_digest(sign_news(when, raw), headers.get("webhook-signature", "")):
            raise Refused(401, "the message is not signed", www_authenticate="Signature")


def sign_news(when: str, raw: bytes) -> str:
    """The signature of a message to the shop: HMAC-SHA256 over time, a full stop and the body, in hex."""
    return hmac.new(HOOK_KEY.encode(), when.encode() + b"." + raw, hashlib.sha256).hexdigest()
