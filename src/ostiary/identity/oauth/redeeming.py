"""A code is shown once: by its client, with its address and verifier, while the session it came from is alive."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Any, Final

from ostiary.errors import InvalidGrant, InvalidProof, InvalidTarget, OAuthError
from ostiary.identity.events import record
from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.granting import tokens_of
from ostiary.identity.sessions import Ended, announce, end_family
from ostiary.identity.storage import grants
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.grants import Code, Family
from ostiary.parts.sealing import hashed

__all__ = ["redeem"]

_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 section 4.1
_Outcome = tuple[dict[str, Any] | OAuthError, Ended]
_WRONG: Final = "the code is not good for this client, address and verifier, or not any more"


async def redeem(state: State) -> dict[str, Any]:
    """Tokens for a code (RFC 6749 section 4.1.3).

    Shown by its client, a code is spent whether or not the rest fits: nobody gets a second try at a verifier.

    :raises InvalidGrant: when it is not good; which of all it was is not said.
    """
    name, verifier = hashed(state.want("code").encode()), state.want("code_verifier")
    sent = state.want("redirect_uri")
    services = state.services

    async def spend(connection: AsyncConnection) -> _Outcome:
        code = await grants.use_code(connection, name, state.client.id, services.now())
        if code is None:
            return InvalidGrant(_WRONG), await _replayed(state, connection, name, fits=(verifier, sent))
        found = await _judged(state, connection, code, fits=(verifier, sent))
        return (await _issued(state, connection, found) if isinstance(found, Family) else found), Ended()

    # Nothing is raised inside: that the code is spent has to last.
    outcome, ended = await services.database.change(spend, f"code:{name.hex()}")
    await announce(services, ended)
    if isinstance(outcome, OAuthError):
        raise outcome
    return outcome


def _fits(code: Code, verifier: str, redirect_uri: str) -> bool:
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()).rstrip(b"=")
    proven = hmac.compare_digest(made, code.challenge.encode()) and _VERIFIER.fullmatch(verifier) is not None
    return proven and redirect_uri == code.redirect_uri


async def _judged(
    state: State, connection: AsyncConnection, code: Code, *, fits: tuple[str, str]
) -> Family | OAuthError:
    """The family that the code began, if all that binds it holds."""
    family = await grants.standing(connection, code.family_id, state.services.now(), beyond_session=False)
    if not _fits(code, *fits) or family is None:
        return InvalidGrant(_WRONG)
    if family.jkt is not None and family.jkt != state.jkt:
        return InvalidProof("the code is bound to another key")
    if state.fields.get("resource", family.audience) != family.audience:
        return InvalidTarget("the code was asked for with another resource")
    return family


async def _issued(state: State, connection: AsyncConnection, family: Family) -> dict[str, Any]:
    if state.jkt and family.jkt is None:
        await grants.bind(connection, family.id, state.jkt)
    return await tokens_of(
        state.services, connection, state.client, family, scopes=family.scopes, jkt=state.jkt, nonce=family.nonce
    )


async def _replayed(state: State, connection: AsyncConnection, name: bytes, *, fits: tuple[str, str]) -> Ended:
    """A code that comes again takes all back that its first use got (RFC 6749 section 4.1.2, RFC 9700 section 4.5).

    Whoever takes that away must have shown to be its client: by authentication, or where a public client has none, by
    the verifier. A code is in histories and logs; with its like alone, strangers would sign people out.
    """
    code = await grants.find_code(connection, name, state.client.id)
    if code is None or code.used_at is None or (state.client.public and not _fits(code, *fits)):
        return Ended()
    services = state.services
    family = await grants.end_family(connection, code.family_id, services.now(), "code replayed")
    if family is None:
        return Ended()
    await record(
        connection, services, "code.replayed", user_id=family.user_id, actor=f"client:{state.client.id}",
        visit=state.visit, client=state.client.id, family=family.id,
    )  # fmt: skip
    return await end_family(services, connection, family.id, "code replayed")
