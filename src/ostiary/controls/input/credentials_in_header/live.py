"""A working token must not open anything from the query, and no reply may link to one."""

from __future__ import annotations

import re

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


async def audit_live(http: Http) -> Finding:
    """Move a working token into the query: it must not open anything; and read replies for links that carry one."""
    for answer in await http.samples():
        match = LINK.search(answer.head("location") or "") or LINK.search(answer.text[:200_000])
        if match is not None and any(each.isdigit() for each in match[2]):  # an example reads YOUR_TOKEN_HERE
            return failed(f"a reply holds a link with {match[1]} in it", http.show(answer, "the link"))
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
        if name.lower() == "authorization" and value.lower().startswith("bearer "):
            return value[7:].strip()
        if name.lower() in {"x-api-key", "api-key", "x-auth-token"}:
            return value.strip()
    return ""


def _with(target: str, name: str, value: str) -> str:
    return f"{target}{'&' if '?' in target else '?'}{name}={value}"
