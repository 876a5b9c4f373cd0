"""A request's head goes out as it was written, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.errors import Unanswerable


class Unsendable(Unanswerable, ValueError):  # noqa: N818 - reads as what happened
    """A request that would not arrive as the one that was meant; the audit goes on without it."""


def line_of(method: str, target: str) -> str:
    """Method and path: what a request is known by."""
    return f"{method} {target.partition('?')[0]}"


def head_of(method: str, target: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """The head as it is sent, byte for byte.

    :raises Unsendable: when it would not arrive as the one that was meant.
    """
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if any("\r" in line or "\n" in line for line in lines) or " " in method:
        msg = "a line break inside a request's head would make two requests of one; raw() is for that"
        raise Unsendable(msg)
    try:
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace" if target.isascii() else "strict")
    except UnicodeEncodeError as error:
        msg = "a request's target has characters that no head carries (RFC 9112 section 3.2)"
        raise Unsendable(msg) from error


def is_odd(headers: Sequence[tuple[str, str]], body: bytes) -> bool:
    """Whether a request's framing is its own business, so that no other request may share its connection."""
    framing = [(name.lower(), value) for name, value in headers]
    lengths = [value for name, value in framing if name == "content-length"]
    if any(name in {"transfer-encoding", "connection", "expect"} for name, _ in framing):
        return True
    return lengths not in ([str(len(body))], []) or (bool(body) and not lengths)
