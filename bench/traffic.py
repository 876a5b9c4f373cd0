"""The requests that are measured: GET and POST of 1 KB, and for proxies of 64 KB, with a bearer token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parent / "openapi.yaml"
KEY = "a-key-for-measuring-only-0123456789abcdef"
# HS256 with KEY, {"sub": "bench", "scope": "orders", "exp": 4102444800}; made once, so that no library has to sign.
TOKEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJiZW5jaCIsInNjb3BlIjoib3JkZXJzIiwiZXhwIjo0MTAyNDQ0ODAwfQ."
    "sZ9wzpDhcjA-qYZt1P5jG8ej9RCeH66Tr2Ik-HpzLKs"
)
ORDER = json.dumps(
    {
        "customer": "Ada Lovelace",
        "email": "ada@example.com",
        "express": True,
        "note": "Please ring twice. " * 12,
        "lines": [
            {
                "sku": f"LAMP-{n:04}",
                "quantity": n + 1,
                "price": 19.5 + n,
                "label": f"Desk lamp, model {n}, brushed steel",
            }
            for n in range(7)
        ],
    }
).encode()
LARGE = b"[" + b",".join([ORDER] * 64) + b"]"

HEADERS = [
    (b"host", b"api.test"),
    (
        b"user-agent",
        b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
    ),
    (b"accept", b"application/json"),
    (b"accept-language", b"en-GB,en;q=0.8"),
    (b"authorization", b"Bearer " + TOKEN.encode()),
    (b"connection", b"keep-alive"),
]
POST_HEADERS = [*HEADERS, (b"content-type", b"application/json"), (b"content-length", str(len(ORDER)).encode())]


def scope(shape: str) -> dict[str, Any]:
    """A fresh ASGI scope, as a server would make one; frameworks write into it."""
    get = shape == "get"
    path = "/items/42" if get else "/orders"
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
        "server": ("127.0.0.1", 443), "client": ("192.0.2.7", 40000), "scheme": "https", "root_path": "",
        "method": "GET" if get else "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": list(HEADERS if get else POST_HEADERS), "state": {},
    }  # fmt: skip
