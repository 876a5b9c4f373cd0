"""Harmless markup is sent in every text, and must not come back as markup in what a browser would run."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, Severity, passed, unknown
from ostiary.parts.seen.headers import policies
from ostiary.parts.seen.inputs import Input
from ostiary.parts.seen.leftovers import Leftovers
from ostiary.parts.seen.proofs import Proven, finding
from ostiary.parts.seen.trials import MARKUP, TAG, TIRED, Trial, places

MOST: Final = 40  # places; one request each that other checks of injection share, one more where it is a finding
MOST_PAGES: Final = 5  # that are read again for what was stored
OTHER: Final = "<script>/*ostiary{number}r*/</script>"  # the second comparison, which also tells which place it was
_ACTIVE: Final = frozenset({
    "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "application/mathml+xml", "text/xsl",
})  # fmt: skip
_SNIFFED: Final = re.compile(
    rb"\s*<(?:!doctype|html|script|head|body|h1|p|div|a|table|title|b|br|iframe|style|font|svg)\b", re.IGNORECASE
)


class _Seen:
    def __init__(self) -> None:
        self.proven: list[Proven] = []
        self.answered = self.back = 0
        self.active: Answer | None = None
        self.last: Answer | None = None
        self.written: list[Trial] = []
        self.silent = 0


async def audit_live(http: Http) -> Finding:
    """Send marked markup in parameters, bodies and an unknown path; look for it in active replies, errors too."""
    seen, leftovers = _Seen(), Leftovers(http)
    for number, at in enumerate(
        sorted(await places(http, most=MOST), key=lambda each: not _ACTIVE & each.operation.produces)
    ):
        if seen.silent >= TIRED:
            break
        try:
            await _tried(Trial(http, at, leftovers=leftovers), number, seen)
            seen.silent = 0
        except Unanswerable:
            seen.silent += at.reads
    seen.proven += await _stored(http, seen)
    await leftovers.remove()
    seen.proven += await _pages_of_errors(http)
    if seen.proven:
        return finding(http, seen.proven, "text of a request comes back as markup that a browser runs")
    if not seen.answered or seen.last is None:
        return unknown("no operation that takes a text answered")
    what = (
        "markup was sent to a page, and is none in the reply"
        if seen.active
        else "no reply with it is one that a browser runs"
    )
    proof = http.show(seen.active or seen.last, what)
    return passed(f"{what}; {seen.back} replies repeat the text, none as markup", proof)


async def _tried(trial: Trial, number: int, seen: _Seen) -> None:
    valid = await trial.valid()
    marked = await trial.put(MARKUP)
    seen.answered += valid.accepted or marked.accepted
    seen.active = marked if _is_active(valid) and valid.accepted else seen.active
    seen.back += "ostiary7q" in marked.text
    seen.last = marked
    if not trial.at.reads and marked.accepted:
        seen.written.append(trial)
    if _is_active(marked) and TAG in marked.text and TAG not in valid.text:
        other = OTHER.format(number=number)
        again = await trial.put(other)
        if other in again.text and _is_active(again):
            seen.proven.append(_proven(trial.at, marked, again, "reflected", f"{TAG!r} and {other!r}"))


def _proven(at: Input, first: Answer, second: Answer, technique: str, sent: str) -> Proven:
    media = first.media_type or "a reply without a type"
    proof = f"{sent} were sent, and came back as they were, in {media}"
    shown = ((first, f"markup in {media}"), (second, "other markup, the same way"))
    return Proven(
        at, "markup", proof, shown, _severity(first), more={"technique": technique, "media": first.media_type}
    )


async def _stored(http: Http, seen: _Seen) -> list[Proven]:
    """What was written is read where a page shows it; each place is written again to tell which it was."""
    found = []
    for page in await _pages(http) if seen.written else ():
        try:
            shown = await http.send_to(page, fresh=True)
            if not _is_active(shown) or TAG not in shown.text:
                continue
            for number, trial in enumerate(seen.written):
                other = OTHER.format(number=900 + number)
                await trial.put(other)
                again = await http.send_to(page, fresh=True)
                if other in again.text:
                    found.append(_proven(trial.at, shown, again, "stored", f"{TAG!r} and {other!r}"))
        except Unanswerable:
            continue
    return found


async def _pages(http: Http) -> list[Operation]:
    """Reads that browsers would render, by their document or by what they answer."""
    reads = [each for each in http.operations if each.method == "GET" and not each.role]
    found = [each for each in reads if _ACTIVE & each.produces]
    for each in [one for one in reads if not one.produces][: 2 * MOST_PAGES]:
        try:
            found += [each] if _is_active(await http.send_to(each)) else []
        except Unanswerable:
            continue
    return found[:MOST_PAGES]


async def _pages_of_errors(http: Http) -> list[Proven]:
    found = []
    for target, path in (("/ostiary/{0}", "/ostiary/{text}"), ("/?ostiary={0}", "/")):
        try:
            first = await http.send("GET", target.format(quote(MARKUP, safe="")))
            if not _is_active(first) or TAG not in first.text:
                continue
            other = OTHER.format(number=800)
            second = await http.send("GET", target.format(quote(other, safe="")))
        except Unanswerable:
            continue
        if other in second.text:
            at = Input(Operation(method="GET", path=path), None, "path")
            found.append(_proven(at, first, second, "error page", f"{TAG!r} and {other!r}"))
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
