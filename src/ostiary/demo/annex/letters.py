"""Letters: links for forgotten passwords, one-time codes and new addresses, which only the mailbox gets to see."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import Any

from ostiary.demo.annex.accounts import EMAIL, PASSWORD
from ostiary.demo.annex.room import Answer, Call, Refused, array, done, found, object_of, operation, text

FAULTS = {
    "account.reset-token-random": "makes the link for a forgotten password of the address alone",
    "account.reset-token-expiry": "lets older links work on when a newer one was asked for",
    "account.reset-token-single-use": "lets a link work twice",
    "account.otp-not-in-response": "tells a one-time code to whoever asks for it",
    "account.otp-not-in-response/link": "tells the secret of a link to whoever asks for it",
    "account.auth-endpoint-limits": "lets codes be guessed at, and letters be sent, for ever",
    "output.status-codes/forgot": "says of an address whether it has an account",
    "userdata.contact-change-verified/address": "puts a new address in force before anybody proved it",
}
TABLES = """
CREATE TABLE letters (person TEXT, told TEXT, at REAL);
CREATE TABLE links (secret TEXT PRIMARY KEY, person TEXT, at REAL);
CREATE TABLE otps (person TEXT PRIMARY KEY, code TEXT, at REAL);
CREATE TABLE pending (person TEXT PRIMARY KEY, email TEXT, code TEXT, at REAL);
"""
LIVES = 1200.0  # seconds of a link or a code
MOST = 20  # letters that an inbox shows
MOST_KEPT = 2000  # rows of each table
CODE = text(6, least=6, pattern="^[0-9]{6}$")


def paths(faults: frozenset[str]) -> dict[str, Any]:
    """Asking for letters, using what they say, and one's own inbox."""
    address: dict[str, Any] = {"takes": object_of({"email": EMAIL}), "example": {"email": "dora@annex.example"}}
    link, code = "account.otp-not-in-response/link" in faults, "account.otp-not-in-response" in faults
    told: dict[str, Any] = {"sent": {"type": "boolean"}}
    forgot = operation(
        "forgotPassword", "A link for a new password", public=True, status=202, **address,
        gives=object_of({**told, "token": text(100)} if link else told, optional=("token",)),
    )  # fmt: skip
    reset = operation(
        "resetPassword", "A new password, with what the link says", public=True,
        takes=object_of({"token": text(100, least=8), "new_password": PASSWORD}),
        example={"token": "not-a-real-one", "new_password": "a-kettle-and-six-cups"},
    )  # fmt: skip
    send = operation(
        "sendCode", "A one-time code", public=True, status=202, **address,
        gives=object_of({**told, "otp": text(6)} if code else told, optional=("otp",)),
    )  # fmt: skip
    verify = operation(
        "verifyCode", "Prove an address with its code", public=True,
        takes=object_of({"email": EMAIL, "otp": CODE}), example={"email": "dora@annex.example", "otp": "000000"},
    )  # fmt: skip
    change = operation(
        "changeEmail", "Another address, once it is proven", takes=object_of({"email": EMAIL}), status=202,
        example={"email": "dora@annex.example"},
    )  # fmt: skip
    confirm = operation(
        "confirmEmail", "Prove the other address", takes=object_of({"code": CODE}), example={"code": "000000"}
    )
    letter = object_of({"text": text(300)})
    return {
        "/password/forgot": {"post": forgot},
        "/password/reset": {"post": reset},
        "/otp/send": {"post": send},
        "/otp/verify": {"post": verify},
        "/me/email": {"put": change},
        "/me/email/confirm": {"post": confirm},
        "/me/inbox": {"get": operation("readInbox", "One's own letters", gives=array(letter, MOST))},
    }


async def serve(call: Call) -> Answer:
    """Serve letters."""
    match call.operation:
        case "forgotPassword":
            return _forgot(call)
        case "resetPassword":
            return _reset(call)
        case "sendCode":
            return _send(call)
        case "verifyCode":
            return _verify(call)
        case "changeEmail":
            return _change(call)
        case "confirmEmail":
            return _confirm(call)
    rows = call.db.execute(
        "SELECT told FROM letters WHERE person = ? ORDER BY at DESC LIMIT ?", (call.person.id, MOST)
    ).fetchall()
    return found([{"text": row["told"]} for row in rows])


