"""Clients give their own tokens back (RFC 7009): whose a token is, and whether there is one, nobody else learns."""

from __future__ import annotations

from typing import Final

from ostiary.identity.events import record
from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.presenting import name_of
from ostiary.identity.oauth.steps import walk
from ostiary.identity.services import Services
from ostiary.identity.sessions import Ended, announce, end_family
from ostiary.identity.storage import grants, tokens
from ostiary.identity.web import Request, Response
from ostiary.parts.sealing import hashed

__all__ = ["ROUTES"]


async def _revoke(state: State) -> Response:
    """A refresh token ends its whole grant; an access token only itself (section 2.1). Anything else is as good as revoked."""
    token = state.want("token")
    if not await _is_refresh(state, token):
        await _end_access(state, token)
    return Response(b"", 200, {"cache-control": "no-store", "content-length": "0"})


async def _is_refresh(state: State, token: str) -> bool:
    """Whether it is a refresh token, of whatever client; the grant of the client's own is ended."""
    services, client = state.services, state.client
    async with services.database.read() as connection:
        found = await grants.find_refresh(connection, hashed(token.encode()))
    if found is None:
        return False
    _, family = found
    if family.client_id != client.id:
        return True
    async with services.database.write() as connection:
        ended = await end_family(services, connection, family.id, "revoked")
        await record(
            connection, services, "grant.ended", user_id=family.user_id, actor=f"client:{client.id}", visit=state.visit,
            client=client.id, why="revoked",
        )  # fmt: skip
    await announce(services, ended)
    return True


async def _end_access(state: State, token: str) -> None:
    services, client = state.services, state.client
    name = await name_of(services, token)
    if name is None:
        return
    async with services.database.write() as connection:
        there = await tokens.find(connection, **name)
        if there is None or there.client_id != client.id:
            return
        dead = await tokens.revoke(connection, services.now(), jti=there.jti, client_id=client.id)
        if dead is None:
            return
        await record(
            connection, services, "token.revoked", user_id=there.user_id, actor=f"client:{client.id}", visit=state.visit,
            client=client.id,
        )  # fmt: skip
    await announce(services, Ended(tokens=(dead,)))


async def _endpoint(services: Services, request: Request) -> Response:
    return await walk(services, request, "revoke", _revoke)


ROUTES: Final = (("/oauth/revoke", ("POST",), _endpoint),)
