"""Over http nothing may answer as if it were fine; over https the certificate verifies and the plain ports refuse."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Severity, failed, not_applicable, passed, unknown

MOST_ASKED = 3  # operations
CLEAR_TEXT_PORT = 80


def is_loopback(host: str) -> bool:
    """Whether a host as written in a URL is this machine."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def audit_live(http: Http) -> Finding:
    """Over http nothing may answer as if it were fine; over https the certificate holds and the plain ports refuse."""
    if http.scheme == "http":
        if is_loopback(http.host):
            return not_applicable("the target is on loopback: no network is crossed")
        return await _clear_text(http)
    if http.certificate_fault:
        fault = f"the certificate does not verify: {http.certificate_fault}"
        return failed(fault, Evidence(what=fault, where=http.base))
    return await _plain_ports(http)


async def _clear_text(http: Http) -> Finding:
    refused: list[Answer] = []
    operations: Sequence[Operation | None] = [each for each in http.operations if each.method == "GET"] or [None]
    for operation in operations[:MOST_ASKED]:
        try:
            answer = await _ask(http, operation)
        except Unanswerable:
            continue
        what = _complaint(answer.status)
        if what:
            return failed(f"{what} in clear text", http.show(answer, what))
        if answer.status in {400, 403, 421, 426}:
            refused.append(answer)
    if not refused:
        return unknown("no operation answered in a way that tells whether clear text is accepted")
    return passed("clear text is refused", http.show(refused[0], "refused"))


async def _ask(http: Http, operation: Operation | None) -> Answer:
    return await http.send("GET", "/") if operation is None else await http.send_to(operation)


def _complaint(status: int) -> str:
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110 section 15.3
        return f"answered {status}"
    if status == 401:  # noqa: PLR2004 - RFC 9110 section 15.5.2
        return "asked for a credential (401)"
    if 300 <= status < 400:  # noqa: PLR2004 - RFC 9110 section 15.4
        return f"redirected an API path ({status}), after the credential was sent,"
    return ""


async def _plain_ports(http: Http) -> Finding:
    operation = next((each for each in http.operations if each.method == "GET"), None)
    target = http.target_of(operation) if operation else "/"
    secure = await _ask(http, operation)
    request = f"GET {target} HTTP/1.1\r\nHost: {http.host}\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode()
    seen = []
    for port in dict.fromkeys((http.port, CLEAR_TEXT_PORT)):
        try:
            reply = await http.raw(request, tls=False, port=port)
        except Unanswerable:
            seen.append(f"port {port} is closed")
            continue
        status = _status_of(reply)
        what = _complaint(status)
        redirects = 300 <= status < 400  # noqa: PLR2004 - RFC 9110 section 15.4
        if redirects and operation is None:
            what = ""  # a page for people may be redirected (ASVS 4.1.2); without a document we cannot know
        if what and (redirects or port == http.port or status == secure.status):
            shown = Evidence(what=what, where=f"http port {port}", reply=reply[:200].decode("latin-1"))
            return failed(f"port {port} {what} in clear text", shown, severity=Severity.MEDIUM if redirects else None)
        seen.append(f"port {port} answers {status}" if status else f"port {port} does not speak HTTP")
    return passed(f"the certificate verifies; without TLS {' and '.join(seen)}")


def _status_of(reply: bytes) -> int:
    head = reply[:12]
    return int(head[9:12]) if head.startswith(b"HTTP/1.") and head[9:12].isdigit() else 0
