"""A page of a million is asked for: it must be refused, or cut down where that can be seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, Place, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.fields import resolve
from ostiary.parts.seen.inputs import Input, changed

HUGE: Final = 1_000_000
LARGE: Final = 1000  # items in one reply that nobody reads as a page
MOST: Final = 8  # collections that are tried
_NAMES: Final = frozenset({
    "limit", "perpage", "pagesize", "pagelimit", "maxresults", "resultsperpage", "itemsperpage", "size", "count", "first", "top",
    "take", "rows", "maxitems", "maxkeys", "pagelength", "num", "n",
})  # fmt: skip
_REFUSED: Final = frozenset({400, 404, 413, 416, 422})


class _Size(NamedTuple):
    operation: Operation
    at: Input
    most: int | None  # as the document has it


class _Said(NamedTuple):
    fault: str = ""
    severity: Severity | None = None
    good: str = ""
    answer: Answer | None = None
    place: str = ""
    name: str = ""


async def audit_live(http: Http) -> Finding:
    """Ask collections for one item, for a million, and for minus one, and count what comes back."""
    said = [
        (await _tried(http, each))._replace(place=each.operation.key, name=each.at.name) for each in _sizes(http)[:MOST]
    ]
    said += [_unbounded(each) for each in await http.samples()]
    faults = sorted((each for each in said if each.fault), key=lambda each: -(each.severity or Severity.MEDIUM).rank)
    if faults:
        shown = [http.show(each.answer, each.fault) for each in faults if each.answer is not None]
        return failed(
            f"{faults[0].fault} ({len(faults)} in all)",
            *shown[:4],
            severity=faults[0].severity,
            proof=faults[0].fault,
            places=tuple(dict.fromkeys(each.place for each in faults if each.place)),
            facts={
                "fields": list(dict.fromkeys(each.name for each in faults if each.name)),
                "places": [{"operation": each.place, "name": each.name} for each in faults if each.name],
            },
        )
    good = [each for each in said if each.good and each.answer is not None]
    if good:
        shown = [http.show(each.answer, each.good) for each in good if each.answer is not None]
        return passed(f"{good[0].good} ({len(good)} collections)", *shown[:3])
    if _sizes(http):
        return unknown("a page of a million was answered, but there is too little data to see whether it was cut down")
    lists = [each for each in http.operations if each.method == "GET" and _returns_list(each)]
    if http.api is not None and not lists:
        return not_applicable("the document declares no collection")
    return unknown("no collection has a page size that could be tried")


def _sizes(http: Http) -> list[_Size]:
    found = []
    for operation in http.operations:
        for each in operation.parameters if operation.method == "GET" else ():
            plain = re.sub(r"[^a-z0-9]", "", each.name.lower().removeprefix("page["))
            if each.place is not Place.QUERY or plain not in _NAMES:
                continue
            schema = resolve(each.schema.fragment, each.schema.root) if each.schema is not None else {}
            most = _maximum(schema) if isinstance(schema, Mapping) else None
            found.append(_Size(operation, Input(operation, Place.QUERY, each.name), most))
    return found


def _maximum(schema: Mapping[str, Any]) -> int | None:
    options = [each for each in schema.get("anyOf", ()) if isinstance(each, Mapping)]
    found = [each["maximum"] for each in (schema, *options) if isinstance(each.get("maximum"), int)]
    return found[0] if found and found[0] < HUGE else None


async def _tried(http: Http, size: _Size) -> _Said:
    operation, name = size.operation, size.at.name
    try:
        one = await http.send_to(operation, **changed(http, size.at, "1"))
        huge = await http.send_to(operation, **changed(http, size.at, str(HUGE)))
        below = await http.send_to(operation, **changed(http, size.at, "-1"))
    except Unanswerable:
        return _Said()
    few = items_in(one)
    if not one.accepted or few is None:
        return _Said()
    if huge.status in _REFUSED:
        return _Said(
            good=f"{operation.key}: {name}=1 is answered and {name}={HUGE} refused with {huge.status}", answer=huge
        )
    many, rest = items_in(huge), items_in(below)
    if huge.accepted and huge.truncated and len(huge.body) > LARGE * len(one.body):
        return _Said(
            f"{operation.key}: {name}={HUGE} is answered with more than {len(huge.body)} bytes", None, answer=huge
        )
    if not huge.accepted or many is None:
        return _Said()
    cap = size.most or LARGE
    if many > cap:
        return _Said(f"{operation.key}: {name}={HUGE} is answered with {many} items", None, answer=huge)
    if below.accepted and rest is not None and rest > cap:
        return _Said(f"{operation.key}: {name}=-1 is answered with {rest} items", None, answer=below)
    if size.most is not None and many < size.most:
        what = f"{operation.key}: the document bounds {name} to {size.most}, and {HUGE} is taken; no data shows a cut"
        return _Said(what, Severity.LOW, answer=huge)
    told = _told(huge)
    cut = many == size.most or (told is not None and told < HUGE and many == told)
    if few == 1 and cut:
        return _Said(good=f"{operation.key}: {name}={HUGE} is cut down to {many}", answer=huge)
    return _Said()


def _unbounded(answer: Answer) -> _Said:
    found = items_in(answer) if answer.accepted and answer.asked.method == "GET" else None
    if found is None or found <= LARGE:
        return _Said()
    return _Said(f"{answer.asked.method} {answer.asked.target}: {found} items in one reply", None, answer=answer)


def items_in(answer: Answer) -> int | None:
    """How many items a JSON reply lists at its top or one level below; None when it is no list."""
    document = parse(answer.body)
    if isinstance(document, list):
        return len(document)
    if not isinstance(document, dict):
        return None
    inner = [each for each in document.values() if isinstance(each, list)]
    inner += [
        one for each in document.values() if isinstance(each, dict) for one in each.values() if isinstance(one, list)
    ]
    return max(map(len, inner), default=None)


def _told(answer: Answer) -> int | None:
    """The page size that a reply says it used."""
    document = parse(answer.body)
    for holder in (document, *(document.values() if isinstance(document, dict) else ())):
        for name, value in holder.items() if isinstance(holder, dict) else ():
            plain = re.sub(r"[^a-z0-9]", "", str(name).lower())
            if (
                plain in _NAMES - {"count", "n", "num", "size"}
                and isinstance(value, int)
                and not isinstance(value, bool)
            ):
                return value
    return None


def _returns_list(operation: Operation) -> bool:
    for code, content in operation.replies.items():
        for media in content.values() if code.startswith("2") else ():
            schema = resolve(media.schema.fragment, media.schema.root) if media.schema is not None else {}
            if isinstance(schema, Mapping) and (schema.get("type") == "array" or "items" in schema):
                return True
            for each in schema.get("properties", {}).values() if isinstance(schema, Mapping) else ():
                inner = resolve(each, media.schema.root if media.schema is not None else {})
                if isinstance(inner, Mapping) and inner.get("type") == "array":
                    return True
    return False
