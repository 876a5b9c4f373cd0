"""A small shop that hands everybody's orders to everybody, as one function, and its document."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from closing import Request as Seen
from closing import Response, app_of
from exchanges import api_of
from ostiary.guard.app import AsgiApp
from ostiary.model import Api
from ostiary.strict import dumps, loads

JSON: dict[str, Any] = {"200": {"description": "fine", "content": {"application/json": {"schema": {}}}}}
BODY: dict[str, Any] = {"content": {"application/json": {"schema": {"type": "object"}}}}


def op(**rest: Any) -> dict[str, Any]:
    return {"responses": JSON, **rest}


def document() -> Api:
    changing = op(requestBody=BODY)
    return api_of(
        {
            "/orders": {
                "get": op(parameters=[{"name": "owner", "in": "query", "schema": {"type": "string"}}]),
                "post": changing,
            },
            "/orders/{id}": {"get": op(), "put": changing, "patch": changing, "delete": op()},
            "/users/{user_id}": {"get": op(), "patch": changing},
            "/users/{user_id}/orders": {"get": op()},
            "/users/{user_id}/orders/{id}": {"get": op(), "delete": op()},
            "/users/active": {"get": op()},
        }
    )


class Shop:
    """Orders by id; what was asked and changed is kept for tests to see."""

    def __init__(self) -> None:
        self.orders = {str(n): {"id": n, "owner_id": 7 + n % 2, "price": 12345678901234567.5 + n} for n in range(1, 7)}
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.changed: list[str] = []

    def answer(self, seen: Seen) -> Response:
        target = seen.path + ("?" + seen.query if seen.query else "")
        self.asked.append(f"{seen.method} {target}")
        self.headers.append(seen.headers)
        segments = seen.path.split("/")[1:]
        if segments[0] == "users":
            return self._of_user(seen, segments)
        if len(segments) == 1:
            return self._collection(seen)
        return self._one(seen, segments[-1])

    def _collection(self, seen: Seen) -> Response:
        if seen.method == "POST":
            self.changed.append(f"POST {seen.body.decode()}")
            return _json({"id": 99, **loads(seen.body)}, {"location": "/orders/99"}, 201)
        orders = [dict(each) for each in self.orders.values()]
        body = {"items": orders, "total": len(orders), "meta": {"pageCount": 3, "size": 50}}
        return _json(
            body,
            {"x-total-count": str(len(orders)), "link": '</orders?page=2>; rel="next", </orders?page=3>; rel="last"'},
        )

    def _one(self, seen: Seen, key: str) -> Response:
        order = self.orders.get(key)
        if order is None:
            return _json({"error": f"order {key} does not exist"}, {"x-shard": "3"}, 404)
        if seen.method not in {"GET", "HEAD"}:
            self.changed.append(f"{seen.method} {key}")
        if seen.headers.get("if-none-match") == f'"{key}"':
            return Response(304, b"", (("etag", f'"{key}"'),))
        return _json(order, {"etag": f'"{key}"', "x-owner": str(order["owner_id"])})

    def _of_user(self, seen: Seen, segments: list[str]) -> Response:
        if segments[1:] == ["active"]:
            return _json({"active": ["7", "8"]})
        if len(segments) == 4:
            return self._one(seen, segments[3])
        if seen.method == "PATCH":
            self.changed.append(f"PATCH user {segments[1]}")
            return _json({}, {"location": f"http://api.test/users/{segments[1]}"})
        return _json({"user": segments[1]})


def _json(body: Any, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    data = dumps(body)
    return Response(
        status,
        data,
        (("content-type", "application/json"), ("content-length", str(len(data))), *(headers or {}).items()),
    )


class Got(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def head(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def plain(self) -> Any:
        return loads(self.body)


async def send(app: AsgiApp, who: str, method: str, target: str, body: Any = None, *headers: tuple[str, str]) -> Got:
    """What an app in this process answers somebody; every request on its own connection."""
    path, _, query = target.partition("?")
    data = b"" if body is None else body if isinstance(body, bytes) else dumps(body)
    pairs = [("host", "api.test"), *headers]
    pairs += [("authorization", f"Bearer {who}")] if who else []
    if data:
        pairs += [("content-length", str(len(data)))]
        pairs += [] if any(name == "content-type" for name, _ in headers) else [("content-type", "application/json")]
    scope = {
        "type": "http", "method": method, "raw_path": path.encode(), "path": path, "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in pairs], "scheme": "https", "client": ("192.0.2.7", 4000),
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    async def take(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, take)
    got = [(name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return Got(sent[0]["status"], got, b"".join(each.get("body", b"") for each in sent[1:]))


def ask(app: AsgiApp, who: str, method: str, target: str, body: Any = None, *headers: tuple[str, str]) -> Got:
    """`send`, from outside of any loop."""
    return asyncio.run(send(app, who, method, target, body, *headers))


def bare(shop: Shop) -> AsgiApp:
    return app_of(shop.answer)
