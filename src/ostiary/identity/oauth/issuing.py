"""Tokens say who, for whom and until when, and nothing personal; each access token is a row before it leaves."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.services import Services
from ostiary.identity.storage import tokens, users
from ostiary.identity.storage.clients import Client
from ostiary.identity.storage.database import AsyncConnection
from ostiary.parts.sealing import hashed

__all__ = [
    "ACCESS",
    "ACR",
    "ID",
    "OPAQUE",
    "Presence",
    "Remembered",
    "access_token",
    "acr_of",
    "id_token",
    "proof",
    "roles_of",
]

ACCESS: Final = "at+jwt"  # RFC 9068 section 2.1
ID: Final = "JWT"
OPAQUE: Final = "at_"  # how opaque tokens begin: scanners of leaked secrets find them, and the guard tells whom to ask
ACR: Final = ("aal1", "aal2")  # NIST SP 800-63B-4: one factor, two
_TWO: Final = frozenset({"mfa", "hwk", "swk"})  # RFC 8176 section 2: these are two factors by themselves
_HASHES: Final = {"ES256": hashlib.sha256, "EdDSA": hashlib.sha512}  # of Ed25519: the hash inside the signature


class Presence(Protocol):
    """How somebody was last proven present: a session, or what a family remembers of one."""

    @property
    def id(self) -> str:
        """The public id of the session; "" where there is none any more."""
        ...

    @property
    def authenticated_at(self) -> float:
        """Seconds since the epoch."""
        ...

    @property
    def factors(self) -> Sequence[str]:
        """RFC 8176 values."""
        ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a family remembers of the session that it began in."""

    id: str
    authenticated_at: float
    factors: tuple[str, ...]


def acr_of(presence: Presence) -> str:
    """How sure it is who was there."""
    factors = set(presence.factors)
    return ACR[1] if len(factors) > 1 or factors & _TWO else ACR[0]


def proof(presence: Presence | None) -> dict[str, Any]:
    """How and when somebody was proven present, as claims (RFC 9068 section 2.2.1)."""
    if presence is None or not presence.authenticated_at:
        return {}
    return {
        "auth_time": int(presence.authenticated_at),
        "acr": acr_of(presence),
        "amr": list(presence.factors),
    }


async def access_token(
    services: Services,
    connection: AsyncConnection,
    *,
    client: Client,
    user_id: str | None,
    family_id: str | None,
    scopes: Sequence[str],
    audience: str,
    jkt: str | None,
    session: Presence | None,
) -> tuple[str, int]:
    """Make an access token (RFC 9068 section 2.2, or opaque where the client wants it), and keep its row.

    :param connection: the transaction of what it is issued for.
    :param user_id: None: the client acts for itself, and is the subject (section 3).
    :param audience: the one resource that it is for.
    :param jkt: the thumbprint of the key that it is bound to (RFC 9449 section 6.1).
    :param session: how the person was proven present; None for a client that acts for itself.
    :returns: the token, and for how many seconds it lives.
    """
    now = services.now()
    seconds = int(services.settings.lifetimes.access)
    jti = new_id(services.entropy)
    if client.token_format == "opaque":  # noqa: S105 - a format, no token
        text = OPAQUE + new_secret(services.entropy)
        name = text
    else:
        claims: dict[str, Any] = {
            "sub": user_id or client.id,
            "aud": audience,
            "client_id": client.id,
            "iat": int(now),
            "exp": int(now) + seconds,
            "jti": jti,
            "scope": " ".join(scopes),
            **proof(session),
        }
        if "roles" in scopes and user_id is not None:
            claims["roles"] = await roles_of(services, connection, user_id)
        if jkt:
            claims["cnf"] = {"jkt": jkt}
        text = await services.signing.sign(claims, typ=ACCESS)
        name = text.rpartition(".")[0]  # another signature could be made of one (ECDSA: the negative of `s`)
    await tokens.add(
        connection,
        tokens.Issued(
            jti=jti, hash=hashed(name.encode()), family_id=family_id, client_id=client.id, user_id=user_id,
            scopes=tuple(scopes), audience=audience, jkt=jkt or None, created_at=now, expires_at=int(now) + seconds,
        ),
    )  # fmt: skip
    return text, seconds


async def roles_of(services: Services, connection: AsyncConnection, user_id: str) -> list[str]:
    """What an account is here, for APIs whose clients may tell: only by the scope of that name (RFC 9068 section 2.2.3.1)."""
    user = await users.by_id(connection, services.ring, user_id)
    return [] if user is None else [user.role]


async def id_token(
    services: Services,
    *,
    client: Client,
    user_id: str,
    session: Presence,
    nonce: str | None = None,
    access_token: str = "",
) -> str:
    """An ID token (OpenID Connect Core 1.0 section 2): for the client alone, and no access token, as its `typ` says.

    What it says of the person beyond their id is at the userinfo endpoint.

    :param session: `sid` is its id, by which the client asks to end it.
    :param nonce: what the authorization request said.
    :param access_token: what is issued beside it, for `at_hash` (section 3.1.3.6).
    """
    now = int(services.now())
    claims: dict[str, Any] = {
        "sub": user_id,
        "aud": client.id,
        "iat": now,
        "exp": now + int(services.settings.lifetimes.id_token),
        **proof(session),
    }
    if session.id:
        claims["sid"] = session.id
    if nonce:
        claims["nonce"] = nonce
    if access_token:
        digest = _HASHES[services.signing.algorithm()](access_token.encode()).digest()
        claims["at_hash"] = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")
    return await services.signing.sign(claims, typ=ID)
