"""Servers on loopback for audits: an ASGI app on uvicorn in a thread, and a bare socket that answers with given bytes."""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import ipaddress
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

App = Callable[[Any, Any, Any], Awaitable[None]]


class _Hosted:
    """The one plain server of a test process; starting one for each test would take longer than the tests."""

    base = ""
    app: App | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.app is not None:
            await self.app(scope, receive, send)


_hosted = _Hosted()


@contextlib.contextmanager
def serving(app: App, **options: Any) -> Iterator[str]:
    """Serve an app; the base URL. Options of uvicorn ask for a server of its own."""
    if options:
        stop, base = _start(app, **options)
        try:
            yield base
        finally:
            stop()
        return
    if not _hosted.base:
        stop, _hosted.base = _start(_hosted)
        atexit.register(stop)
    _hosted.app = app
    try:
        yield _hosted.base
    finally:
        _hosted.app = None


def _start(app: App, **options: Any) -> tuple[Callable[[], None], str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1, ws="none", **options
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.005)

    def stop() -> None:
        server.should_exit = True
        thread.join(10)
        listener.close()

    return stop, f"{'https' if 'ssl_certfile' in options else 'http'}://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def talking(*conversations: bytes | None, pause: float = 0.0) -> Iterator[tuple[int, list[bytes]]]:
    """A socket that answers each connection's first request with the given bytes, then closes; None closes at once.

    Yields its port and the requests it got.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def run() -> None:
        for say in conversations:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(5)
                with contextlib.suppress(OSError):
                    if say is None:
                        continue
                    got.append(peer.recv(65536))
                    time.sleep(pause)
                    peer.sendall(say)
                    peer.shutdown(socket.SHUT_WR)
                    while peer.recv(65536):
                        pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], got
    finally:
        with contextlib.suppress(OSError):  # wakes the accept that nobody will answer
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def self_made(folder: Path, *, host: str = "127.0.0.1", days: int = 2) -> tuple[str, str]:
    """A certificate that nobody vouches for, and its key; negative `days` make it expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=10))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(certificate), str(private)
