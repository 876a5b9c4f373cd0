"""The shop's customers: who they are, how they sign in, and what they may see of each other."""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ostiary.demo import passes
from ostiary.demo.reading import Refused
from ostiary.demo.tries import Tries

MOST = 200
COMMON = frozenset(
    {"12345678", "123456789", "1234567890", "password", "password1", "qwertyuiop", "iloveyou", "letmein1"}
)
Served = tuple[int, Any, list[tuple[str, str]]]
Caller = Mapping[str, Any]  # the claims of a token

ALICE = "1f0c6f7e-2f4a-4f0e-8a83-6a1f2f9f7b10"
BOB = "9b2e7c55-8d1e-4d0a-b7a4-3c9a6d5e4f21"
CAROL = "c5f1d0a4-93b7-4e7e-a5d7-2b8e61f04d33"


class Customers:
    """Accounts in memory, bounded; sound or not by the switches."""

    def __init__(self, faults: frozenset[str]) -> None:
        self.faults = faults
        self.tries = Tries(faults)
        self._codes: dict[str, str] = {}
        self._accounts: dict[str, dict[str, Any]] = {}
        for account_id, name, password, role in (
            (ALICE, "alice", "wonderland-37-gates", "customer"),
            (BOB, "bob", "builder-of-small-houses", "customer"),
            (CAROL, "carol", "keys-to-the-back-office", "admin"),
        ):
            self._add(account_id, {"name": name, "email": f"{name}@shop.example"}, password, role)

    def serve(self, operation: str, values: Mapping[str, Any], value: Any, who: Caller | None, peer: str) -> Served:
        """Do what an operation says: status, reply (None: no body), headers."""
        if operation == "register":
            return self._register(value)
        if operation == "login":
            return self._login(value, peer)
        if operation == "sendCode":
            return self._send_code(value)
        if operation == "checkCode":
            return self._check_code(value)
        if operation == "listUsers":
            if "admin" not in roles_of(who) and "beyond.function-level-authorization" not in self.faults:
                raise Refused(403, "this is for the office")
            return 200, {"users": [_shown(each) for each in self._accounts.values()]}, []
        account = self._accounts.get(values["user_id"])
        own = who is not None and who.get("sub") == values["user_id"]
        open_to_all = {"userdata.ownership-check", "processing.me-not-user-id"} & self.faults
        if account is None or not (own or open_to_all):
            raise Refused(404, "no such customer")
        if operation == "changeUser":
            self._change(account, value)
        return 200, _shown(account), []

    def _add(self, account_id: str, given: Mapping[str, Any], password: str, role: str) -> dict[str, Any]:
        account = {"id": account_id, "role": role, "avatar": "https://shop.example/face.png", **given}
        self._accounts[account_id] = {**account, "password": password}
        while len(self._accounts) > MOST:
            self._accounts.pop(next(each for each in self._accounts if each not in {ALICE, BOB, CAROL}))
        return self._accounts[account_id]

    def _named(self, name: str) -> dict[str, Any] | None:
        return next((each for each in self._accounts.values() if each.get("name") == name), None)

    def _register(self, value: Mapping[str, Any]) -> Served:
        given = dict(value)
        password = str(given.pop("password", ""))
        self._check(given)
        if password.lower() in COMMON and "account.password-bcrypt/common" not in self.faults:
            raise Refused(422, "/password is in every list of passwords")
        if self._named(str(given.get("name"))) is not None:
            raise Refused(409, "this name is taken")
        role = given.pop("role", "customer")
        if "beyond.mass-assignment" not in self.faults:
            role = "customer"
            given = {name: given[name] for name in ("name", "email", "avatar") if name in given}
        account = self._add(str(uuid.uuid4()), given, password, str(role))
        return 201, _shown(account), [("location", f"/users/{account['id']}")]

    def _change(self, account: dict[str, Any], value: Mapping[str, Any]) -> None:
        self._check(value)
        loose = "beyond.mass-assignment" in self.faults
        account |= {name: each for name, each in value.items() if loose or name in {"email", "avatar"}}

    def _check(self, given: Mapping[str, Any]) -> None:
        scheme = urlsplit(str(given.get("avatar", "https:")).strip()).scheme
        if scheme not in {"http", "https"} and "account.block-script-schemes" not in self.faults:
            raise Refused(422, "/avatar is no link to a picture")
        texts = [each for each in given.values() if isinstance(each, str)]
        if "account.block-crlf" not in self.faults and not all(each.isprintable() for each in texts):
            raise Refused(422, "a field holds control characters")

    def _login(self, value: Mapping[str, Any], peer: str) -> Served:
        name, password = str(value.get("username")), str(value.get("password"))
        self.tries.take(name, peer)
        account = self._named(name)
        known = str(account["password"]) if account else secrets.token_hex(8)
        if not hmac.compare_digest(known.encode(), password.encode()) or account is None:
            raise Refused(401, "name or password is wrong", www_authenticate='Bearer realm="shop"')
        self.tries.forget(name, peer)
        token = passes.mint(account["id"], roles=[account["role"]])
        cookie = f"session={secrets.token_urlsafe(24)}; Path=/"
        if "account.cookie-flags" not in self.faults:
            cookie += "; Secure; HttpOnly; SameSite=Lax"
        reply = {"access_token": token, "token_type": "Bearer", "expires_in": passes.LASTS}
        return 200, reply, [("set-cookie", cookie)]

    def _send_code(self, value: Mapping[str, Any]) -> Served:
        name = str(value.get("username"))
        self.tries.send(name)
        code = f"{secrets.randbelow(1_000_000):06d}"
        if self._named(name) is not None:
            self._codes[name] = code
        leaks = "account.otp-not-in-response" in self.faults
        return 202, {"sent": True} | ({"code": code} if leaks else {}), []

    def _check_code(self, value: Mapping[str, Any]) -> Served:
        name, code = str(value.get("username")), str(value.get("code"))
        self.tries.check(name)
        if not hmac.compare_digest(self._codes.get(name, "none").encode(), code.encode()):
            raise Refused(401, "the code is wrong", www_authenticate='Bearer realm="shop"')
        del self._codes[name]
        return 200, {"checked": True}, []


def roles_of(who: Caller | None) -> list[Any]:
    """The roles that a token names."""
    found = (who or {}).get("roles")
    return found if isinstance(found, list) else []


def _shown(account: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in account.items() if name != "password"}
