"""A reply head like the last one is not read again, and nothing is taken from the last reply but its head."""

from __future__ import annotations

import pytest

from ostiary.gateway.wire import BadReplyError, ReplyReader

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"


def read(reader: ReplyReader, *pieces: bytes, headless: bool = False) -> tuple[int, bytes, bool]:
    reader.begin(headless=headless)
    for piece in pieces:
        reader.feed(piece)
    return reader.status, b"".join(reader.pieces), reader.complete


def remembering() -> ReplyReader:
    reader = ReplyReader()
    assert read(reader, HEAD + b"first") == (200, b"first", True)
    return reader


def test_the_same_head_brings_its_own_body() -> None:
    reader = remembering()
    for body in (b"again", b"third"):
        assert read(reader, HEAD + body) == (200, body, True)
        assert (b"content-type", b"text/plain") in reader.headers
        assert reader.keep
    reader.headers.append((b"x", b"y"))  # what a hook does to one reply is not seen in the next
    assert read(reader, HEAD + b"third")[0] == 200
    assert (b"x", b"y") not in reader.headers


def test_another_length_is_read_anew() -> None:
    reader = remembering()
    other = HEAD.replace(b"5", b"7")
    assert read(reader, other + b"seven..") == (200, b"seven..", True)
    assert read(reader, HEAD + b"short") == (200, b"short", True)


def test_a_body_in_pieces_is_waited_for() -> None:
    reader = remembering()
    assert read(reader, HEAD + b"pi") == (200, b"pi", False)
    reader.feed(b"ece")
    assert reader.complete
    assert b"".join(reader.pieces) == b"piece"
    assert read(reader, HEAD[:20], HEAD[20:] + b"whole") == (200, b"whole", True)


def test_what_follows_the_reply_is_noticed() -> None:
    reader = remembering()
    assert read(reader, HEAD + b"five." + HEAD + b"extra")[1] == b"five."
    assert reader.excess


def test_a_reply_to_head_has_no_body_though_its_head_is_the_same() -> None:
    reader = remembering()
    assert read(reader, HEAD, headless=True) == (200, b"", True)


def test_an_interim_reply_is_not_taken_for_the_final_one() -> None:
    reader = ReplyReader()
    interim = b"HTTP/1.1 103 Early Hints\r\nContent-Length: 71\r\n\r\n"
    assert read(reader, interim + HEAD + b"first") == (200, b"first", True)
    assert read(reader, interim + HEAD + b"again") == (200, b"again", True)


def test_what_is_malformed_is_refused_after_a_good_reply_too() -> None:
    reader = remembering()
    with pytest.raises(BadReplyError):
        read(reader, HEAD.replace(b"Content-Type:", b"Content-Type :") + b"first")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nfirst",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nfirst",
    ],
)
def test_only_plain_framing_is_remembered(head: bytes) -> None:
    reader = ReplyReader()
    assert read(reader, head)[:2] == (200, b"first")
    assert reader._block == b""
