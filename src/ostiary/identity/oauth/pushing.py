"""A client hands its request in itself (RFC 9126); the browser then carries a name for it that is good once."""

from __future__ import annotations

from typing import Final

from ostiary.errors import InvalidRequest, InvalidRequestUri
from ostiary.identity.ids import new_secret
from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.replies import answered
from ostiary.identity.oauth.waiting import kept_json, opened_json
from ostiary.identity.services import Services
from ostiary.identity.storage import grants
from ostiary.identity.storage.grants import Kept
from ostiary.identity.web import Request, Response
from ostiary.parts.sealing import hashed

__all__ = ["ROUTES", "pushed_parameters"]

PREFIX: Final = "urn:ietf:params:oauth:request_uri:"
PUSHED: Final = "pushed"
_SECRETS: Final = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


async def pushed_parameters(state: State) -> None:
    """What was pushed takes the place of all that the browser brought; who must push, has."""
    if state.waiting:  # kept by us after this row had passed
        if state.client.pushed_only and not state.pushed:
            raise InvalidRequest("this client pushes its requests")
        return
    uri = state.fields.get("request_uri", "")
    if not uri:
        if state.client.pushed_only:
            raise InvalidRequest("this client pushes its requests")
        return
    if not uri.startswith(PREFIX):
        raise InvalidRequestUri("the request_uri is none of this server")
    services, name = state.services, hashed(uri.removeprefix(PREFIX).encode())
    async with services.database.write() as connection:
        kept = await grants.use_request(connection, name, PUSHED, state.client.id, services.now())
    if kept is None:
        raise InvalidRequestUri("the request_uri was used, lapsed, or is none of this client")
    state.fields = {str(key): str(value) for key, value in opened_json(services, kept).items()}
    state.pushed = True


async def push(services: Services, request: Request) -> Response:
    """``POST /oauth/par``: all that would be checked at the authorization endpoint is checked here."""
    from ostiary.identity.oauth.steps import walk  # noqa: PLC0415 - the table names this module's row

    return await walk(services, request, "par", _kept)


async def _kept(state: State) -> Response:
    services, now = state.services, state.services.now()
    secret = new_secret(services.entropy)
    name = hashed(secret.encode())
    lives = float(services.settings.lifetimes.pushed)
    fields = {key: value for key, value in state.fields.items() if key not in _SECRETS} | {"client_id": state.client.id}
    kept = Kept(name, state.client.id, kept_json(services, name, fields), PUSHED, now, now + lives)
    async with services.database.write() as connection:
        await grants.keep_request(connection, kept)
    return answered({"request_uri": PREFIX + secret, "expires_in": int(lives)}, 201)


ROUTES: Final = (("/oauth/par", ("POST",), push),)
