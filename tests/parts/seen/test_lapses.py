"""Times differ when one group lies apart from two others that lie together; noise is neither yes nor no."""

from __future__ import annotations

import random

import pytest

from ostiary.parts.seen.lapses import apart, rank_test


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3], [4, 5, 6], 0.1),  # 2 of 20 orders
        ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 2 / 252),
        ([1, 3, 5], [2, 4, 6], 0.7),
        ([1, 1, 1], [1, 1, 1], 1.0),
        ([], [1], 1.0),
    ],
)
def test_ranks_are_compared_exactly_for_small_groups(first: list[float], second: list[float], expected: float) -> None:
    assert rank_test(first, second) == pytest.approx(expected)
    assert rank_test(second, first) == pytest.approx(expected)


def test_large_groups_go_by_the_normal_distribution() -> None:
    assert rank_test(range(20), range(100, 120)) < 1e-6
    assert rank_test(range(20), range(20)) > 0.9


def test_a_hash_for_one_group_alone_is_seen_though_the_control_is_never_quite_even() -> None:
    found = apart([0.0115, 0.0117, 0.0121, 0.0114, 0.0113], [0.0007, 0.0007, 0.001, 0.0008, 0.0008], [0.0006] * 5)
    assert found.differ
    assert not found.noisy


def test_noise_and_small_differences_are_none() -> None:
    assert not apart([0.012] * 5, [0.011] * 5, [0.010] * 5).differ  # a millisecond or two is the network's
    swinging = apart([0.3, 0.1, 0.5, 0.2, 0.4], [0.1, 0.5, 0.05, 0.4, 0.02], [0.02, 0.3, 0.01, 0.2, 0.4])
    assert not swinging.differ
    drifting = apart([0.10] * 5, [0.04] * 5, [0.01] * 5)  # the control groups lie apart themselves
    assert (drifting.differ, drifting.noisy) == (False, True)


def test_chance_alone_hardly_ever_passes_twice() -> None:
    dice = random.Random(4)
    draw = [[[dice.expovariate(20) for _ in range(5)] for _ in range(3)] for _ in range(2000)]
    seen = sum(apart(*each).differ for each in draw)
    assert seen < 20  # one in a hundred, and a finding takes two in a row
