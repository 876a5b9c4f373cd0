"""The shop's goods and orders, in memory and bounded; every operation of the document has its function here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ostiary.demo.counter import Identity
from ostiary.demo.reading import Refused

MOST = 1000
LAMP = "7d3c2a10-4b1e-4c57-9a53-0d6f5b8e2c41"  # the document's example
HASH = "$2b$12$" + "Q7xv5mY1kS0eJ8wZr3uT4uHcN6aB2dF9gKpLtXoVyRzEiMqWsUjCl"  # shaped like bcrypt, of nothing

Served = tuple[int, Any, list[tuple[str, str]]]


class Wares:
    """What is on the shelf and in the books."""

    def __init__(self, faults: frozenset[str], document: Mapping[str, Any]) -> None:
        self.faults = faults
        self.document = document
        self._items: dict[str, dict[str, Any]] = {}
        self._orders: dict[str, list[dict[str, Any]]] = {}
        self._put(LAMP, {"name": "Desk lamp", "price": 19.5, "tags": ["light"]})
        self._put("2a6e1c34-0f5d-4b6a-8c11-5e7d9f3a4b62", {"name": "Watering can", "price": 8, "tags": ["garden"]})

    def serve(self, operation: str, values: Mapping[str, Any], value: Any, who: Identity | None, origin: str) -> Served:
        """Do what an operation says: status, reply (None: no body), headers.

        :param origin: what links begin with; empty for links without a host.
        """
        if operation == "redirectSale":
            return 307, None, [("location", f"{origin}/items?q=lamp")]
        if operation == "readTurnover":
            return 200, {"turnover": 10234.5}, []
        if who is not None:
            return self._customer(operation, value, who)
        if operation == "listItems":
            limit = values.get("limit", 20)
            limit = limit if isinstance(limit, int) else 20
            words = str(values.get("q", "")).lower()
            found = [each for each in reversed(self._items.values()) if words in str(each["name"]).lower()]
            more = len(found) > max(limit, 1)
            return 200, {"items": found[: max(limit, 1)], "next": f"{origin}/items?limit=100" if more else None}, []
        if operation == "createItem":
            made = self._put(str(uuid.uuid4()), value)
            return 201, made, [("location", f"{origin}/items/{made['id']}")]
        if operation == "importItems":
            several = value if isinstance(value, list) else [value]
            put = [self._put(str(uuid.uuid4()), each) for each in several[:MOST]]
            return 201, {"names": [each["name"] for each in put]}, []
        return self._one(operation, values["id"], value)

    def _one(self, operation: str, item_id: str, value: Any) -> Served:
        found = self._items.get(item_id)
        if found is None:
            if "output.status-codes" in self.faults:
                return 200, {"success": False, "error": "not found"}, []
            raise Refused(404, "no such item")
        if operation == "deleteItem":
            del self._items[item_id]
            return 204, None, []
        if operation == "replaceItem":
            return 200, self._put(item_id, value), []
        if "input.method-semantics/get-writes" in self.faults:
            found["views"] = found.get("views", 0) + 1
        return 200, found, []

    def _customer(self, operation: str, value: Any, who: Identity) -> Served:
        if operation == "readMe":
            me = dict(who._asdict())
            if "output.no-sensitive-data" in self.faults:
                me |= {"password_hash": HASH, "is_admin": False}
            return 200, me, []
        orders = self._orders.setdefault(who.id, [])
        if operation == "listOrders":
            return 200, orders, []
        given = value if isinstance(value, dict) else {"item": value}
        order = {"id": str(uuid.uuid4()), "item": LAMP, "quantity": 1} | given
        del orders[:-MOST]
        orders.append(order)
        return 201, order, []

    def _put(self, item_id: str, value: Any) -> dict[str, Any]:
        given = value if isinstance(value, dict) else {"name": value}
        item = {"name": "", "price": 0, "tags": []} | given | {"id": item_id}
        self._items[item_id] = item
        while len(self._items) > MOST:
            self._items.pop(next(each for each in self._items if each != LAMP))
        return item
