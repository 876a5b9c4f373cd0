"""A refresh token is good once; used again it ends its family, but for the client's own second try within seconds."""

from __future__ import annotations

import hmac
from typing import Any

from ostiary.errors import InvalidGrant, InvalidProof, InvalidScope, InvalidTarget
from ostiary.identity.events import record
from ostiary.identity.oauth.asking import State, words
from ostiary.identity.oauth.granting import tokens_of
from ostiary.identity.oauth.wishes import resources_of
from ostiary.identity.sessions import Ended, announce, end_family
from ostiary.identity.storage import grants
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.grants import Family, Refresh
from ostiary.parts.sealing import hashed
from ostiary.strict import dumps, loads

__all__ = ["refresh"]

_WRONG = "the refresh token is not good for this client, or not any more"


async def refresh(state: State) -> dict[str, Any]:
    """Tokens for a refresh token (RFC 6749 section 6), and another refresh token in its place for every client.

    All who show it at the same time are told the same: one of them is served, the others wait for that.

    :raises InvalidGrant: when it is not good; shown again after the grace, it takes the whole family along.
    """
    name, services = hashed(state.want("refresh_token").encode()), state.services

    async def spend(connection: AsyncConnection) -> tuple[dict[str, Any] | None, Ended]:
        family = await _mine(state, connection, name)
        scopes = _scopes(state, family)
        if await grants.use_refresh(connection, name, services.now()) is None:
            return await _again(state, connection, name)
        answer = await tokens_of(services, connection, state.client, family, scopes=scopes, jkt=state.jkt)
        await grants.keep_answer(connection, name, _sealed(state, name, answer))
        return answer, Ended()

    answer, ended = await services.database.change(spend, f"refresh:{name.hex()}")
    await announce(services, ended)
    if answer is None:
        raise InvalidGrant(_WRONG)
    return answer


async def _mine(state: State, connection: AsyncConnection, name: bytes) -> Family:
    """The token's family, if it is alive, this client's, and the client has shown the key that it is bound to.

    :raises InvalidGrant: when there is none.
    :raises InvalidProof: when the key is another (RFC 9449 section 5: a public client has nothing else to prove itself by).
    """
    found = await grants.find_refresh(connection, name)
    if found is None or found[1].client_id != state.client.id:
        raise InvalidGrant(_WRONG)
    family = found[1]
    if family.jkt is not None and (not state.jkt or (state.client.public and state.jkt != family.jkt)):
        raise InvalidProof("the refresh token is bound to a key: send a proof of it")
    if await grants.standing(connection, family.id, state.services.now()) is None:
        raise InvalidGrant(_WRONG)
    return family


def _scopes(state: State, family: Family) -> tuple[str, ...]:
    """The scopes asked for, which are some of those that were granted; all of them where none is asked for.

    What the client may not have any more is left out.

    :raises InvalidScope: for one that was not granted.
    :raises InvalidTarget: for a resource that was not granted, or is not the client's any more.
    """
    if family.audience not in {state.fields.get("resource", family.audience)} & set(resources_of(state)):
        raise InvalidTarget("the resource is not the one that was granted")
    granted = tuple(each for each in family.scopes if each in state.client.scopes)
    asked = words(state.fields.get("scope", "")) or granted
    if not asked or not set(granted).issuperset(asked):
        raise InvalidScope("a scope was not granted")
    return asked


async def _again(state: State, connection: AsyncConnection, name: bytes) -> tuple[dict[str, Any] | None, Ended]:
    """A token that is not good (any more): a second try within the grace, or somebody's who should not have it."""
    services, now = state.services, state.services.now()
    found = await grants.find_refresh(connection, name)  # anew: whoever was served meanwhile has written the answer
    if found is None or found[0].used_at is None:
        return None, Ended()
    token, family = found
    if now - (token.used_at or 0.0) <= float(services.settings.lifetimes.grace):
        return _same(state, token), Ended()
    if await grants.end_family(connection, family.id, now, "refresh token replayed") is None:
        return None, Ended()
    await record(
        connection, services, "refresh.replayed", user_id=family.user_id, actor=f"client:{state.client.id}",
        visit=state.visit, client=state.client.id, family=family.id,
    )  # fmt: skip
    return None, await end_family(services, connection, family.id, "refresh token replayed")


def _wishes(state: State) -> list[str]:
    return [state.jkt, *sorted(words(state.fields.get("scope", "")))]


def _place(name: bytes) -> str:
    return f"refresh_tokens.answer:{name.hex()}"


def _sealed(state: State, name: bytes, answer: dict[str, Any]) -> bytes:
    return state.services.ring.seal(dumps({"wishes": _wishes(state), "answer": answer}), _place(name))


def _same(state: State, token: Refresh) -> dict[str, Any] | None:
    """The first answer again, for the same key and the same wish; nothing for another."""
    if token.answer is None:
        return None
    kept: dict[str, Any] = loads(state.services.ring.open(token.answer, _place(token.hash)))
    if not hmac.compare_digest(dumps(kept["wishes"]), dumps(_wishes(state))):
        return None
    answer: dict[str, Any] = kept["answer"]
    return answer
