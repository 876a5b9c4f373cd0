"""A working token must not open anything from the query, and no reply may link to one."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Finding,
    failed,
    passed,
    unknown,
)
from ostiary.parts import baselines

PARAMETERS = ("access_token", "token", "api_key")
LINK = re.compile(
    r"[?&#](access_token|id_token|refresh_token|api_?key|token|client_secret|password)=([^&\"'\s<>]{16,})",
    re.IGNORECASE,
)
A_FILE = re.compile(r"/[^/]+\.[A-Za-z][A-Za-z0-9]{1,4}$")
_NOT_TOKENS = frozenset({"basic", "digest", "negotiate", "ntlm", "hawk", "signature"})  # what follows is no token
AROUND_A_LINK = re.compile(r"[\s\"'<>()]")


async def audit_live(http: Http) -> Finding:
    """Move a working token into the query: it must not open anything; and read replies for links that carry one."""
    for answer in await http.samples():
        name = _link_in(answer, http.host)
        if name:
            what = f"a reply holds a link with {name} in it"
            return failed(what, http.show(answer, what))
    reads = [each for each in http.operations if each.method == "GET"]
    reads.sort(key=lambda each: not each.security)  # those that want a token tell whether one in the URL opens them
    refused: list[Answer] = []
    for operation, own in await baselines.accepted(http, reads, most=3):
        token = _token_of(own)
        try:
            nobody = await http.send_to(operation, identity="")
            closed = bool(token) and nobody.status in {401, 403}
            for name in PARAMETERS:
                target = _with(http.target_of(operation), name, token if closed else "ostiary-probe")
                answer = await http.send_to(operation, target=target, identity="" if closed else None)
                if closed and answer.accepted:
                    return failed(f"a token is accepted in ?{name}=", http.show(answer, "a token in the query"))
                if 400 <= answer.status < 500 and (closed or own.accepted):  # noqa: PLR2004 - a client error
                    refused.append(answer)
        except Unanswerable:
            continue
        if len(refused) >= len(PARAMETERS):
            how = "a working token" if closed else "a made-up token"
            return passed(f"{how} in the URL is refused", http.show(refused[0], "a token in the query"))
    return unknown("no working token to move into the URL, and made-up ones are ignored")


def _token_of(answer: Answer) -> str:
    for name, value in answer.asked.headers:
        scheme, _, rest = value.strip().partition(" ")
        if name.lower() == "authorization" and scheme.lower() not in _NOT_TOKENS:
            return rest.strip() or scheme
        if name.lower() in {"x-api-key", "api-key", "x-auth-token"}:
            return value.strip()
    return ""


def _with(target: str, name: str, value: str) -> str:
    return f"{target}{'&' if '?' in target else '?'}{name}={value}"


def _link_in(answer: Answer, host: str) -> str:
    """The credential's name in a link that opens something of this API."""
    text = answer.text[:200_000]
    found = [LINK.search(answer.head("location") or "")]
    found += [each for each in LINK.finditer(text) if not _is_foreign_file(text[: each.start()], host)]
    for each in found:
        if each is not None and any(char.isdigit() for char in each[2]):  # an example reads YOUR_TOKEN_HERE
            return each[1]
    return ""


def _is_foreign_file(before: str, host: str) -> bool:
    """Whether a text ends with the address of a file elsewhere: a picture in users' content, signed by who keeps it."""
    address = AROUND_A_LINK.split(before[-2000:])[-1].replace("\\", "")  # JSON may write a slash as \\/
    try:
        parts = urlsplit(address)
        elsewhere = (parts.hostname or host).lower() != host.lower()
    except ValueError:
        return False
    return elsewhere and A_FILE.search(parts.path) is not None
