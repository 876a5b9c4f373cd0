"""Coded bodies are unpacked within a bound and a ratio."""

from __future__ import annotations

import gzip
import os
import zlib

import pytest

from ostiary.errors import Denied
from ostiary.parts.content_codings import unpack


@pytest.mark.parametrize("data", [b"", b"{}", b"blank " * 5000, os.urandom(100_000)])
def test_what_was_packed_comes_out(data: bytes) -> None:
    assert unpack(gzip.compress(data, mtime=0), "gzip") == data
    assert unpack(gzip.compress(data, mtime=0), "x-gzip") == data
    assert unpack(zlib.compress(data), "deflate") == data


@pytest.mark.parametrize(
    ("data", "coding", "status"),
    [
        (b"x", "br", 415),
        (b"x", "gzip, gzip", 415),
        (b"not gzip", "gzip", 400),
        (gzip.compress(b"x", mtime=0)[:-3], "gzip", 400),
        (gzip.compress(b"x", mtime=0) + b"y", "gzip", 400),
        (gzip.compress(b"x", mtime=0) + gzip.compress(b"y", mtime=0), "gzip", 400),
        (gzip.compress(b"\0" * 5_000_000, mtime=0), "gzip", 413),
    ],
)
def test_what_is_unknown_broken_or_a_bomb_is_refused(data: bytes, coding: str, status: int) -> None:
    with pytest.raises(Denied) as refusal:
        unpack(data, coding)
    assert refusal.value.status == status


def test_the_bound_holds_for_data_that_packs_badly_too() -> None:
    with pytest.raises(Denied) as refusal:
        unpack(gzip.compress(os.urandom(200_000)), "gzip", most=100_000)
    assert refusal.value.status == 413