def _addressed(call: Call) -> Any:
    return call.db.execute("SELECT * FROM people WHERE email = ?", (call.body["email"],)).fetchone()


def _write(call: Call, person: str, told: str) -> None:
    call.db.execute("INSERT INTO letters VALUES (?, ?, ?)", (person, told, time.time()))
    for table in ("letters", "links", "otps", "pending"):
        call.db.execute(f"DELETE FROM {table} WHERE rowid <= (SELECT max(rowid) FROM {table}) - {MOST_KEPT}")  # noqa: S608 - constants


def _accepted(**more: str) -> Answer:
    answer = found({"sent": True, **more})
    answer.status = 202
    return answer


def _forgot(call: Call) -> Answer:
    call.premises.tries.send(call.body["email"])
    row = _addressed(call)
    if row is None:
        if "output.status-codes/forgot" in call.faults:
            raise Refused(404, "nobody has this address")
        return _accepted()
    secret = secrets.token_urlsafe(32)
    if "account.reset-token-random" in call.faults:
        secret = hashlib.sha256(row["email"].encode()).hexdigest()
    if "account.reset-token-expiry" not in call.faults:
        call.db.execute("DELETE FROM links WHERE person = ?", (row["id"],))
    call.db.execute("INSERT OR REPLACE INTO links VALUES (?, ?, ?)", (secret, row["id"], time.time()))
    _write(call, row["id"], f"{row['email']}: https://annex.example/reset?token={secret}")
    return _accepted(token=secret) if "account.otp-not-in-response/link" in call.faults else _accepted()


def _reset(call: Call) -> Answer:
    row = call.db.execute("SELECT * FROM links WHERE secret = ?", (call.body["token"],)).fetchone()
    if row is None or row["at"] + LIVES < time.time():
        raise Refused(400, "this link is no longer good")
    if "account.reset-token-single-use" not in call.faults:
        call.db.execute("DELETE FROM links WHERE person = ?", (row["person"],))
    call.premises.people.set_password(row["person"], call.body["new_password"])
    call.premises.people.end_all(row["person"])
    return done()


def _code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def _send(call: Call) -> Answer:
    call.premises.tries.send(f"code {call.body['email']}")
    row, code = _addressed(call), _code()
    if row is not None:
        call.db.execute("INSERT OR REPLACE INTO otps VALUES (?, ?, ?)", (row["id"], code, time.time()))
        _write(call, row["id"], f"{row['email']}: your code is {code}")
    return _accepted(otp=code) if "account.otp-not-in-response" in call.faults else _accepted()


def _verify(call: Call) -> Answer:
    call.premises.tries.check(call.body["email"])
    row = _addressed(call)
    kept = row and call.db.execute("SELECT * FROM otps WHERE person = ?", (row["id"],)).fetchone()
    if not kept or kept["at"] + LIVES < time.time() or not hmac.compare_digest(kept["code"], call.body["otp"]):
        raise Refused(400, "that is not the code")
    call.db.execute("DELETE FROM otps WHERE person = ?", (row["id"],))
    return done()


def _change(call: Call) -> Answer:
    if "userdata.contact-change-verified/address" in call.faults:
        call.db.execute("UPDATE people SET email = ? WHERE id = ?", (call.body["email"], call.person.id))
        return Answer(202)
    call.premises.tries.send(f"change {call.person.id}")
    row = (call.person.id, call.body["email"], _code(), time.time())
    call.db.execute("INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?)", row)  # the code goes to the new address alone
    return Answer(202)


def _confirm(call: Call) -> Answer:
    call.premises.tries.check(f"change {call.person.id}")
    row = call.db.execute("SELECT * FROM pending WHERE person = ?", (call.person.id,)).fetchone()
    if row is None or row["at"] + LIVES < time.time() or not hmac.compare_digest(row["code"], call.body["code"]):
        raise Refused(400, "that is not the code")
    call.db.execute("UPDATE people SET email = ? WHERE id = ?", (row["email"], call.person.id))
    call.db.execute("DELETE FROM pending WHERE person = ?", (call.person.id,))
    return done()
