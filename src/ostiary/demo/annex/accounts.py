"""Accounts: whoever registers signs in, is themselves, and is signed out when they say so."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from ostiary.demo.annex import tokens
from ostiary.demo.annex.room import (
    Answer,
    Call,
    Refused,
    array,
    done,
    found,
    made,
    object_of,
    operation,
    text,
    uuid_text,
)
from ostiary.demo.tries import MOST_UNASKED

_MOVES = "userdata.contact-change-verified"
FAULTS = {
    _MOVES: "changes the e-mail address of an account for whoever holds a token, and asks nobody",
    "beyond.mass-assignment": "lets whoever registers choose their role",
    "beyond.mass-assignment/update": "lets people change their own role with the rest of their profile",
    "output.no-sensitive-data": "lists people with their e-mail addresses and the hashes of their passwords",
    "output.status-codes/names": "says whether it was the name or the password that was wrong",
    "account.logout-kills-session": "forgets to end the session when somebody signs out",
    "account.reset-kills-sessions": "leaves other sessions alone when the password changes",
    "auth.no-homegrown": "makes its refresh tokens of the time and a number that it counts",
    "jwt.refresh-ttl-bounded": "takes the same refresh token again and again",
    "output.status-codes/time": "hashes a password only for names that exist, which takes its time",
    "account.password-bcrypt": "looks at the first eight characters of a password alone",
    "account.password-bcrypt/weak": "lets people register with a password of one character",
    "account.captcha-challenge": "takes any text for the solution of its challenge",
    "input.server-side-encryption": "takes the digest that a page makes of a password for the password",
    "auth.login-max-retry": "lets many guess one password",
    "auth.login-jail": "lets one source guess for ever",
}
TABLES = ""
LISTED = 100
MOST_CHALLENGED = 1000
NAME = text(32, least=3, pattern="^[A-Za-z0-9_.-]+$")
PASSWORD = text(64, least=12)
EMAIL = text(100, format="email")
PROFILE = object_of({"id": uuid_text(), "username": NAME, "email": EMAIL, "role": text(20), "bio": text(300)})
TOKENS = {"access_token": text(4096), "refresh_token": text(200), "token_type": text(20)}


def paths(faults: frozenset[str]) -> dict[str, Any]:
    """Who somebody is, and how they come and go."""
    lasts = {"type": "integer", "minimum": 1, "maximum": tokens.lasting(faults)}
    given = object_of({**TOKENS, "expires_in": lasts})
    credentials = object_of({"username": text(32), "password": text(64), "captcha": text(200)}, optional=("captcha",))
    password_text = PASSWORD if "account.password-bcrypt/weak" not in faults else text(64, least=1)
    register = operation(
        "register", "Open an account", public=True, gives=PROFILE, status=201,
        takes=object_of({"username": NAME, "email": EMAIL, "password": password_text}),
        example={"username": "dora", "email": "dora@annex.example", "password": "a-kettle-and-two-cups"},
        loose="beyond.mass-assignment" in faults,
    )  # fmt: skip
    login = operation(
        "login", "Sign in", public=True, gives=given, takes=credentials,
        example={"username": "dora", "password": "a-kettle-and-two-cups"},
    )  # fmt: skip
    refresh = operation(
        "refresh", "New tokens for a refresh token", public=True, gives=given,
        takes=object_of({"refresh_token": text(200, least=1)}), example={"refresh_token": "not-a-real-one"},
    )  # fmt: skip
    own = {"bio": text(300)} | ({"email": EMAIL} if _MOVES in faults else {})
    update = operation(
        "updateMe", "Change one's own profile", gives=PROFILE,
        takes=object_of(own, optional=tuple(own)), example={"bio": "likes tea"},
        loose="beyond.mass-assignment/update" in faults,
    )  # fmt: skip
    password = operation(
        "changePassword", "Change one's own password; other sessions end",
        takes=object_of({"current_password": text(64), "new_password": PASSWORD}),
        example={"current_password": "a-kettle-and-two-cups", "new_password": "a-kettle-and-six-cups"},
    )  # fmt: skip
    listed = {"id": uuid_text(), "username": NAME}
    if "output.no-sensitive-data" in faults:
        listed |= {"email": EMAIL, "password_hash": text(200)}
    people = operation("listPeople", "Who there is", gives=array(object_of(listed), LISTED))
    return {
        "/register": {"post": register},
        "/login": {"post": login},
        "/token/refresh": {"post": refresh},
        "/logout": {"post": operation("logout", "Sign out")},
        "/me": {"get": operation("readMe", "One's own profile", gives=PROFILE), "patch": update},
        "/me/password": {"post": password},
        "/people": {"get": people},
    }


async def serve(call: Call) -> Answer:
    """Serve accounts."""
    match call.operation:
        case "register":
            return _register(call)
        case "login":
            return _login(call)
        case "refresh":
            row, session, renewal = call.premises.people.renew(call.body["refresh_token"])
            return found(_tokens(call, row, session, renewal))
        case "logout":
            if "account.logout-kills-session" not in call.faults:
                call.premises.people.end(call.person.session)
            return done()
        case "changePassword":
            return _change_password(call)
        case "updateMe":
            return _update(call)
        case "listPeople":
            return _list(call)
    return found(_profile(call.premises.people.of(call.person.id)))


def _register(call: Call) -> Answer:
    given = call.body
    role = str(given.get("role", "member")) if "beyond.mass-assignment" in call.faults else "member"
    row = call.premises.people.add(given["username"], given["email"], given["password"], role=role[:20])
    return made(_profile(row), "/me")


def _login(call: Call) -> Answer:
    name, password = call.body["username"], call.body["password"]
    people, tries = call.premises.people, call.premises.tries
    _challenge(call, name)
    tries.take(name, call.request.peer)
    row = people.enter(name, password)
    if row is None:
        reason = "name or password is wrong"
        if "output.status-codes/names" in call.faults:
            reason = "nobody is called so" if people.named(name) is None else "the password is wrong"
        raise Refused(401, reason, www_authenticate='Bearer realm="annex"')
    tries.forget(name, call.request.peer)
    call.premises.kept.get("challenged", {}).pop((name, call.request.peer), None)
    return found(_tokens(call, row, *people.begin(row["id"])))


def _challenge(call: Call, name: str) -> None:
    """Careless, the challenge after a few tries is solved by any text; else it is `Tries` that asks for one."""
    if "account.captcha-challenge" not in call.faults:
        return
    seen, key = call.premises.kept.setdefault("challenged", {}), (name, call.request.peer)
    if seen.get(key, 0) >= MOST_UNASKED and not call.body.get("captcha"):
        raise Refused(403, "show that you are a person")
    seen[key] = seen.pop(key, 0) + 1
    if len(seen) > MOST_CHALLENGED:
        del seen[next(iter(seen))]


def _change_password(call: Call) -> Answer:
    people, who = call.premises.people, call.person
    call.premises.tries.take(who.name, call.request.peer)
    if people.enter(who.name, call.body["current_password"]) is None:
        raise Refused(403, "that is not the password")
    call.premises.tries.forget(who.name, call.request.peer)
    if hmac.compare_digest(call.body["current_password"].encode(), call.body["new_password"].encode()):
        raise Refused(422, "that is the same password")
    people.set_password(who.id, call.body["new_password"])
    if "account.reset-kills-sessions" not in call.faults:
        people.end_all(who.id, but=who.session)
    return done()


def _update(call: Call) -> Answer:
    may = (
        {"bio"}
        | ({"email"} if _MOVES in call.faults else set())
        | ({"role"} if "beyond.mass-assignment/update" in call.faults else set())
    )
    for name in may & call.body.keys():
        call.db.execute(f"UPDATE people SET {name} = ? WHERE id = ?", (str(call.body[name])[:300], call.person.id))  # noqa: S608 - one of three known names
    return found(_profile(call.premises.people.of(call.person.id)))


def _list(call: Call) -> Answer:
    rows = call.db.execute("SELECT * FROM people ORDER BY rowid LIMIT ?", (LISTED,)).fetchall()
    loud = "output.no-sensitive-data" in call.faults
    more = [{"email": row["email"], "password_hash": row["password"]} if loud else {} for row in rows]
    return found([{"id": row["id"], "username": row["name"], **each} for row, each in zip(rows, more, strict=True)])


def _profile(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "username": row["name"], **{name: row[name] for name in ("email", "role", "bio")}}


def _tokens(call: Call, row: Mapping[str, Any], session: str, renewal: str) -> dict[str, Any]:
    return {
        "access_token": call.premises.tokens.mint(row, session),
        "refresh_token": renewal,
        "token_type": "Bearer",
        "expires_in": tokens.lasting(call.faults),
    }
