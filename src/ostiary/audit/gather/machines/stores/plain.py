"""Redis and memcached are asked one question in plain lines, and Redis its documented default password once."""

from __future__ import annotations

from typing import Final

from ostiary.audit.gather.machines.stores.line import Line, line_to
from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Database
from ostiary.parts.printable import on_one_line

_DOCUMENTED: Final = "foobared"  # what redis.conf has shown as its example for years
_TLS_ALERT: Final = b"\x15\x03"


async def redis(address: str, port: int, *, tls: bool = False) -> Database:
    """PING and DBSIZE without a password, and where one is asked for, the documented one."""
    async with line_to(address, port, tls=tls) as line:
        first = await line.send(_command("PING")).some()
        if first.startswith(_TLS_ALERT) and not tls:
            return await redis(address, port, tls=True)
        tried = ["no password"]
        opened, version = "", ""
        if first.startswith(b"+PONG"):
            size = await line.send(_command("DBSIZE")).line()
            opened = "without a password" if size.startswith(b":") else ""
            version = await _version(line) if opened else ""
        elif first.startswith((b"-NOAUTH", b"-NOPERM")):
            tried.append("the password of its example configuration")
            answer = await line.send(_command("AUTH", _DOCUMENTED)).line()
            opened = "with the password of its example configuration" if answer.startswith(b"+OK") else ""
        elif not first.startswith(b"-DENIED"):
            raise Unanswerable(f"port {port} does not speak Redis")
    return Database(
        engine="redis", address=address, port=port, opened=opened, tried=tuple(tried), version=version, tls=tls
    )


def _command(*words: str) -> bytes:
    return f"*{len(words)}\r\n".encode() + b"".join(f"${len(each)}\r\n{each}\r\n".encode() for each in words)


async def _version(line: Line) -> str:
    try:
        size = int((await line.send(_command("INFO", "server")).line())[1:])
        text = (await line.exactly(size)).decode("utf-8", "replace")
    except (ValueError, Unanswerable):
        return ""
    found = [each.partition(":")[2] for each in text.splitlines() if each.startswith("redis_version:")]
    return on_one_line(found[0])[:40] if found else ""


async def memcached(address: str, port: int) -> Database:
    """The version, which only who has signed in is told where signing in is on."""
    async with line_to(address, port) as line:
        answer = (await line.send(b"version\r\n").line()).decode("latin-1")
    if not answer.startswith(("VERSION ", "CLIENT_ERROR unauth")):
        raise Unanswerable(f"port {port} does not speak memcached")
    open_to_all = answer.startswith("VERSION ")
    return Database(
        engine="memcached",
        address=address,
        port=port,
        opened="without a password" if open_to_all else "",
        tried=("no password",),
        version=on_one_line(answer[8:])[:40] if open_to_all else "",
        tls=False,
    )
