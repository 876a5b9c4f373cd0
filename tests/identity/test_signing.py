"""Keys take turns: one winner at the first start, the next is seen before it signs, the old until its tokens are dead."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from identity.house import House, house_in, settings_in
from ostiary.errors import ConfigError, StoreError
from ostiary.identity.keyfolder import open_ring
from ostiary.identity.signing import EVERY, LEAD, Signing, Unbelieved
from ostiary.identity.storage import keys
from ostiary.identity.storage.database import Database
from ostiary.parts.tokens.jws import key_of_jwk, parse

DAY = 86400.0


def claims(house: House, **changes: Any) -> dict[str, Any]:
    now = int(house.clock.now)
    return {"sub": "somebody", "aud": "https://api.example.test", "iat": now, "exp": now + 300} | changes


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def tampered(token: str, *, header: dict[str, Any] | None = None, payload: dict[str, Any] | None = None) -> str:
    """The same signature over another text."""
    first, second, third = token.split(".")
    if header is not None:
        there = json.loads(base64.urlsafe_b64decode(first + "=="))
        first = encoded(json.dumps(there | header).encode())
    if payload is not None:
        there = json.loads(base64.urlsafe_b64decode(second + "=="))
        second = encoded(json.dumps(there | payload).encode())
    return f"{first}.{second}.{third}"


def refused(house: House, token: str, **how: Any) -> str:
    given = {"typ": "at+jwt", "audience": "https://api.example.test"} | how
    with pytest.raises(Unbelieved) as caught:
        house.run(house.services.signing.verify(token, **given))
    return str(caught.value)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_what_was_signed_is_verified(make_house: Callable[..., House], algorithm: str) -> None:
    house = make_house(algorithm=algorithm)
    token = house.run(house.services.signing.sign(claims(house), typ="at+jwt"))
    found = house.run(house.services.signing.verify(token, typ="at+jwt", audience="https://api.example.test"))
    assert found == {"iss": house.services.issuer, **claims(house)}
    header = parse(token.encode(), longest=8192).header
    [key] = house.run(house.services.signing.jwks())["keys"]
    assert header == {"alg": algorithm, "kid": key["kid"], "typ": "at+jwt"}
    assert key["alg"] == algorithm
    assert key["use"] == "sig"
    public = key_of_jwk(key)
    assert public is not None
    assert public.thumbprint == key["kid"]


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_private_halves_are_never_published_and_lie_sealed(make_house: Callable[..., House], algorithm: str) -> None:
    house = make_house(algorithm=algorithm)
    [key] = house.run(house.services.signing.jwks())["keys"]
    assert set(key) <= {"kty", "crv", "x", "y", "use", "alg", "kid"}

    async def look() -> keys.Kept:
        async with house.services.database.read() as connection:
            [row] = await keys.kept(connection)
        return row

    row = house.run(look())
    assert '"d"' not in row.public
    assert b'"d"' not in row.private
    assert b'"d"' in house.services.ring.open(row.private, f"signing_keys.private:{row.kid}")


@pytest.mark.parametrize("typ", ["JWT", "jwt", "AT+JWT", "application/at+jwt", "", "dpop+jwt", "logout+jwt"])
def test_a_token_of_another_type_is_refused(house: House, typ: str) -> None:
    token = house.run(house.services.signing.sign(claims(house), typ=typ))
    assert refused(house, token) == "it is for something else"


def test_a_token_for_somebody_else_is_refused(house: House) -> None:
    sign = house.services.signing.sign
    for aud in ("https://other.example.test", ["https://other.example.test"], None, [], "https://api.example.test/"):
        token = house.run(sign(claims(house, aud=aud), typ="at+jwt"))
        assert refused(house, token) == "it is for somebody else"
    foreign = house.run(sign(claims(house, iss="https://else.example.test"), typ="at+jwt"))
    assert refused(house, foreign) == "it is for somebody else"


def test_a_token_lives_until_its_exp_and_no_second_longer(house: House) -> None:
    token = house.run(house.services.signing.sign(claims(house), typ="at+jwt"))
    house.clock.now = int(house.clock.now) + 299.9
    house.run(house.services.signing.verify(token, typ="at+jwt", audience="https://api.example.test"))
    house.clock.now += 0.1
    assert refused(house, token) == "it is not from now"
    late = house.run(house.services.signing.verify(token, typ="at+jwt", audience=None, late=True))
    assert late["sub"] == "somebody"


@pytest.mark.parametrize("wrong", [{"exp": None}, {"exp": "9999999999"}, {"exp": True}, {"iat": None}, {"iat": 1.9e9}])
def test_a_token_without_times_is_refused(house: House, wrong: dict[str, Any]) -> None:
    token = house.run(house.services.signing.sign(claims(house, **wrong), typ="at+jwt"))
    assert refused(house, token) == "it is not from now"


def test_no_token_chooses_its_algorithm_or_key(house: House) -> None:
    signing = house.services.signing
    token = house.run(signing.sign(claims(house), typ="at+jwt"))
    [key] = house.run(signing.jwks())["keys"]
    first, second, _ = token.split(".")
    for alg in ("none", "None", "nOnE", "", "HS256", "ES384", "EdDSA", "RS256", None, 7):
        assert refused(house, tampered(token, header={"alg": alg}))
    assert refused(house, f"{tampered(token, header={'alg': 'none'}).rpartition('.')[0]}.")
    for public in (json.dumps(key), key["x"], json.dumps({"keys": [key]})):  # the classic: the public key as a secret
        head = encoded(json.dumps({"alg": "HS256", "kid": key["kid"], "typ": "at+jwt"}).encode())
        mac = hmac.digest(public.encode(), f"{head}.{second}".encode(), hashlib.sha256)
        assert refused(house, f"{head}.{second}.{encoded(mac)}")
    for kid in ("", "another", "../../etc/passwd", "' OR 1=1 --", key["kid"][:-1], key["kid"] + " "):
        assert refused(house, tampered(token, header={"kid": kid}))
    for header in (
        {"jwk": key},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example"},
        {"crit": ["x"]},
    ):
        assert refused(house, tampered(token, header=header))
    assert refused(house, tampered(token, payload={"sub": "somebody-else"}))
    assert refused(house, f"{first}.{second}.{encoded(b'0' * 64)}")
    for broken in ("", "a", "a.b", "a.b.c", "a.b.c.d", token + "=", "é" + token, token * 30, token + "\n"):
        assert refused(house, broken)


def test_a_key_of_another_house_is_not_believed(house: House, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with house_in(tmp_path / "other") as other:
        token = other.run(other.services.signing.sign(claims(house), typ="at+jwt"))
    assert refused(house, token) == "it is not signed by a key of ours"


def another(house: House, tmp_path: Path, **changes: Any) -> Signing:
    """What another process has."""
    settings = settings_in(tmp_path, house.services.settings.database, **changes)
    ring = open_ring(tmp_path / "keys", house.services.entropy)
    return Signing(
        settings, issuer=house.services.issuer, database=Database(settings.database), ring=ring, now=house.clock
    )


def kids(house: House, signing: Signing | None = None) -> list[str]:
    published = house.run((signing or house.services.signing).jwks())["keys"]
    return [key["kid"] for key in published]


def signer(house: House, signing: Signing | None = None) -> str:
    token = house.run((signing or house.services.signing).sign(claims(house), typ="at+jwt"))
    kid = parse(token.encode(), longest=8192).header["kid"]
    assert isinstance(kid, str)
    return kid


def test_of_many_processes_that_start_together_one_makes_the_key(any_house: House, tmp_path: Path) -> None:
    house = any_house

    async def start() -> list[Signing]:
        async with house.services.database.write() as connection:
            await keys.retire(connection, "nothing", retired_at=0, gone_at=0)
            for row in await keys.kept(connection):
                await keys.retire(connection, row.kid, retired_at=0, gone_at=1)
            await keys.forget(connection, 2)
        made = [another(house, tmp_path) for _ in range(8)]
        await asyncio.gather(*(each.tend() for each in made))
        return made

    made = house.run(start())
    seen = {tuple(kids(house, each)) for each in made}
    assert len(seen) == 1
    assert len(seen.pop()) == 1
    house.run(asyncio.wait_for(asyncio.gather(*(each._database.close() for each in made)), 10))


def test_keys_rotate_with_overlap(house: House, tmp_path: Path) -> None:
    house.run(house.services.signing.stop())
    signing = house.services.signing
    follower = another(house, tmp_path)
    house.run(follower.tend())
    [first] = kids(house)
    house.clock.now += 88 * DAY
    house.run(signing.tend())
    assert kids(house) == [first]
    house.clock.now += 1 * DAY + 1
    house.run(signing.tend())
    second, old = kids(house)
    assert old == first
    assert signer(house) == first, "the next key is seen for a day before it signs"
    token = house.run(signing.sign(claims(house), typ="at+jwt"))
    house.clock.now += EVERY
    house.run(follower.tend())
    assert kids(house, follower) == [second, first], "another process agrees at its next look, and makes no third"
    house.clock.now += 1 * DAY - EVERY
    assert signer(house) == second, "at its time, without anybody being asked"
    assert signer(house, follower) == second
    assert kids(house) == [second, first], "what the old one signed is still alive"
    house.run(signing.verify(token, typ="at+jwt", audience=None, late=True))
    newer = house.run(signing.sign(claims(house), typ="at+jwt"))
    house.run(signing.verify(newer, typ="at+jwt", audience=None))
    house.run(follower.verify(newer, typ="at+jwt", audience=None))
    house.clock.now += 1 * DAY
    assert kids(house) == [second]
    assert refused(house, token, late=True) == "it is not signed by a key of ours"
    house.run(follower._database.close())


def test_a_long_sleep_ends_with_a_key_that_everybody_has_seen(house: House) -> None:
    house.run(house.services.signing.stop())
    [first] = kids(house)
    house.clock.now += 400 * DAY
    house.run(house.services.signing.tend())
    second = kids(house)[0]
    assert signer(house) == first, "readers have not seen the new one yet"
    house.clock.now += LEAD
    assert signer(house) == second


def test_an_operator_rotates_with_a_lead(house: House) -> None:
    [first] = kids(house)
    house.run(house.services.signing.rotate())
    assert kids(house)[1:] == [first]
    assert signer(house) == first
    house.clock.now += LEAD
    assert signer(house) == kids(house)[0] != first


def test_a_key_that_leaked_is_believed_no_more(house: House) -> None:
    token = house.run(house.services.signing.sign(claims(house), typ="at+jwt"))
    [first] = kids(house)
    house.run(house.services.signing.rotate(at_once=True))
    [second] = kids(house)
    assert second != first
    assert signer(house) == second
    assert refused(house, token) == "it is not signed by a key of ours"


def test_a_key_that_leaked_takes_along_the_one_that_would_have_followed(house: House) -> None:
    house.run(house.services.signing.rotate())
    assert len(kids(house)) == 2
    house.run(house.services.signing.rotate(at_once=True))
    [alone] = kids(house)
    for _ in range(3):
        house.clock.now += LEAD
        house.run(house.services.signing.tend())
        assert kids(house) == [alone], "it needs no other"
        assert signer(house) == alone


def test_a_token_of_a_process_that_rotated_first_is_verified_at_once(house: House, tmp_path: Path) -> None:
    other = another(house, tmp_path)
    house.run(other.rotate(at_once=True))
    token = house.run(other.sign(claims(house), typ="at+jwt"))
    house.clock.now += 10
    house.run(house.services.signing.verify(token, typ="at+jwt", audience=None))
    house.run(other._database.close())


def test_a_key_that_nobody_has_is_not_looked_for_by_each_who_asks(house: House) -> None:
    token = house.run(house.services.signing.sign(claims(house), typ="at+jwt"))
    asked = [tampered(token, header={"kid": f"k{number}"}) for number in range(20)]
    looks: list[float] = []

    async def look() -> None:
        looks.append(house.clock.now)

    house.services.signing.tend = look  # type: ignore[method-assign]
    house.clock.now += 10
    for each in asked:
        assert refused(house, each) == "it is not signed by a key of ours"
    assert len(looks) == 1
    house.clock.now += 10
    refused(house, asked[0])
    assert len(looks) == 2


def test_another_algorithm_takes_over_after_its_lead(house: House, tmp_path: Path) -> None:
    [first] = kids(house)
    other = another(house, tmp_path, algorithm="EdDSA")
    house.run(other.tend())
    assert other.algorithms() == ("EdDSA", "ES256")
    assert signer(house, other) == first
    house.clock.now += LEAD
    assert signer(house, other) != first
    token = house.run(other.sign(claims(house), typ="at+jwt"))
    assert parse(token.encode(), longest=8192).header["alg"] == "EdDSA"
    house.run(other._database.close())


def test_without_a_key_nothing_is_signed(house: House, tmp_path: Path) -> None:
    idle = another(house, tmp_path)
    with pytest.raises(StoreError):
        house.run(idle.sign(claims(house), typ="at+jwt"))
    house.run(idle._database.close())


def test_a_database_with_another_key_ring_says_so(house: House, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    settings = settings_in(tmp_path / "other", house.services.settings.database)
    ring = open_ring(tmp_path / "other" / "keys", house.services.entropy)
    database = Database(settings.database)
    other = Signing(settings, issuer=house.services.issuer, database=database, ring=ring, now=house.clock)
    with pytest.raises(ConfigError, match="cannot be read"):
        house.run(other.tend())
    house.run(database.close())
