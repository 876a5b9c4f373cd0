"""Bytes become messages here and nowhere else: llhttp in strict mode (httptools), and the end of every message exact."""

from __future__ import annotations

import re
from typing import Final

import httptools

from ostiary.errors import Denied
from ostiary.gateway.limits import MOST_HEAD, MOST_HEADERS, MOST_LINE, MOST_OVERHEAD, MOST_REMEMBERED

Pairs = list[tuple[bytes, bytes]]

# RFC 9112 section 3, without the leniencies that it allows: one space each, a method in capitals as all registered ones
# are, no octet outside ASCII.
_LINE: Final = re.compile(rb"([A-Z][A-Z_-]{0,31}) ([!-~]+) HTTP/1\.([01])\r\n")
# A tab is white space to one reader of these fields and part of the value to another.
_TABBED: Final = re.compile(
    rb"\n(?:content-length|transfer-encoding|host|connection|expect|upgrade):[^\r]*\t", re.IGNORECASE
)
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BARE: Final = re.compile(rb"(?<!\r)\n|\r(?=[^\n])")
# llhttp knows a fixed set of methods, some of them of other protocols; to its framing a method means nothing.
_METHODS: Final = {each.encode(): each for each in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
_END: Final = b"\r\n\r\n"

# Fields of this connection, not of the message (RFC 9110 section 7.6.1), and what only a forward proxy is sent.
HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
        b"proxy-authorization",
        b"proxy-authenticate",
        b"proxy",  # a CGI reads it as the variable HTTP_PROXY
    }
)


class BadReplyError(Exception):
    """What the upstream sent is not one HTTP/1.1 reply; becomes a 502."""


