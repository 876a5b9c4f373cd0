"""The one place where a refusal becomes bytes (RFC 9457)."""

from __future__ import annotations

import http
import uuid
from typing import Any

from ostiary.errors import Denied
from ostiary.model import Exchange, Reply
from ostiary.strict import dumps

MEDIA_TYPE = b"application/problem+json"
MOST_FAULTS = 20  # a caller who sent ten thousand wrong items learns enough from twenty
_TITLES = {413: "Content Too Large", 421: "Misdirected Request", 422: "Unprocessable Content"}  # RFC 9110, not 3.11's


def exchange_id(exchange: Exchange) -> str:
    """The exchange's uuid, the same in the reply and in the log; made when first asked for."""
    if not exchange.id:
        exchange.id = str(uuid.uuid4())
    return exchange.id


def title(status: int) -> str:
    """The status's phrase in RFC 9110 and its successors."""
    if status in _TITLES:
        return _TITLES[status]
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def render(exchange: Exchange, denied: Denied) -> Reply:
    """Make the reply for a refusal.

    The type is ``about:blank``: naming the control that refused would tell a stranger what stands here. The log line
    with the same id names it. A HEAD gets the same header fields and no body (RFC 9110 section 9.3.2): hosts see to it.
    """
    problem: dict[str, Any] = {"type": "about:blank", "title": title(denied.status), "status": denied.status}
    if denied.reason:
        problem["detail"] = denied.reason
    problem["instance"] = f"urn:uuid:{exchange_id(exchange)}"
    if denied.faults:
        problem["errors"] = [{"pointer": pointer, "rule": rule} for pointer, rule in denied.faults[:MOST_FAULTS]]
    if denied.members:
        problem = {**denied.members, **problem}
    body = dumps(problem)
    headers = [(b"content-type", MEDIA_TYPE), (b"content-length", b"%d" % len(body))]
    headers += [(name.encode("ascii"), value.encode("latin-1")) for name, value in denied.headers.items()]
    return Reply(status=denied.status, headers=headers, body=body)
