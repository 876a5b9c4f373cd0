"""Where the API itself is a client: operations that send a browser off to sign in elsewhere (RFC 6749 section 4.1.1)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urljoin, urlsplit

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Operation

MOST: Final = 6  # operations that are asked
_STARTS: Final = re.compile(
    r"log-?in|sign-?in|oauth|oidc|sso|social|connect|auth(?:ori[sz]e)?|google|github|microsoft|facebook|apple",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(r"callback|token|logout|userinfo|jwks|certs|revoke|introspect", re.IGNORECASE)


class Start(NamedTuple):
    """An operation that begins a sign-in, and the authorization request that it sends the browser to."""

    operation: Operation
    answer: Answer
    url: str

    @property
    def told(self) -> dict[str, str]:
        """The parameters of the authorization request."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}


async def found(http: Http) -> list[Start]:
    """Operations that begin a sign-in; at most 6 requests, shared."""
    likely = [
        each
        for each in http.operations
        if each.method == "GET" and each.declared and _STARTS.search(each.path) and not _ENDS.search(each.path)
    ]
    started = []
    for operation in likely[:MOST]:
        try:
            start = begun(http, operation, await http.send_to(operation, identity=""))
        except Unanswerable:
            continue
        if start is not None:
            started.append(start)
    return started


def begun(http: Http, operation: Operation, answer: Answer) -> Start | None:
    """What a reply begins, if it leads to an authorization endpoint."""
    location = answer.head("location") if 300 <= answer.status < 400 else None  # noqa: PLR2004
    if location is None:
        return None
    url = urljoin(http.base + answer.asked.target, location)
    told = parse_qs(urlsplit(url).query)
    if not {"client_id", "redirect_uri"} <= told.keys() or http.purpose(operation) == "authorize":
        return None
    return Start(operation, answer, url)


async def addresses(http: Http) -> list[str]:
    """The authorization requests that the API itself makes: they name a client and its redirect URI."""
    return [each.url for each in await found(http)]