class RequestReader:
    """Reads requests of one connection, one after the other.

    `head` takes a buffer and finds the request in it; afterwards `headers` holds its (lower-case name, value) pairs
    and `complete` says whether it has no body. `body` takes what follows and leaves data in `pieces`. A client that
    keeps its connection mostly repeats its header fields to the octet: then `same` is set, and nothing but the request
    line is read anew; whoever judged the fields the last time still knows them.
    """

    __slots__ = (
        "_block", "_chunked", "_fed", "_head_done", "_left", "_parser", "_passed", "_tail", "complete", "headers",
        "pieces", "same", "taken", "underscores",
    )  # fmt: skip

    def __init__(self) -> None:
        self.headers: Pairs = []
        self.pieces: list[bytes] = []
        self.complete = True
        self.taken = 0  # bytes of the buffer that the head took
        self.same = False
        self.underscores = False  # some field's name may hold one
        self._block = b""  # the last header section, with the end of the request line
        self._left = 0  # bytes of a Content-Length body still to come
        self._chunked = False
        self._fed = 0  # octets of a chunked body's coding, and how many of them were data
        self._passed = 0
        self._tail = b""
        self._head_done = False
        self._parser = httptools.HttpRequestParser(self)

    # what llhttp calls

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header field; those of a trailer section land in a list that nobody reads."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head has ended."""
        self._head_done = True

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body."""
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        """The request has ended."""
        self.complete = True

    # what the connection calls

    def head(self, data: bytes) -> tuple[str, bytes, int] | None:
        """Read a request head from the start of `data`: method, target and minor version.

        :returns: None when there is not enough of it yet.
        :raises Denied: 400 for what is not a request by RFC 9112, 414 and 431 for one that is too long.
        """
        end = data.find(_END)
        if end < 0:
            _hopeless(data)
            return None
        end += 4
        match = _LINE.match(data)
        if match is None or end > MOST_HEAD or match.end() > MOST_LINE:
            raise _head_fault(data, end)
        token, target, minor = match.groups()
        self.taken = end
        method = _METHODS.get(token)
        block = data[match.start(3) : end]
        if block == self._block:
            self.same = self.complete = True
        else:
            self.same = False
            self._parse(token, data[:end], known=method is not None)
            self._block = block if len(block) <= MOST_REMEMBERED else b""
        return method or token.decode("ascii"), target, 1 if minor == b"1" else 0

    @property
    def remembers(self) -> bool:
        """Whether the next head may turn out to be the `same`."""
        return self._block != b""

    def _parse(self, token: bytes, head: bytes, *, known: bool) -> None:
        self._block = b""
        self.headers = []
        self.complete = self._head_done = False
        try:
            self._parser.feed_data(head if known else b"POST" + head[len(token) :])
        except httptools.HttpParserUpgrade:
            self._parser = httptools.HttpRequestParser(self)
            self.complete = True
        except httptools.HttpParserError:
            raise Denied(400, _MALFORMED) from None
        if not self._head_done:
            raise Denied(400, _MALFORMED)
        if len(self.headers) > MOST_HEADERS:
            raise Denied(431, "there are too many header fields")
        if len(head) > MOST_LINE and any(len(name) + len(value) > MOST_LINE for name, value in self.headers):
            raise Denied(431, "a header field is too large")
        if b"\t" in head and _TABBED.search(head) is not None:
            raise Denied(400, _MALFORMED)
        if b" \r\n" in head or b"\t\r\n" in head:
            self.headers = [(name, value.rstrip(b" \t")) for name, value in self.headers]
        self.underscores = b"_" in head

    def expect(self, length: int, *, chunked: bool) -> None:
        """Say how the body that follows the head is framed; after `head`, before `body`."""
        self.headers = []  # the exchange owns the old list; a trailer section must not reach it
        self._left = length
        self._chunked = chunked
        self._fed = self._passed = 0
        self._tail = b""
        if self.complete:  # llhttp has not seen this head, or stopped at an Upgrade that we do not take
            line = b"transfer-encoding: chunked" if chunked else b"content-length: %d" % length
            self._parser.feed_data(b"POST / HTTP/1.1\r\n" + line + _END)
            self.complete = False

    def body(self, data: bytes) -> bytes:
        """Read body from `data` into `pieces`; return what lies beyond the end of the message.

        :raises Denied: 400 for a broken chunked coding, or one that carries more coding than data.
        """
        try:
            if self._chunked:
                return self._chunks(data)
            rest = b""
            if len(data) > self._left:
                data, rest = data[: self._left], data[self._left :]
            self._left -= len(data)
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            raise Denied(400, "the chunked body is malformed") from None
        return rest

    def _chunks(self, data: bytes) -> bytes:
        # llhttp does not tell where a message ended, but it can only end after an empty line: stop at each and ask.
        before = len(self._tail)
        joined = self._tail + data
        at = start = before
        while not self.complete:
            found = joined.find(_END, max(at - 3, 0))
            stop = found + 4 if found >= 0 else len(joined)
            if stop > start:
                self._parser.feed_data(joined[start:stop])
                start = stop
            if found < 0:
                break
            at = stop + 2
        self._tail = joined[-3:]
        self._fed += start - before
        self._passed += sum(map(len, self.pieces))
        if self._fed - self._passed > MOST_OVERHEAD + 8 * self._passed:
            raise Denied(400, "the chunked body carries more coding than data")
        return joined[start:] if self.complete else b""


_MALFORMED: Final = "the request head is malformed"


def _hopeless(data: bytes) -> None:
    """Refuse the start of a head that no continuation can save."""
    if len(data) > MOST_HEAD:
        raise _head_fault(data, len(data))
    if _BARE.search(data) is not None:
        raise Denied(400, "lines must end with CR LF")
    if b"\r\n" in data:
        match = _LINE.match(data)
        if match is None or match.end() > MOST_LINE:
            raise _head_fault(data, len(data))
    elif len(data) > MOST_LINE:
        raise Denied(414, "the request line is too long")
    elif b"\0" in data or data[0] < 0x21:  # noqa: PLR2004 - the first printable octet
        raise Denied(400, _MALFORMED)


def _head_fault(data: bytes, end: int) -> Denied:
    line = data.find(b"\r\n")
    if line > MOST_LINE or line < 0:
        return Denied(414, "the request line is too long")
    if end > MOST_HEAD:
        return Denied(431, "the header fields are too large")
    return Denied(400, "the request line is malformed")


class ReplyReader:
    """Reads replies of one upstream connection; `status` is 0 until a final head has come.

    After each `feed`: `headers`, `own` with the fields that belong to this hop, `pieces` of body data that came,
    `complete`, and `excess` when bytes followed the end of the reply that nobody asked for. Interim replies (1xx but
    101) are swallowed.
    """

    __slots__ = (
        "_block", "_head_bytes", "_headless", "_length", "_parser", "_read", "complete", "excess", "headers", "keep",
        "own", "pieces", "status", "until_close", "upgraded",
    )  # fmt: skip

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._block = b""  # the last reply's head; read again only when it differs
        self._length = 0  # of the body that went with it
        self._read: tuple[int, Pairs, dict[bytes, bytes]] = (0, [], {})  # what it said
        self.excess = False
        self.keep = False
        self.until_close = False
        self.upgraded: bytes | None = None  # what followed the head of a 101
        self.begin(headless=False)

    def begin(self, *, headless: bool) -> None:
        """Get ready for the reply to the next request; `headless` when that is HEAD, whose reply has no body."""
        self.status = 0  # what is not set anew here would have ended the connection
        self.headers: Pairs = []
        self.own: dict[bytes, bytes] = {}
        self.pieces: list[bytes] = []
        self.complete = False
        self._headless = headless
        self._head_bytes = 0

    # what llhttp calls

    def on_message_begin(self) -> None:
        """Notice a reply after the reply."""
        if self.complete:
            self.excess = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header field; trailers are dropped."""
        if self.status == 0:
            name = name.lower()
            if name in HOP:
                known = self.own.get(name)
                self.own[name] = value if known is None else known + b"," + value
            else:
                self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head has ended: interim ones are forgotten."""
        if self.status:
            return
        status = self._parser.get_status_code()
        if status < 200 and status != 101:  # noqa: PLR2004 - RFC 9110 section 15.2
            self.headers = []
            self.own = {}
            return
        self.status = status
        self.keep = self._parser.should_keep_alive()
        if self._headless:
            self.complete = True

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body."""
        if self.complete:
            self.excess = True
        else:
            self.pieces.append(piece)

    def on_message_complete(self) -> None:
        """The reply has ended, unless it was an interim one."""
        if self.status:
            self.complete = True

    # what the connection calls

    def feed(self, data: bytes) -> None:
        """Take what the upstream sent.

        :raises BadReplyError: when it is not a reply by RFC 9112.
        """
        before = self.status
        block = self._block
        again = block and not before and self._head_bytes == 0 and not self._headless
        if again and data.startswith(block) and len(data) == len(block) + self._length:
            self.status, headers, self.own = self._read
            self.headers = headers.copy()
            self.pieces = [data[len(block) :]] if self._length else []
            self.keep = self.complete = True
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self.upgraded = data[upgrade.args[0] :]
        except httptools.HttpParserError as error:
            if not self.complete:
                raise BadReplyError("the upstream's reply is malformed") from error
            self.excess = True
        if not before:
            fresh = self._head_bytes == 0
            self._check_head(data)
            if fresh and self.complete:
                self._remember(data)

    def _remember(self, data: bytes) -> None:
        """Keep the head of a reply that came in one piece, its length said by Content-Length, and ended there."""
        self._block = b""
        block = data[: data.find(_END) + 4]
        length = dict(self.headers).get(b"content-length", b"")
        if (
            len(block) <= MOST_REMEMBERED
            and block[9:12] == b"%d" % self.status  # and not the head of an interim reply before it
            and length == b"%d" % (len(data) - len(block))
            and b"transfer-encoding" not in self.own
            and self.keep
            and not self.excess
            and self.upgraded is None
            and not self._headless
            and self.status not in {204, 304}
        ):
            self._block, self._length = block, len(data) - len(block)
            self._read = (self.status, self.headers.copy(), self.own)

    def _check_head(self, data: bytes) -> None:
        if self._head_bytes == 0 and not data.startswith(b"HTTP/1.") and data != b"HTTP/1."[: len(data)]:
            raise BadReplyError("the upstream does not speak HTTP/1")
        if not self.status:
            self._head_bytes += len(data)
            if self._head_bytes > 2 * MOST_HEAD:
                raise BadReplyError("the upstream's reply head is too large")
            return
        if len(self.headers) > 2 * MOST_HEADERS or not 100 < self.status < 600:  # noqa: PLR2004 - three digits by RFC 9110
            raise BadReplyError("the upstream's reply head is out of bounds")
        own = self.own
        coding = own.get(b"transfer-encoding") if own else None
        if coding is not None and coding.strip().lower() != b"chunked":
            raise BadReplyError("the upstream used a transfer coding that nobody asked for")
        if self._headless:
            if coding is not None or dict(self.headers).get(b"content-length", b"0") != b"0":
                self._parser = httptools.HttpResponseParser(self)  # llhttp still waits for a body that never comes
        elif not self.complete and coding is None:
            self.until_close = b"content-length" not in dict(self.headers)


def token(value: bytes) -> bool:
    """Whether a value is one token (RFC 9110 section 5.6.2)."""
    return _TOKEN.fullmatch(value) is not None
