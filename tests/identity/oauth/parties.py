"""Everybody who takes part: clients that are registered, a person with a browser, and the real endpoints over ASGI.

``world.code(client)`` walks through authorization, ``world.redeem(client, code)`` to the tokens; every step can be bent.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import json
import os
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from identity.house import ISSUER, House
from identity.people import person
from ostiary.identity import cookies, sessions
from ostiary.identity.api import consents as consents_api
from ostiary.identity.dispatch import guarded, handler_of
from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.oauth import authorizing, pushing, tokens
from ostiary.identity.services import Services
from ostiary.identity.sessions import Session
from ostiary.identity.storage import clients, consents
from ostiary.identity.storage.clients import Client
from ostiary.identity.storage.users import User
from ostiary.identity.web import Request, Response, Route, Starlette, fields_of
from ostiary.parts.sealing import hashed

HERE = f"{ISSUER}/oauth"
BACK = "https://app.example.test/callback"
API = "https://api.example.test"
VERIFIER = "a-verifier-of-forty-three-characters-at-least.~_1"
STATE = "st-4711"
Pairs = list[tuple[str, str]]
_addresses = itertools.count(1)


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def signed(key: Any, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    with warnings.catch_warnings(action="ignore"):  # of names that are older than others (RFC 9864)
        return str(jws.serialize_compact(dict(header), json.dumps(claims), key, algorithms=[header["alg"]]))


class World:
    """A house with its endpoints open, seen from an address of its own."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.services: Services = house.services
        self.user: User
        self.secrets: dict[str, str] = {}
        self.keys: dict[str, Any] = {}
        self._app = _app(house.services)
        self.move()

    def move(self) -> None:
        """Be somewhere else from now on: what others did wrong is not held against us."""
        number = next(_addresses)
        self.address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def run(self, doing: Any) -> Any:
        return self.house.run(doing)

    # parties

    def register(self, method: str = "none", **changes: Any) -> Client:
        """A client that may do what most may."""
        entropy = self.services.entropy
        given: dict[str, Any] = {
            "id": new_id(entropy), "name": "Notes", "method": method, "redirect_uris": (BACK,),
            "grants": ("authorization_code", "refresh_token"), "scopes": ("openid", "profile", "offline_access", "read", "write"),
            "default_scopes": ("read",), "audience": (API, "https://other.example.test"), "first_party": True,
            "created_at": self.services.now(),
        }  # fmt: skip
        if method.startswith("client_secret"):
            secret = new_secret(entropy)
            given["secret_hash"] = hashed(secret.encode())
            self.secrets[given["id"]] = secret
        if method == "private_key_jwt":
            key = ECKey.generate_key("P-256", {"kid": "one"})
            self.keys[given["id"]] = key
            given["jwks"] = (dict(key.as_dict(private=False)),)
        client = Client(**(given | changes))

        async def keep() -> None:
            async with self.services.database.write() as connection:
                await clients.add(connection, client)

        self.run(keep())
        return client

    def change(self, client: Client, **changes: Any) -> Client:
        """Register it anew."""
        other = dataclasses.replace(client, **changes)

        async def keep() -> None:
            async with self.services.database.write() as connection:
                await clients.replace(connection, other)

        self.run(keep())
        return other

    def somebody(self, email: str = "", *, verified: bool = True) -> User:
        name = email or f"ann{next(_addresses)}@example.com"
        self.user = self.run(person(self.services, name, "violet kettle 94", verified=verified))
        return self.user

    def sign_in(self, user: User | None = None, *, pending: bool = False) -> Browser:
        """A browser in which somebody is signed in."""
        account = user or self.user

        async def opened() -> tuple[Session, str]:
            async with self.services.database.write() as connection:
                return await sessions.open_session(
                    self.services, connection, self.house.visit(), account.id, ("pwd",), pending=pending
                )

        session, secret = self.run(opened())
        return Browser(self, {cookies.SESSION: secret, cookies.BROWSER: new_secret(os.urandom)}, session)

    def stranger(self) -> Browser:
        """A browser in which nobody is signed in."""
        return Browser(self, {}, None)

    def agreed(self, client: Client, user: User | None = None) -> frozenset[str]:
        async def read() -> frozenset[str]:
            async with self.services.database.read() as connection:
                return await consents.agreed(connection, (user or self.user).id, client.id)

        found: frozenset[str] = self.run(read())
        return found

    # the endpoints

    async def send(
        self, method: str, path: str, fields: Pairs | Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """One request; fields are a form, whatever the method."""
        transport = httpx.ASGITransport(self._app, client=(self.address, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
            if fields is not None:
                more.setdefault("headers", {})
                more["headers"] = {"content-type": "application/x-www-form-urlencoded", **more["headers"]}
                more["content"] = urlencode(list(fields.items()) if isinstance(fields, Mapping) else fields)
            return await http.request(method, path, **more)

    def post(self, path: str, fields: Pairs | Mapping[str, str], **more: Any) -> httpx.Response:
        reply: httpx.Response = self.run(self.send("POST", path, fields, **more))
        return reply

    def wishes(self, client: Client, **changes: str | None) -> dict[str, str]:
        """The parameters of a good authorization request, bent."""
        given: dict[str, str | None] = {
            "client_id": client.id, "redirect_uri": BACK, "response_type": "code", "state": STATE, "scope": "read",
            "code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256",
        }  # fmt: skip
        return {name: value for name, value in (given | changes).items() if value is not None}

    def code(self, client: Client, browser: Browser | None = None, **changes: str | None) -> str:
        """A code, fetched by a browser in which somebody is signed in."""
        reply = (browser or self.sign_in()).authorize(client, **changes)
        return str(answer_of(reply)["code"])

    def proof_of(self, client: Client) -> tuple[dict[str, str], dict[str, str]]:
        """How a client proves who it is: fields and headers."""
        if client.method == "client_secret_basic":
            pair = base64.b64encode(f"{client.id}:{self.secrets[client.id]}".encode()).decode()
            return {}, {"authorization": f"Basic {pair}"}
        if client.method == "client_secret_post":
            return {"client_id": client.id, "client_secret": self.secrets[client.id]}, {}
        if client.method == "private_key_jwt":
            return self.assertion(client), {}
        return {"client_id": client.id}, {}

    def assertion(self, client: Client, key: Any = None, header: Any = None, **changes: Any) -> dict[str, str]:
        """A client's assertion, bent; None leaves a claim out."""
        now = int(self.services.now())
        claims: dict[str, Any] = {
            "iss": client.id, "sub": client.id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": new_secret(os.urandom),
        }  # fmt: skip
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        head = {"alg": "ES256", "kid": "one", **(header or {})}
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": signed(key or self.keys[client.id], head, claims),
        }

    def token(
        self, client: Client, fields: Mapping[str, str | None], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A request to the token endpoint, by the client."""
        reply: httpx.Response = self.run(self.token_later(client, fields, headers))
        return reply

    async def token_later(
        self, client: Client, fields: Mapping[str, str | None], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        mine, head = self.proof_of(client)
        given = {name: value for name, value in {**mine, **fields}.items() if value is not None}
        return await self.send("POST", "/oauth/token", given, headers={**head, **(headers or {})})

    def redemption(self, code: str, **changes: str | None) -> dict[str, str | None]:
        return {
            "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER,
        } | changes  # fmt: skip

    def redeem(
        self, client: Client, code: str, headers: Mapping[str, str] | None = None, **changes: str | None
    ) -> httpx.Response:
        return self.token(client, self.redemption(code, **changes), headers)

    def refresh(
        self, client: Client, token: str, headers: Mapping[str, str] | None = None, **changes: str | None
    ) -> httpx.Response:
        return self.token(client, {"grant_type": "refresh_token", "refresh_token": token} | changes, headers)

    def granted(self, client: Client, **changes: str | None) -> dict[str, Any]:
        """Tokens, the whole way."""
        reply = self.redeem(client, self.code(client, None, **changes))
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def push(self, client: Client, headers: Mapping[str, str] | None = None, **changes: str | None) -> httpx.Response:
        mine, head = self.proof_of(client)
        fields = {**self.wishes(client, **changes), **mine}
        return self.post("/oauth/par", fields, headers={**head, **(headers or {})})

    def is_alive(self, access_token: str) -> bool:
        """Whether an access token is good, asked of the house."""
        from ostiary.identity.oauth.presenting import living  # noqa: PLC0415

        return self.run(living(self.services, access_token)) is not None


class Browser:
    """Somebody's browser: its cookies, and where it is sent."""

    def __init__(self, world: World, jar: dict[str, str], session: Session | None) -> None:
        self.world = world
        self.jar = jar
        self.session = session

    def go(self, method: str, path: str, **more: Any) -> httpx.Response:
        reply: httpx.Response = self.world.run(self.go_later(method, path, **more))
        return reply

    async def go_later(self, method: str, path: str, **more: Any) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        headers = {**more.pop("headers", {}), **({"cookie": cookie} if cookie else {})}
        reply = await self.world.send(method, path, headers=headers, **more)
        for each in reply.headers.get_list("set-cookie"):
            name, _, value = each.partition(";")[0].partition("=")
            self.jar[name] = value
        return reply

    def authorize(self, client: Client, **changes: str | None) -> httpx.Response:
        return self.ask(list(self.world.wishes(client, **changes).items()))

    def ask(self, pairs: Pairs) -> httpx.Response:
        return self.go("GET", f"/oauth/authorize?{urlencode(pairs)}")

    def resume(self, handle: str) -> httpx.Response:
        return self.go("GET", f"/oauth/resume?next={handle}")

    def decide(self, handle: str, *, allow: bool) -> httpx.Response:
        answer = "allow" if allow else "deny"
        return self.go("POST", "/consent", fields={"next": handle, "answer": answer}, headers={"origin": ISSUER})


class Key:
    """A client's key for proofs of possession."""

    def __init__(self, kind: str = "ES256") -> None:
        self.algorithm = kind
        self.native: Any = (
            OKPKey.generate_key("Ed25519") if kind == "EdDSA"
            else RSAKey.generate_key(2048) if kind == "RS256"
            else ECKey.generate_key("P-256")
        )  # fmt: skip
        self.jkt = self.native.thumbprint()

    def proof(self, world: World, header: Any = None, path: str = "token", **changes: Any) -> str:
        """A proof for an endpoint, bent; None leaves a claim out."""
        claims: dict[str, Any] = {
            "jti": new_secret(os.urandom), "htm": "POST", "htu": f"{HERE}/{path}", "iat": int(world.services.now()),
        }  # fmt: skip
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        head: dict[str, Any] = {"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.native.as_dict(private=False)}
        head = {name: value for name, value in (head | (header or {})).items() if value is not None}
        return signed(self.native, head, claims)


def answer_of(reply: httpx.Response) -> dict[str, str]:
    """What the browser was sent back to the client with."""
    assert reply.status_code == 303, reply.text
    location = reply.headers["location"]
    assert location.startswith(BACK), location
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True, strict_parsing=True))


def handle_of(reply: httpx.Response, page: str) -> str:
    """The handle that the browser was sent to a page of ours with."""
    assert reply.status_code == 303, reply.text
    parts = urlsplit(reply.headers["location"])
    assert (parts.scheme, parts.netloc, parts.path) == ("", "", page)
    [handle] = parse_qs(parts.query)["next"]
    return handle


def _app(services: Services) -> Starlette:
    found: dict[str, dict[str, Any]] = {}
    for module in (authorizing, tokens, pushing):
        for path, methods, handler in module.ROUTES:
            found.setdefault(path, {}).update(dict.fromkeys(methods, handler))
    for call in consents_api.CALLS:
        found.setdefault(call.path, {})[call.method] = handler_of(call)
    found["/consent"] = {"POST": _consent}

    async def given() -> Services:
        return services

    return Starlette(routes=[Route(path, guarded(by, given), methods=None) for path, by in found.items()])


async def _consent(services: Services, request: Request) -> Response:
    """The page's part: its form was checked."""
    fields = dict(await fields_of(request))
    asked = await authorizing.question(services, request, fields["next"])
    shown = fields.get("asked", "" if isinstance(asked, Response) else asked.name)
    return await authorizing.decide(services, request, fields["next"], allow=fields["answer"] == "allow", shown=shown)
