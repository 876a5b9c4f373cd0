"""What the shop takes in: query, path values and body, read and checked as well as the switches let it."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from ostiary.demo import pages, reading
from ostiary.demo.reading import Refused
from ostiary.demo.wire import Request

MOST_BODY = 64 * 1024
MOST_CARELESS_BODY = 64 * 1024 * 1024  # careless, not suicidal: this runs in tests
SLOWEST_BODY = 5.0  # seconds

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Intake:
    """Reads requests by the document."""

    def __init__(self, faults: frozenset[str], document: Mapping[str, Any]) -> None:
        self.faults = faults
        self._document = document

    def query(self, request: Request, operation: Mapping[str, Any]) -> dict[str, Any]:
        """The query's values, integers read; refuses names that the operation does not have."""
        known = {each["name"]: each for each in map(self._parameter, operation["parameters"]) if each["in"] == "query"}
        pairs = parse_qsl(request.query, keep_blank_values=True)
        loose = "input.validation-schema" in self.faults
        values: dict[str, Any] = {}
        for name, text in pairs:
            if name in {"access_token", "token", "api_key"} and "input.credentials-in-header" in self.faults:
                continue
            if not loose and (name not in known or name in values):
                raise Refused(400, "a query parameter is not known, or given twice")
            number = name in known and known[name]["schema"]["type"] == "integer" and text.lstrip("-").isdecimal()
            values[name] = int(text) if number and len(text) < 10 else text  # noqa: PLR2004 - more is out of range
        return values

    def check(self, operation: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Refuse path and query values that do not fit their schemas."""
        if "input.validation-schema" in self.faults and "beyond.redos" not in self.faults:
            return
        for each in map(self._parameter, operation["parameters"]):
            if each["name"] == "limit" and "beyond.pagination-caps" in self.faults:
                continue
            only_pattern = "input.validation-schema" in self.faults and "pattern" not in each["schema"]
            if each["name"] in values and not only_pattern:
                fault = reading.fault_of(each["schema"], values[each["name"]], self._document, each["name"])
                if fault:
                    raise Refused(400, fault)

    def _parameter(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in given:
            return given
        found: Mapping[str, Any] = self._document["components"]["parameters"][given["$ref"].rpartition("/")[2]]
        return found

    async def body(self, request: Request, receive: Receive, operation: Mapping[str, Any]) -> Any:
        """Read the body: the document in it, or None where the operation takes none."""
        content = operation.get("requestBody", {}).get("content", {})
        try:
            async with asyncio.timeout(SLOWEST_BODY if "beyond.payload-limits" not in self.faults else 60):
                request.body = await self._bytes(request, receive)
        except TimeoutError:
            raise Refused(408, "the body takes too long") from None
        if not content:
            if request.body and "input.content-type-415" not in self.faults:
                raise Refused(415, "nothing reads a body here")
            return None
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in content:
            if "input.content-type-415" not in self.faults:
                raise Refused(415, "this type is not read here", accept=", ".join(content))
            media = media if media.endswith(("xml", "yaml")) and len(content) > 1 else next(iter(content))
        value = self._parse(request.body, media)
        schema = content[media]["schema"] if "xml" not in media else content["application/yaml"]["schema"]
        if "beyond.mass-assignment" in self.faults and operation["operationId"] in {"register", "changeUser"}:
            known = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            schema = {**known, "additionalProperties": True}
        fault = "" if "input.validation-schema" in self.faults else self._fault(schema, value, media)
        if fault:
            echo = f"; got {request.body.decode('utf-8', 'replace')}" if self._tells else ""
            raise Refused(422, fault + echo)
        return value

    @property
    def _tells(self) -> bool:
        return "output.no-sensitive-data" in self.faults

    def _fault(self, schema: Mapping[str, Any], value: Any, media: str) -> str:
        expands = bool({"processing.xml-no-external-entities", "processing.no-entity-expansion"} & self.faults)
        if expands and "json" not in media:
            return ""  # what entities and aliases make of a name is longer than any name
        return reading.fault_of(schema, value, self._document)

    async def _bytes(self, request: Request, receive: Receive) -> bytes:
        careless = "beyond.payload-limits" in self.faults
        most = MOST_CARELESS_BODY if careless else MOST_BODY
        coding = request.headers.get("content-encoding", "identity").lower()
        if coding != "identity" and not careless:
            raise Refused(415, "compressed bodies are not read here", accept_encoding="identity")
        chunks: list[bytes] = []
        more = True
        while more:
            message = await receive()
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
            if sum(map(len, chunks)) > most:
                raise Refused(413, "the body is too large")
        body = b"".join(chunks)
        try:
            return zlib.decompressobj(47).decompress(body, MOST_CARELESS_BODY) if coding != "identity" else body
        except zlib.error:
            raise Refused(400, "the body is not what its coding says") from None

    def _parse(self, body: bytes, media: str) -> Any:
        expands = "processing.no-entity-expansion" in self.faults
        try:
            if "xml" in media:
                return reading.items_of_xml(
                    body, entities=expands or "processing.xml-no-external-entities" in self.faults
                )
            if "yaml" in media:
                return reading.items_of_yaml(body, aliases=expands)
            careless = {"input.body-matches-type", "input.content-type-415"} & self.faults
            strict = "input.body-matches-type" not in careless
            value = reading.json_strictly(body) if strict else reading.json_somehow(body)
        except Refused:
            if "processing.debug-off" in self.faults:
                raise Refused(500, pages.TRACE) from None
            if "output.status-codes" in self.faults:
                raise Refused(500, "the server failed") from None
            raise
        if "beyond.payload-limits" not in self.faults:
            reading.bounded(value)
        return value
