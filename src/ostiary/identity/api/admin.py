"""Operators look after accounts, clients and keys; every act is written down with their name, and takes effect at once."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any, Final, Literal

from ostiary.errors import Denied
from ostiary.identity.events import record
from ostiary.identity.flows import resetting
from ostiary.identity.oauth import administering
from ostiary.identity.oauth.registration import NewClient, Registered, register
from ostiary.identity.services import Services
from ostiary.identity.sessions import announce, end_all
from ostiary.identity.storage import clients, keys, users
from ostiary.identity.storage.clients import Client
from ostiary.identity.storage.users import User
from ostiary.identity.web import Answer, Asked, Call
from ostiary.strict import Body, Meta

__all__ = ["CALLS"]

_PAGE: Final = 50
_Id = Annotated[str, Meta(max_length=36)]
_Text = Annotated[str, Meta(max_length=1000)]
_Time = Annotated[float, Meta(ge=0, description="Seconds since the epoch.")]
_Words = Annotated[list[_Text], Meta(max_length=50)]


class UserShown(Body, frozen=True):
    """An account, as operators see it: nothing that would help to pass for its owner."""

    id: _Id
    email: _Text
    email_verified: bool
    name: _Text
    role: Literal["user", "operator"]
    has_password: bool
    created_at: _Time
    disabled_at: _Time | None


class UsersShown(Body, frozen=True):
    """A page of accounts."""

    users: Annotated[list[UserShown], Meta(max_length=_PAGE)]
    after: Annotated[str, Meta(max_length=36, description="What to ask the next page with; empty when there is none.")]


class ClientShown(Body, frozen=True):
    """A client as it was registered."""

    id: _Text
    name: _Text
    method: _Text
    redirect_uris: _Words
    logout_uris: _Words
    grants: _Words
    scopes: _Words
    default_scopes: _Words
    audience: _Words
    uri: _Text | None
    jwks: Annotated[list[dict[str, Any]], Meta(max_length=50)]
    token_format: Literal["jwt", "opaque"]
    dpop: bool
    pushed_only: bool
    first_party: bool
    introspects: bool
    created_at: _Time
    disabled_at: _Time | None
    secret: Annotated[str, Meta(max_length=43, description="Said once, where it was just made; else empty.")] = ""


class ClientsShown(Body, frozen=True):
    """A page of clients."""

    clients: Annotated[list[ClientShown], Meta(max_length=_PAGE)]
    after: Annotated[_Text, Meta(description="What to ask the next page with; empty when there is none.")]


class SecretShown(Body, frozen=True):
    """A secret that was just made, and is kept nowhere."""

    secret: Annotated[str, Meta(max_length=43)]


class KeyShown(Body, frozen=True):
    """A signing key: it signs from `active_at` to `retired_at`, and is published until `gone_at`."""

    kid: _Text
    algorithm: Annotated[str, Meta(max_length=10)]
    created_at: _Time
    active_at: _Time
    retired_at: _Time | None
    gone_at: _Time | None


class KeysShown(Body, frozen=True):
    """All keys, the one that signed first in front."""

    keys: Annotated[list[KeyShown], Meta(max_length=1000)]


class Rotation(Body, frozen=True):
    """How the next key comes: in its time, or at once, after which nothing that was signed before is believed."""

    at_once: bool = False


# accounts


def _user(user: User) -> UserShown:
    return UserShown(
        id=user.id, email=user.email, email_verified=user.email_verified_at is not None, name=user.name,
        role="operator" if user.role == "operator" else "user", has_password=user.password_hash is not None,
        created_at=user.created_at, disabled_at=user.disabled_at,
    )  # fmt: skip


async def _users(services: Services, asked: Asked) -> Answer:
    """All accounts by pages, or the one with an address."""
    async with services.database.read() as connection:
        if "email" in asked.query:
            one = await users.by_email(connection, services.ring, asked.query["email"])
            return Answer(body=UsersShown(users=[_user(one)] if one is not None else [], after=""))
        after = asked.query.get("after", "")
        found = await users.page(connection, services.ring, after=after, most=_PAGE)
    return Answer(
        body=UsersShown(users=[_user(each) for each in found], after=found[-1].id if len(found) == _PAGE else "")
    )


async def _one_user(services: Services, asked: Asked) -> Answer:
    async with services.database.read() as connection:
        user = await users.by_id(connection, services.ring, asked.path["id"])
    if user is None:
        raise Denied(404, "there is no such account")
    return Answer(body=_user(user))


def _operator(asked: Asked) -> str:
    """Who acts, for the audit log.

    :raises Denied: 401 where the dispatcher let nobody pass.
    """
    if asked.session is None:
        raise Denied(401, "sign in first")
    return f"operator:{asked.session.user_id}"


def _other(asked: Asked) -> str:
    """The account that is meant, which is not the operator's own: the last one would lock everybody out."""
    if asked.session is None or asked.path["id"] == asked.session.user_id:
        raise Denied(409, "this is your own account: another operator may do that")
    return asked.path["id"]


