"""Servers for the loop: an ASGI app under uvicorn, or the gateway, each in a thread of its own on a loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ostiary.config import Config
from ostiary.gateway.server import Gateway
from ostiary.model import Api

NAME = "api.test"


def free_socket() -> socket.socket:
    """A listening loopback socket, so that nobody else takes the port in between."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock


@contextlib.contextmanager
def serving(app: Any, *, tls: Path | None = None, nameless: bool = False) -> Iterator[int]:
    """Serve an app under uvicorn; gives the port.

    ``tls`` is the folder with cert.pem and key.pem. ``nameless`` is ``--no-server-header``: what the server itself
    answers to bytes that are no request never reaches an app, so no guard inside can take its name away.
    """
    sock = free_socket()
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="on",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        server_header=not nameless,
        ssl_certfile=tls / "cert.pem" if tls else None,
        ssl_keyfile=str(tls / "key.pem") if tls else None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 10
        while not server.started:
            if not thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("uvicorn did not start")
            time.sleep(0.01)
        yield sock.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        sock.close()


@contextlib.contextmanager
def guarding(config: Config, api: Api) -> Iterator[str]:
    """Run a gateway; gives its URL."""
    ready = threading.Event()
    found: dict[str, Any] = {}

    async def run() -> None:
        found["stop"], found["loop"] = asyncio.Event(), asyncio.get_running_loop()
        async with Gateway(config, api) as gateway:
            found["url"] = gateway.url
            ready.set()
            await found["stop"].wait()

    def body() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            found["error"] = error
            ready.set()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    try:
        if not ready.wait(15) or "error" in found:
            raise RuntimeError("the gateway did not start") from found.get("error")
        yield found["url"]
    finally:
        if "loop" in found and "error" not in found:
            found["loop"].call_soon_threadsafe(found["stop"].set)
        thread.join(15)


def make_certificate(folder: Path) -> Path:
    """A certificate for `NAME` and 127.0.0.1, its own authority: cert.pem and key.pem in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = x509.SubjectAlternativeName([x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder
