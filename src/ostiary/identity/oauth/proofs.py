"""Who shows a DPoP proof has the key in it: for this endpoint, now, and a single time (RFC 9449)."""

from __future__ import annotations

import hmac
from typing import Any, Final

from ostiary.errors import InvalidProof
from ostiary.identity.oauth.asking import State
from ostiary.identity.storage import once
from ostiary.parts.tokens.dpop import AHEAD, LONGEST, MOST_JTI, is_same_uri, key_of_proof
from ostiary.parts.tokens.jws import Malformed, Unusable, parse, read_object

__all__ = ["ALGORITHMS", "key_proven"]

ALGORITHMS: Final = ("ES256", "EdDSA", "Ed25519", "PS256", "RS256")
_PATHS: Final = {"token": "/oauth/token", "par": "/oauth/par", "device_authorization": "/oauth/device_authorization"}
_WINDOW: Final = 60.0  # seconds that a proof is good for after it was made


async def key_proven(state: State) -> None:
    """A proof that comes along is good; where the client's tokens must be bound to a key, one has come along."""
    sent = state.request.headers.getlist("dpop")
    if not sent:
        if state.client.dpop and state.endpoint == "token":
            raise InvalidProof("this client's tokens are bound to a key: send a proof")
        return
    if len(sent) > 1 or not sent[0].isascii():
        raise InvalidProof("a request has one proof")
    thumbprint, claims = _opened(sent[0])
    now = state.services.now()
    _judge(claims, state.request.method, state.services.issuer + _PATHS[state.endpoint], now)
    async with state.services.database.write() as connection:
        name = f"proof {thumbprint} {claims['jti']}"
        if not await once.first(connection, name, now + _WINDOW + 2 * AHEAD, now):
            raise InvalidProof("the proof has been used")
    asked = state.fields.get("dpop_jkt", thumbprint)
    if not hmac.compare_digest(asked.encode(), thumbprint.encode()):
        raise InvalidProof("the proof is of another key than dpop_jkt")
    state.jkt = thumbprint
    if state.endpoint == "par":
        state.fields["dpop_jkt"] = thumbprint  # RFC 9449 section 10.1


def _opened(sent: str) -> tuple[str, dict[str, Any]]:
    try:
        proof = parse(sent.encode(), longest=LONGEST, embedded=True)
        key = key_of_proof(proof, frozenset(ALGORITHMS))
        claims = read_object(proof.payload, "payload")
    except (Malformed, Unusable) as error:
        raise InvalidProof("the proof is not one") from error
    if not key.verify(proof.signed, proof.signature):
        raise InvalidProof("the proof is not signed by the key in it")
    return key.thumbprint, claims


def _judge(claims: dict[str, Any], method: str, here: str, now: float) -> None:
    """RFC 9449 section 4.3, steps 3 and 8 to 11."""
    jti, made, uri = claims.get("jti"), claims.get("iat"), claims.get("htu")
    if not isinstance(jti, str) or not 0 < len(jti) <= MOST_JTI:
        raise InvalidProof("the proof has no name of its own")
    if claims.get("htm") != method or not isinstance(uri, str) or not is_same_uri(uri, here):
        raise InvalidProof("the proof is for another request")
    if not isinstance(made, (int, float)) or isinstance(made, bool) or not -AHEAD <= now - made <= _WINDOW:
        raise InvalidProof("the proof is not from now")
