"""Targets that hang, reset, flood, lie, ban or die: the audit ends in bounded time and memory, says why, and calls nothing good."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import resource
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ostiary.audit.result import Report
from ostiary.audit.run import audit
from ostiary.errors import Unanswerable
from ostiary.model import Kind, Outcome
from ostiary.parts import openapi

SECONDS = 15.0  # for a whole audit of the worst of them
TIMEOUT = 0.3  # seconds for a request
MEMORY = 200 << 10  # KiB that a flood may cost
# What an audit says of who may do what rests on replies that cannot be had here.
AUTHORIZATION = ("userdata.ownership-check", "beyond.bola-differential-test", "beyond.function-level-authorization",
                 "processing.all-endpoints-authenticated", "jwt.verify-before-use", "beyond.mass-assignment")  # fmt: skip

THING = {"type": "object", "required": ["name"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
REPLY = {"200": {"description": "ok", "content": {"application/json": {"schema": THING}}}}
BODY = {"content": {"application/json": {"schema": THING}}}
ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
LOGIN = {"type": "object", "required": ["username", "password"], "properties": {"username": {"type": "string"}, "password": {"type": "string"}}}  # fmt: skip
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "things", "version": "1"},
    "security": [{"bearer": []}],
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/things": {"get": {"responses": REPLY}, "post": {"requestBody": BODY, "responses": REPLY}},
        "/things/{id}": {"parameters": ID, "get": {"responses": REPLY}, "put": {"requestBody": BODY, "responses": REPLY}},
        "/search": {"get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}], "responses": REPLY}},
        "/login": {"post": {"security": [], "requestBody": {"content": {"application/json": {"schema": LOGIN}}}, "responses": REPLY}},
        "/orders": {"get": {"responses": REPLY}},
        "/orders/{id}": {"parameters": ID, "get": {"responses": REPLY}},
    },
}  # fmt: skip

Behave = Callable[[socket.socket, str, int], bool]  # the connection, the request line, its number; True keeps it


@contextlib.contextmanager
def hostile(behave: Behave) -> Iterator[str]:
    """A server of one behaviour; every connection has a thread."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    numbers = itertools.count(1)
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), connection:
            connection.settimeout(20)
            file = connection.makefile("rb")
            while not over.is_set():
                line = file.readline(70_000).decode("latin-1").strip()
                length = 0
                while (field := file.readline(300_000)) not in {b"\r\n", b"\n", b""}:
                    if field.lower().startswith(b"content-length:"):
                        length = int(field.split(b":")[1])
                file.read(min(length, 10_000_000))
                if not line or not behave(connection, line, next(numbers)):
                    return

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def reply(connection: socket.socket, body: bytes = b"", status: int = 200, *fields: bytes, kind: bytes = b"application/json") -> bool:  # fmt: skip
    head = b"\r\n".join(
        [b"HTTP/1.1 %d x" % status, b"content-type: " + kind, b"content-length: %d" % len(body), *fields]
    )
    connection.sendall(head + b"\r\n\r\n" + body)
    return True


def sound(connection: socket.socket, line: str, number: int) -> bool:
    """An API as it should be, roughly; hostility begins elsewhere."""
    method, _, path = line.partition(" ")[0], "", line.split(" ")[1].partition("?")[0]
    if path == "/":
        return reply(connection, b'{"name":"things"}')
    if path in {"/things", "/orders", "/search"}:
        return reply(connection, b'[{"id":1,"name":"one"}]' if method == "GET" else b'{"id":2,"name":"two"}')
    if path.startswith(("/things/", "/orders/")):
        return reply(connection, b'{"id":1,"name":"one"}')
    if path == "/login":
        return reply(connection, b'{"error":"wrong password"}', 401, b"www-authenticate: Bearer")
    return reply(connection, b'{"error":"not found"}', 404)


def after(count: int, behave: Behave) -> Behave:
    return lambda connection, line, number: (sound if number <= count else behave)(connection, line, number)


