"""A resource asks about tokens that are for it (RFC 7662); about all others it hears the same: not active."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final

from ostiary.errors import Denied, InvalidClient
from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.issuing import Remembered, proof, roles_of
from ostiary.identity.oauth.presenting import living
from ostiary.identity.oauth.replies import answered
from ostiary.identity.oauth.steps import walk
from ostiary.identity.services import Services
from ostiary.identity.storage.clients import Client
from ostiary.identity.storage.tokens import Issued, Living
from ostiary.identity.web import Request, Response
from ostiary.store.ports import Rate

__all__ = ["ROUTES"]

INACTIVE: Final = {"active": False}  # section 2.2: alone, whatever the reason
_RATE: Final = Rate(amount=1000, per=1.0, burst=2000)  # of one client: what many gateways ask, and no flood


async def _introspect(state: State) -> Response:
    client = state.client
    if client.public:  # an id that everybody knows proves nobody (section 2.1)
        raise InvalidClient("introspection is for clients that authenticate")
    token = state.want("token")
    await _pace(state.services, client)
    found = await living(state.services, token)
    if found is None or not _may_hear(state.services, client, found.token):
        return answered(INACTIVE)
    return answered(await _told(state.services, found))


async def _pace(services: Services, client: Client) -> None:
    taken = services.store.counters.take(f"introspect:{client.id}", _RATE)
    if isinstance(taken, Awaitable):
        taken = await taken
    if taken.wait > 0:
        raise Denied(429, "too many questions at once", {"retry-after": str(max(1, round(taken.wait)))})


def _may_hear(services: Services, client: Client, token: Issued) -> bool:
    """The token's own client, and resources whose it is; no other resource learns what it was never shown."""
    mine = client.audience or services.settings.audience[:1]
    return token.client_id == client.id or (client.introspects and token.audience in mine)


async def _told(services: Services, found: Living) -> dict[str, Any]:
    token = found.token
    said: dict[str, Any] = {
        "active": True,
        "iss": services.issuer,
        "sub": token.user_id or token.client_id,
        "aud": token.audience,
        "client_id": token.client_id,
        "scope": " ".join(token.scopes),
        "iat": int(token.created_at),
        "exp": int(token.expires_at),
        "jti": token.jti,
        "token_type": "DPoP" if token.jkt else "Bearer",
    }
    if token.jkt:
        said["cnf"] = {"jkt": token.jkt}
    if "roles" in token.scopes and token.user_id is not None:
        async with services.database.read() as connection:
            said["roles"] = await roles_of(services, connection, token.user_id)
    return said | proof(Remembered("", found.auth_time or 0.0, found.amr))


async def _endpoint(services: Services, request: Request) -> Response:
    return await walk(services, request, "introspect", _introspect)


ROUTES: Final = (("/oauth/introspect", ("POST",), _endpoint),)
