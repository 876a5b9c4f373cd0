"""What the response filter costs per KB of a clean reply: `PYTHONPATH=src python bench/replies.py [--json]`.

Each figure is one reply read whole and let go: with a schema that leaves objects open (a look at the bytes), with one that
closes them (parsed and compared), and as a text. ``passing`` is the same reply with the filter off; parsing alone stands
beside it as a measure.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from traffic import ORDER

from ostiary.config import Config
from ostiary.guard import body as bodies
from ostiary.guard.site import Compiled
from ostiary.model import Exchange
from ostiary.parts import openapi
from ostiary.strict import loads

ROUNDS = 40
SIZES = {"1 KB": 1, "10 KB": 10, "100 KB": 100}
_LINE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {each: {} for each in ("sku", "quantity", "price", "label")},
}
_ORDER = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"customer": {}, "email": {}, "express": {}, "note": {}, "lines": {"type": "array", "items": _LINE}},
}


def _policy(schema: Any, only: tuple[str, ...]) -> Compiled:
    content = {"application/json": {"schema": {"type": "array", "items": schema}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://api.test/"}],
        "paths": {"/orders": {"get": {"responses": {"200": {"description": "", "content": content}}}}},
    }
    return Compiled(Config(only=only), openapi.from_plain(document, source="bench"))


def _spend(policy: Compiled, body: bytes, media: bytes, count: int) -> float:
    headers = [(b"content-type", media), (b"content-length", b"%d" % len(body))]
    exchange = Exchange("GET", b"/orders", b"", [(b"host", b"api.test")], peer="192.0.2.7", scheme="https")
    plan, _ = policy.route(exchange)
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(count):
            exchange.status = 200
            exchange.reply_headers = headers
            exchange.reply_body = body
            if plan.may_inspect and plan.wants_reply_body(exchange) and not bodies.streams(exchange):
                bodies.inspect(plan, exchange)
            else:
                plan.leave(exchange)
        best = min(best, (time.process_time() - start) / count)
        if exchange.reply_body is not body:
            raise SystemExit("a clean reply was changed")
    return best * 1e6


def _parse(body: bytes, count: int) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(count):
            loads(body)
        best = min(best, (time.process_time() - start) / count)
    return best * 1e6


def measure() -> list[dict[str, Any]]:
    """One row per size: CPU microseconds of each way, least of the rounds."""
    filtering = ("output.no-sensitive-data",)
    ways = {
        "passing": (_policy(_ORDER, ("output.nosniff",)), b"application/json"),
        "open schema": (_policy({"type": "object"}, filtering), b"application/json"),
        "closed schema": (_policy(_ORDER, filtering), b"application/json"),
        "text": (_policy(_ORDER, filtering), b"text/plain"),
    }
    rows = []
    for size, times in SIZES.items():
        body = b"[" + b",".join([ORDER] * times) + b"]"
        count = max(5, 400 // times)
        row: dict[str, Any] = {"size": size}
        for way, (policy, media) in ways.items():
            row[way] = round(_spend(policy, body, media, count), 2)
        row["parsing alone"] = round(_parse(body, count), 2)
        rows.append(row)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown: what each way adds to passing the reply on, per KB, and as a ratio to parsing it."""
    lines = [
        "| reply | passing us | open schema adds | closed schema adds | text adds | parsing alone |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        size = float(row["size"].split()[0])
        cells = [row["size"], f"{row['passing']:.1f}"]
        for way in ("open schema", "closed schema", "text"):
            added = row[way] - row["passing"]
            cells.append(f"{added:.1f} ({added / size:.2f} per KB, {added / row['parsing alone']:.2f} of parsing)")
        cells.append(f"{row['parsing alone']:.1f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    found = measure()
    print(json.dumps(found) if "--json" in sys.argv else table(found))
