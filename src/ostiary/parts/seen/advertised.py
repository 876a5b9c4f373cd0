"""What a reply advertises of limits, in every dialect of the RateLimit fields and of the X- fields before them."""

from __future__ import annotations

import re
import time
from typing import Final, NamedTuple

from ostiary.evidence import Answer

LONG: Final = 3600.0  # seconds: a window from which on an allowance is a quota
_LEFT: Final = (
    ("ratelimit", re.compile(r";\s*r=(\d+)|remaining=(\d+)")),  # drafts 8 to 11; draft 7
    ("ratelimit-remaining", re.compile(r"(\d+)")),  # drafts 0 to 6
    ("x-ratelimit-remaining", re.compile(r"(\d+)")),
    ("x-rate-limit-remaining", re.compile(r"(\d+)")),
)
_WINDOW: Final = re.compile(r";\s*w=(\d+)")
_SPANS: Final = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86_400.0,
    "month": 2_592_000.0,
    "year": 31_536_000.0,
}
_SPANNED: Final = re.compile(r"(?:x-)?(?:rate-?limit|quota)-(limit|remaining)-(second|minute|hour|day|month|year)")
_QUOTA: Final = re.compile(r"x-(?:api-)?quota-(?:remaining|left)|x-(?:daily|monthly|hourly)-(?:quota|limit)-remaining")
_RESETS: Final = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset", "x-quota-reset")
_EPOCH: Final = 1_000_000_000


class Allowance(NamedTuple):
    """One advertised allowance: seconds of its window (0: not said), and what is left (-1: not said)."""

    window: float
    left: int


def left_of(answer: Answer) -> int | None:
    """The remaining calls that a reply advertises in any dialect, or None."""
    for name, pattern in _LEFT:
        for value in answer.all(name):
            found = pattern.search(value)
            if found:
                return int(found[1] or found.groups()[-1])
    return None


def allowances(answer: Answer) -> list[Allowance]:
    """Every allowance that a reply tells of."""
    found = []
    for name, value in answer.headers:
        match = _SPANNED.fullmatch(name)
        if match is not None and match[1] == "remaining" and value.strip().isdigit():
            found.append(Allowance(_SPANS[match[2]], int(value)))
        elif _QUOTA.fullmatch(name) and value.strip().isdigit():
            found.append(Allowance(_SPANS["day"], int(value)))
    windows = [float(each) for value in answer.all("ratelimit-policy") for each in _WINDOW.findall(value)]
    lefts = [int(each) for value in answer.all("ratelimit") for each in re.findall(r";\s*r=(\d+)", value)]
    if windows:
        paired = lefts if len(lefts) == len(windows) else [lefts[0] if lefts else -1] * len(windows)
        return found + [Allowance(window, left) for window, left in zip(windows, paired, strict=True)]
    left = left_of(answer)
    if left is not None:
        found.append(Allowance(_until_reset(answer), left))
    return found


def _until_reset(answer: Answer) -> float:
    for name in _RESETS:
        value = (answer.head(name) or "").strip()
        if value.isascii() and value.isdigit():
            return float(value) - time.time() if int(value) > _EPOCH else float(value)
    return 0.0
