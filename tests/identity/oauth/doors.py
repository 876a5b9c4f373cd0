"""Identity's own app over HTTP without a socket, on the services of a house: clients, people's browsers, devices.

::

    doors = Doors(house)
    client = doors.client(redirect_uris=(BACK,), scopes=("openid",))
    browser = doors.browser()                  # somebody is signed in there
    tokens = doors.tokens(client, browser)     # the whole way: authorize with PKCE, and the token endpoint
    doors.post("/oauth/introspect", {"token": tokens["access_token"]}, client=client)
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jws
from joserfc.jwk import ECKey

from identity import people
from identity.house import House
from ostiary.identity import sessions
from ostiary.identity.app import Identity
from ostiary.identity.cookies import SESSION
from ostiary.identity.oauth.registration import NewClient, register
from ostiary.identity.sessions import Session
from ostiary.identity.storage.clients import Client

BACK = "https://shop.example.test/back"
OUT = "https://shop.example.test/out"
API = "https://api.example.test"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Registered:
    """A client and the secret that it keeps."""

    client: Client
    secret: str

    @property
    def id(self) -> str:
        return self.client.id


@dataclass
class Browser:
    """A browser in which somebody is signed in."""

    session: Session
    secret: str

    @property
    def cookies(self) -> dict[str, str]:
        return {"cookie": f"{SESSION}={self.secret}"}


@dataclass
class ProofKey:
    """A key that a client holds (RFC 9449)."""

    key: Any = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def jkt(self) -> str:
        thumbprint: str = self.key.thumbprint()
        return thumbprint

    def proof(self, house: House, method: str, path: str, token: str = "", **changes: Any) -> str:
        """A proof for one request."""
        claims: dict[str, Any] = {
            "jti": secrets.token_hex(16), "htm": method, "htu": house.services.issuer + path, "iat": int(house.clock())
        }  # fmt: skip
        if token:
            claims["ath"] = encoded(hashlib.sha256(token.encode()).digest())
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(private=False)}
        text = json.dumps(claims | changes).encode()
        return str(jws.serialize_compact(header, text, self.key, algorithms=["ES256"]))


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def payload(token: str) -> dict[str, Any]:
    """What a JWT says, unverified."""
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found


def header(token: str) -> dict[str, Any]:
    """The header of a JWT."""
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".", maxsplit=1)[0] + "=="))
    return found


class Doors:
    """All that identity serves."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.app = Identity(house.services.settings, services=house.services)

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        source: str = "192.0.2.1",
    ) -> httpx.Response:
        """One request, as it is."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(source, 4711))
            async with httpx.AsyncClient(transport=transport, base_url=self.house.services.issuer) as client:
                return await client.request(method, path, headers=dict(headers or {}), content=body)

        return self.house.run(ask())

    def get(self, path: str, *, browser: Browser | None = None, **headers: str) -> httpx.Response:
        """A GET, in a browser perhaps."""
        return self.send("GET", path, headers={**headers, **(browser.cookies if browser else {})})

    def post(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        client: Registered | None = None,
        headers: Mapping[str, str] | None = None,
        source: str = "192.0.2.1",
    ) -> httpx.Response:
        """A form, from a client that authenticates as it is registered, perhaps."""
        fields, given = dict(form), {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        if client is not None:
            fields, given = authenticated(client, fields, given)
        return self.send("POST", path, headers=given, body=urlencode(fields).encode(), source=source)

    def client(self, **given: Any) -> Registered:
        """A client that was just registered; a house's own application unless something else is said."""
        values: dict[str, Any] = {
            "name": "Shop", "redirect_uris": (BACK,), "scopes": ("openid",), "first_party": True, "logout_uris": (OUT,)
        }  # fmt: skip
        values |= given
        if "authorization_code" not in values.get("grants", ("authorization_code",)):
            values |= {"redirect_uris": (), "logout_uris": ()}
        made = self.house.run(register(self.house.services, NewClient(**values)))
        return Registered(made.client, made.secret)

    def browser(
        self, email: str = people.ANN, *, factors: tuple[str, ...] = ("pwd",), pending: bool = False
    ) -> Browser:
        """A browser in which the person of this address is signed in; they are made if there is nobody of it."""
        services = self.house.services

        async def sign_in() -> Browser:
            try:
                user = await people.named(services, email)
            except AssertionError:
                user = await people.person(services, email)
            async with services.database.write() as connection:
                opened = await sessions.open_session(services, connection, people.AT, user.id, factors, pending=pending)
            return Browser(*opened)

        return self.house.run(sign_in())

    def authorize(self, client: Registered, browser: Browser, **more: str) -> tuple[dict[str, str], str]:
        """Ask for a code: what came back to the client, and the verifier that it kept."""
        verifier = secrets.token_urlsafe(48)
        asked = {
            "response_type": "code", "client_id": client.id, "redirect_uri": BACK, "state": "st", "nonce": "n-1",
            "code_challenge": encoded(hashlib.sha256(verifier.encode()).digest()), "code_challenge_method": "S256",
            "scope": " ".join(client.client.scopes),
        } | more  # fmt: skip
        reply = self.get(f"/oauth/authorize?{urlencode(asked)}", browser=browser)
        assert reply.status_code == 303, reply.text
        assert reply.headers["location"].startswith(BACK), reply.headers["location"]
        return {k: v[0] for k, v in parse_qs(urlsplit(reply.headers["location"]).query).items()}, verifier

    def tokens(
        self, client: Registered, browser: Browser | None = None, *, key: ProofKey | None = None, **more: str
    ) -> dict[str, Any]:
        """The whole way to tokens: with a browser a code, without one the client's own."""
        headers = {"dpop": key.proof(self.house, "POST", "/oauth/token")} if key else {}
        if browser is None:
            form = {"grant_type": "client_credentials", "scope": " ".join(client.client.scopes), **more}
        else:
            back, verifier = self.authorize(client, browser, **more)
            form = {
                "grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK, "code_verifier": verifier
            }  # fmt: skip
        reply = self.post("/oauth/token", form, client=client, headers=headers)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found


def authenticated(
    client: Registered, fields: dict[str, str], headers: dict[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """A request as this client makes it."""
    method = client.client.method
    if method == "client_secret_basic":
        pair = base64.b64encode(f"{client.id}:{client.secret}".encode()).decode()
        return fields, {"authorization": f"Basic {pair}", **headers}
    if method == "client_secret_post":
        return {"client_id": client.id, "client_secret": client.secret, **fields}, headers
    return {"client_id": client.id, **fields}, headers


SCOPES = {"orders.read": "Read your orders", "orders.write": "Change your orders"}
