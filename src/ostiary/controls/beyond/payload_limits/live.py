"""One oversized request of each kind, none of them large enough to hurt: a limit refuses it, or the server ends it."""

from __future__ import annotations

import gzip
import json
from typing import NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Severity, failed, passed, unknown
from ostiary.parts import baselines
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.inputs import renamed

LARGE = 2 * 1024 * 1024  # bytes of body: more than any JSON request needs, little enough for any server
DEEP = 200  # levels
MANY = 10_000  # members of an object
LONG = 16 * 1024  # characters of URL
WIDE = 40 * 1024  # bytes of one header
REFUSALS = {400, 403, 404, 411, 413, 414, 415, 422, 431, 494}  # refusals; 494 is nginx's own for large headers


class _Probe(NamedTuple):
    what: str
    severity: Severity
    fact: tuple[str, int]  # for programs: of what how much was taken
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    query: str = ""
    small: bytes | None = None  # the same body with little of what there is too much of


class _Seen:
    """What became of the probes."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.faults: list[tuple[_Probe, Evidence, Operation]] = []
        self.refused: list[Answer] = []
        self.silent: list[str] = []  # closed half-way: most likely a limit, but the budget may have ended too

    async def ask(self, operation: Operation, probe: _Probe) -> None:
        http = self._http
        target = http.target_of(operation)
        if probe.query:
            target += ("&" if "?" in target else "?") + probe.query
        changes = {} if probe.body is None else {"body": probe.body}
        try:
            answer = await http.send_to(operation, target=target, headers=probe.headers, **changes)
            if answer.status >= 500 and not await self._is_small_one_fine(operation, probe):  # noqa: PLR2004
                return  # it fails without being large: size has no part in it
        except Unanswerable:
            self.silent.append(probe.what)
            return
        if granted(answer):
            self.faults.append((probe, http.show(answer, f"{probe.what} is accepted"), operation))
        elif answer.status >= 500:  # noqa: PLR2004 - a server error
            self.faults.append((probe, http.show(answer, f"{probe.what} ends in a {answer.status}"), operation))
        elif answer.status in REFUSALS:
            self.refused.append(answer)

    async def _is_small_one_fine(self, operation: Operation, probe: _Probe) -> bool:
        """Whether the same with little of it ends in no server error."""
        if probe.small is None:
            return True
        small = await self._http.send_to(operation, headers=probe.headers, body=probe.small, fresh=True)
        return small.status < 500  # noqa: PLR2004 - RFC 9110 section 15.6


async def audit_live(http: Http) -> Finding:
    """Ask as a valid client would, then the same once with too much of one thing at a time."""
    usual = await baselines.accepted(http, [each for each in http.operations if each.method == "GET"], most=1)
    writes = [each for each in http.operations if baselines.json_first(http, each) is not None]
    full = await baselines.accepted(http, writes, most=1)
    if not usual and not full:
        return unknown("no valid request was answered 2xx, so a refusal would prove nothing")
    seen = _Seen(http)
    for operation, _ in usual:
        for probe in _of_heads():
            await seen.ask(operation, probe)
    for operation, _ in full:
        for probe in _of_bodies(baselines.json_first(http, operation) or b""):
            await seen.ask(operation, probe)
    return _verdict(http, seen, bodies=bool(full))


def _verdict(http: Http, seen: _Seen, *, bodies: bool) -> Finding:
    if seen.faults:
        seen.faults.sort(key=lambda each: -each[0].severity.rank)
        return failed(
            "; ".join(each.what for _, each, _ in seen.faults),
            *(each for _, each, _ in seen.faults[:4]),
            severity=seen.faults[0][0].severity,
            proof=f"beside a valid request that is accepted, {seen.faults[0][1].what}",
            places=tuple(dict.fromkeys(each.key for _, _, each in seen.faults)),
            facts=dict(each.fact for each, _, _ in seen.faults),
        )
    note = f"; without an answer: {', '.join(seen.silent)}" if seen.silent else ""
    if not seen.refused:
        return unknown(f"no oversized request was answered with a refusal{note}")
    if bodies and not any(answer.asked.body for answer in seen.refused):
        return unknown(f"large heads are refused, but no oversized body was answered{note}")
    return passed(
        f"{len(seen.refused)} oversized requests were refused{note}", http.show(seen.refused[-1], "a refusal")
    )


def _of_heads() -> list[_Probe]:
    return [
        _Probe("a URL of 16 KB", Severity.LOW, ("url", LONG), query="ostiary=" + "x" * LONG),
        _Probe("a header of 40 KB", Severity.LOW, ("header", WIDE), headers=(("x-ostiary", "x" * WIDE),)),
    ]


def _of_bodies(valid: bytes) -> list[_Probe]:
    """The valid body with blanks around it, packed blanks, a deep member and many members: its meaning is the same.

    Each has names of its own where the audit invented them: an API that refuses a name twice would seem to refuse a size.
    """
    packed = (("content-encoding", "gzip"),)
    found = [
        _Probe("a body of 2 MB", Severity.HIGH, ("body", LARGE), body=_padded(valid, "2m-"), small=_text(valid, "2n-")),
        _Probe(
            "a packed body that unpacks to 2 MB",
            Severity.HIGH,
            ("unpacked", LARGE),
            packed,
            gzip.compress(_padded(valid, "2p-"), mtime=0),
            small=gzip.compress(_text(valid, "2q-"), mtime=0),
        ),
    ]
    text = valid.strip()
    if text.startswith(b"{") and text.endswith(b"}"):
        deep, shallow = (b'"ostiary":' + b"[" * depth + b"]" * depth for depth in (DEEP, 1))
        many, few = (
            json.dumps({f"ostiary{at}": at for at in range(count)}, separators=(",", ":")).encode()[1:-1]
            for count in (MANY, 1)
        )
        found += [
            _Probe(
                what,
                Severity.MEDIUM,
                (fact, amount),
                body=_with(valid, mark, much),
                small=_with(valid, f"{mark}s-", little),
            )
            for what, fact, amount, mark, much, little in (
                ("JSON nested 200 levels deep", "depth", DEEP, "2d-", deep, shallow),
                ("an object with 10,000 members", "members", MANY, "2w-", many, few),
            )
        ]
    return found


def _text(valid: bytes, mark: str) -> bytes:
    return renamed(valid.strip(), mark)


def _padded(valid: bytes, mark: str) -> bytes:
    return _text(valid, mark).ljust(LARGE)


def _with(valid: bytes, mark: str, members: bytes) -> bytes:
    text = _text(valid, mark)
    return text[:-1] + (b"," if text[1:-1].strip() else b"") + members + b"}"
