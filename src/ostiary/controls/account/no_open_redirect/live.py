"""A place of ours is named in every spelling where a place may be named, and the reply must not lead there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, Place, Severity, passed, unknown
from ostiary.parts.seen.inputs import Input, changed, inputs, words
from ostiary.parts.seen.leads import Lead, leads
from ostiary.parts.seen.proofs import Proven, finding

ELSEWHERE: Final = "ostiary-probe.example"  # RFC 2606: nobody's
HERE: Final = "/ostiary-local"
SPELLINGS: Final = (  # the plain one first: most that fall for any of them fall for it
    f"https://{ELSEWHERE}/",
    f"//{ELSEWHERE}/",
    f"/\\{ELSEWHERE}/",
    f"/\t/{ELSEWHERE}/",
    f"https:{ELSEWHERE}/",
    f"///{ELSEWHERE}/",
    f"%2f%2f{ELSEWHERE}/",
    "javascript:void(0)//ostiary",
)
LIKE_OURS: Final = (f"https://{{host}}.{ELSEWHERE}/", f"https://{{host}}@{ELSEWHERE}/")  # begin like an address of ours
LIKE_ALLOWED: Final = (  # begin like, and contain, an address that is led to: lists of them are often matched as texts
    f"https://{ELSEWHERE}/?ostiary={{allowed}}",
    f"https://{{host}}.{ELSEWHERE}/",
    f"https://{{host}}@{ELSEWHERE}/",
)
MOST: Final = 6  # places of requests that are tried
_NAMES: Final = frozenset({
    "next", "return", "returnto", "returnurl", "returnuri", "returnpath", "redirect", "redirecturl", "redirecturi", "redirectto",
    "continue", "goto", "go", "dest", "destination", "target", "forward", "back", "backurl", "successurl", "cancelurl", "rurl",
    "callback", "relaystate", "url", "uri", "to", "out", "link", "location", "origin", "checkouturl", "afterlogin", "service",
})  # fmt: skip
_REDIRECTS: Final = range(300, 400)
_WITH_BODY: Final = frozenset({307, 308})


async def audit_live(http: Http) -> Finding:
    """Name a place of nobody's in parameters that may say where to go, and read where the reply leads."""
    proven: list[Proven] = []
    followed: list[tuple[Input, Answer]] = []
    asked = 0
    for at in sorted(_places(http), key=_rank)[:MOST]:
        try:
            local = await http.send_to(at.operation, **changed(http, at, HERE))
            plain = await http.send_to(at.operation, **changed(http, at, SPELLINGS[0]))
        except Unanswerable:
            continue
        asked += 1
        usual = await _usual(http, at)
        moves = [each for each in (local, plain, usual) if each is not None and leads(each, http.base)]
        if not moves:
            continue
        found = await _wrong(http, at, plain, local, _allowed(http, at, usual))
        if found is not None:
            proven.append(found)
        elif any(lead.text.startswith((HERE, at.value or HERE)) for each in moves for lead in leads(each, http.base)):
            followed.append((at, moves[0]))
    if proven:
        return finding(http, proven, "a reply leads to a host that its request named")
    if followed:
        at, answer = followed[0]
        what = f"{at.where} says where to go, and leads to no other host in {len(SPELLINGS)} spellings"
        return passed(what, http.show(answer, "a local place is followed"))
    if asked:
        return unknown(f"{asked} parameters are called like a place to go to, and none was seen to lead anywhere")
    return unknown("no parameter is called like a place to go to")


def _places(http: Http) -> Iterator[Input]:
    """Query parameters before bodies; an operation that declares a redirect counts whatever its parameters are called."""
    reads = [each for each in http.operations if each.method == "GET"]
    posts = [each for each in http.operations if each.method == "POST" and (http.intrusive or not each.role)]
    for operation in reads + posts:
        moves = operation.method == "GET" and _moves(operation)
        for at in inputs(http, operation):
            if at.place is not Place.PATH and (moves or not _NAMES.isdisjoint(words(at.name))):
                yield at


def _rank(at: Input) -> int:
    """What is called so and moves by its document first, then what is called so, then what stands beside it."""
    return 2 * _NAMES.isdisjoint(words(at.name)) + (not _moves(at.operation))


def _moves(operation: Operation) -> bool:
    return any(code.startswith("3") and code != "304" for code in operation.replies)


def _allowed(http: Http, at: Input, usual: Answer | None) -> tuple[str, ...]:
    """Spellings made of a foreign address that a valid request is led to, as a list of such addresses may be compared."""
    host = urlsplit(at.value).hostname if at.value.startswith(("https://", "http://")) else ""
    if not host or usual is None or all(lead.host != host for lead in leads(usual, http.base)):
        return ()
    return tuple(each.format(allowed=at.value, host=host) for each in LIKE_ALLOWED)


async def _wrong(http: Http, at: Input, plain: Answer, local: Answer, allowed: tuple[str, ...] = ()) -> Proven | None:
    """The first spelling that leads away; each is asked, because checks differ in what they overlook."""
    spellings = [*SPELLINGS, *(each.format(host=http.host) for each in LIKE_OURS), *allowed]
    for spelling in spellings:
        try:
            answer = (
                plain if spelling == SPELLINGS[0] else await http.send_to(at.operation, **changed(http, at, spelling))
            )
        except Unanswerable:
            continue
        for lead in leads(answer, http.base):
            if _is_away(lead):
                proof = f"{spelling!r} was asked for, and {lead.by} leads to {lead.text[:80]!r}; {HERE!r} stays here"
                shown = ((answer, f"{lead.by} leads to a host of nobody's"), (local, "what a local place gets"))
                severity = Severity.HIGH if answer.status in _WITH_BODY else None
                return Proven(at, lead.by.lower(), proof, shown, severity)
    return None


def _is_away(lead: Lead) -> bool:
    return (
        lead.host == ELSEWHERE
        or lead.host.endswith(f".{ELSEWHERE}")
        or (lead.scheme == "javascript" and "ostiary" in lead.text)
    )


async def _usual(http: Http, at: Input) -> Answer | None:
    """What a valid value gets; one that is an address is sent also where the parameter may be left out."""
    try:
        return await http.send_to(at.operation, **(changed(http, at, at.value) if "://" in at.value else {}))
    except Unanswerable:
        return None
