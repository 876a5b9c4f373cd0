"""A process that ends is waited for, what others asked meanwhile is asked again, and what ended it is asked no more."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from audit.gather.test_wire import HOST, target_of
from ostiary.audit.gather import restarts
from ostiary.audit.gather.wire import Came, Wire
from ostiary.errors import Unanswerable

FATAL = "/beer"


class Mortal:
    """Node since version 15: an unhandled rejection ends the process; a keeper starts it again."""

    def __init__(self, *, kept: bool = True) -> None:
        self.ends = 0
        self.asked: list[str] = []
        self._kept = kept
        self._over = threading.Event()
        self._listener = self._open(0)
        self.port = self._listener.getsockname()[1]

    def run(self) -> None:
        while not self._over.is_set():
            self._serve()
            self._listener.close()
            if self._over.is_set() or not self._kept:
                return
            time.sleep(0.3)
            self._listener = self._open(self.port)

    def stop(self) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()

    def _open(self, port: int) -> socket.socket:
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("127.0.0.1", port))
        found.listen(16)
        return found

    def _serve(self) -> None:
        held: list[socket.socket] = []
        try:
            while not self._over.is_set():
                connection, _ = self._listener.accept()
                held.append(connection)
                connection.settimeout(2)
                got = b""
                while b"\r\n\r\n" not in got:
                    more = connection.recv(4096)
                    if not more:
                        break
                    got += more
                if not got:
                    continue
                path = got.split(b" ")[1].decode()
                self.asked.append(path)
                if path.startswith(FATAL):
                    self.ends += 1
                    return
                if path != "/slow":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        finally:
            for each in held:
                each.close()


@contextlib.contextmanager
def mortal(*, kept: bool = True) -> Iterator[Mortal]:
    server = Mortal(kept=kept)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)


async def _send(wire: Wire, path: str) -> Came | str:
    try:
        return await wire.send("GET", path, HOST, b"")
    except Unanswerable as error:
        return str(error)


def test_a_process_that_is_started_again_is_audited_on() -> None:
    async def main(wire: Wire) -> list[Came | str]:
        try:
            found = [await _send(wire, each) for each in ("/", "/beer?id=1", "/order", "/beer?id=2", "/order")]
            return [*found, *wire.restarts.notes]
        finally:
            await wire.close()

    with mortal() as server:
        wire = Wire(target_of(server.port), timeout=3)
        first, fatal, after, other, last, note = asyncio.run(main(wire))
    assert all(isinstance(each, Came) and each.body == b"ok" for each in (first, after, last))
    assert isinstance(fatal, str)
    assert other == "GET /beer ended the target's process and is not asked again"
    assert server.ends == 2, "once, and once more with nothing beside it: then it is known, and spared"
    assert not wire.health.lost
    assert note == (
        "The target's process ended 2 times during the audit (GET /beer ended it, asked alone too)"
        " and was there again each time."
    )


def test_who_was_under_way_beside_it_is_asked_again_and_not_blamed() -> None:
    async def main(wire: Wire) -> tuple[Came | str, ...]:
        try:
            await _send(wire, "/")
            slow = asyncio.create_task(_send(wire, "/slow"))
            await asyncio.sleep(0.1)
            return await asyncio.gather(slow, _send(wire, "/beer"))
        finally:
            await wire.close()

    with mortal() as server:
        wire = Wire(target_of(server.port), timeout=1)
        asyncio.run(main(wire))
    assert server.asked.count("/slow") == 2
    assert wire.restarts.ended == ("GET /beer",)


def test_where_nobody_starts_it_again_the_wait_is_had_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "WAIT", 0.5)

    async def main(wire: Wire) -> float:
        try:
            await _send(wire, "/")
            await _send(wire, "/beer")
            began = time.monotonic()
            for _ in range(10):
                await _send(wire, "/")
            return time.monotonic() - began
        finally:
            await wire.close()

    with mortal(kept=False) as server:
        wire = Wire(target_of(server.port), timeout=1)
        assert asyncio.run(main(wire)) < 1
    assert "stopped answering" in wire.health.lost
    assert wire.restarts.notes[0].endswith("and was not there again in time.")


def test_what_has_worked_is_asked_on_after_something_else_of_its_path_was_fatal() -> None:
    kept = restarts.Restarts()
    kept.answered("POST /login", ("/login", b'{"email": "a", "password": "b"}'))
    kept.under("POST /login", ("/login", b'{"password": "b"}'))
    kept.under("POST /login", ("/login", b'{"user": "b"}'))
    kept.see("POST /login", ("/login", b'{"email": "c", "password": "d"}'))
    for body in (b'{"password": "b"}', b'{"other": "b"}'):
        with pytest.raises(Unanswerable, match="ended the target's process"):
            kept.see("POST /login", ("/login", body))
