"""A finding of a live API is asked again before it is believed: what answers differently the second time is no finding."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Sequence
from typing import Final

from ostiary.audit.gather.show import MASK, repeats_no_secret
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Shown
from ostiary.model import Confidence, Finding, Kind, Outcome, unknown

MOST: Final = 3  # requests a finding
FLAKY: Final = "flaky: answered differently the second time"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 section 9.2.1
_GONE: Final = frozenset({404, 410})
_REFUSED: Final = frozenset({401, 403})
_BUSY: Final = frozenset({429, 503})
_CALMED: Final = re.compile(r"[0-9a-fA-F]{6,}|[A-Za-z0-9_-]{20,}|\d+")  # times, ids and nonces: nobody's to compare
_MEMBER: Final = re.compile(r'"([^"\\]{1,60})"\s*:')
# What a verdict may rest on, when it says so; other fields come and go with machines, caches and days.
_DECIDING: Final = (
    "content-type", "location", "allow", "server", "x-powered-by", "strict-transport-security", "cache-control",
    "x-content-type-options", "content-security-policy", "x-frame-options", "www-authenticate", "set-cookie",
    "access-control-allow-origin", "access-control-allow-credentials",
)  # fmt: skip
_BY_PRESENCE: Final = frozenset({"location", "set-cookie", "content-security-policy", "www-authenticate"})


class Again(enum.Enum):
    """What a second answer says of the first."""

    SAME = "same"
    ALIKE = "alike"  # status and headers are, the body is not: it may still prove the same
    OTHER = "other"
    NOTHING = "nothing"  # it could not be asked, or the world moved on


async def confirmed(finding: Finding, http: Http) -> Finding:
    """The same finding, surer; or UNKNOWN when the target does not answer as it did.

    Only what is safe to repeat is repeated, at most `MOST` requests. Findings that were made twice already, and those that
    rest on writes, one-time values or secrets, are given back as they are.
    """
    if finding.outcome is not Outcome.FAIL or finding.kind is not Kind.LIVE or finding.confidence is Confidence.CERTAIN:
        return finding
    seen = [each for each in finding.evidence if isinstance(each, Shown) and _is_repeatable(each)]
    words = " ".join([finding.why, finding.proof, *(each.what for each in finding.evidence)]).lower()
    answers = [await _again(each, http, words) for each in _different(seen)[:MOST]]
    others = [each for each, said in answers if said is Again.OTHER]
    held = [each for each, said in answers if said in {Again.SAME, Again.ALIKE}]
    if others and (finding.proof or not held):  # a comparison stands on each of its legs; of a list, one line is enough
        return dataclasses.replace(unknown(f"{FLAKY} ({finding.why})", *finding.evidence), kind=finding.kind)
    about_fields = not finding.proof and any(each in words for each in _DECIDING)  # then any reply shows it
    whole = len(answers) == len(finding.evidence) or (answers and about_fields)
    if whole and all(said is Again.SAME for _, said in answers) and finding.confidence is Confidence.FIRM:
        return dataclasses.replace(finding, confidence=Confidence.CERTAIN)
    return finding


def _is_repeatable(shown: Shown) -> bool:
    names = {name.lower() for name, _ in shown.headers}
    overridden = any("method" in name for name in names) or "_method=" in shown.target
    return shown.whole and shown.method in _SAFE and not overridden and repeats_no_secret(shown.target)


def _different(seen: Sequence[Shown]) -> list[Shown]:
    return list({(each.method, each.target, each.headers, each.body, each.identity): each for each in seen}.values())


async def _again(shown: Shown, http: Http, words: str) -> tuple[Shown, Again]:
    left_out = {"content-length", "user-agent"}
    headers = [pair for pair in shown.headers if pair[0].lower() not in left_out]
    try:
        answer = await http.send(
            shown.method, shown.target, headers=headers, body=shown.body, identity=shown.identity, fresh=True
        )
    except (Unanswerable, ValueError):
        return shown, Again.NOTHING
    return shown, compared(shown, answer, http, words)


def compared(shown: Shown, answer: Answer, http: Http, words: str = "") -> Again:
    """What a new answer says of the one that was shown; of header fields, those count that `words` name."""
    if answer.status != shown.status:
        moved_on = answer.status in _BUSY or (shown.status < 300 and answer.status in _GONE)  # noqa: PLR2004 - a success
        signed_out = bool(shown.identity) and answer.status in _REFUSED
        return Again.NOTHING if moved_on or signed_out else Again.OTHER
    before = dict(reversed(shown.reply_headers))
    named = [each for each in _DECIDING if each in words]
    for name in named:
        old, new = before.get(name), answer.head(name)
        if (old is None) != (new is None):
            return Again.OTHER
        if old is None or new is None or name in _BY_PRESENCE or MASK in old:
            continue
        if _calmed(old.removesuffix("...")) not in _calmed(new):
            return Again.OTHER
    if named:  # it is about header fields, and they are as they were
        return Again.SAME
    return Again.SAME if _shape(shown.reply) == _shape(http.show(answer, "").reply) else Again.ALIKE


def _shape(reply: str) -> object:
    """What a body says of itself whoever's data are in it: the names of JSON members, or else the text."""
    body = reply.partition("\n\n")[2]
    names = _MEMBER.findall(body)
    return frozenset(names) if names else _calmed(body)


def _calmed(text: str) -> str:
    return _CALMED.sub("#", text)
