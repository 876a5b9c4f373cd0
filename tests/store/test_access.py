"""What the guide promises to operators: TLS that is checked, and users that may do no more than they need."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ostiary.errors import StoreError
from ostiary.store.opening import open_store
from ostiary.store.ports import Rate
from store import servers
from store.crowd import told
from store.test_faults import fill, verbs

TEN = Rate(10, 3600.0, 10)

pytestmark = pytest.mark.live


def opened(url: str) -> Any:
    return open_store(url, where="test", clock=time.monotonic, now=time.time)


async def everything(url: str) -> None:
    store = opened(url)
    await store.start()
    for verb in await verbs(store):
        await verb()
    await told(store.strikes.free(""))
    await store.stop()


def certificate(folder: Path) -> None:
    """A certificate of its own authority for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "redis")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)


def test_redis_over_tls_is_used_if_its_certificate_is_right(tmp_path: Path) -> None:
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("NOT TESTED: redis-server is not installed (apt-get install redis-server)")
    certificate(tmp_path)
    port = servers.free_port()
    command = [
        binary, "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", "",
        "--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-auth-clients", "no",
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path)
    try:
        for _ in range(100):
            if b"Ready to accept" in (tmp_path / "log").read_bytes():
                break
            time.sleep(0.05)
        asyncio.run(everything(f"rediss://127.0.0.1:{port}?ca={tmp_path}/cert.pem&timeout=2"))
        with pytest.raises(StoreError, match="SSL"):
            asyncio.run(everything(f"rediss://127.0.0.1:{port}?timeout=2"))
        with pytest.raises(StoreError):
            asyncio.run(everything(f"redis://127.0.0.1:{port}?timeout=2"))
    finally:
        server.kill()
        server.wait()


def test_a_redis_user_needs_no_more_than_the_guide_says() -> None:
    rights = ["~ostiary:*", "~{ostiary:}*", "+@read", "+@write", "+@scripting", "+@connection", "+time"]

    async def admit(url: str) -> None:
        store = opened(url)
        await store._wire.ask(("ACL", "SETUSER", "ostiary", "on", ">secret", *rights), bool)
        await store.stop()

    with servers.redis_server() as server:
        asyncio.run(admit(server.url))
        asyncio.run(everything(server.url.replace("redis://", "redis://ostiary:secret@")))
        with pytest.raises(StoreError):
            asyncio.run(everything(server.url.replace("redis://", "redis://ostiary:secret@") + "?prefix=other:"))


def test_a_postgres_role_needs_no_more_than_the_guide_says(postgres: servers.Server) -> None:
    schema = "narrow"

    async def play() -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute("CREATE ROLE narrow LOGIN")
        narrow = f"{postgres.url.replace('ostiary@', 'narrow@')}?schema={schema}&timeout=2"
        with pytest.raises(StoreError, match="InsufficientPrivilege"):
            await everything(narrow)
        await everything(f"{postgres.url}?schema={schema}&timeout=2")
        await admin.execute(f"GRANT USAGE ON SCHEMA {schema} TO narrow")
        await admin.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO narrow")
        await everything(narrow)
        await admin.execute(f"TRUNCATE {schema}.strikes, {schema}.quotas, {schema}.once, {schema}.replies")
        store = opened(narrow)
        await store.start()
        await fill(store, time.time() + 60)
        assert await store._wire.ask(f"SELECT {schema}.clean(10)", (), lambda row: row[0]) == 0
        await store.stop()
        await admin.close()

    asyncio.run(play())
