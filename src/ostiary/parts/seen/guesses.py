"""Guesses are made one after the other and watched: a refusal, a challenge, a delay that grows, or nothing of the kind."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.parts.seen.gists import gist
from ostiary.verdict import Evidence

REFUSALS: Final = frozenset({423, 429})  # RFC 4918 section 11.3, RFC 6585 section 4
_NO_GUESS: Final = frozenset({405, 411, 413, 415, 431})  # the request never came to where secrets are compared
_SERVER_ERROR: Final = 500
_BUSY: Final = 503
SLOW: Final = 1.0  # seconds: a guess that takes this long is a delay, if the first ones did not
LONGEST_REST: Final = 65.0  # seconds that a limit which was there before may make a check wait
_SLOWER: Final = 5.0  # times
_DIGITS: Final = re.compile(r"\d+(?:\.\d+)?")
_CHALLENGE: Final = re.compile(
    r"captcha|altcha|turnstile|proof[ _-]of[ _-]work|arkose|solve (?:the|this|a) challenge|\"challenge\""
    r"|not a (?:robot|bot)|(?:are|show|prove|verify)[^.\"]{0,20}(?:human|person)\b",
    re.IGNORECASE,
)
_TOLD: Final = re.compile(
    r"too many|locked|lock(?:ed)? ?out|blocked|temporar\w+ (?:disabled|suspended|blocked)|rate.?limit|try again (?:in|later)"
    r"|slow down|throttl\w+|maximum (?:number of )?(?:attempts|tries)|attempts exceeded",
    re.IGNORECASE,
)


@dataclass
class Series:
    """A series of guesses, and what stopped it.

    ``limit`` is the guess, counted from one, that got something else than the first ones; 0: all were answered alike.
    """

    answers: list[Answer] = field(default_factory=list)
    limit: int = 0
    sign: str = ""  # "refusal", "challenge", "delay", "other answer"
    seconds: float = 0.0  # from the first request to the last reply
    usual: str = ""  # what the first guess was answered, without its own texts

    @property
    def last(self) -> Answer:
        """The last reply."""
        return self.answers[-1]

    @property
    def told(self) -> str:
        """What happened, as part of a sentence."""
        return {
            "refusal": f"guess {self.limit} is refused ({self.last.status})",
            "challenge": f"guess {self.limit} is answered with a challenge",
            "delay": f"guess {self.limit} waits for {self.last.seconds:.1f} s",
            "other answer": f"guess {self.limit} gets another answer ({self.last.status})",
        }.get(self.sign, f"{len(self.answers)} guesses are answered alike")

    def facts(self) -> dict[str, Any]:
        """What was measured, for programs."""
        found: dict[str, Any] = {
            "guesses": len(self.answers),
            "seconds": round(self.seconds, 2),
            "limit": self.limit or None,
        }
        if self.sign:
            found["sign"] = self.sign
        wait = self.last.head("retry-after") if self.answers else None
        return {**found, "retry-after": wait} if wait else found


async def series(
    ask: Callable[[int], Awaitable[tuple[Answer, Sequence[str]]]], most: int, before: Series | None = None
) -> Series:
    """Guess until something changes, or `most` times.

    :param ask: makes a guess; its reply, and the texts of the request that a reply may repeat.
    :param before: guesses that were made before: what they were answered first is what is usual.
    :raises Unanswerable: when the replies are none to a guess (a server error, an operation that is not there).
    """
    found = Series()
    started = time.monotonic()
    first = before.usual if before is not None else ""
    status = before.answers[0].status if before is not None else 0
    for turn in range(most):
        answer, texts = await ask(turn)
        found.answers.append(answer)
        found.seconds = time.monotonic() - started
        here = said(answer, *texts)
        first, status = first or here, status or answer.status
        found.usual = first
        found.sign = _sign(found.answers, here, first, status)
        if found.sign:
            found.limit = len(found.answers)
            return found
        if answer.status >= _SERVER_ERROR or answer.status in _NO_GUESS:
            raise Unanswerable(f"a wrong guess is answered {answer.status}: that is no failed attempt")
    return found


async def rested(ask: Callable[[], Awaitable[Answer]], longest: float = LONGEST_REST) -> Answer:
    """Ask; and once more where the reply says when to come back, if that is within `longest` seconds."""
    answer = await ask()
    wait = answer.head("retry-after") or ""
    if answer.status in REFUSALS and wait.isascii() and wait.isdigit() and int(wait) <= longest:
        await asyncio.sleep(int(wait) + 0.2)
        return await ask()
    return answer


def said(answer: Answer, *texts: str) -> str:
    """What a reply says, without the request's own texts and without numbers ("3 attempts left")."""
    status, body = gist(answer, *texts)
    return f"{status} {_DIGITS.sub('#', body)}"


def _sign(answers: list[Answer], here: str, first: str, status: int) -> str:
    answer = answers[-1]
    if answer.status in REFUSALS or (answer.status == _BUSY and answer.head("retry-after")):
        return "refusal"
    if here != first and answer.status < _SERVER_ERROR:
        if _CHALLENGE.search(here) and not _CHALLENGE.search(first):
            return "challenge"
        if _TOLD.search(here) or answer.status != status:
            return "refusal" if _TOLD.search(here) else "other answer"
    usual = statistics.median(each.seconds for each in answers[:3])
    late = [each.seconds > max(SLOW, _SLOWER * usual) for each in answers[-2:]]
    return "delay" if len(answers) > 4 and all(late) else ""  # noqa: PLR2004 - three to compare with, two in a row


def shown(http: Http, found: Series, what: str) -> tuple[Evidence, ...]:
    """The first guess and the last, as evidence."""
    first = http.show(found.answers[0], "the first guess")
    return (first, http.show(found.last, what)) if len(found.answers) > 1 else (http.show(found.last, what),)


def hinders(answer: Answer) -> bool:
    """Whether a reply says that there were too many tries, or asks for a challenge: it is no answer to a guess."""
    return answer.status in REFUSALS or any(each.search(answer.text) for each in (_CHALLENGE, _TOLD))
