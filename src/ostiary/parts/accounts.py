"""Who an audit signs in as, and how, is written down once: one table per account, one for the login flow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from ostiary.errors import ConfigError
from ostiary.strict import Meta, Strict


class Source(Strict, frozen=True):
    """Where a secret is: read when an audit needs it, so that the gateway runs from the same file without it."""

    env: str = ""
    file: str = ""

    def __post_init__(self) -> None:
        """One place.

        :raises ValueError: for none or two.
        """
        if bool(self.env) == bool(self.file):
            msg = 'a secret is not written here: give { env = "NAME" } or { file = "path" }'
            raise ValueError(msg)

    def reveal(self) -> str:
        """The secret itself, without the line end at its end.

        :raises ConfigError: when it is not there, or empty.
        """
        if self.env:
            text = os.environ.get(self.env, "")
        else:
            try:
                text = Path(self.file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"[audit] {self.file}", "the secret's file cannot be read") from error
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise ConfigError(f"[audit] {self.env or self.file}", "the secret there is empty, or there is none")
        return text


class Told(Source, frozen=True):
    """A secret that is at hand already: given on the command line, or by a Python program."""

    text: str = ""

    def __post_init__(self) -> None:
        """Nothing to read."""

    def __repr__(self) -> str:
        return "Told(...)"

    def reveal(self) -> str:
        """The secret itself."""
        return self.text


class OAuth(Strict, frozen=True):
    """A token from an authorization server (RFC 6749): what is given decides the grant.

    With ``refresh`` it is refresh_token, with the account's ``user`` and ``password`` it is password, and otherwise
    client_credentials. Tokens are asked for again before they expire.
    """

    token: str  # the token endpoint: a URL, or a path on the target
    client: str = ""
    client_secret: Source | None = None
    refresh: Source | None = None  # a refresh token
    scope: str = ""
    resource: str = ""  # RFC 8707
    basic: bool = False  # send client and secret by HTTP Basic (RFC 6749 section 2.3.1) and not in the body


class Account(Strict, frozen=True):
    """One account, by exactly one of ``bearer``, ``cookie``, ``header``, ``query``, ``oauth``, or ``user`` and ``password``.

    ``user`` and ``password`` go through the login flow, or with ``basic`` as HTTP Basic with every request.
    """

    bearer: Source | None = None  # { env = "NAME" } or { file = "path" }
    cookie: Source | None = None  # the whole Cookie header field: "sid=..."
    header: str = ""  # the name of a header field that carries `key`
    query: str = ""  # the name of a query parameter that carries `key`
    key: Source | None = None
    user: str = ""
    password: Source | None = None
    basic: bool = False
    oauth: OAuth | None = None
    role: str = ""  # what it is there, for reports: "admin", "editor"
    privileged: bool = False  # more than an ordinary user: never the owner or the other of a comparison

    def __post_init__(self) -> None:
        """Exactly one way in.

        :raises ValueError: for none, for two, and for half of one.
        """
        ways = [self.bearer, self.cookie, self.header, self.query, self.oauth, self.user if self.oauth is None else ""]
        given = sum(bool(each) for each in ways)
        if given != 1:
            msg = f"expected one of bearer, cookie, header, query, oauth, or user and password; {given} are given"
            raise ValueError(msg)
        if bool(self.user) != (self.password is not None):
            msg = "user and password go together"
            raise ValueError(msg)
        if bool(self.header or self.query) != (self.key is not None):
            msg = "header or query is a name, and key its value"
            raise ValueError(msg)
        if self.basic and not self.user:
            msg = "basic takes user and password"
            raise ValueError(msg)


class Login(Strict, frozen=True):
    """How this API lets somebody in; what is left out is recognised from the document and the reply.

    ``token`` says where the reply has the credential: ``"json:data.token"``, ``"header:X-Auth-Token"`` or
    ``"cookie:sid"``. ``send`` is the header field that carries it from then on, with its first word if it has one:
    ``"Authorization: Bearer"``, ``"Authorization: Token"``, ``"X-Auth-Token"``; ``"Cookie"`` sends what was set.
    """

    operation: str = ""  # "POST /login"
    user: str = ""  # the field that takes the user's name; dots descend into objects: "user.email"
    password: str = ""
    fields: dict[str, str] = {}  # more fields and their fixed values: { tenant = "acme" }
    form: bool = False  # an HTML form's media type, where the document does not say
    token: str = ""
    send: str = ""

    def __post_init__(self) -> None:
        """See that texts with a form have it.

        :raises ValueError: when one has not.
        """
        method, _, path = self.operation.partition(" ")
        if self.operation and (not method.isupper() or not path.startswith("/")):
            msg = 'operation is written "POST /login"'
            raise ValueError(msg)
        if self.token and self.token.partition(":")[0] not in {"json", "header", "cookie"}:
            msg = 'token is written "json:data.token", "header:X-Auth-Token" or "cookie:sid"'
            raise ValueError(msg)


class Client(Strict, frozen=True):
    """A client that is registered at the target's own authorization server, for trying what that refuses.

    ``redirect`` is an address that is registered for it; a public client has no ``secret``.
    """

    id: str = ""
    redirect: str = ""
    secret: Source | None = None


class Audit(Strict, frozen=True):
    """What an audit of this API needs to know; the guard and the gateway read nothing of it."""

    accounts: dict[str, Account] = {}
    login: Login = Login()
    client: Client = Client()
    database: Source | None = None  # the application's database with its own account, to ask what that may do there
    register: bool = True  # whether accounts may be registered through the API's own operations
    throwaways: Annotated[int, Meta(ge=0, le=100)] = 30  # accounts registered at most, besides the two that compare
