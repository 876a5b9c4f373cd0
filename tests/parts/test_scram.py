"""The example of RFC 7677 section 3, and servers that ask for too much."""

from __future__ import annotations

import pytest

from ostiary.parts.scram import Scram

NONCE = "rOprNGfwEbeRWgbNEkqO"
CHALLENGE = f"r={NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"


def test_the_example_of_the_rfc() -> None:
    scram = Scram("user", "pencil", NONCE)
    assert scram.first() == f"n,,n=user,r={NONCE}"
    final = scram.final(CHALLENGE)
    assert final.endswith(",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    assert scram.knows("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    assert not scram.knows("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=")


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        f"r={NONCE}x,s=***,i=1",
        f"r={NONCE}x,s=QQ==,i=999999999",
        f"r={NONCE}x,s=QQ==,i=-1",
    ],
)
def test_what_is_no_challenge_is_refused(challenge: str) -> None:
    with pytest.raises(ValueError, match="no challenge"):
        Scram("user", "pencil", NONCE).final(challenge)
