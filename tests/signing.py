"""An `Http` whose API registers people and signs them in, for checks of what surrounds that."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from exchanges import api_of
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Asked
from ostiary.model import Api
from ostiary.parts.roles import recognised
from recorded import Recorded, said

Said = tuple[Any, ...]  # status, document, and where they matter header fields and seconds
Says = Callable[[str, str, Mapping[str, Any], Mapping[str, str]], Said]


def body_of(**properties: Any) -> dict[str, Any]:
    """A request body with these members, texts unless a schema is given."""
    members = {name: each if isinstance(each, dict) else {"type": "string"} for name, each in properties.items()}
    schema = {"type": "object", "properties": members, "required": list(members)}
    return {"content": {"application/json": {"schema": schema}}}


PATHS: dict[str, Any] = {
    "/register": {"post": {"requestBody": body_of(email=1, password=1)}},
    "/login": {"post": {"requestBody": body_of(email=1, password=1)}},
    "/me": {"get": {}},
}


def named(paths: Mapping[str, Any]) -> Api:
    """An API whose operations have their roles."""
    api = api_of(dict(paths))
    return dataclasses.replace(
        api, operations=tuple(dataclasses.replace(each, role=recognised(each)) for each in api.operations)
    )


class Signing(Recorded):
    """An API that is a function of method, path, JSON body and header fields.

    :param says: its replies: status, document, header fields, seconds; who asks is the header field "peer".
    :param alone: it is not on loopback: there is no second address to ask from.
    """

    def __init__(
        self, says: Says, paths: Mapping[str, Any] = PATHS, *, user: str = "email", alone: bool = False, **rest: Any
    ) -> None:
        def answering(asked: Asked) -> Answer | None:
            try:
                document = json.loads(asked.body) if asked.body else {}
            except ValueError:
                return said(400, [("content-type", "application/json")], '{"detail": "no JSON"}')
            fields = {"peer": self.peer, **{name.lower(): value for name, value in asked.headers}}
            if asked.identity:
                fields["authorization"] = f"Bearer {self.tokens[asked.identity]}"
            status, body, *more = says(asked.method, asked.target, document, fields)
            headers = [("content-type", "application/json"), *(more[0].items() if more else ())]
            made = said(status, headers, json.dumps(body))
            return dataclasses.replace(made, asked=asked, seconds=float(more[1]) if len(more) > 1 else 0.01)

        super().__init__(answering=answering, api=named(paths), intrusive=True, **rest)
        self.user = user
        self.peer = "127.0.0.1"
        self.alone = alone
        self.tokens: dict[str, str] = {}
        self.made = 0

    async def throwaway(self, **members: Any) -> Account:
        self.made += 1
        registered = {
            self.user: f"ostiary-{self.made}q" + "@example.com" * (self.user == "email"),
            "password": f"Long-enough-{self.made}23!",
            **members,
        }
        answer = await self.send("POST", "/register", headers=_JSON, body=json.dumps(registered).encode(), identity="")
        if not answer.accepted:
            raise Unanswerable(f"registering was answered {answer.status}")
        name = f"throwaway-{self.made}"
        account = Account(
            name=name,
            user=registered[self.user],
            password=registered["password"],
            throwaway=True,
            registered=registered,
        )
        signed = await self.sign_in(account.user, account.password)
        if self.signed_in(signed):
            self.tokens[name] = json.loads(signed.body)["token"]
        return account

    async def sign_in(self, user: str, password: str, *, fresh: bool = True) -> Answer:
        body = json.dumps({self.user: user, "password": password}).encode()
        return await self.send("POST", "/login", headers=_JSON, body=body, identity="", fresh=fresh)

    def signed_in(self, answer: Answer) -> bool:
        return answer.accepted and b'"token"' in answer.body

    async def elsewhere(self, source: int, method: str, target: str, **rest: Any) -> Answer:
        if self.alone:
            raise Unanswerable("no second address")
        self.peer = f"127.0.0.{1 + source}"
        try:
            return await self.send(method, target, **rest, fresh=True)
        finally:
            self.peer = "127.0.0.1"

    def sent_to(self, path: str) -> Sequence[Asked]:
        """What was sent to a path."""
        return [each for each in self.sent if each.target.partition("?")[0] == path]


_JSON = [("content-type", "application/json")]


class People:
    """The part of such an API that every test needs: registering and signing in; faults are overridden.

    Replies as in `Says`.
    """

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}

    def __call__(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        if (method, path) == ("POST", "/register"):
            return self.register(body)
        if (method, path) == ("POST", "/login"):
            return self.login(str(body.get("email")), str(body.get("password")), headers)
        return self.rest(method, path, body, headers)

    def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        return 404, {"detail": "not found"}

    def register(self, body: Mapping[str, Any]) -> Said:
        if not {"email", "password"} <= body.keys():
            return 422, {"detail": "missing"}
        if body["email"] in self.passwords:
            return 409, {"detail": "already registered"}
        self.passwords[body["email"]] = body["password"]
        return 201, {"email": body["email"]}

    def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
        if self.passwords.get(user) == password:
            return 200, {"token": f"token-of-{user}"}
        return 401, {"detail": "wrong name or password"}
