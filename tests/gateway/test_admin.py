"""The admin port obeys its own machine, no web page, and every process obeys with it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.processes import fetch, policy, told
from gateway.raw import Upstream, run
from gateway.test_serving import children
from ostiary.errors import ConfigError, StoreError
from ostiary.gateway.admin import Admin
from ostiary.gateway.levers import Lever, merged

ORDER = {"kind": "source", "about": "192.0.2.0/24", "for": "1h", "why": "stuffing", "by": "ann"}


async def _ok() -> str:
    return "ostiary 1\n"


async def raw(levers: Mapping[str, Lever], request: bytes) -> tuple[int, bytes]:
    server = await asyncio.start_server(Admin(lambda: True, _ok, levers, now=lambda: 5.0).serve, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(request)
        got = await asyncio.wait_for(reader.read(), 7)
        writer.close()
    return int(got.split(b" ")[1]), got.partition(b"\r\n\r\n")[2]


def head(line: str, *more: str) -> bytes:
    return "\r\n".join([line, "Host: 127.0.0.1:9901", *more, "", ""]).encode()


async def echo(given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("about") == "wrong":
        raise ConfigError("about", "is wrong")
    if given.get("about") == "down":
        raise StoreError("out of reach")
    if given.get("about") == "broken":
        raise ZeroDivisionError
    return dict(given)


def asked(request: bytes) -> tuple[int, bytes]:
    return asyncio.run(raw({"GET /things": echo, "POST /things": echo}, request))


def test_a_lever_is_given_the_query_or_the_body_and_the_time() -> None:
    assert asked(head("GET /things?prefix=a%3Ab HTTP/1.1")) == (200, b'{"prefix":"a:b","now":5.0}\n')
    body = b'{"about":"x","now":1}'
    posted = head("POST /things HTTP/1.1", "Ostiary-Admin: 1", f"Content-Length: {len(body)}") + body
    assert asked(posted) == (200, b'{"about":"x","now":5.0}\n')


@pytest.mark.parametrize(
    ("line", "more", "body", "status"),
    [
        ("POST /things HTTP/1.1", (), b"{}", 403),  # what a form can send
        ("POST /things HTTP/1.1", ("Content-Type: text/plain",), b"{}", 403),
        ("POST /things HTTP/1.1", ("Ostiary-Admin: 1", "Origin: null"), b"{}", 403),
        ("POST /things HTTP/1.1", ("Ostiary-Admin: 1",), b"[]", 400),
        ("POST /things HTTP/1.1", ("Ostiary-Admin: 1",), b"{", 400),
        ("POST /things HTTP/1.1", ("Ostiary-Admin: 1",), b"[" * 5000, 400),
        ("POST /things HTTP/1.1", ("Ostiary-Admin: 1",), b" " * 9000, 413),
        ("POST /things HTTP/1.1", ("Ostiary-Admin: 1",), b'{"about":"wrong"}', 400),
        ("POST /things HTTP/1.1", ("Ostiary-Admin: 1",), b'{"about":"down"}', 503),
        ("POST /things HTTP/1.1", ("Ostiary-Admin: 1",), b'{"about":"broken"}', 500),
        ("OPTIONS /things HTTP/1.1", ("Origin: http://evil.example",), b"", 405),  # the preflight for the header
        ("PUT /things HTTP/1.1", ("Ostiary-Admin: 1",), b"{}", 405),
        ("POST /healthz HTTP/1.1", ("Ostiary-Admin: 1",), b"{}", 405),
        ("GET /others HTTP/1.1", (), b"", 404),
    ],
)
def test_what_a_web_page_could_send_or_nobody_can_obey_is_refused(
    line: str, more: tuple[str, ...], body: bytes, status: int
) -> None:
    assert asked(head(line, *more, f"Content-Length: {len(body)}") + body)[0] == status


def test_a_name_that_was_rebound_to_this_machine_reads_nothing() -> None:
    assert asked(b"GET /things HTTP/1.1\r\nHost: evil.example\r\n\r\n")[0] == 403


def test_a_body_that_never_comes_ends_the_wait() -> None:
    with pytest.raises(IndexError):  # closed without an answer, after five seconds
        asked(head("POST /things HTTP/1.1", "Ostiary-Admin: 1", "Content-Length: 10") + b"{")


def test_answers_of_several_processes_are_one() -> None:
    one = {"bans": [{"about": "a"}, {"about": "b"}], "freed": 2, "stale": False, "order": {"x": 1}}
    other = {"bans": [{"about": "b"}, {"about": "c"}], "freed": 3, "stale": True, "order": {"x": 1}}
    whole = {"bans": [{"about": "a"}, {"about": "b"}, {"about": "c"}], "freed": 5, "stale": True, "order": {"x": 1}}
    assert merged([one, other]) == whole


@pytest.mark.parametrize("workers", [1, 2])
def test_every_worker_obeys_and_so_does_one_that_is_started_later(workers: int) -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        async with Upstream().running() as upstream:
            entered = policy(upstream.url, workers, only=["infra.abuse-readiness"])
            process, url, admin = await loop.run_in_executor(None, entered.__enter__)

            async def statuses() -> set[int]:
                return {(await loop.run_in_executor(None, fetch, url + "/"))[0] for _ in range(12)}

            async def tell(path: str, given: Any = None) -> tuple[int, Any]:
                return await loop.run_in_executor(None, told, admin + path, given)

            try:
                assert await statuses() == {200}
                loopback = {**ORDER, "about": "127.0.0.0/8"}
                status, answer = await tell("/bans", loopback)
                assert (status, answer["order"]["about"]) == (200, "127.0.0.0/8")
                assert await statuses() == {403}
                if workers > 1:
                    os.kill(children(process.pid)[0], signal.SIGKILL)
                    for _ in range(100):
                        await asyncio.sleep(0.05)
                        if len(children(process.pid)) == workers:
                            break
                    await asyncio.sleep(0.3)
                    assert await statuses() == {403}
                listed = (await tell("/bans"))[1]["bans"]
                assert [(each["kind"], each["about"], each["why"], each["by"]) for each in listed] == [
                    ("source", "127.0.0.0/8", "stuffing", "ann")
                ]
                assert (await tell("/bans", {**ORDER, "about": "nonsense"}))[0] == 400
                assert (await tell("/bans/lift", loopback))[1] == {"lifted": True}
                assert (await tell("/bans/lift", loopback))[1] == {"lifted": False}
                assert await statuses() == {200}
            finally:
                entered.__exit__(None, None, None)

    run(body)
