"""Ports that speak no TLS, or speak it badly, are told from those that do; none keeps the audit for long."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from answering import says, server
from loop import stage
from ostiary.audit.gather.machines import machine
from ostiary.audit.gather.machines.secured import Probe
from ostiary.audit.recognise import recognise
from ostiary.errors import Unanswerable


def test_http_in_clear_text_shows_itself() -> None:
    with server(says(b"{}")) as url:
        seen = asyncio.run(Probe("127.0.0.1", int(url.rpartition(":")[2])).secured())
    assert not seen.suites
    assert seen.clear.startswith(("HTTP/", "<!DOCTYPE"))


@pytest.mark.parametrize(
    "words", [b"", b"\x16\x03\x03\xff\xff" + bytes(range(256)), b"\x15\x03\x01\x00\x02\x02\x28", b"\x00" * 90]
)
def test_nonsense_is_no_version(words: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def serve() -> None:
            listener.settimeout(0.05)
            while not ended.is_set():
                try:
                    peer = listener.accept()[0]
                except TimeoutError:
                    continue
                with peer:
                    peer.sendall(words)

        thread = threading.Thread(target=serve)
        thread.start()
        started = time.monotonic()
        try:
            seen = asyncio.run(Probe("127.0.0.1", listener.getsockname()[1]).secured())
        finally:
            ended.set()
            thread.join()
    assert not seen.suites
    assert time.monotonic() - started < 40


def test_a_port_that_is_gone_is_unanswerable() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        there = machine(recognise(f"127.0.0.1:{held.getsockname()[1]}"), authorized=False, stop=threading.Event())
        with pytest.raises(Unanswerable, match="refused"):
            asyncio.run(there.secured())


def test_an_audit_that_is_stopped_ends(tmp_path: Path) -> None:
    folder = stage.make_certificate(tmp_path)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with server(says(b"{}"), tls=made) as url:
        probe = Probe("127.0.0.1", int(url.rpartition(":")[2]), stopped=lambda: True)
        with pytest.raises(Unanswerable, match="interrupted"):
            asyncio.run(probe.secured())
