"""Fetching against real servers: bounded in every way, and only where it may go."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.server
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from answering import says, server
from ostiary.errors import ConfigError, StoreError
from ostiary.gateway.certificate import self_made
from ostiary.parts import fetching
from ostiary.parts.fetching import Fetched, check_url, fetch, is_allowed
from ostiary.parts.networks import address_of


def get(url: str, **more: Any) -> Fetched:
    return asyncio.run(fetch(url, **{"loopback": True, **more}))


def test_a_reply_comes_whole_with_its_header_fields() -> None:
    with server(says(b"{}", 404, ("X-Some", "thing"))) as url:
        status, headers, body = get(f"{url}/a?b=c")
    assert (status, body) == (404, b"{}")
    assert ("x-some", "thing") in headers


def test_the_request_is_what_was_asked_for() -> None:
    seen: list[Any] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        size = int(handler.headers["content-length"])
        seen.append(
            (handler.command, handler.path, handler.headers["host"], handler.headers["x-a"], handler.rfile.read(size))
        )
        says(b"")(handler)

    with server(answer) as url:
        get(f"{url}/a%20b?c=%2F", method="POST", headers=[("x-a", "1")], body=b"token=x")
    assert seen == [("POST", "/a%20b?c=%2F", url.removeprefix("http://"), "1", b"token=x")]


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with server(says(b"secret")) as inner, server(says(b"", 302, ("location", f"{inner}/latest/meta-data"))) as url:
        assert get(url)[0] == 302


def test_too_large_a_reply_is_none() -> None:
    with server(says(b"x" * 1000)) as url:
        assert get(url, most=1000)[2] == b"x" * 1000
        with pytest.raises(StoreError, match="more than 999 bytes"):
            get(url, most=999)


def test_a_reply_without_end_is_stopped() -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 4096)

    with server(answer) as url, pytest.raises(StoreError, match="more than"):
        get(url, most=10_000)


def test_a_compressed_reply_is_not_unpacked() -> None:
    with (
        server(says(b"\x1f\x8b", 200, ("content-encoding", "gzip"))) as url,
        pytest.raises(StoreError, match="compressed"),
    ):
        get(url)


def test_a_slow_reply_is_given_up_in_time() -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        for _ in range(50):  # a byte now and then keeps a timeout between bytes from ever ending
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.05)

    start = time.monotonic()
    with server(answer) as url, pytest.raises(StoreError):
        get(url, timeout=0.3)
    assert time.monotonic() - start < 2


def test_nobody_there_is_a_store_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(StoreError, match="cannot be reached"):
            get(f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_this_machine_is_not_asked_unless_that_is_allowed() -> None:
    asked: list[str] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        says(b"secret")(handler)

    with server(answer) as url:
        for each in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "[::ffff:127.0.0.1]")):
            with pytest.raises(StoreError):
                get(each, loopback=False)
        assert asked == []
        assert get(url)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "10.0.0.1",
        "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "[::]", "[fe80::1]", "[fc00::1]", "224.0.0.1", "255.255.255.255",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_asked(host: str) -> None:
    with pytest.raises(StoreError, match="not asked"):
        get(f"https://{host}/latest/meta-data", loopback=False)


@pytest.mark.parametrize(
    "text", ["169.254.169.254", "fe80::1", "fd00:ec2::254", "0.0.0.0", "::", "224.0.0.1", "ff02::1"]
)
def test_metadata_services_are_never_allowed(text: str) -> None:
    address = address_of(text)
    assert address is not None
    assert not is_allowed(address, private=True, loopback=True)


@pytest.mark.parametrize(
    ("text", "private", "loopback", "allowed"),
    [
        ("93.184.215.14", False, False, True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", False, False, True),
        ("10.1.2.3", True, False, True),
        ("10.1.2.3", False, True, False),
        ("127.0.0.1", False, True, True),
        ("::1", False, True, True),
        ("127.0.0.1", False, False, False),
    ],
)
def test_what_is_allowed(text: str, private: bool, loopback: bool, allowed: bool) -> None:  # noqa: FBT001 - a table
    address = address_of(text)
    assert address is not None
    assert is_allowed(address, private=private, loopback=loopback) is allowed


def test_a_name_is_resolved_once_and_every_address_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently the second time (DNS rebinding) gains nothing."""
    told: list[str] = []

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        told.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    addresses = ["93.184.215.14", "169.254.169.254"]
    with pytest.raises(StoreError, match="not asked"):
        get("https://issuer.test/jwks", loopback=False)
    with server(says(b"{}")) as url:
        told.clear()
        addresses = ["127.0.0.1"]
        assert get(url.replace("127.0.0.1", "issuer.test"))[0] == 200
    assert told == ["issuer.test"]


def test_certificates_are_checked_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = self_made(dt.datetime.now(dt.UTC))
    file = tmp_path / "server.pem"
    file.write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))],
    )
    with server(says(b"{}"), tls=context) as url:
        port = url.rpartition(":")[2]
        with pytest.raises(StoreError, match="cannot be reached"):
            get(f"https://localhost:{port}/")  # nobody knows who signed it
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert get(f"https://localhost:{port}/")[0] == 200
        assert get(f"https://127.0.0.1:{port}/")[0] == 200
        with pytest.raises(StoreError, match="cannot be reached"):
            get(f"https://issuer.test:{port}/")  # it is for localhost


def test_plain_http_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.5", 80))]
    )
    with pytest.raises(StoreError, match="without TLS"):
        get("http://issuer.test/", private=True)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://issuer.test/", "file:///etc/passwd", "issuer.test", "https://", "https://user@issuer.test/", "https://issuer.test/#a",
        "https://issuer.test:99999/", "https://issuer.test/a b", "https://issuer.test/\r\nx: y", "https://ist\u00f6.test/", "https:///x",
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused_at_start_and_when_asked(url: str) -> None:
    with pytest.raises(ConfigError, match="cannot be fetched"):
        check_url(url, "here", private=True, loopback=True)
    with pytest.raises(StoreError):
        get(url)


@pytest.mark.parametrize(
    "url", ["http://issuer.test/", "http://10.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/", "https://127.0.0.1/", "https://localhost/"]
)  # fmt: skip
def test_urls_that_could_be_changed_or_lead_inside_stop_the_start(url: str) -> None:
    with pytest.raises(ConfigError):
        check_url(url, "here", private=False, loopback=False)


@pytest.mark.parametrize(
    ("url", "private", "loopback"),
    [
        ("https://issuer.test/realms/a?b=c", False, False),
        ("http://127.0.0.1:8080/", False, True),
        ("http://localhost:8080/", True, False),
        ("https://10.0.0.1/", True, False),
        ("https://[::1]:8443/", False, True),
    ],
)
def test_urls_that_may_be_fetched(url: str, private: bool, loopback: bool) -> None:  # noqa: FBT001 - a table
    check_url(url, "here", private=private, loopback=loopback)


def test_the_environments_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(says(b"proxy")) as proxy, server(says(b"issuer")) as url:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("http_proxy", proxy)
        assert get(url)[2] == b"issuer"


def test_nothing_is_fetched_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    fetching._httpx.cache_clear()
    with pytest.raises(StoreError, match="pip install"):
        get("https://93.184.215.14/")
