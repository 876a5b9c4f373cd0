"""A client that can prove itself gets a token for itself: no person is in it, and nothing to refresh."""

from __future__ import annotations

from typing import Any, Final

from ostiary.errors import InvalidScope, UnauthorizedClient
from ostiary.identity.oauth.asking import State, words
from ostiary.identity.oauth.issuing import access_token
from ostiary.identity.oauth.wishes import resource_of, scopes_of

__all__ = ["for_itself"]

_OF_PEOPLE: Final = frozenset({"openid", "profile", "email", "phone", "roles", "offline_access"})


async def for_itself(state: State) -> dict[str, Any]:
    """A token whose subject is the client (RFC 6749 section 4.4, RFC 9068 section 5).

    :raises UnauthorizedClient: for a client without a secret.
    :raises InvalidScope: for scopes that only a person can give.
    """
    client = state.client
    if client.public:
        raise UnauthorizedClient("the grant is for clients that authenticate")
    asked = words(state.fields.get("scope", ""))
    if not _OF_PEOPLE.isdisjoint(asked):
        raise InvalidScope("a scope is one that only a person can give")
    scopes = tuple(each for each in scopes_of(client, " ".join(asked)) if each not in _OF_PEOPLE)
    if not scopes:
        raise InvalidScope("ask for a scope: the client has no default")
    async with state.services.database.write() as connection:
        text, seconds = await access_token(
            state.services, connection, client=client, user_id=None, family_id=None, scopes=scopes,
            audience=resource_of(state), jkt=state.jkt or None, session=None,
        )  # fmt: skip
    return {
        "access_token": text,
        "token_type": "DPoP" if state.jkt else "Bearer",
        "expires_in": seconds,
        "scope": " ".join(scopes),
    }
