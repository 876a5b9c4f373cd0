"""A head is judged whole before anything believes it, and written anew for the next hop, never relayed."""

from __future__ import annotations

import functools
import ipaddress
import re
import time
from typing import Final, NamedTuple

from ostiary import problem
from ostiary.errors import Denied
from ostiary.gateway.limits import MOST_REMEMBERED
from ostiary.gateway.wire import HOP, Pairs, token
from ostiary.model import Exchange, Reply

_SPECIAL: Final = HOP | {b"content-length", b"expect"}
# What says who asks, from where: ours to say.
_FORWARDED: Final = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"x-real-ip",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"true-client-ip",
    }
)
_ONCE: Final = (b"host", b"content-length", b"transfer-encoding", b"content-type", b"authorization", b"upgrade")
# Naming one of these in Connection would have us hide from the upstream what the policy has looked at.
_NOT_HOP: Final = frozenset(
    {b"host", b"content-length", b"content-type", b"content-encoding", b"authorization", b"cookie", b"origin", b"range"}
)
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?")
_ABSOLUTE: Final = re.compile(rb"(https?)://([^/?#]+)(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)
_DIGITS: Final = re.compile(rb"[0-9]{1,18}")


class Facts(NamedTuple):
    """What the head says about framing and the connection."""

    length: int = 0  # bytes of a body with a Content-Length
    chunked: bool = False
    close: bool = False  # the client's connection ends after this exchange
    expects: bool = False  # the client waits for 100 Continue
    websocket: bool = False
    drops: frozenset[bytes] = frozenset()  # fields that stay on this hop

    @property
    def has_body(self) -> bool:
        """Whether data follows the head."""
        return self.chunked or self.length > 0


_PLAIN: Final = Facts()


def judge(headers: Pairs, minor: int, underscored: frozenset[bytes] | None) -> tuple[Pairs, Facts]:
    """Refuse what two readers could read differently; return the fields to keep, and the facts.

    Fields with an underscore are dropped unless the document names them: CGI and WSGI read them as their dashed twins.

    :param underscored: the names that the document has; None when the head holds no underscore at all.
    :raises Denied: 400; 417 for an unknown expectation; 501 for a transfer coding other than chunked.
    """
    names = dict(headers)
    if underscored is not None and b"_" in b"".join(names):
        headers = _without_underscores(headers, underscored)
        names = dict(headers)
    host = names.get(b"host")
    if host is None:
        if minor:
            raise Denied(400, "the Host header is missing")
    elif not _host_ok(host):
        raise Denied(400, "the Host header is malformed")
    if len(names) != len(headers):
        _check_once(headers)
    if _SPECIAL.isdisjoint(names):
        return headers, _PLAIN if minor else Facts(close=True)
    facts = _facts(names, headers, minor)
    named = facts.drops - _SPECIAL
    if named:  # what does not reach the upstream must not satisfy the policy either
        headers = [pair for pair in headers if pair[0] not in named]
        # Gone with that: what the policy writes under such a name later (who calls) is not the client's to take away.
        facts = facts._replace(drops=facts.drops - named)
    return headers, facts


def _facts(names: dict[bytes, bytes], headers: Pairs, minor: int) -> Facts:
    length = 0
    text = names.get(b"content-length")
    coding = names.get(b"transfer-encoding")
    if text is not None:
        if _DIGITS.fullmatch(text) is None:
            raise Denied(400, "the Content-Length is malformed")
        length = int(text)
    if coding is not None:
        if text is not None or not minor:
            raise Denied(400, "the length of the body is ambiguous")
        if coding.lower() != b"chunked":
            raise Denied(501, "only the chunked transfer coding is understood")
    close = not minor
    drops = HOP
    options: set[bytes] = set()
    if b"connection" in names:
        values = [value for name, value in headers if name == b"connection"]
        options = {option.strip(b" \t").lower() for option in b",".join(values).split(b",")} - {b""}
        if not all(map(token, options)) or not _NOT_HOP.isdisjoint(options):
            raise Denied(400, "the Connection header is malformed")
        close = b"close" in options or (not minor and b"keep-alive" not in options)
        drops = HOP | options
    expectation = names.get(b"expect")
    if expectation is not None:
        if expectation.lower() != b"100-continue":
            raise Denied(417, "the only expectation met here is 100-continue")
        drops |= {b"expect"}
    # A handshake has no body: sent on with the framing of an upgrade, it would be read as the next request (RFC 9110
    # section 7.8 has HTTP/1.0 ask for none).
    bare = not length and coding is None and minor == 1
    websocket = bare and b"upgrade" in options and names.get(b"upgrade", b"").lower() == b"websocket"
    expects = expectation is not None and minor == 1
    return Facts(length, coding is not None, close, expects, websocket, drops)


def _without_underscores(headers: Pairs, underscored: frozenset[bytes]) -> Pairs:
    kept = [pair for pair in headers if b"_" not in pair[0] or pair[0] in underscored]
    names = {name for name, _ in kept}
    for name in names & underscored:
        if name.replace(b"_", b"-") in names:
            raise Denied(400, "a header field is sent in two spellings")
    return kept


def _check_once(headers: Pairs) -> None:
    names = [name for name, _ in headers]
    if any(names.count(name) > 1 for name in _ONCE):
        raise Denied(400, "a header field that may be sent once is repeated")


@functools.lru_cache(maxsize=1024)
def _host_ok(host: bytes) -> bool:
    match = _HOST.fullmatch(host)
    if match is None or (match[1] is not None and int(match[1]) > 65535):  # noqa: PLR2004 - ports have 16 bits
        return False
    if host[:1] != b"[":
        return True
    try:
        ipaddress.IPv6Address(host[1 : host.index(b"]")].decode("ascii"))
    except ValueError:
        return False
    return True


UPGRADE: Final = b"connection: upgrade\r\nupgrade: websocket\r\n"
UNSERVED: Final = frozenset({"CONNECT", "TRACE"})


def split_target(method: str, target: bytes, scheme: str, headers: Pairs) -> tuple[bytes, bytes]:
    """The raw path and query of a request target.

    :raises Denied: 400 for CONNECT and the authority form, ``*`` with anything but OPTIONS, a fragment, or an absolute
        form whose authority or scheme is not the one that the Host header and the connection name; 501 for TRACE.
    """
    if method in UNSERVED:
        raise Denied(400 if method == "CONNECT" else 501, "this method is not served here")
    if target[:1] != b"/" and target != b"*":
        match = _ABSOLUTE.fullmatch(target)
        if match is None:
            raise Denied(400, "the request target is malformed")
        host = next((value for name, value in headers if name == b"host"), None)
        if host is None or match[2].lower() != host.lower() or match[1].lower() != scheme.encode():
            raise Denied(400, "the request target does not match the Host header")
        target = (match[3] or b"/") + (match[4] or b"")
    if b"#" in target or (target == b"*" and method != "OPTIONS"):
        raise Denied(400, "the request target is malformed")
    path, _, query = target.partition(b"?")
    return path, query


@functools.lru_cache(maxsize=1024)
def _forwarding(client: str, scheme: str, host: bytes) -> bytes:
    """The lines that tell the upstream who asked (RFC 7239 section 4, and what everyone reads instead)."""
    address = client.encode("ascii", "replace")
    node = b'"[%b]"' % address if b":" in address else address or b"unknown"
    lines = [
        b"x-forwarded-for: " + (address or b"unknown"),
        b"x-forwarded-proto: " + scheme.encode("ascii"),
        b"forwarded: for=%b;proto=%b" % (node, scheme.encode("ascii")) + (b';host="%b"' % host if host else b""),
    ]
    if host:
        lines.insert(2, b"x-forwarded-host: " + host)
    return b"\r\n".join(lines) + b"\r\n\r\n"


_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COLON: Final = b": ".join
_METHODS: Final = {each: each.encode() for each in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}


class Memo:
    """What one client's last request became: clients on a kept connection repeat their header fields."""

    __slots__ = ("_headers", "_how", "_lines")

    def __init__(self) -> None:
        self._headers: Pairs = []
        self._how: tuple[frozenset[bytes], bytes, str, str] | None = None
        self._lines = b""

    def request(self, exchange: Exchange, drops: frozenset[bytes], framing: bytes, authority: bytes) -> bytes:
        """The head to send upstream.

        :param drops: field names that stay on this hop.
        :param framing: the lines that frame the body or switch protocols; empty when there are none.
        :param authority: the upstream's own, for a request of HTTP/1.0 that names no host.
        """
        how = (drops, framing, exchange.client, exchange.scheme)
        headers = exchange.headers
        if how != self._how or headers != self._headers:
            lines = _lines(exchange, drops, framing, authority)
            if len(lines) > MOST_REMEMBERED:
                self._how = None
            else:
                self._headers = headers.copy()
                self._how = how
            self._lines = lines
        method = _METHODS.get(exchange.method) or exchange.method.encode("ascii")
        target = b"%b?%b" % (exchange.raw_path, exchange.query) if exchange.query else exchange.raw_path
        head = b"%b %b HTTP/1.1\r\n%b" % (method, target, self._lines)
        if self._how is None:
            self._lines = b""
        return head


def _is_forwarding(name: bytes, *, strangers: bool) -> bool:
    return name in _FORWARDED or (strangers and name[:11] == b"x-forwarded")


def _lines(exchange: Exchange, drops: frozenset[bytes], framing: bytes, authority: bytes) -> bytes:
    headers = exchange.headers
    names = dict(headers)
    if b"host" not in names:
        headers = [(b"host", authority), *headers]
    if framing:
        drops |= {b"content-length"}
    if not drops.isdisjoint(names):
        headers = [pair for pair in headers if pair[0] not in drops]
    if any(name in _FORWARDED or name[:11] == b"x-forwarded" for name in names):
        # A client that is not the peer was named by a proxy that the policy trusts: what else it says has been judged.
        strangers = exchange.client == exchange.peer
        headers = [pair for pair in headers if not _is_forwarding(pair[0], strangers=strangers)]
    host = names.get(b"host", b"")
    if exchange.client != exchange.peer and _host_ok(names.get(b"x-forwarded-host", b"")):
        host = names[b"x-forwarded-host"]
    forwarding = _forwarding(exchange.client, exchange.scheme, host)
    return b"%b\r\n%b%b" % (b"\r\n".join(map(_COLON, headers)), framing, forwarding)


def without_named(headers: Pairs, connection: bytes) -> Pairs:
    """A reply's fields without those that its Connection field names."""
    named = {option.strip(b" \t").lower() for option in connection.split(b",")} - _NOT_HOP
    return [pair for pair in headers if pair[0] not in named]


@functools.cache
def _status_line(status: int) -> bytes:
    phrase = problem.title(status)
    return b"HTTP/1.1 %d %b\r\n" % (status, b"" if phrase == "Error" else phrase.encode("ascii"))


def reply(status: int, headers: Pairs, framing: bytes) -> bytes:
    """The head to send to the client; `framing` are the lines for length and connection, each with its line end."""
    if not headers:
        return b"%b%b\r\n" % (_status_line(status), framing)
    return b"%b%b\r\n%b\r\n" % (_status_line(status), b"\r\n".join(map(_COLON, headers)), framing)


def date(now: float) -> bytes:
    """A Date line (RFC 9110 section 5.6.7), whatever the locale."""
    at = time.gmtime(now)
    day, month = _DAYS[at.tm_wday], _MONTHS[at.tm_mon - 1]
    text = f"date: {day}, {at.tm_mday:02} {month} {at.tm_year} {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT\r\n"
    return text.encode("ascii")


def render(made: Reply, method: str, date_line: bytes, *, close: bool, minor: int) -> bytes:
    """A reply of ours as bytes, its length and date said by us."""
    headers = [pair for pair in made.headers if pair[0] != b"content-length"]
    bodyless = made.status in {204, 304}
    framing = date_line if bodyless else b"%bcontent-length: %d\r\n" % (date_line, len(made.body))
    if close:
        framing += b"connection: close\r\n"
    elif not minor:
        framing += b"connection: keep-alive\r\n"
    head = reply(made.status, headers, framing)
    return head if bodyless or method == "HEAD" else head + made.body
