"""A client proves itself by exactly one method, the one it is registered with; what was wrong is not said."""

from __future__ import annotations

import base64
import hmac
import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from ostiary.errors import InvalidClient, InvalidRequest, UnprovenClient
from ostiary.identity.oauth import assertions
from ostiary.identity.oauth.asking import State
from ostiary.identity.storage import clients
from ostiary.identity.storage.clients import Client
from ostiary.parts.sealing import hashed

__all__ = ["client_named", "client_proven"]

_WRONG: Final = "client authentication failed"
_BASIC: Final = re.compile(r"(?i:basic) +([A-Za-z0-9+/]{1,4096}={0,2})")
_NAME: Final = re.compile(r"[\x21-\x7e]{1,200}")
_NO_HASH: Final = hashed(b"no secret has this hash")


class _Shown(NamedTuple):
    """How a client says who it is; nothing of it is believed yet."""

    method: str
    client_id: str
    proof: str = ""


async def client_named(state: State) -> None:
    """The client exists; who it is, it will have to prove when it comes for its tokens."""
    name = state.fields.get("client_id", "")
    client = None
    if _NAME.fullmatch(name):
        async with state.services.database.read() as connection:
            client = await clients.by_id(connection, name)
    if client is None:
        raise UnprovenClient("there is no such client")
    state.known = client


async def client_proven(state: State) -> None:
    """The client is who it says (RFC 6749 section 2.3), or is public and registered as such."""
    shown = _shown(state)
    if shown.method == "none":
        client = await _found(state, shown)
        good = client is not None and client.public
    else:
        async with state.services.gate.guess(state.visit, "client", shown.client_id) as guess:
            client = await _found(state, shown)
            good = await _is_good(state, client, shown)
            if not good:
                raise InvalidClient(_WRONG)
            guess.good()
    if client is None or not good:
        raise InvalidClient(_WRONG)
    state.known = client


async def _found(state: State, shown: _Shown) -> Client | None:
    async with state.services.database.read() as connection:
        return await clients.by_id(connection, shown.client_id if _NAME.fullmatch(shown.client_id) else "")


async def _is_good(state: State, client: Client | None, shown: _Shown) -> bool:
    """The same work for clients that do not exist, and for those of another method."""
    fits = client is not None and client.method == shown.method
    if shown.method == "private_key_jwt":
        return await assertions.is_good(state.services, client if fits else None, shown.proof)
    kept = client.secret_hash if client is not None and fits else None
    same = hmac.compare_digest(hashed(shown.proof.encode("utf-8", "surrogatepass")), kept or _NO_HASH)
    return same and kept is not None


def _shown(state: State) -> _Shown:
    """The one method that was used.

    :raises InvalidRequest: for several (RFC 6749 section 2.3), or two names.
    :raises InvalidClient: for none, and for one that cannot be read.
    """
    fields = state.fields
    given = state.request.headers.getlist("authorization")
    ways = [_basic(each) for each in given]
    if "client_secret" in fields:
        ways.append(_Shown("client_secret_post", fields.get("client_id", ""), fields["client_secret"]))
    if "client_assertion" in fields or "client_assertion_type" in fields:
        ways.append(_asserted(fields.get("client_assertion", ""), fields.get("client_assertion_type", "")))
    if len(ways) > 1:
        raise InvalidRequest("the client authenticates in more than one way")
    shown = ways[0] if ways else _Shown("none", fields.get("client_id", ""))
    if not shown.client_id:
        raise InvalidClient(_WRONG)
    if fields.get("client_id", shown.client_id) != shown.client_id:
        raise InvalidRequest("the client has two names")
    return shown


def _basic(header: str) -> _Shown:
    """Name and secret, each form-encoded before they were put together (RFC 6749 section 2.3.1)."""
    match = _BASIC.fullmatch(header.strip(" \t"))
    try:
        plain = base64.b64decode(match[1] if match else "", validate=True)
        name, colon, secret = plain.partition(b":")
        if not colon:
            raise InvalidClient(_WRONG)
        return _Shown("client_secret_basic", _decoded(name), _decoded(secret))
    except ValueError as error:
        raise InvalidClient(_WRONG) from error


def _decoded(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8")


def _asserted(assertion: str, kind: str) -> _Shown:
    if kind != assertions.KIND or not assertion:
        raise InvalidClient(_WRONG)
    return _Shown("private_key_jwt", assertions.named_in(assertion), assertion)
