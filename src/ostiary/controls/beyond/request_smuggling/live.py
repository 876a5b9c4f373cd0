"""Requests that two servers could read in two ways are sent alone on a connection of their own, and must be refused."""

from __future__ import annotations

import re
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Asked, Http
from ostiary.model import Finding, failed, passed, unknown

MOST: Final = 6  # reads that are tried as a baseline
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")
# What RFC 9112 leaves no choice about: sections 3.2 (one Host), 5.1 (no space before the colon), 6.3 (differing lengths).
PROBES: Final = (
    ("two Host fields", "Host: {host}\r\nHost: ostiary-probe.example\r\n", ""),
    ("a space before the colon", "Host: {host}\r\nX-Ostiary : 1\r\n", ""),
    ("two lengths that differ", "Host: {host}\r\nContent-Length: 0\r\nContent-Length: 1\r\n", "x"),
    ("a length that is no number", "Host: {host}\r\nContent-Length: +0\r\n", ""),
)


async def audit_live(http: Http) -> Finding:
    """Ask for what everybody may read, plainly and in forms that no server may take."""
    target = await _public(http)
    if target is None:
        return unknown("no read is answered to nobody: a request of bare bytes carries no credential")
    host = http.base.partition("://")[2]
    plain = await _ask(http, target, f"Host: {host}\r\n", "")
    if plain is None or not plain.accepted:
        return unknown("a plain request, written byte for byte, is not answered with 2xx")
    taken, refused = [], []
    for what, fields, body in PROBES:
        answer = await _ask(http, target, fields.format(host=host), body)
        if answer is not None and answer.accepted:
            taken.append((what, answer))
        elif answer is not None and (answer.status < 500 or answer.status == 501):  # noqa: PLR2004
            refused.append(what)  # silence is only a hint
    if taken:
        names = " and ".join(what for what, _ in taken)
        return failed(
            f"a request with {names} is answered",
            *[http.show(each, what) for what, each in taken[:4]],
            proof=f"a plain request of bare bytes is answered {plain.status}, and so is one with {taken[0][0]}",
            places=(f"GET {target.partition('?')[0]}",),
            facts={"forms": [what for what, _ in taken]},
        )
    if len(refused) >= len(PROBES) - 1:
        return passed(
            f"refused, beside a plain request that is answered: {', '.join(refused)}", http.show(plain, "plain")
        )
    return unknown("some of the ambiguous requests end in silence or a server error, which says neither")


async def _public(http: Http) -> str | None:
    reads = [each for each in http.operations if each.method == "GET"]
    for operation in sorted(reads, key=lambda each: ("{" in each.path, bool(each.security)))[:MOST]:
        try:
            answer = await http.send_to(operation, identity="")
        except Unanswerable:
            continue
        if answer.accepted:
            return answer.asked.target
    return None


async def _ask(http: Http, target: str, fields: str, body: str) -> Answer | None:
    """The reply, or None: the connection was closed without one."""
    head = f"GET {target} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n"
    came = await http.raw(f"{head}{body}".encode("latin-1", "replace"), seconds=3)
    found = _STATUS.match(came)
    if found is None:
        return None
    pairs = [line.partition(":") for line in f"{fields}Connection: close".split("\r\n")]
    asked = Asked(method="GET", target=target, headers=tuple((name, value.strip()) for name, _, value in pairs))
    return Answer(asked=asked, status=int(found[1]), body=came.partition(b"\r\n\r\n")[2])
