"""The shop's side doors: links, pictures fetched from elsewhere, a search in SQL, labels, and a small query language."""

from __future__ import annotations

import asyncio
import contextlib
import html
import ipaddress
import re
import sqlite3
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ostiary.demo.reading import Refused
from ostiary.demo.wire import Answer, as_json

DEEPEST = 6  # levels of a query
MOST_ALIASES = 10
_SUM = re.compile(r"\{\{\s*(\d{1,4})\s*\*\s*(\d{1,4})\s*\}\}")


class Hatch:
    """Sound or not by the switches."""

    def __init__(self, faults: frozenset[str]) -> None:
        self.faults = faults
        self._busy = 0
        self._stock = sqlite3.connect(":memory:", check_same_thread=False)
        self._stock.executescript(
            "CREATE TABLE stock (name TEXT, count INTEGER, secret INTEGER);"
            "INSERT INTO stock VALUES ('lamp', 3, 0), ('can', 7, 0), ('surprise for bob', 1, 1);"
        )

    async def serve(self, operation: str, values: Mapping[str, Any], value: Any) -> Answer:
        """Do what an operation says."""
        if operation == "leave":
            return self._leave(str(values.get("next", "/items")))
        if operation == "takePicture":
            return await self._picture(str(value.get("url")))
        if operation == "searchStock":
            return as_json(200, {"found": self._search(str(values.get("name", "")))})
        if operation == "printLabel":
            return self._label(str(value.get("text")))
        if operation == "greet":
            return self._greet(str(values.get("name", "")))
        if operation == "query":
            return self._query(value)
        return await self._slow()

    def _leave(self, target: str) -> Answer:
        parts = urlsplit(target)
        local = not parts.scheme and not parts.netloc and target.startswith("/") and "\\" not in target
        local = local and not target.startswith("//") and target.isprintable()  # "///elsewhere" leads away as well
        if not local and "account.no-open-redirect" not in self.faults:
            raise Refused(400, "that is not a place in this shop")
        return Answer(302, headers=[("location", target)])

    async def _picture(self, url: str) -> Answer:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"}:
            raise Refused(422, "/url is no link to a picture")
        if "beyond.ssrf-egress-control" not in self.faults:
            return as_json(202, {"queued": True})  # a sound shop leaves it to a machine that sees the outside alone
        if not _is_loopback(parts.hostname or ""):  # careless, not harmful: it reaches no one else
            return as_json(202, {"queued": True})
        text = await asyncio.to_thread(_fetched, url)
        return as_json(200, {"picture": text})

    def _search(self, name: str) -> list[dict[str, Any]]:
        if "input.injection-sql" in self.faults:
            text = f"SELECT name, count FROM stock WHERE name = '{name}' AND secret = 0"  # noqa: S608 - the fault
            with contextlib.suppress(sqlite3.Error):
                return [{"name": each, "count": count} for each, count in self._stock.execute(text).fetchmany(100)]
            return []
        rows = self._stock.execute("SELECT name, count FROM stock WHERE name = ? AND secret = 0", (name,)).fetchmany(
            100
        )
        return [{"name": each, "count": count} for each, count in rows]

    def _label(self, text: str) -> Answer:
        if "input.injection-rce" in self.faults:
            text = _SUM.sub(lambda found: str(int(found[1]) * int(found[2])), text)
        return as_json(200, {"label": text})

    def _greet(self, name: str) -> Answer:
        if "input.injection-xss" not in self.faults:
            name = html.escape(name)
        return Answer(
            200, f"<!doctype html><title>Shop</title><p>Hello {name}</p>".encode(), "text/html; charset=utf-8"
        )

    def _query(self, value: Any) -> Answer:
        text = str(value.get("query"))
        depth = deepest = 0
        for each in text:
            depth += (each == "{") - (each == "}")
            deepest = max(deepest, depth)
        if "beyond.graphql-limits" not in self.faults and (
            deepest > DEEPEST or text.count(":") > MOST_ALIASES or "__schema" in text
        ):
            raise Refused(400, "the query asks for too much")
        return as_json(200, {"data": {"depth": deepest}})

    async def _slow(self) -> Answer:
        if self._busy >= 2 and "input.rate-concurrency" not in self.faults:  # noqa: PLR2004 - of these at a time
            raise Refused(503, "the printer is busy", retry_after="1")
        self._busy += 1
        try:
            await asyncio.sleep(0.2)
        finally:
            self._busy -= 1
        return as_json(200, {"printed": True})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _fetched(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 - the scheme was looked at
            return str(reply.read(1000).decode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        return f"not there: {type(error).__name__}"
