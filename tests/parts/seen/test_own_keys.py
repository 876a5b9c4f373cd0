"""What the auditor signs with keys of his own, PyJWT verifies with them, and with no other."""

from __future__ import annotations

import jwt
import pytest

from ostiary.parts.seen import own_keys, tokens

CLAIMS = {"sub": "alice", "exp": 4_000_000_000}


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "RS384", "RS512"])
def test_a_signature_is_what_the_public_half_verifies(algorithm: str) -> None:
    text = tokens.ours({"alg": algorithm, "typ": "JWT"}, CLAIMS)
    key = jwt.PyJWK(own_keys.public(algorithm)).key
    assert jwt.decode(text, key, algorithms=[algorithm]) == CLAIMS
    other = jwt.PyJWK(own_keys.public("RS256" if algorithm == "ES256" else "ES256")).key
    with pytest.raises(jwt.PyJWTError):
        jwt.decode(text, other, algorithms=["RS256" if algorithm == "ES256" else "ES256"])


def test_it_is_the_same_each_time() -> None:
    assert tokens.ours({"alg": "ES256"}, CLAIMS) == tokens.ours({"alg": "ES256"}, CLAIMS)


@pytest.mark.parametrize(
    ("given", "ours"), [("ES256", "ES256"), ("RS512", "RS512"), ("HS256", "RS256"), ("EdDSA", "RS256")]
)
def test_the_family_of_the_token_is_kept_where_there_is_a_key_for_it(given: str, ours: str) -> None:
    assert own_keys.algorithm_for(given) == ours
