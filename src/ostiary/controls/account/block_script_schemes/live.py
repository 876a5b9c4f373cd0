"""Links that run a script are stored in what is ours, and must not come back as links."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, passed, unknown
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.inputs import Input, ask, inputs, words
from ostiary.parts.seen.proofs import Proven, finding
from ostiary.parts.seen.trials import own_changes
from ostiary.verdict import Confidence

HARMLESS: Final = "https://ostiary-probe.example/a"  # RFC 2606: nobody's
SPELLINGS: Final = (
    "javascript:void(0)//ostiary",
    "JaVaScRiPt:void(0)//ostiary",
    "java\tscript:void(0)//ostiary",
    " javascript:void(0)//ostiary",
    "data:text/html,ostiary",
    "vbscript:ostiary",
)
MOST: Final = 6  # fields
_LINKS: Final = frozenset({
    "url", "uri", "href", "link", "website", "homepage", "webpage", "avatar", "image", "picture", "photo", "logo", "icon",
    "thumbnail", "banner", "cover", "bloglink", "site",
})  # fmt: skip
_FORMATS: Final = frozenset({"uri", "url", "iri", "uri-reference", "iri-reference"})
_RUNS: Final = re.compile(r"(?:javascript|vbscript):|data:text/html", re.IGNORECASE)
_DROPPED: Final = re.compile(r"[\t\r\n]")  # by browsers, wherever they stand (WHATWG URL section 4.4)
_REFUSED: Final = frozenset({400, 422})


async def audit_live(http: Http) -> Finding:
    """Write a harmless link and script-capable ones into fields that hold links; read the reply."""
    proven: list[Proven] = []
    good: list[Answer] = []
    fields = 0
    for at in (await _fields(http))[:MOST]:
        fields += 1
        try:
            found, refused = await _tried(http, at)
        except Unanswerable:
            continue
        proven += [found] if found is not None else []
        good += [refused] if refused is not None and found is None else []
    if proven:
        return finding(http, proven, "a link that runs a script is stored and given back as a link")
    if good:
        what = f"links that run a script are refused or made harmless in {len(good)} fields that take an ordinary one"
        return passed(what, http.show(good[0], "refused"))
    if fields:
        return unknown(f"{fields} fields hold links by their name, and none could be written and read back")
    return unknown("no body has a field that holds a link by its name or format")


async def _fields(http: Http) -> list[Input]:
    """Creations, changes of objects that the audit made, and of what belongs to whoever asks: others' are left alone."""
    targets = dict.fromkeys([(each, "") for each in http.operations if _is_own(each)])
    targets |= dict.fromkeys(await own_changes(http))
    found = [at for each, target in targets for at in inputs(http, each, target=target)]
    return [at for at in found if at.place is None and _is_link(at)]


def _is_own(operation: Operation) -> bool:
    if operation.role not in {"", "register"}:
        return False
    return operation.method == "POST" or (operation.method in {"PUT", "PATCH"} and "{" not in operation.path)


def _is_link(at: Input) -> bool:
    return (at.schema.get("format") or at.schema.get("x-format")) in _FORMATS or not _LINKS.isdisjoint(words(at.name))


async def _tried(http: Http, at: Input) -> tuple[Proven | None, Answer | None]:
    if at.operation.method == "POST":
        valid = await http.send_to(at.operation, fresh=True)
        if not valid.accepted:
            return None, None
        return await _spelt(http, at, lambda text, mark: ask(http, at, text, valid=valid, mark=mark))

    def alone(text: str, _: str) -> Awaitable[Answer]:
        """Nothing but the link is written: a valid update would rename the account that asks."""
        body = json.dumps({at.name: text}).encode()
        return http.send_to(at.operation, body=body, fresh=True, **({"target": at.target} if at.target else {}))

    before = await _before(http, at)
    try:
        return await _spelt(http, at, alone)
    finally:
        if before is not None:
            await alone(before, "")


async def _spelt(
    http: Http, at: Input, send: Callable[[str, str], Awaitable[Answer]]
) -> tuple[Proven | None, Answer | None]:
    refused: Answer | None = None
    harmless = await send(HARMLESS, "s-")
    if not harmless.accepted:
        return None, None
    for turn, spelling in enumerate(SPELLINGS):
        if not at.fits(spelling):
            continue
        answer = await send(spelling, f"s{turn}-")
        if answer.accepted and any(_runs(text) for text in _values(parse(answer.body), at.name, 0)):
            proof = f"{spelling!r} was taken as {at.name}, as an ordinary link is, and given back unchanged"
            shown = ((answer, "a link that runs a script"), (harmless, "an ordinary link"))
            return Proven(at, "link", proof, shown, confidence=Confidence.FIRM), None
        if answer.status in _REFUSED or (answer.accepted and _gives_back(answer, at)):
            refused = answer
    return None, refused


async def _before(http: Http, at: Input) -> str | None:
    """What stands there now, to be put back."""
    read = next((each for each in http.operations if each.method == "GET" and each.path == at.operation.path), None)
    if read is None:
        return None
    answer = await http.send_to(read, fresh=True, **({"target": at.target} if at.target else {}))
    return next(_values(parse(answer.body), at.name, 0), None) if answer.accepted else None


def _gives_back(answer: Answer, at: Input) -> bool:
    return any(True for _ in _values(parse(answer.body), at.name, 0))


def _runs(text: str) -> bool:
    return _RUNS.match(_DROPPED.sub("", text).strip("".join(map(chr, range(0x21))))) is not None


def _values(node: Any, name: str, depth: int) -> Iterator[str]:
    if depth > 4:  # noqa: PLR2004 - an envelope and its contents
        return
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name and isinstance(value, str):
                yield value
            yield from _values(value, name, depth + 1)
    for each in node[:50] if isinstance(node, list) else ():
        yield from _values(each, name, depth + 1)
