"""What we fetch ourselves is bounded, goes where the policy says and no further, and is asked once; httpx is imported here alone.

A host name is resolved once, every address it has is judged, and the connection goes to the address that was judged: a
name that answers differently the next moment gains nothing (DNS rebinding). Redirects are not followed, proxies of
the environment not used. Certificates are checked against the system's, or those in ``SSL_CERT_FILE``.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from ostiary.errors import ConfigError, StoreError
from ostiary.parts.addresses import embedded, is_public
from ostiary.parts.networks import Address, address_of

__all__ = ["Fetched", "check_url", "fetch", "is_allowed"]

_DONE: Final = 200
MOST_ADDRESSES = 16  # of one name; more are not judged, and not used
_NEVER: Final = (  # whatever the policy allows: metadata services answer here, and nobody's issuer does
    ipaddress.ip_network("169.254.0.0/16"),
    ipaddress.ip_network("fe80::/10"),
    ipaddress.ip_network("fd00:ec2::254/128"),
    ipaddress.ip_network("0.0.0.0/8"),
    ipaddress.ip_network("::/128"),
)

Fetched = tuple[int, list[tuple[str, str]], bytes]  # status, header fields with lower-case names, body


def is_allowed(address: Address, *, private: bool, loopback: bool) -> bool:
    """Whether a request of ours may go to an address, the IPv4 one that it may embed included."""
    inner = embedded(address) if isinstance(address, ipaddress.IPv6Address) else None
    if inner is not None:
        return is_allowed(inner, private=private, loopback=loopback)
    if address.is_multicast or any(address in each for each in _NEVER if each.version == address.version):
        return False
    return is_public(address) or private or (loopback and address.is_loopback)


def check_url(url: str, where: str, *, private: bool, loopback: bool) -> None:
    """Check a URL that the policy gives, without resolving its name: https, or http to this very machine.

    :param private: whether it may lead to private addresses; `loopback`: at least to this machine.
    :raises ConfigError: when it could not be fetched, or not safely.
    """
    try:
        parts = _split(url)
    except ValueError as error:
        raise ConfigError(where, f"cannot be fetched: {error}", "write an https URL") from error
    host = address_of(parts.hostname or "")
    local = parts.hostname == "localhost" or (host is not None and host.is_loopback)
    if parts.scheme == "http" and not (local and (private or loopback)):
        raise ConfigError(where, "is not https: whoever is on the way could change it", "write an https URL")
    if (host is not None and not is_allowed(host, private=private, loopback=loopback)) or (
        local and not private and not loopback
    ):
        raise ConfigError(where, "leads to a private address", "set private = true if that is meant")


def _split(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or any(each in url for each in ' "<>\\^`{|}'):
        raise ValueError("it is not a URL")
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("it is not an https URL")
    if "@" in parts.netloc or parts.fragment:
        raise ValueError("it has a user name, or a fragment")
    _ = parts.port  # raises for what is no port
    return parts


async def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    most: int = 256 * 1024,
    timeout: float = 5.0,  # noqa: ASYNC109 - the whole of it, name resolution included
    private: bool = False,
    loopback: bool = False,
    into: Callable[[bytes], object] | None = None,
) -> Fetched:
    """Send one request, and read its whole reply.

    :param url: https, or http to this machine; of the policy, never of what a client sent.
    :param most: bytes of the reply's body.
    :param timeout: seconds for everything.
    :param private: whether the address may be a private one; `loopback`: at least this machine's.
    :param into: takes the body of a 200 piece by piece, which is then not kept: for what is large.
    :raises StoreError: when there is no such reply in time; it names the host, and nothing of the request.
    """
    try:
        parts = _split(url)
    except ValueError as error:
        raise StoreError("a URL cannot be fetched") from error
    try:
        async with asyncio.timeout(timeout):
            address = await _resolve(parts, private=private, loopback=loopback)
            return await _send(parts, str(address), method, headers=list(headers), body=body, most=most, into=into)
    except TimeoutError as error:
        raise StoreError(f"{parts.hostname} did not answer in time") from error


async def _resolve(parts: SplitResult, *, private: bool, loopback: bool) -> Address:
    host = str(parts.hostname)
    literal = address_of(host)
    if literal is not None:
        found = [literal]
    else:
        try:
            port = parts.port or 443
            told = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise StoreError(f"{host} cannot be resolved") from error
        found = [each for each in (address_of(str(info[4][0])) for info in told[:MOST_ADDRESSES]) if each is not None]
    if not found or not all(is_allowed(each, private=private, loopback=loopback) for each in found):
        raise StoreError(f"{host} leads to an address that is not asked")  # one of several is enough to distrust it
    local = parts.scheme == "http" and not all(each.is_loopback for each in found)
    if local:
        raise StoreError(f"{host} is not on this machine, and not asked without TLS")
    return min(found, key=lambda each: each.version)


async def _send(
    parts: SplitResult,
    address: str,
    method: str,
    *,
    headers: list[tuple[str, str]],
    body: bytes,
    most: int,
    into: Callable[[bytes], object] | None,
) -> Fetched:
    httpx = _httpx()
    host = f"[{address}]" if ":" in address else address
    port = "" if parts.port is None else f":{parts.port}"
    target = f"{parts.scheme}://{host}{port}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    fields = [("host", parts.netloc), ("accept-encoding", "identity"), ("user-agent", "ostiary"), *headers]
    extensions = {} if address_of(str(parts.hostname)) is not None else {"sni_hostname": parts.hostname}
    context = _context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    try:
        async with (
            httpx.AsyncClient(verify=context, trust_env=False, follow_redirects=False, timeout=None) as client,
            client.stream(method, target, headers=fields, content=body or None, extensions=extensions) as reply,
        ):
            if reply.headers.get("content-encoding", "identity").lower() != "identity":
                raise StoreError(f"{parts.hostname} answered compressed, which was not asked for")
            read, told = bytearray(), 0
            take = into if into is not None and reply.status_code == _DONE else read.extend
            async for chunk in reply.aiter_raw():
                told += len(chunk)
                take(chunk)
                if told > most:
                    raise StoreError(f"{parts.hostname} answered more than {most} bytes")
            found = [(name.lower(), value) for name, value in reply.headers.multi_items()]
            return reply.status_code, found, bytes(read)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise StoreError(f"{parts.hostname} cannot be reached") from error


@functools.cache
def _httpx() -> Any:
    try:
        import httpx  # noqa: PLC0415 - an optional library
    except ImportError as error:
        raise StoreError("httpx is not installed: pip install 'ostiary[tokens]'") from error
    return httpx


@functools.lru_cache(maxsize=2)
def _context(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Whom this machine trusts; the arguments are the variables by which OpenSSL lets that be changed."""
    context = ssl.create_default_context(cafile=file, capath=folder)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
