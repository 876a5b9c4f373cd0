"""Times of replies are compared by rank, against a control that must not differ: one slow reply proves nothing."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final, NamedTuple

LEAST: Final = 0.005  # seconds between medians: less is the network's
RATIO: Final = 1.25  # between medians
_SURE: Final = 0.005  # two-sided; 5 against 10, wholly apart, is 0.0007
_EACH: Final = 0.05  # against each control group by itself; 5 against 5, wholly apart, is 0.008
_CONTROL: Final = 0.25  # of the difference: more must not lie between the two control groups


class Apart(NamedTuple):
    """Whether two groups of times differ; ``noisy``: the control did too, so that nothing can be said."""

    differ: bool
    noisy: bool
    first: float  # medians, seconds
    second: float


def rank_test(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided probability of so unequal ranks by chance alone (Mann and Whitney 1947), ties by their mean rank."""
    count = len(first) * len(second)
    if not count:
        return 1.0
    wins = sum((a > b) + (a == b) / 2 for a in first for b in second)
    least = min(wins, count - wins)
    if len(first) + len(second) <= 30:  # noqa: PLR2004 - small enough to count exactly
        return min(
            1.0, 2 * _ways(len(first), len(second), math.floor(least)) / math.comb(len(first) + len(second), len(first))
        )
    spread = math.sqrt(count * (len(first) + len(second) + 1) / 12)
    return math.erfc((count / 2 - least) / spread / math.sqrt(2))


def _ways(first: int, second: int, most: int) -> int:
    """Orders of two groups in which the first wins at most `most` comparisons."""
    counts = {(0, 0): [1]}  # by group sizes: how many orders have 0, 1, 2 ... wins
    for a in range(first + 1):
        for b in range(second + 1):
            if (a, b) == (0, 0):
                continue
            row = [0] * (a * b + 1)
            for won, ways in enumerate(counts.get((a, b - 1), ())):
                row[won] += ways
            for won, ways in enumerate(counts.get((a - 1, b), ())):
                row[won + b] += ways  # the last is of the first group: it beats all of the second
            counts[a, b] = row
    return sum(counts[first, second][: most + 1])


def apart(known: Sequence[float], one: Sequence[float], other: Sequence[float]) -> Apart:
    """Whether the times of `known` differ from those of `one` and `other`, which are the control of each other."""
    rest = [*one, *other]
    first, second = statistics.median(known), statistics.median(rest)
    low, high = sorted((first, second))
    big = high - low >= LEAST and high >= low * RATIO
    if not big:
        return Apart(differ=False, noisy=False, first=first, second=second)
    noise = abs(statistics.median(one) - statistics.median(other)) > (high - low) * _CONTROL
    sure = rank_test(known, rest) < _SURE and max(rank_test(known, one), rank_test(known, other)) < _EACH
    return Apart(differ=sure and not noise, noisy=noise or not sure, first=first, second=second)
