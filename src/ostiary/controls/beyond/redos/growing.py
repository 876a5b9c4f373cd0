"""Texts that keep backtracking engines busy, for places whose patterns no document shows; and how times have to grow."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, NamedTuple

from ostiary.evidence import Answer
from ostiary.parts.seen.inputs import Input, words
from ostiary.parts.seen.proofs import Proven
from ostiary.parts.seen.trials import Trial

LENGTHS: Final = (14, 20, 23)  # characters; doubling per character makes each step 64 and 8 times as long
SHORTER: Final = (14, 17, 20)  # where the last of the others would take more than `LONGEST`
GROWTH: Final = 4.0  # of each step; both have to grow
NOTICEABLE: Final = 0.03  # seconds, for the middle length: below, a ratio is noise
ROUNDS: Final = 4  # of comparing, at the most; two have to show growth
LONGEST: Final = 2.0  # seconds; a target that takes longer is left alone
# What is repeated, what comes before it and what spoils the match at the end: letters, digits, dotted and spaced words.
PUMPS: Final = (("", "a", "!"), ("", "1", "!"), ("a@", "a", "!"), ("", "a.", "!"), ("", "a ", "!"))
ORDINARY: Final = "!%" * 12  # as long, and no pattern gets beyond its first character
_CHECKED: Final = frozenset({
    "email", "mail", "phone", "tel", "mobile", "url", "website", "link", "username", "user", "name", "date", "pattern", "regex", "iban",
    "zip", "postcode", "password", "version", "slug", "color", "colour", "tag", "tags", "ip", "domain", "host", "currency", "iso", "vin",
})  # fmt: skip


def is_checked(at: Input) -> bool:
    """Whether a text there is likely to meet a pattern, by what it is called."""
    return not _CHECKED.isdisjoint(words(at.name))


def pumped(pump: tuple[str, str, str], length: int) -> str:
    """The pump's text with about this many characters that repeat."""
    before, piece, after = pump
    return before + (piece * length)[:length] + after


def pumps_for(at: Input) -> tuple[tuple[str, str, str], ...]:
    """Those worth a request; an address meets its pattern before the sign and behind it."""
    known = words(at.name)
    if not known.isdisjoint({"email", "mail"}):
        return (PUMPS[0], PUMPS[2], PUMPS[3])
    if not known.isdisjoint({"phone", "tel", "mobile", "zip", "postcode", "version"}):
        return (PUMPS[1], PUMPS[0])
    return (
        (PUMPS[0], PUMPS[3])
        if not known.isdisjoint({"url", "website", "link", "domain", "host"})
        else (PUMPS[0], PUMPS[4])
    )


class Compared(NamedTuple):
    """What times told: the proof if there is one, a reply, and whether a place without proof was answered steadily."""

    found: Proven | None
    answer: Answer
    steady: bool


async def proven(trial: Trial) -> Compared | None:
    """Try what is worth trying in this place: the first that grows, else one that did not settle, else a steady one."""
    told: Compared | None = None
    for pump in pumps_for(trial.at):
        if trial.at.fits(pumped(pump, LENGTHS[-1])):
            now = await compared(trial, functools.partial(pumped, pump))
            if now.found is not None:
                return now
            told = now if told is None or told.steady else told
    return told


async def compared(trial: Trial, text: Callable[[int], str], *, suspected: bool = False) -> Compared:
    """Whether times grow with three lengths of a text, twice; and the reply to the middle one, which alone is asked if it
    is answered fast.

    A busy target hides growth: where times are neither short nor shown to grow in `ROUNDS` rounds, and an ordinary text
    does not take as long, nothing is known of the place.

    :param suspected: the document shows a dangerous pattern here: a fast machine is asked the longest, too.
    """
    middle = await _asked(trial, text(LENGTHS[1]))
    fast = suspected and middle.seconds < NOTICEABLE
    if fast:
        middle = await _asked(trial, text(LENGTHS[2]))
    if middle.seconds < NOTICEABLE:
        return Compared(None, middle, steady=True)
    if middle.seconds > LONGEST:
        return Compared(None, middle, steady=False)
    lengths = SHORTER if not fast and middle.seconds * 8 > LONGEST else LENGTHS
    shown = None
    for _ in range(ROUNDS):
        found = await _grows(trial, text, lengths)
        if found is not None and shown is not None:
            return Compared(found, middle, steady=False)
        shown = found or shown
        if found is None and await _is_ordinary(trial, text(lengths[2])):
            return Compared(None, middle, steady=True)
    return Compared(None, middle, steady=False)


async def _is_ordinary(trial: Trial, text: str) -> bool:
    """Whether the longest text takes no longer than one that fits nowhere: the time was the target's, not the pattern's."""
    plain, long = [min([(await _asked(trial, each)).seconds for _ in "ab"]) for each in (ORDINARY, text)]
    return long < NOTICEABLE or long < 2 * plain


async def _grows(trial: Trial, text: Callable[[int], str], lengths: tuple[int, int, int]) -> Proven | None:
    plain = await _asked(trial, ORDINARY)
    short, middle, long = [await _asked(trial, text(each)) for each in lengths]
    steps = (middle.seconds / max(short.seconds, 1e-6), long.seconds / max(middle.seconds, 1e-6))
    if min(steps) < GROWTH or plain.seconds * GROWTH > long.seconds:
        return None
    proof = (
        f"{lengths[0]}, {lengths[1]} and {lengths[2]} characters took {short.seconds:.3f}, {middle.seconds:.3f} and "
        f"{long.seconds:.3f} s, twice, and a text as long that fits nowhere {plain.seconds:.3f} s"
    )
    shown = (
        (long, f"{lengths[2]} characters take {long.seconds:.2f} s"),
        (plain, f"a text as long that fits nowhere takes {plain.seconds:.3f} s"),
    )
    return Proven(trial.at, "regex", proof, shown, more={"lengths": list(lengths)})


async def _asked(trial: Trial, text: str) -> Answer:
    return await trial.put(text, timed=True)
