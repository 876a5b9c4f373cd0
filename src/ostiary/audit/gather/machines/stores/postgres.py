"""PostgreSQL is entered as whom every installation knows, once; with an operator's own account, one question is asked."""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Sequence
from typing import Final

from ostiary.audit.gather.machines.stores.line import Line, line_to
from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Database
from ostiary.evidence.machine_facts import Rights
from ostiary.parts.scram import Scram

_SSL_REQUEST: Final = struct.pack("!ii", 8, 80877103)
_VERSION: Final = 196608  # 3.0
_OK, _CLEAR, _MD5, _SASL, _CONTINUE, _FINAL = 0, 3, 5, 10, 11, 12
_DEFAULT: Final = "postgres"
_DENIED: Final = frozenset({"28000", "28P01"})
_QUESTION: Final = """
select current_user, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication,
  has_database_privilege(current_database(), 'CREATE'),
  coalesce((select string_agg(nspname, ',') from (select nspname from pg_namespace where nspname not like 'pg\\_%'
    and nspname <> 'information_schema' and has_schema_privilege(oid, 'CREATE') order by nspname limit 20) s), ''),
  coalesce((select string_agg(rolname, ',') from (select rolname from pg_roles where rolsuper and rolcanlogin
    and rolname <> current_user order by rolname limit 20) r), ''),
  pg_has_role(current_user, 'pg_read_server_files', 'USAGE') or pg_has_role(current_user, 'pg_execute_server_program', 'USAGE')
from pg_roles where rolname = current_user
"""


class _Refused(Unanswerable):
    """The server said no to who we are."""


async def postgres(address: str, port: int) -> Database:
    """One connection as ``postgres``: whether a password is asked for, and if, whether it is the name itself."""
    async with line_to(address, port) as line:
        await _begin(line, _DEFAULT, _DEFAULT, port)
        tried, opened, undecided = ["postgres without a password"], "", ""
        try:
            asked = await _enter(line, _DEFAULT, _DEFAULT)
        except _Refused:
            asked = True
        except Unanswerable as error:
            asked, undecided = True, str(error)
        else:
            opened = "as postgres with the password postgres" if asked else "as postgres without a password"
        tried += ["postgres with the password postgres"] if asked else []
    return Database(
        engine="postgresql",
        address=address,
        port=port,
        opened=opened,
        tried=tuple(tried),
        tls=line.tls,
        undecided=undecided,
    )


async def rights(address: str, port: int, user: str, password: str, database: str) -> Rights:
    """What an account may do, by one SELECT in a session that may not write.

    :raises Unanswerable: when it cannot sign in or is not told.
    """
    async with line_to(address, port, seconds=10) as line:
        await _begin(
            line, user, database, port, b"options\0-c default_transaction_read_only=on -c statement_timeout=5000\0"
        )
        await _enter(line, user, password)
        row = await _row(line, _QUESTION)
    if len(row) < 10:  # noqa: PLR2004 - as many as are asked for
        raise Unanswerable("PostgreSQL did not say what this account may do")
    held = [
        word
        for at, word in (
            (2, "creates roles"), (3, "creates databases"), (4, "sees past row security"), (5, "replicates everything"),
            (6, "creates schemas in this database"), (9, "reaches files or programs of the server"),
        )
        if row[at] == "t"
    ]  # fmt: skip
    held += [f"creates and changes tables in {each}" for each in row[7].split(",") if each]
    return Rights(
        engine="postgresql",
        user=row[0],
        superuser=row[1] == "t",
        powers=tuple(held),
        others=tuple(each for each in row[8].split(",") if each),
        tls=line.tls,
    )


async def _begin(line: Line, user: str, database: str, port: int, more: bytes = b"") -> None:
    answer = await line.send(_SSL_REQUEST).exactly(1)
    if answer == b"S":
        await line.secure()
    elif answer != b"N":
        raise Unanswerable(f"port {port} does not speak PostgreSQL")
    words = b"user\0" + user.encode() + b"\0database\0" + database.encode() + b"\0" + more + b"\0"
    line.send(struct.pack("!ii", len(words) + 8, _VERSION) + words)


async def _message(line: Line) -> tuple[bytes, bytes]:
    kind = await line.exactly(1)
    size = int.from_bytes(await line.exactly(4), "big")
    body = await line.exactly(size - 4)
    if kind == b"E":
        words = {each[:1]: each[1:].decode("utf-8", "replace") for each in body.split(b"\0") if each}
        code = words.get(b"C", "")
        if code in _DENIED:
            raise _Refused("PostgreSQL refuses this account")
        raise Unanswerable(f"PostgreSQL says {code}")
    return kind, body


async def _enter(line: Line, user: str, password: str) -> bool:
    """Sign in; whether a password was asked for.

    :raises _Refused: when it is the wrong one, or nobody may come from here.
    """
    asked, scram = False, Scram("", password, secrets.token_urlsafe(18))
    while True:
        kind, body = await _message(line)
        code = int.from_bytes(body[:4], "big") if kind == b"R" else -1
        if code == _OK:
            return asked
        asked = True
        if code == _CLEAR:
            _say(line, password.encode() + b"\0")
        elif code == _MD5:
            inner = hashlib.md5(password.encode() + user.encode(), usedforsecurity=False).hexdigest()
            _say(
                line,
                b"md5" + hashlib.md5(inner.encode() + body[4:8], usedforsecurity=False).hexdigest().encode() + b"\0",
            )
        elif code == _SASL and b"SCRAM-SHA-256\0" in body:
            first = scram.first().encode()
            _say(line, b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
        elif code == _CONTINUE:
            try:
                _say(line, scram.final(body[4:].decode("ascii", "replace")).encode())
            except ValueError as error:
                raise Unanswerable(str(error)) from error
        elif code == _FINAL:
            if not scram.knows(body[4:].decode("ascii", "replace")):
                raise Unanswerable("the server does not know the password that it takes: it is not to be believed")
        else:
            raise Unanswerable(f"PostgreSQL asks for something that is not spoken here ({kind!r} {code})")


def _say(line: Line, words: bytes) -> None:
    line.send(b"p" + struct.pack("!i", len(words) + 4) + words)


async def _row(line: Line, question: str) -> Sequence[str]:
    """The first row of an answer, as text."""
    while (await _message(line))[0] != b"Z":
        pass  # parameters of the session, until it is ready
    said = question.encode() + b"\0"
    line.send(b"Q" + struct.pack("!i", len(said) + 4) + said)
    row: list[str] = []
    while True:
        kind, body = await _message(line)
        if kind == b"Z":
            return row
        if kind == b"D" and not row:
            row = _columns(body)


def _columns(body: bytes) -> list[str]:
    found, at = [], 2
    for _ in range(int.from_bytes(body[:2], "big")):
        size = int.from_bytes(body[at : at + 4], "big", signed=True)
        found.append(body[at + 4 : at + 4 + max(size, 0)].decode("utf-8", "replace"))
        at += 4 + max(size, 0)
    return found
