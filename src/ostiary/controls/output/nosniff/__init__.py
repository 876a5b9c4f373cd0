"""Every response, errors included, tells browsers not to guess its content type.

Why
    A browser that guesses can treat an upload or a JSON body as HTML or script and run it in the origin of the API.

Fix
    Send ``X-Content-Type-Options: nosniff`` on every response, exactly once. nginx: ``add_header
    X-Content-Type-Options nosniff always;`` - the ``always`` covers error responses. Express: ``helmet.noSniff()``;
    Django: ``SECURE_CONTENT_TYPE_NOSNIFF = True`` with ``SecurityMiddleware``. Pair it with a correct
    ``Content-Type``.

Traps
    - Duplicated 'nosniff, nosniff' is parsed by browsers as valid but signals double middleware: note.
    - 304 and 204 without it are harmless.
    - Without a correct Content-Type the header does little: pair with output-content-type-forced.
"""

from __future__ import annotations

from ostiary.controls.output.nosniff.source import audit_source
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Control,
    Finding,
    Hooks,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    Site,
    failed,
    passed,
    unknown,
)
from ostiary.parts.seen.headers import has_body, split_list
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set: the header has one value."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Send the header once, whatever the application sent."""
    return Hooks(sets=((b"x-content-type-options", b"nosniff"),))


def fault_of(answer: Answer) -> str:
    """What is wrong with one reply's header, or an empty string: browsers read the first member alone (Fetch)."""
    values = split_list(answer.all("x-content-type-options"))
    if not values:
        return "no X-Content-Type-Options"
    if values[0].lower() != "nosniff":
        return "the first X-Content-Type-Options is not nosniff, and browsers read no other"
    return "" if all(value.lower() == "nosniff" for value in values) else "contradicting X-Content-Type-Options"


async def audit_live(http: Http) -> Finding:
    """Look at typical replies with a body, errors included."""
    answers = [answer for answer in await http.samples() if has_body(answer)]
    if not answers:
        return unknown("no reply with a body to look at")
    faults = [(answer, fault) for answer in answers if (fault := fault_of(answer))]
    if faults:
        answer, fault = faults[0]
        shown = [http.show(each, why) for each, why in faults[:5]]
        return failed(f"{fault} on a {answer.status} ({len(faults)} of {len(answers)} replies)", *shown)
    twice = any(len(split_list(answer.all("x-content-type-options"))) > 1 for answer in answers)
    note = "; it is sent twice, so two layers set it" if twice else ""
    return passed(f"nosniff on {len(answers)} replies{note}", http.show(answers[0], "the header"))


control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Does an edge or CDN outside the audited path add X-Content-Type-Options: nosniff (attach its configuration"
        " or captured production headers, including one error response)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.4.4", "3.2.1"),
        cwe=(430, 79),
        standards=("WHATWG Fetch (nosniff)", "WHATWG MIME Sniffing"),
    ),
)
