"""What operators do to clients and keys, from a command or the API: written down, and felt by guards at once."""

from __future__ import annotations

from dataclasses import replace

from ostiary.errors import Denied
from ostiary.identity.events import record
from ostiary.identity.ids import new_secret
from ostiary.identity.oauth.registration import NewClient, Registered, check_client
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Ended, announce
from ostiary.identity.storage import clients, tokens
from ostiary.identity.storage.clients import Client
from ostiary.identity.storage.database import AsyncConnection
from ostiary.parts.sealing import hashed

__all__ = ["change", "find", "remove", "renew_secret", "rotate_key", "set_enabled"]

_NO_SUCH = "there is no such client"


async def find(services: Services, client_id: str) -> Client:
    """A client, disabled or not.

    :raises Denied: 404.
    """
    async with services.database.read() as connection:
        return await _client(connection, client_id)


async def _client(connection: AsyncConnection, client_id: str) -> Client:
    client = await clients.by_id(connection, client_id, disabled=True)
    if client is None:
        raise Denied(404, _NO_SUCH)
    return client


async def change(
    services: Services, client_id: str, given: NewClient, *, actor: str, visit: Visit | None = None
) -> Registered:
    """Register a client anew under its id; it keeps its secret, or is given its first one where its method takes one.

    :raises Denied: 404, and 422 as `check_client`.
    """
    async with services.database.write(f"client:{client_id}") as connection:
        former = await _client(connection, client_id)
        kept, secret = former.secret_hash, ""
        if given.method.startswith("client_secret") and kept is None:
            secret = new_secret(services.entropy)
            kept = hashed(secret.encode())
        client = check_client(services.settings, given, id=client_id, secret_hash=kept)
        client = replace(client, created_at=former.created_at, disabled_at=former.disabled_at)
        await clients.replace(connection, client)
        await clients.set_secret(connection, client_id, client.secret_hash)
        await record(connection, services, "client.changed", actor=actor, visit=visit, client=client_id)
    return Registered(client, secret)


async def renew_secret(services: Services, client_id: str, *, actor: str, visit: Visit | None = None) -> str:
    """Give a client another secret; the former one is good no more.

    :raises Denied: 404, and 409 for a client that has none.
    """
    secret = new_secret(services.entropy)
    async with services.database.write(f"client:{client_id}") as connection:
        client = await _client(connection, client_id)
        if not client.method.startswith("client_secret"):
            raise Denied(409, "the client has no secret: it authenticates in another way")
        await clients.set_secret(connection, client_id, hashed(secret.encode()))
        await record(connection, services, "client.secret-changed", actor=actor, visit=visit, client=client_id)
    return secret


async def set_enabled(
    services: Services, client_id: str, *, enabled: bool, actor: str, visit: Visit | None = None
) -> Client:
    """Serve a client no more, or again. What was granted to one that is disabled is dead, and guards hear of it.

    :raises Denied: 404.
    """
    ended = Ended()
    async with services.database.write(f"client:{client_id}") as connection:
        await _client(connection, client_id)
        if enabled:
            done = await clients.enable(connection, client_id)
        else:
            done = await clients.disable(connection, client_id, services.now())
            ended = Ended(tokens=await tokens.revoke_all(connection, services.now(), client_id=client_id))
        if done:
            what = "client.enabled" if enabled else "client.disabled"
            await record(connection, services, what, actor=actor, visit=visit, client=client_id)
        client = await _client(connection, client_id)
    await announce(services, ended)
    return client


async def remove(services: Services, client_id: str, *, actor: str, visit: Visit | None = None) -> None:
    """Delete a client with all that was granted to it.

    :raises Denied: 404.
    """
    async with services.database.write(f"client:{client_id}") as connection:
        await _client(connection, client_id)
        ended = Ended(tokens=await tokens.revoke_all(connection, services.now(), client_id=client_id))
        await clients.remove(connection, client_id)
        await record(connection, services, "client.deleted", actor=actor, visit=visit, client=client_id)
    await announce(services, ended)


async def rotate_key(services: Services, *, at_once: bool = False, actor: str, visit: Visit | None = None) -> None:
    """Make the next signing key (`Signing.rotate`)."""
    await services.signing.rotate(at_once=at_once)
    async with services.database.write() as connection:
        await record(connection, services, "key.rotated", actor=actor, visit=visit, at_once=at_once)
