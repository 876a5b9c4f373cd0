"""A token that somebody presents is looked up as what it is: signed by us or 256 bits of ours, and alive in its row."""

from __future__ import annotations

import re
from typing import Any, Final

from ostiary.identity.oauth.issuing import ACCESS, OPAQUE
from ostiary.identity.services import Services
from ostiary.identity.signing import Unbelieved
from ostiary.identity.storage import tokens
from ostiary.parts.sealing import hashed

__all__ = ["living", "name_of"]

# Without a dot: what is signed of a JWT has one, and is hashed in the same column.
_OPAQUE: Final = re.compile(re.escape(OPAQUE) + r"[A-Za-z0-9_-]{43}")


async def name_of(services: Services, text: str) -> dict[str, Any] | None:
    """Under what an access token is kept, for `tokens.find`; None for what cannot be one. Not inside a transaction.

    A JWT is believed for its signature, type and time alone; whom it is for is the caller's to judge.
    """
    if _OPAQUE.fullmatch(text) is not None:
        return {"hash": hashed(text.encode())}
    if text.count(".") != 2:  # noqa: PLR2004 - RFC 7515 section 7.1
        return None
    try:
        claims = await services.signing.verify(text, typ=ACCESS, audience=None)
    except Unbelieved:
        return None
    jti = claims.get("jti")
    return {"jti": jti} if isinstance(jti, str) and jti else None


async def living(services: Services, text: str) -> tokens.Living | None:
    """The access token that was presented, if it and all it rests on is alive.

    :raises StoreError: when that cannot be known.
    """
    name = await name_of(services, text)
    if name is None:
        return None
    async with services.database.read() as connection:
        return await tokens.living(connection, services.now(), **name)