def run(behave: Behave, *, document: bool = True, **more: Any) -> tuple[Report, float]:
    api = openapi.from_plain(DOCUMENT, source="things") if document else None
    identities = {
        "alice": [("Authorization", "Bearer a-token-of-alice")],
        "bob": [("Authorization", "Bearer b-token-of-bob")],
    }
    with hostile(behave) as base:
        started = time.monotonic()
        report = asyncio.run(audit(base, api=api, identities=identities, timeout=TIMEOUT, seed=1, **more))
        return report, time.monotonic() - started


def passes(report: Report) -> set[str]:
    return {
        each.id
        for each in report.results
        for finding in each.findings
        if finding.kind is Kind.LIVE and finding.outcome is Outcome.PASS
    }


def ended_early(report: Report) -> str:
    return next((each for each in report.notes if "ended early" in each), "")


def hang(connection: socket.socket, line: str, number: int) -> bool:
    time.sleep(3)
    return False


def reset(connection: socket.socket, line: str, number: int) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def flood_of_headers(connection: socket.socket, line: str, number: int) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for at in range(40_000):
        connection.sendall(b"x-flood-%d: %s\r\n" % (at, b"y" * 1000))
    return False


def flood_of_interim_replies(connection: socket.socket, line: str, number: int) -> bool:
    for _ in range(200_000):
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
    return False


def gigabyte(connection: socket.socket, line: str, number: int) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1073741824\r\n\r\n[")
    part = b'{"id":1,"name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},' * 1000
    for _ in range(20_000):
        connection.sendall(part)
    return False


def longer_than_it_says(connection: socket.socket, line: str, number: int) -> bool:
    smuggled = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled"
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]" + smuggled)
    return True


