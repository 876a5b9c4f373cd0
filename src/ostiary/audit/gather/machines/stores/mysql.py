"""MySQL and MariaDB are entered as root with an empty password and with its own name, once each (their documented protocol)."""

from __future__ import annotations

import hashlib
import struct
from typing import Final, NamedTuple

from ostiary.audit.gather.machines.stores.line import Line, line_to
from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Database
from ostiary.evidence.machine_facts import Rights
from ostiary.parts.printable import on_one_line

_CAPABLE: Final = 0x0008A201  # long passwords, protocol 4.1, transactions, secure connection, plugins of authentication
_TLS: Final = 0x0800
_PAIRS: Final = (("root", "", "as root without a password"), ("root", "root", "as root with the password root"))
_OK, _MORE, _SWITCH, _ERROR = 0x00, 0x01, 0xFE, 0xFF
_FAST, _FULL = 0x03, 0x04
_MOST_STEPS: Final = 8
_BROAD: Final = ("SUPER", "CREATE USER", "GRANT OPTION", "FILE", "PROCESS", "RELOAD", "SHUTDOWN", "SYSTEM_USER")
_CHANGES: Final = ("CREATE", "ALTER", "DROP")


class _Refused(Unanswerable):
    """The server said no to who we are."""


class _Greeting(NamedTuple):
    version: str
    scramble: bytes
    plugin: str
    capable: int


async def mysql(address: str, port: int) -> Database:
    """One connection for each pair; the second pair only where the first was refused."""
    tried, opened, undecided, version, tls = list[str](), "", "", "", None
    for user, password, words in _PAIRS:
        async with line_to(address, port) as line:
            greeting = await _greeting(line, port)
            version, tls = greeting.version, bool(greeting.capable & _TLS)
            tried.append(words.removeprefix("as "))
            try:
                await _enter(line, user, password, greeting)
            except _Refused:
                continue
            except Unanswerable as error:
                undecided = str(error)
                continue
            opened, undecided = words, ""
            break
    return Database(
        engine="mysql", address=address, port=port, opened=opened, tried=tuple(tried), version=version, tls=tls,
        undecided=undecided,
    )  # fmt: skip


async def rights(address: str, port: int, user: str, password: str) -> Rights:
    """What an account may do, by SHOW GRANTS.

    :raises Unanswerable: when it cannot sign in or is not told.
    """
    async with line_to(address, port, seconds=10) as line:
        greeting = await _greeting(line, port)
        await _enter(line, user, password, greeting)
        grants = await _rows(line, "SHOW GRANTS")
    everywhere = " ".join(each.upper() for each in grants if " ON *.* " in each)
    held = [each.lower() for each in _BROAD if each in everywhere]
    for each in grants:
        place = each.partition(" ON ")[2].partition(" TO ")[0]
        given = each.upper().partition(" ON ")[0]
        if place and place != "*.*" and ("ALL PRIVILEGES" in given or any(f" {word}" in given for word in _CHANGES)):
            held.append(f"creates and changes tables in {on_one_line(place)[:80]}")
    whole = "GRANT ALL PRIVILEGES" in everywhere or "SUPER" in held
    return Rights(engine="mysql", user=user, superuser=whole or "super" in held, powers=tuple(held), tls=line.tls)


async def _packet(line: Line) -> tuple[int, bytes]:
    head = await line.exactly(4)
    return head[3], await line.exactly(int.from_bytes(head[:3], "little"))


def _say(line: Line, number: int, data: bytes) -> None:
    line.send(len(data).to_bytes(3, "little") + bytes([number & 0xFF]) + data)


