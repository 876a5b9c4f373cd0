"""One key stands for one effect: the same request twice has one result, another key another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Place, failed, not_applicable, passed, unknown
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.inputs import members_of, words

MOST: Final = 4  # operations
_NAMES: Final = frozenset({"idempotency-key", "x-idempotency-key", "idempotence-key", "x-request-idempotency-key"})
_IDS: Final = frozenset({"id", "uuid", "number", "reference", "transaction", "charge", "charges", "count", "key"})
_REFUSED: Final = frozenset({400, 409, 422})


async def audit_live(http: Http) -> Finding:
    """Send a request twice with one key, once with another, and once changed with the first."""
    keyed = [(each, name) for each in http.operations if (name := _key_of(each))]
    faults: list[Evidence] = []
    good: list[Answer] = []
    for operation, name in keyed[:MOST]:
        try:
            found, proof = await _tried(http, operation, name)
        except Unanswerable:
            continue
        faults += [found] if found is not None else []
        good += [proof] if proof is not None else []
    if faults:
        return failed(f"{faults[0].what} ({len(faults)} operations)", *faults)
    if good:
        what = f"{len(good)} operations have one result for one key, and another for another"
        return passed(what, http.show(good[0], "the repetition"))
    if not keyed and http.api is not None:
        return not_applicable("no operation declares an idempotency key")
    return unknown("no operation with an idempotency key answered, or its replies do not show what it did")


def _key_of(operation: Operation) -> str:
    if operation.method not in {"POST", "PATCH"}:
        return ""
    return next(
        (each.name for each in operation.parameters if each.place is Place.HEADER and each.name.lower() in _NAMES), ""
    )


async def _tried(http: Http, operation: Operation, name: str) -> tuple[Evidence | None, Answer | None]:
    plain = await http.send_to(operation, fresh=True)
    body = plain.asked.body
    seed = hashlib.sha256(
        plain.body + repr(plain.headers).encode()
    ).hexdigest()  # a reply of its own, so keys of their own

    async def send(key: str, sent: bytes) -> Answer:
        return await http.send_to(operation, headers=[(name, f"ostiary-{seed[:16]}-{key}")], body=sent, fresh=True)

    first, second, other = await send("a", body), await send("a", body), await send("b", body)
    if not first.accepted or not other.accepted:
        return None, None
    if second.accepted and _ids(second) != _ids(first):
        return http.show(second, f"{operation.key}: the same request with the same {name} is done again"), None
    if _ids(other) == _ids(first):
        return None, None  # the replies do not tell one effect from another
    altered = _altered(body)
    if altered is not None:
        third = await send("a", altered)
        if third.accepted and _ids(third) != _ids(first):
            return http.show(third, f"{operation.key}: a changed request with the same {name} is done as well"), None
    return None, second if second.accepted or second.status in _REFUSED else None


def _ids(answer: Answer) -> list[tuple[str, Any]]:
    """The members that name what was done."""
    found = sorted(_walked(parse(answer.body), "", 0), key=repr)
    return [*found, ("location", answer.head("location"))]


def _walked(node: Any, at: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > 4 or not isinstance(node, dict):  # noqa: PLR2004 - an envelope and its contents
        return
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _walked(value, f"{at}/{key}", depth + 1)
        elif not _IDS.isdisjoint(words(str(key))) and not words(str(key)) & {"request", "trace", "correlation"}:
            yield f"{at}/{key}", value


def _altered(body: bytes) -> bytes | None:
    document = members_of(body)
    for name, value in document.items():
        if isinstance(value, int) and not isinstance(value, bool):
            return json.dumps({**document, name: value + 1}).encode()
    return None
