"""Greetings and what comes back, byte by byte, also from servers that are no friends."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.parts.tls import hello
from ostiary.parts.tls.probe import offers


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


def server_hello(version: int, suite: int, *, again: bool = False, group: int = 29) -> bytes:
    random = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c") if again else bytes(32)
    body = struct.pack("!H", min(version, 0x0303)) + random + b"\x00" + struct.pack("!H", suite) + b"\x00"
    if version == 0x0304:
        own = struct.pack("!HHH", 43, 2, 0x0304) + (struct.pack("!HHH", 51, 2, group))
        body += struct.pack("!H", len(own)) + own
    return record(22, b"\x02" + struct.pack("!I", len(body))[1:] + body)


def test_a_request_for_another_group_agrees_all_the_same() -> None:
    found = hello.read(server_hello(0x0304, 0x1302, again=True, group=24))
    assert (found.version, found.suite, found.group, found.again) == (0x0304, 0x1302, 24, True)


def test_offers_end_when_nothing_is_agreed_to_any_more() -> None:
    """A server that takes three suites, and tells each by itself."""
    left, asked = [0xC02F, 0xC030, 0x009C], 0
    talk = offers(hello.TLS12)
    greeting = next(talk)
    try:
        while True:
            asked += 1
            offered = set(
                struct.unpack(f"!{len(body := greeting[46 : 46 + int.from_bytes(greeting[44:46], 'big')]) // 2}H", body)
            )
            taken = next((each for each in left if each in offered), 0)
            greeting = talk.send(server_hello(hello.TLS12, taken) if taken else record(21, b"\x02\x28"))
    except StopIteration as ended:
        agreed = ended.value
    assert sorted(agreed.suites) == sorted(left)
    assert not agreed.undecided
    assert asked < 10


def test_a_suite_that_was_not_offered_is_not_believed_and_ends_the_talk() -> None:
    talk = offers(hello.TLS13)
    next(talk)
    with pytest.raises(StopIteration) as ended:
        talk.send(server_hello(hello.TLS13, 0xC02F))
    assert ended.value.value.suites == ()


def test_silence_is_no_refusal() -> None:
    talk = offers(hello.TLS13)
    next(talk)
    with pytest.raises(StopIteration) as ended:
        talk.send(None)
    assert ended.value.value.undecided


def test_what_is_no_tls_settles_at_once() -> None:
    assert hello.settled(b"HTTP/1.1 400 Bad Request\r\n")
    assert not hello.settled(b"")
    assert not hello.settled(server_hello(0x0303, 0xC02F)), "certificates follow"
    assert hello.settled(server_hello(0x0304, 0x1301))


@given(st.binary(max_size=400))
def test_nonsense_is_survived(data: bytes) -> None:
    for start in (b"", b"\x16\x03\x03\x00\x40", b"\x16\x03\x03\x00\x80\x02\x00\x00\x50"):
        hello.read(start + data)
        hello.settled(start + data)
