"""What passed once passes again: verdicts of pure hooks are remembered for a request head, and for a reply head below it."""

from __future__ import annotations

from typing import Final, TypeVar

from ostiary.model import Exchange, Principal

MOST_HEADS: Final = 512  # request heads remembered, over all operations; emptied when full
MOST_REPLIES: Final = 8  # reply heads remembered for each
LONGEST_HEAD: Final = 2048  # bytes of header fields
LONGEST_REPLY: Final = 4096  # as above: an application may repeat in them what a stranger sends
LONGEST_PATH: Final = 200  # bytes; under every limit that a policy can set for URLs

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_LENGTH: Final = b"content-length"
# How a length of so many digits is remembered: three pieces, so that it is no header field that anybody could send.
_SIZES: Final = {digits: (_LENGTH, b"", b"9" * digits) for digits in range(2, 7)}

_Value = TypeVar("_Value")
Pairs = tuple[tuple[bytes, bytes], ...]
Sized = tuple[tuple[bytes, ...], ...]  # header fields with a length of which only the number of digits counts
Head = tuple[object, str, str, str, str, Sized]
ReplyHead = tuple[int, Sized]


class Known:
    """A request head that every pure hook of a plan let pass, unchanged."""

    __slots__ = ("_inspectors", "_length", "_replies", "caller", "client", "headers", "scheme")

    def __init__(self, client: str, scheme: str, headers: Pairs | None) -> None:
        self.client = client  # and the next two: what pure hooks made of them
        self.scheme = scheme
        self.headers = headers  # None: as they came
        self._length = -1 if headers is None else _place_of_length(headers)
        self.caller: Principal | None = None  # whom all hooks let pass that look at the caller
        self._replies: dict[ReplyHead, tuple[Pairs, int]] = {}
        self._inspectors: dict[ReplyHead, tuple[object, ...]] = {}

    def headers_of(self, sent: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The header fields that pure hooks make of such ones; of a length only the digits were the same."""
        return _with_length(sent if self.headers is None else self.headers, self._length, sent)

    def reply(self, head: ReplyHead, sent: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]] | None:
        """The header fields with which such a reply leaves, as far as pure hooks decide; None when not known."""
        found = self._replies.get(head)
        return None if found is None else _with_length(found[0], found[1], sent)

    def add_reply(self, head: ReplyHead, headers: Pairs) -> None:
        """Remember the header fields of a reply that pure hooks let pass."""
        _put(self._replies, head, (headers, _place_of_length(headers)))

    def inspectors(self, head: ReplyHead) -> tuple[object, ...] | None:
        """The hooks that want to see such a reply whole; None when not known."""
        return self._inspectors.get(head)

    def add_inspectors(self, head: ReplyHead, hooks: tuple[object, ...]) -> None:
        """Remember which hooks want to see such a reply whole."""
        _put(self._inspectors, head, hooks)


class Memo:
    """Request heads that passed; shared by the plans of a policy, bounded, forgotten all at once when full.

    A stranger who sends another head each time gains nothing and loses nothing: his requests run every hook.
    """

    __slots__ = ("_heads",)

    def __init__(self) -> None:
        self._heads: dict[Head, Known] = {}

    def find(self, head: Head) -> Known | None:
        """What is known of a request head, if it passed before."""
        return self._heads.get(head)

    def add(self, head: Head, client: str, scheme: str, headers: Pairs | None) -> Known | None:
        """Remember that a request head passed, and what pure hooks made of it; None when it is too long to keep."""
        pairs = head[5]
        if sum(map(len, map(b"".join, pairs))) > LONGEST_HEAD:
            return None
        if len(self._heads) >= MOST_HEADS:
            self._heads.clear()
        known = self._heads[head] = Known(client, scheme, headers)
        return known


def head_of(plan: object, exchange: Exchange) -> Head | None:
    """What pure hooks may look at; None where more than that could matter: a query, a long path, a WebSocket."""
    if exchange.query or exchange.websocket or len(exchange.raw_path) > LONGEST_PATH:
        return None
    headers = sized(exchange.headers) if exchange.method in _WITH_BODY else tuple(exchange.headers)
    return plan, exchange.method, exchange.peer, exchange.client, exchange.scheme, headers


def _place_of_length(headers: Pairs) -> int:
    return next((n for n, (name, _) in enumerate(headers) if name == _LENGTH), -1)


def _with_length(
    kept: Pairs | list[tuple[bytes, bytes]], at: int, sent: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    made = [*kept]
    if at >= 0:
        made[at] = next((pair for pair in sent if pair[0] == _LENGTH), made[at])
    return made


def sized(headers: list[tuple[bytes, bytes]]) -> Sized:
    """The header fields with nothing but the number of digits of the one Content-Length: bodies have all sizes."""
    at = -1
    for n, pair in enumerate(headers):
        if pair[0] == _LENGTH:
            if at >= 0:
                return tuple(headers)
            at = n
    value = headers[at][1] if at >= 0 else b""
    if len(value) not in _SIZES or not value.isdigit() or value[:1] == b"0":
        return tuple(headers)
    return (*headers[:at], _SIZES[len(value)], *headers[at + 1 :])


def _put(kept: dict[ReplyHead, _Value], head: ReplyHead, value: _Value) -> None:
    if sum(map(len, map(b"".join, head[1]))) > LONGEST_REPLY:
        return
    if len(kept) >= MOST_REPLIES:
        kept.clear()
    kept[head] = value
