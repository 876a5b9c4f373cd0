"""A line break with a header field after it is sent wherever a text goes, and must come back as neither."""

from __future__ import annotations

from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, Severity, passed, unknown
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.inputs import Input, changed, inputs, renamed, slots, with_members, words
from ostiary.parts.seen.proofs import Proven, finding
from ostiary.verdict import Confidence

HEADER: Final = "x-ostiary-probe"
BREAK: Final = f"ostiary\r\n{HEADER}: 1"
PLAIN: Final = f"ostiary {HEADER}: 1"
BARE: Final = f"ostiary\n{HEADER}: 1"  # what some take for the end of a line where both characters are refused
MOST: Final = 10  # places of reads
MOST_WRITES: Final = 4  # operations that are sent a one-line text with a line break
_OF_ACCOUNTS: Final = frozenset({"name", "username", "fullname", "firstname", "lastname", "nickname", "login"})
_OF_MESSAGES: Final = frozenset({"username", "subject", "sender", "recipient"})
_REFUSED: Final = frozenset({400, 404, 409, 411, 413, 414, 415, 422})


class _Seen:
    def __init__(self) -> None:
        self.proven: list[Proven] = []
        self.answered = 0  # probes whose harmless twin was accepted
        self.reflected: Answer | None = None
        self.refused: Answer | None = None


async def audit_live(http: Http) -> Finding:
    """Send line breaks in parameters and in one-line texts, each beside the same text without one."""
    seen = _Seen()
    reads = [each for each in http.operations if each.method == "GET"]
    for at in slots(http, reads, most=MOST):
        await _read(http, at, seen)
    writes = [each for each in http.operations if each.method == "POST" and each.role in {"", "register"}]
    lines = [at for each in writes for at in inputs(http, each) if _is_one_line(at)]
    for at in list({each.operation.key: each for each in lines}.values())[:MOST_WRITES]:
        await _write(http, at.operation, at, seen)
    if seen.proven:
        return finding(http, seen.proven, "a line break of the request is taken as it is")
    if not seen.answered:
        return unknown("no operation that takes a text answered a harmless one")
    proof = seen.refused or seen.reflected
    if proof is None:
        return unknown(f"{seen.answered} texts with a line break were taken, and none of them came back anywhere")
    what = "a line break is refused" if seen.refused is not None else "a line break comes back encoded"
    return passed(f"{what}; no header field came of {seen.answered} texts", http.show(proof, what))


def _is_one_line(at: Input) -> bool:
    """What names a person or a message stands in mails and logs, where what a thing is called does not."""
    known = _OF_ACCOUNTS if at.operation.role else _OF_MESSAGES
    return at.place is None and not known.isdisjoint(words(at.name)) and at.fits(BREAK) and "pattern" not in at.schema


async def _read(http: Http, at: Input, seen: _Seen) -> None:
    if not at.fits(BREAK):
        return
    try:
        plain = await http.send_to(at.operation, **changed(http, at, PLAIN))
        broken = await http.send_to(at.operation, **changed(http, at, BREAK))
        if _goes_into_head(plain) and not _split(broken):
            bare = await http.send_to(at.operation, **changed(http, at, BARE))
            broken = bare if _split(bare) else broken
    except Unanswerable:
        return
    if _split(broken) and not _split(plain):
        proof = f"a line break before {HEADER!r} makes a header field of that name, a blank in its place does not"
        shown = ((broken, "the reply has a header field of the request"), (plain, "the same text without a line break"))
        seen.proven.append(Proven(at, "header", proof, shown, Severity.HIGH))
        return
    good = plain.status < 400  # noqa: PLR2004 - redirects too
    seen.answered += good
    if good and broken.status in _REFUSED:
        seen.refused = broken
    elif good and any(HEADER in value for _, value in broken.headers):
        seen.reflected = broken
    elif good and broken.status >= 500 and _goes_into_head(plain):  # noqa: PLR2004
        proof = (
            "the text goes into a header field; a line break in it makes the server fail, a blank in its place does not"
        )
        shown = ((broken, "a line break ends in an error of the server"), (plain, "the same text without a line break"))
        seen.proven.append(Proven(at, "error", proof, shown, Severity.LOW, Confidence.FIRM))


def _goes_into_head(plain: Answer) -> bool:
    return any(HEADER in value for _, value in plain.headers)


def _split(answer: Answer) -> bool:
    return answer.head(HEADER) is not None


async def _write(http: Http, operation: Operation, at: Input, seen: _Seen) -> None:
    """A one-line text with a line break: taken and given back as it is, it waits for the first log or mail."""
    try:
        valid = await http.send_to(operation, fresh=True)
        if not valid.accepted:
            return
        broken = await _again(http, operation, at, valid, "\r\nb")
        if broken.accepted and not _gives_back(broken, at.name, "\r\n"):
            seen.answered += 1
            return
        if not broken.accepted:
            control = await _again(http, operation, at, valid, " c")
            if control.accepted and broken.status in _REFUSED:
                seen.answered += 1
                seen.refused = broken
            return
    except Unanswerable:
        return
    proof = f"{at.name} is one line by its name, and a line break in it is taken and given back"
    shown = ((broken, "the text with its line break"), (valid, "the same without one"))
    seen.proven.append(Proven(at, "stored", proof, shown, Severity.LOW, Confidence.FIRM))


async def _again(http: Http, operation: Operation, at: Input, valid: Answer, ending: str) -> Answer:
    media = next((value for name, value in valid.asked.headers if name.lower() == "content-type"), "application/json")
    body = renamed(valid.asked.body, ending.strip()[-1])
    document = parse(body)
    value = document.get(at.name) if isinstance(document, dict) else None
    text = f"{value if isinstance(value, str) else 'ostiary'}{ending}"
    return await http.send_to(operation, body=with_members(media, body, {at.name: text}), fresh=True)


def _gives_back(answer: Answer, name: str, text: str) -> bool:
    return any(text in str(value) for value in _values(parse(answer.body), name, 0))


def _values(node: Any, name: str, depth: int) -> list[Any]:
    if depth > 4:  # noqa: PLR2004 - an envelope and its contents
        return []
    if isinstance(node, dict):
        found = [value for key, value in node.items() if key == name]
        return found + [one for value in node.values() for one in _values(value, name, depth + 1)]
    return [one for each in node[:20] for one in _values(each, name, depth + 1)] if isinstance(node, list) else []