async def _greeting(line: Line, port: int) -> _Greeting:
    _, body = await _packet(line)
    if body[:1] == b"\xff":
        raise Unanswerable(
            f"the server on port {port} turns this host away (error {int.from_bytes(body[1:3], 'little')})"
        )
    name, _, rest = body[1:].partition(b"\0")
    if body[:1] != b"\x0a" or len(rest) < 31:  # noqa: PLR2004 - version 10, up to the second half of the challenge
        raise Unanswerable(f"port {port} does not speak MySQL")
    capable = int.from_bytes(rest[13:15] + rest[18:20], "little")
    scramble = rest[4:12] + rest[31:43]
    plugin = rest[44:].split(b"\0")[0].decode("ascii", "replace") if len(rest) > 44 else "mysql_native_password"  # noqa: PLR2004
    return _Greeting(on_one_line(name.decode("utf-8", "replace"))[:60], scramble, plugin, capable)


async def _enter(line: Line, user: str, password: str, greeting: _Greeting) -> None:
    _, scramble, plugin, capable = greeting
    number, flags = 1, _CAPABLE
    if capable & _TLS:
        flags |= _TLS
        _say(line, number, struct.pack("<IIB23x", flags, 1 << 24, 45))
        await line.secure()
        number += 1
    proof = _proof(plugin, password, scramble)
    words = user.encode() + b"\0" + bytes([len(proof)]) + proof + plugin.encode() + b"\0"
    _say(line, number, struct.pack("<IIB23x", flags, 1 << 24, 45) + words)
    for _ in range(_MOST_STEPS):
        number, body = await _packet(line)
        kind = body[0] if body else _ERROR
        if kind == _OK:
            return
        if kind == _ERROR:
            raise _Refused(f"MySQL refuses this account (error {int.from_bytes(body[1:3], 'little')})")
        if kind == _SWITCH:
            name, _, challenge = body[1:].partition(b"\0")
            plugin, scramble = name.decode("ascii", "replace"), challenge[:20]
            _say(line, number + 1, _proof(plugin, password, scramble))
        elif kind == _MORE and body[1:2] == bytes([_FULL]):
            if not line.tls:
                raise Unanswerable("MySQL wants the password itself, and offers no TLS to send it through")
            _say(line, number + 1, password.encode() + b"\0")
        elif not (kind == _MORE and body[1:2] == bytes([_FAST])):
            raise Unanswerable("MySQL asks for something that is not spoken here")
    raise Unanswerable("MySQL asks without end")


def _proof(plugin: str, password: str, scramble: bytes) -> bytes:
    """What shows that one knows the password, by the plugin that the server names."""
    if not password:
        return b""
    if plugin == "mysql_native_password":
        once = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
        twice = hashlib.sha1(once, usedforsecurity=False).digest()
        mixed = hashlib.sha1(scramble + twice, usedforsecurity=False).digest()
    elif plugin == "caching_sha2_password":
        once = hashlib.sha256(password.encode()).digest()
        mixed = hashlib.sha256(hashlib.sha256(once).digest() + scramble).digest()
    elif plugin in {"unix_socket", "auth_socket"}:
        return b""
    else:
        raise Unanswerable(f"MySQL asks for {on_one_line(plugin)[:40]}, which is not spoken here")
    return bytes(a ^ b for a, b in zip(once, mixed, strict=True))


async def _rows(line: Line, question: str) -> list[str]:
    """The first column of an answer's rows (the text protocol)."""
    _say(line, 0, b"\x03" + question.encode())
    _, body = await _packet(line)
    if body[:1] == b"\xff":
        raise Unanswerable("MySQL does not say what this account may do")
    while (await _packet(line))[1][:1] != b"\xfe":
        pass  # descriptions of columns, up to their end
    found: list[str] = []
    while True:
        _, body = await _packet(line)
        if (body[:1] == b"\xfe" and len(body) < 9) or len(found) >= 1_000:  # noqa: PLR2004 - the end, and enough
            return found
        found.append(_text(body))


def _text(body: bytes) -> str:
    size, at = body[0], 1
    if size == 0xFC:  # noqa: PLR2004 - two bytes of length follow
        size, at = int.from_bytes(body[1:3], "little"), 3
    elif size == 0xFD:  # noqa: PLR2004 - three do
        size, at = int.from_bytes(body[1:4], "little"), 4
    return body[at : at + size].decode("utf-8", "replace")
