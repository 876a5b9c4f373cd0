"""What a grant gives: an access token, a refresh token where the client has that grant, an ID token where one was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ostiary.identity.ids import new_secret
from ostiary.identity.oauth.issuing import Remembered, access_token, id_token
from ostiary.identity.services import Services
from ostiary.identity.storage import grants
from ostiary.identity.storage.clients import Client
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.grants import Family, Refresh
from ostiary.parts.sealing import hashed

__all__ = ["tokens_of"]


async def tokens_of(
    services: Services,
    connection: AsyncConnection,
    client: Client,
    family: Family,
    *,
    scopes: Sequence[str],
    jkt: str,
    nonce: str | None = None,
) -> dict[str, Any]:
    """Issue what a family's client is due, in the transaction that spends what it is due for (RFC 6749 section 5.1).

    :param scopes: of the access token: those of the family, or fewer.
    :param jkt: thumbprint of the key that the access token is bound to; "" where none is.
    :param nonce: of the authorization request, for its first ID token.
    """
    presence = Remembered(family.session_id or "", family.auth_time or 0.0, tuple(family.amr.split()))
    text, seconds = await access_token(
        services, connection, client=client, user_id=family.user_id, family_id=family.id, scopes=scopes,
        audience=family.audience, jkt=jkt or None, session=presence,
    )  # fmt: skip
    answer: dict[str, Any] = {
        "access_token": text,
        "token_type": "DPoP" if jkt else "Bearer",
        "expires_in": seconds,
        "scope": " ".join(scopes),
    }
    if "refresh_token" in client.grants and family.user_id is not None:
        answer["refresh_token"] = await _refresh_token(services, connection, family)
    if "openid" in scopes and family.user_id is not None:
        answer["id_token"] = await id_token(
            services, client=client, user_id=family.user_id, session=presence, nonce=nonce, access_token=text
        )
    return answer


async def _refresh_token(services: Services, connection: AsyncConnection, family: Family) -> str:
    """A token that idles out, and never outlives its family."""
    secret, now = new_secret(services.entropy), services.now()
    ends = min(now + float(services.settings.lifetimes.refresh_idle), family.expires_at)
    await grants.add_refresh(connection, Refresh(hashed(secret.encode()), family.id, now, ends))
    return secret
