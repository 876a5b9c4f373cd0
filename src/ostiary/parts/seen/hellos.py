"""A live target's own port is greeted in versions and with suites that it should refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ostiary.evidence import Http
from ostiary.parts.tls.hello import SSL3, TLS10, TLS11, TLS12, TLS13, VERSIONS, Greeting, client_hello, goodbye, read

__all__ = ["SSL3", "TLS10", "TLS11", "TLS12", "TLS13", "VERSIONS", "WAIT", "Greeting", "greet"]

WAIT: Final = 1.5  # seconds for a server that does not hang up


async def greet(http: Http, version: int, suites: Sequence[int], *, name: bool = True) -> Greeting:
    """Offer one version (and, below TLS 1.3, what lies beneath it) with these suites; one or two connections.

    :param name: whether to say which host is meant (RFC 6066 section 3).
    :raises Unanswerable: when no connection can be made.
    """
    hello = client_hello(version, suites, host=http.host if name else "")
    found = read(await http.raw(hello + goodbye(version), tls=False, seconds=WAIT))
    if not found.version and found.alert < 0:  # some hang up on a goodbye so fast that their own words are lost
        found = read(await http.raw(hello, tls=False, seconds=WAIT))
    return found
