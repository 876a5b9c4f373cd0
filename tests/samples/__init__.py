"""Replies of servers that nobody here wrote, as they came over the wire; see README.md beside this file."""

from __future__ import annotations

import functools
import pathlib
import re
from dataclasses import dataclass

from ostiary.evidence import Answer, Asked

_HERE = pathlib.Path(__file__).parent
_ESCAPE = re.compile(rb"\\(\\|r|x[0-9a-f]{2})")
_RUN = re.compile(rb"(\w)\{(\d{3,})\}")


@dataclass(frozen=True, slots=True)
class _Exchange:
    request: bytes
    reply: bytes
    seconds: float
    cut: bool


def sample(server: str, situation: str) -> Answer:
    """One recorded reply: ``sample("flask-3.1.3", "debug-error-page")``; KeyError when there is no such recording."""
    exchange = _exchanges(server)[situation]
    head, _, body = exchange.reply.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    return Answer(
        asked=_asked(exchange.request),
        status=int(line.split(" ")[1]),
        headers=_pairs(fields),
        body=body,
        seconds=exchange.seconds,
        truncated=exchange.cut,
    )


def raw(server: str, situation: str) -> bytes:
    """The reply's bytes, for checks that speak to a socket; a chunked body stands there without its framing."""
    return _exchanges(server)[situation].reply


def sent(server: str, situation: str) -> bytes:
    """The request's bytes."""
    return _exchanges(server)[situation].request


def every(situation: str) -> list[tuple[str, Answer]]:
    """That situation on every server that has it; replies without a status line (HTTP/0.9) are left to `raw`."""
    return [(each, sample(each, situation)) for each in servers() if _has_head(each, situation)]


def servers() -> list[str]:
    """The names of all recorded servers, with versions."""
    return sorted(path.name.removesuffix(".http") for path in _HERE.glob("*.http"))


def situations(server: str) -> list[str]:
    """What was recorded of one server."""
    return list(_exchanges(server))


def _has_head(server: str, situation: str) -> bool:
    exchange = _exchanges(server).get(situation)
    return exchange is not None and exchange.reply.startswith(b"HTTP/")


@functools.cache
def _exchanges(server: str) -> dict[str, _Exchange]:
    data = (_HERE / f"{server}.http").read_bytes()
    parts = re.split(rb"^=== ([a-z0-9-]+)\n", data, flags=re.MULTILINE)[1:]
    return {name.decode(): _read(part) for name, part in zip(parts[::2], parts[1::2], strict=True)}


def _read(part: bytes) -> _Exchange:
    request, mark, reply = re.split(rb"\n<<< reply ([^\n]+)\n", part.removeprefix(b">>> request\n"), maxsplit=1)
    seconds, _, cut = mark.partition(b" s")
    return _Exchange(
        request=_RUN.sub(lambda run: run[1] * int(run[2]), _wire(request)),
        reply=_wire(reply.removesuffix(b"\n")).removeprefix(b"\r\n\r\n"),
        seconds=float(seconds),
        cut=bool(cut),
    )


def _wire(text: bytes) -> bytes:
    head, _, body = text.partition(b"\n\n")
    return _plain(head).replace(b"\n", b"\r\n") + b"\r\n\r\n" + _plain(body)


def _plain(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: _UNESCAPED.get(found[1]) or bytes([int(found[1][1:], 16)]), text)


_UNESCAPED = {b"\\": b"\\", b"r": b"\r"}


def _asked(request: bytes) -> Asked:
    head, _, body = request.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    method, _, rest = line.partition(" ")
    return Asked(method=method, target=rest.rpartition(" ")[0] or rest, headers=_pairs(fields), body=body)


def _pairs(fields: list[str]) -> tuple[tuple[str, str], ...]:
    split = (field.partition(":") for field in fields)
    return tuple((name.lower(), value.strip()) for name, _, value in split)
