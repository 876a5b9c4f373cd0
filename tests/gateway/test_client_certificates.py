"""TLS with certificates of clients: real handshakes against the gateway."""

# ruff: noqa: SIM117 - an upstream, a gateway, a client: one a line reads best
from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from authorities import Authority, nobody
from gateway.raw import Upstream, connected, gateway_to, get, run
from ostiary.config import Config, Tls
from ostiary.errors import ConfigError
from ostiary.gateway.tls import context_of


def tls_of(path: Path, authority: Authority, how: str = "") -> Tls:
    file = path / "authorities.pem"
    file.write_bytes(authority.pem)
    return Tls(self_made=True, client_authorities=str(file), client_certificate=how)  # type: ignore[arg-type]  # a literal


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_shows_its_certificate_and_the_exchange_has_it(tmp_path: Path, version: ssl.TLSVersion) -> None:
    authority = Authority()
    client = authority.client()
    context = client.context(tmp_path / "client.pem")
    context.minimum_version = context.maximum_version = version

    async def body() -> None:
        async with Upstream().running() as upstream:
            async with gateway_to(upstream.url, tls=tls_of(tmp_path, authority)) as gateway:
                async with connected(gateway, ssl=context) as connection:
                    assert (await connection.ask(get())).status == 200
                    assert gateway.core is not None
                    assert [each.certificate for each in gateway.core.clients] == [client.der]

    run(body)


def test_where_it_is_optional_a_client_without_one_is_nobody(tmp_path: Path) -> None:
    authority = Authority()

    async def body() -> None:
        async with Upstream().running() as upstream:
            async with gateway_to(upstream.url, tls=tls_of(tmp_path, authority, "optional")) as gateway:
                async with connected(gateway, ssl=nobody()) as connection:
                    assert (await connection.ask(get())).status == 200
                    assert gateway.core is not None
                    assert [each.certificate for each in gateway.core.clients] == [b""]

    run(body)


@pytest.mark.parametrize("how", ["optional", "required"])
@pytest.mark.parametrize("who", ["a stranger's", "expired", "a server's"])
def test_a_certificate_that_nobody_vouches_for_ends_the_handshake(tmp_path: Path, who: str, how: str) -> None:
    authority = Authority()
    client = {
        "a stranger's": lambda: Authority().client(),
        "expired": lambda: authority.client(days=-1),
        "a server's": lambda: authority.client(purpose=ExtendedKeyUsageOID.SERVER_AUTH),
    }[who]()
    assert not _served(tmp_path, tls_of(tmp_path, authority, how), client.context(tmp_path / "client.pem"))


def test_where_it_is_required_nobody_is_served_without(tmp_path: Path) -> None:
    authority = Authority()
    assert not _served(tmp_path, tls_of(tmp_path, authority, "required"), nobody())
    assert not _served(tmp_path, tls_of(tmp_path, authority), nobody())
    assert _served(tmp_path, tls_of(tmp_path, authority), authority.client().context(tmp_path / "client.pem"))


def _served(path: Path, tls: Tls, context: ssl.SSLContext) -> bool:
    served = False

    async def body() -> None:
        nonlocal served
        async with Upstream().running() as upstream:
            async with gateway_to(upstream.url, tls=tls) as gateway:
                try:
                    async with connected(gateway, ssl=context) as connection:
                        served = (await connection.ask(get())).status == 200
                except (ssl.SSLError, EOFError, ConnectionError):  # in TLS 1.3 a client hears of it with its first read
                    served = False
            assert served == bool(upstream.requests)

    run(body)
    return served


@pytest.mark.parametrize(
    ("tls", "message"),
    [
        (Tls(self_made=True, client_certificate="required"), "name client-authorities"),
        (Tls(self_made=True, client_authorities="/nowhere.pem"), "cannot be used"),
        (Tls(self_made=True, client_authorities="{empty}"), "cannot be used"),
        (Tls(self_made=True, client_authorities="{client}"), "no certificate of an authority"),
    ],
)
def test_authorities_that_are_none_are_a_mistake(tmp_path: Path, tls: Tls, message: str) -> None:
    (tmp_path / "empty").write_text("")
    (tmp_path / "client").write_bytes(Authority().client().pem)
    file = tls.client_authorities.replace("{", f"{tmp_path}/").replace("}", "")
    tls = Tls(self_made=True, client_authorities=file, client_certificate=tls.client_certificate)
    with pytest.raises(ConfigError, match=message):
        context_of(Config(tls=tls))
