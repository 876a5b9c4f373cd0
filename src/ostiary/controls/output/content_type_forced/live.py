"""Labels are compared with bytes, and clients try to choose the label."""

from __future__ import annotations

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts.seen.bodies import kind_of, label_fault

SAMPLED = 8  # operations asked for
_ACTIVE = {"text/html", "application/xhtml+xml", "image/svg+xml", "text/javascript", "application/javascript"}


async def audit_live(http: Http) -> Finding:
    """Look at typical replies, at each operation's own, and at the same again with another type asked for."""
    faults: list[tuple[str, Evidence]] = []
    seen = 0
    for answer in await http.samples():
        seen += bool(answer.body)
        fault = label_fault(answer)
        if fault:
            faults.append((f"{fault}, on a {answer.status}", http.show(answer, fault)))
    empty = 0
    for operation in [each for each in http.operations if each.method == "GET"][:SAMPLED]:
        try:
            own = await http.baseline(operation)
            other = await http.send_to(operation, headers=[("accept", "text/html, image/svg+xml;q=0.9")])
        except Unanswerable:
            continue
        seen += bool(own.body)
        empty += not own.body
        fault = label_fault(own) or client_fault(own, other)
        if fault:
            faults.append(
                (f"{fault}: {operation.key}", http.show(other if fault.startswith("the client") else own, fault))
            )
    if not faults:
        faults = await _by_query(http)
    if faults:
        return failed(faults[0][0], *[evidence for _, evidence in faults[:5]])
    if not seen:
        return not_applicable("no reply had a body") if empty else unknown("no reply with a body to look at")
    return passed(f"{seen} bodies are what their Content-Type says, and Accept did not make one active")


def client_fault(own: Answer, other: Answer) -> str:
    """Whether asking for a page turned data into a page by its label alone; a real page is negotiation."""
    if not other.accepted or other.media_type not in _ACTIVE or own.media_type in _ACTIVE:
        return ""
    same = other.body == own.body or kind_of(other.body) in {"json", "text"}
    return "the client chooses the Content-Type: data becomes active content" if same else ""


async def _by_query(http: Http) -> list[tuple[str, Evidence]]:
    """The first readable operation once more, with the usual format parameters."""
    for operation in [each for each in http.operations if each.method == "GET"][:1]:
        try:
            own = await http.baseline(operation)
            target = http.target_of(operation)
            joint = "&" if "?" in target else "?"
            other = await http.send("GET", f"{target}{joint}format=html&content-type=text/html")
        except Unanswerable:
            return []
        fault = client_fault(own, other)
        if fault:
            return [(f"{fault}: {operation.key}", http.show(other, fault))]
    return []
