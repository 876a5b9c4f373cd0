"""Harmless markup is sent in every text, and must not come back as markup in what a browser would run."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Severity, failed, passed, unknown
from ostiary.parts.seen.headers import policies
from ostiary.parts.seen.inputs import changed, slots

TAG: Final = "<script>/*ostiary7q*/</script>"  # a comment: it does nothing wherever it is run
MARKUP: Final = f"ostiary7q'\">{TAG}"
MOST: Final = 14  # places of requests
_ACTIVE: Final = frozenset({
    "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "application/mathml+xml", "text/xsl",
})  # fmt: skip
_SNIFFED: Final = re.compile(
    rb"\s*<(?:!doctype|html|script|head|body|h1|p|div|a|table|title|b|br|iframe|style|font|svg)\b", re.IGNORECASE
)


async def audit_live(http: Http) -> Finding:
    """Send marked markup in parameters, bodies and an unknown path; look for it in active replies, errors too."""
    faults: list[tuple[Evidence, Severity]] = []
    back = answered = 0
    active: Answer | None = None
    last: Answer | None = None
    operations = [
        each for each in http.operations if each.method in {"GET", "POST"} and (http.intrusive or not each.role)
    ]
    pages = sorted(operations, key=lambda each: not _ACTIVE & each.produces)
    for at in slots(http, pages, most=MOST):
        try:
            valid = await http.send_to(at.operation)
            marked = await http.send_to(at.operation, **changed(http, at, MARKUP))
        except Unanswerable:
            continue
        answered += valid.accepted or marked.accepted
        active = marked if _is_active(valid) and valid.accepted else active
        back += "ostiary7q" in marked.text
        last = marked
        if _is_active(marked) and TAG in marked.text:
            what = f"{at.where} comes back as markup in {marked.media_type or 'a reply without a type'}"
            faults.append((http.show(marked, what), _severity(marked)))
    for answer in await _pages_of_errors(http):
        if _is_active(answer) and TAG in answer.text:
            what = f"the page of a {answer.status} repeats the path as markup"
            faults.append((http.show(answer, what), _severity(answer)))
    if faults:
        worst = max(faults, key=lambda each: each[1].rank)
        return failed(
            f"{worst[0].what} ({len(faults)} such replies)", *[each for each, _ in faults[:5]], severity=worst[1]
        )
    if not answered or last is None:
        return unknown("no operation that takes a text answered")
    shown = active or last
    what = (
        "markup was sent to a page, and is none in the reply"
        if active
        else "no reply with it is one that a browser runs"
    )
    return passed(f"{what}; {back} replies repeat the text, none as markup", http.show(shown, what))


async def _pages_of_errors(http: Http) -> list[Answer]:
    found = []
    for target in (f"/ostiary/{quote(MARKUP, safe='')}", f"/?ostiary={quote(MARKUP, safe='')}"):
        try:
            found.append(await http.send("GET", target))
        except Unanswerable:
            continue
    return found


def _is_active(answer: Answer) -> bool:
    if answer.media_type:
        return answer.media_type in _ACTIVE
    sniffs = (answer.head("x-content-type-options") or "").strip().lower() != "nosniff"
    return sniffs and _SNIFFED.match(answer.body) is not None  # WHATWG MIME Sniffing section 7.1


def _severity(answer: Answer) -> Severity:
    """What a policy keeps from running is markup all the same: it can look like anything."""
    for policy in policies(answer):
        scripts = policy.directives.get("script-src", policy.directives.get("default-src"))
        if "sandbox" in policy.directives or scripts == ("'none'",):
            return Severity.MEDIUM
    if (answer.head("content-disposition") or "").strip().lower().startswith("attachment"):
        return Severity.LOW
    return Severity.HIGH