def shorter_than_it_says(connection: socket.socket, line: str, number: int) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n[1")
    time.sleep(2)
    return False


def wrong_chunks(connection: socket.socket, line: str, number: int) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n[]\r\nzz\r\n")
    return False


def drip(connection: socket.socket, line: str, number: int) -> bool:
    for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789":
        connection.sendall(bytes([byte]))
        time.sleep(0.1)
    return False


def no_http(connection: socket.socket, line: str, number: int) -> bool:
    connection.sendall(b"\x15\x03\x01\x00\x02\x02\x28 SSH-2.0-nonsense\r\n" * 20)
    return False


def bomb(connection: socket.socket, line: str, number: int) -> bool:
    return reply(connection, BOMB, 200, b"content-encoding: gzip")


def _packed() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()


BOMB = _packed()


def circles(connection: socket.socket, line: str, number: int) -> bool:
    path = line.split(" ")[1].partition("?")[0]
    return reply(connection, b"", 302, b"location: %s/on?n=%d" % (path.encode()[:400].rstrip(b"/"), number))


def page_for_everything(connection: socket.socket, line: str, number: int) -> bool:
    return reply(connection, b"<!doctype html><title>app</title><a href=/a>a</a><div id=root></div>", kind=b"text/html")


def json_for_everything(connection: socket.socket, line: str, number: int) -> bool:
    return reply(connection, b'{"ok":true}')


def error_for_everything(connection: socket.socket, line: str, number: int) -> bool:
    return reply(connection, b'{"error":"internal"}', 500)


def limited(connection: socket.socket, line: str, number: int) -> bool:
    return reply(connection, b'{"error":"slow down"}', 429, b"retry-after: 3600")


def barred(connection: socket.socket, line: str, number: int) -> bool:
    return reply(connection, b"<html>Blocked</html>", 403, kind=b"text/html")


GIVEN_UP = [
    ("hangs", after(25, hang), "stopped answering"),
    ("resets", after(25, reset), "stopped answering"),
    ("is no http", after(25, no_http), "stopped answering"),
    ("floods with header fields", after(25, flood_of_headers), "stopped answering"),
    ("floods with interim replies", after(25, flood_of_interim_replies), "stopped answering"),
    ("drips", after(25, drip), "did not come in time|stopped answering"),
    ("limits", after(40, limited), "answers 429 to everything"),
    ("bans", after(40, barred), "answers 403 to everything"),
]


@pytest.mark.parametrize(("behave", "words"), [each[1:] for each in GIVEN_UP], ids=[each[0] for each in GIVEN_UP])
def test_a_target_that_turns_hostile_midway_is_given_up_with_a_sentence(behave: Behave, words: str) -> None:
    report, seconds = run(behave)
    assert seconds < SECONDS
    assert any(each in ended_early(report) for each in words.split("|")), report.notes
    assert not passes(report) & set(AUTHORIZATION)
    assert any(each in result.why for result in report.results for each in words.split("|"))


@pytest.mark.parametrize("behave", [hang, reset, no_http, flood_of_headers], ids=lambda each: each.__name__)
def test_a_target_that_never_answers_is_nothing_to_audit(behave: Behave) -> None:
    started = time.monotonic()
    with pytest.raises(Unanswerable, match="nothing answers at"):
        run(behave)
    assert time.monotonic() - started < SECONDS


def test_a_target_that_dies_midway_is_given_up() -> None:
    api = openapi.from_plain(DOCUMENT, source="things")
    dead = threading.Event()

    def mortal(connection: socket.socket, line: str, number: int) -> bool:
        if number > 60:
            dead.set()
            return reset(connection, line, number)
        return sound(connection, line, number)

    report, seconds = run(mortal)
    assert dead.is_set()
    assert api.operations
    assert seconds < SECONDS
    assert "stopped answering" in ended_early(report)
    assert any("one of them may be why: " in each and "/" in each for each in report.notes), report.notes


LIES = [
    longer_than_it_says, shorter_than_it_says, wrong_chunks, bomb, circles, page_for_everything, json_for_everything,
    error_for_everything,
]  # fmt: skip


@pytest.mark.parametrize("document", [True, False], ids=["document", "links"])
@pytest.mark.parametrize("behave", LIES, ids=lambda each: each.__name__)
def test_a_target_that_lies_is_no_proof_of_anything(behave: Behave, document: bool) -> None:  # noqa: FBT001 - a parameter of the test
    report, seconds = run(behave, document=document)
    assert seconds < SECONDS
    assert not passes(report) & set(AUTHORIZATION)
    failed = {each.id for each in report.results if each.outcome is Outcome.FAIL} & set(AUTHORIZATION)
    assert not failed, "the same answer for everybody proves no fault either"
    assert "crashed" not in json.dumps([each.why for each in report.results])
    assert b"smuggled".decode() not in str(report)


def test_a_gigabyte_costs_neither_time_nor_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report, seconds = run(gigabyte, document=False)
    assert seconds < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    assert not passes(report) & set(AUTHORIZATION)


def test_a_sound_target_is_not_given_up() -> None:
    report, _ = run(sound)
    assert not ended_early(report)
    assert passes(report)


def test_refusals_that_are_rules_are_no_ban() -> None:
    def strict(connection: socket.socket, line: str, number: int) -> bool:
        if line.startswith(("GET /things ", "GET / ")):
            return sound(connection, line, number)
        return barred(connection, line, number)

    report, _ = run(strict)
    assert not ended_early(report)


def test_a_document_whose_paths_are_control_characters_is_audited_all_the_same() -> None:
    item = {"get": {"responses": REPLY}}
    paths = {**DOCUMENT["paths"], "/x\r\nX-Injected: 1\r\n": item, "/\u202e\x1b[2J": item, "/\u00e9 `$(x)`": item}  # type: ignore[dict-item]
    api = openapi.from_plain(
        {**DOCUMENT, "paths": paths, "info": {"title": "\x1b]0;x\x07", "version": "1"}}, source="d"
    )
    lines: list[str] = []

    def behave(connection: socket.socket, line: str, number: int) -> bool:
        lines.append(line)
        return sound(connection, line, number)

    with hostile(behave) as url:
        report = asyncio.run(audit(url, api=api, find=False, only=["output.nosniff", "access.hsts"], timeout=TIMEOUT))
    assert any("%0D%0AX-Injected" in each for each in lines)
    assert report.title.isprintable()
    assert "\x1b" not in str([report.excluded, report.notes, report.results])