async def _disable(services: Services, asked: Asked) -> Answer:
    actor, user_id = _operator(asked), _other(asked)
    async with services.database.write(f"user:{user_id}") as connection:
        if not await users.set_disabled(connection, user_id, at=services.now(), why="operator"):
            raise Denied(404, "there is no such account")
        ended = await end_all(services, connection, user_id, "disabled", actor=actor, visit=asked.visit)
        await record(connection, services, "account.disabled", user_id=user_id, actor=actor, visit=asked.visit)
    await announce(services, ended)
    return Answer(204)


async def _enable(services: Services, asked: Asked) -> Answer:
    actor, user_id = _operator(asked), _other(asked)
    async with services.database.write(f"user:{user_id}") as connection:
        if not await users.set_disabled(connection, user_id, at=None):
            raise Denied(404, "there is no such account")
        await record(connection, services, "account.enabled", user_id=user_id, actor=actor, visit=asked.visit)
    return Answer(204)


async def _force_reset(services: Services, asked: Asked) -> Answer:
    """The password is good no more and every session ends; a link that sets a new one goes to the account's address."""
    actor, user_id = _operator(asked), _other(asked)
    async with services.database.write(f"user:{user_id}") as connection:
        user = await users.by_id(connection, services.ring, user_id)
        if user is None or not await users.drop_password(connection, user_id):
            raise Denied(404, "there is no such account")
        ended = await end_all(services, connection, user_id, "reset-forced", actor=actor, visit=asked.visit)
        await record(connection, services, "password.closed", user_id=user_id, actor=actor, visit=asked.visit)
    await announce(services, ended)
    with contextlib.suppress(Denied):  # they got such a mail a moment ago, and can ask for another one themselves
        await resetting.ask(services, asked.visit, user.email)
    return Answer(204)


# clients


def _client(client: Client, secret: str = "") -> ClientShown:
    return ClientShown(
        id=client.id, name=client.name, method=client.method, redirect_uris=list(client.redirect_uris),
        logout_uris=list(client.logout_uris), grants=list(client.grants), scopes=list(client.scopes),
        default_scopes=list(client.default_scopes), audience=list(client.audience), uri=client.uri,
        jwks=[dict(each) for each in client.jwks], token_format=_format(client),
        dpop=client.dpop, pushed_only=client.pushed_only, first_party=client.first_party, introspects=client.introspects,
        created_at=client.created_at, disabled_at=client.disabled_at, secret=secret,
    )  # fmt: skip


def _format(client: Client) -> Literal["jwt", "opaque"]:
    return "opaque" if client.token_format == "opaque" else "jwt"  # noqa: S105 - a format, no token


def _made(made: Registered, status: int) -> Answer:
    headers = {"location": f"/admin/clients/{made.client.id}"} if status == 201 else {}  # noqa: PLR2004
    return Answer(status, _client(made.client, made.secret), headers)


async def _clients(services: Services, asked: Asked) -> Answer:
    async with services.database.read() as connection:
        found = await clients.every(connection, after=asked.query.get("after", ""), most=_PAGE)
    after = found[-1].id if len(found) == _PAGE else ""
    return Answer(body=ClientsShown(clients=[_client(each) for each in found], after=after))


async def _one_client(services: Services, asked: Asked) -> Answer:
    return Answer(body=_client(await administering.find(services, asked.path["client_id"])))


async def _add_client(services: Services, asked: Asked) -> Answer:
    return _made(await register(services, asked.body, actor=_operator(asked), visit=asked.visit), 201)


async def _change_client(services: Services, asked: Asked) -> Answer:
    name = asked.path["client_id"]
    made = await administering.change(services, name, asked.body, actor=_operator(asked), visit=asked.visit)
    return _made(made, 200)


async def _remove_client(services: Services, asked: Asked) -> Answer:
    await administering.remove(services, asked.path["client_id"], actor=_operator(asked), visit=asked.visit)
    return Answer(204)


async def _renew_secret(services: Services, asked: Asked) -> Answer:
    name = asked.path["client_id"]
    secret = await administering.renew_secret(services, name, actor=_operator(asked), visit=asked.visit)
    return Answer(body=SecretShown(secret=secret))


async def _disable_client(services: Services, asked: Asked) -> Answer:
    return await _switch(services, asked, enabled=False)


async def _enable_client(services: Services, asked: Asked) -> Answer:
    return await _switch(services, asked, enabled=True)


async def _switch(services: Services, asked: Asked, *, enabled: bool) -> Answer:
    name = asked.path["client_id"]
    await administering.set_enabled(services, name, enabled=enabled, actor=_operator(asked), visit=asked.visit)
    return Answer(204)


# keys


async def _keys(services: Services, _asked: Asked) -> Answer:
    async with services.database.read() as connection:
        found = await keys.kept(connection)
    shown = [KeyShown(**{name: getattr(each, name) for name in KeyShown.__struct_fields__}) for each in found]
    return Answer(body=KeysShown(keys=shown))


async def _rotate(services: Services, asked: Asked) -> Answer:
    await administering.rotate_key(services, at_once=asked.body.at_once, actor=_operator(asked), visit=asked.visit)
    return await _keys(services, asked)


_AFTER: Final = {"after": {"type": "string", "maxLength": 200}}
_EMAIL: Final = {"email": {"type": "string", "maxLength": 320}}

CALLS: Final = (
    Call("GET", "/admin/users", _users, "Accounts, by pages or by address", "operator", gives=UsersShown, query={**_AFTER, **_EMAIL}),
    Call("GET", "/admin/users/{id}", _one_user, "An account", "operator", gives=UserShown, refusals=(404,)),
    Call("POST", "/admin/users/{id}/disable", _disable, "Close an account and end its sessions", "operator", status=204, refusals=(404, 409)),
    Call("POST", "/admin/users/{id}/enable", _enable, "Open an account again", "operator", status=204, refusals=(404, 409)),
    Call("POST", "/admin/users/{id}/reset", _force_reset, "Have an account choose a new password", "operator", status=204, refusals=(404, 409)),
    Call("GET", "/admin/clients", _clients, "Clients, by pages", "operator", gives=ClientsShown, query=_AFTER),
    Call("POST", "/admin/clients", _add_client, "Register a client", "operator", NewClient, ClientShown, 201, refusals=(422,)),
    Call("GET", "/admin/clients/{client_id}", _one_client, "A client", "operator", gives=ClientShown, refusals=(404,)),
    Call("PUT", "/admin/clients/{client_id}", _change_client, "Register a client anew", "operator", NewClient, ClientShown, refusals=(404, 422)),
    Call("DELETE", "/admin/clients/{client_id}", _remove_client, "Delete a client and its grants", "operator", status=204, refusals=(404,)),
    Call("POST", "/admin/clients/{client_id}/secret", _renew_secret, "Give a client another secret", "operator", gives=SecretShown, refusals=(404, 409)),
    Call("POST", "/admin/clients/{client_id}/disable", _disable_client, "Serve a client no more", "operator", status=204, refusals=(404,)),
    Call("POST", "/admin/clients/{client_id}/enable", _enable_client, "Serve a client again", "operator", status=204, refusals=(404,)),
    Call("GET", "/admin/keys", _keys, "Signing keys and their times", "operator", gives=KeysShown),
    Call("POST", "/admin/keys", _rotate, "Make the next signing key", "operator", Rotation, KeysShown),
)  # fmt: skip
