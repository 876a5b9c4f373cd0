"""Attack tokens through a whole guard: each is refused with 401 in no time, and the honest ones beside them pass."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchanges import exchange, head, through, tiny
from minting import AUDIENCE, ISSUER, In, b64, by_hand, claims, issuer, jwk, key, mint, pem
from ostiary.config import Config
from ostiary.guard.app import Guard
from ostiary.parts.issuers import Issuer
from ostiary.strict import Secret

CONTROLS = (
    "jwt.algorithm-pinned", "jwt.strong-secret", "jwt.verify-before-use", "beyond.jwt-claims-validated", "jwt.access-ttl-short",
)  # fmt: skip
OTHER = "https://other.test"
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "es256-0"}
MOST = 0.005  # seconds


@cache
def guard() -> Guard:
    folder = Path(__import__("tempfile").mkdtemp())
    issuers = {
        "main": issuer(folder, "ES256", "RS256", "EdDSA"),
        "other": Issuer(issuer=OTHER, audience=(AUDIENCE,), key=Secret(pem(key("ES256", 7)))),
        "own": Issuer(issuer="https://own.test", audience=(AUDIENCE,), key=Secret(key("HS256"))),
    }
    return Guard(tiny(), Config(issuers=issuers, only=CONTROLS))


def signed(header: dict[str, Any] | str, payload: Any = None, algorithm: str = "ES256", private: Any = None) -> str:
    """A rightly signed token whose header is one that no honest issuer writes."""
    text = header if isinstance(header, str) else json.dumps({**HEADER, **header})
    body = json.dumps(claims()) if payload is None else payload
    return by_hand(text, body, key(algorithm) if private is None else private, algorithm)


def unsigned(alg: Any) -> str:
    return f"{b64(json.dumps({**HEADER, 'alg': alg}))}.{b64(json.dumps(claims()))}."


def changed(token: str, part: int, change: Callable[[str], str]) -> str:
    parts = token.split(".")
    parts[part] = change(parts[part])
    return ".".join(parts)


def with_secret(secret: bytes, **header: Any) -> str:
    """HS256 with something that everybody knows."""
    text = json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": "rs256-0", **header})
    made = jwt.get_algorithm_by_name("HS256")
    start = f"{b64(text)}.{b64(json.dumps(claims()))}"
    return f"{start}.{b64(made.sign(start.encode(), secret))}"


def another_spelling(part: str) -> str:
    """The same bytes in base64url, with unused bits of the last character set."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + letters[letters.index(part[-1]) | 1] if len(part) % 4 else part + "="


def in_der(token: str) -> str:
    start, _, _ = token.rpartition(".")
    return f"{start}.{b64(key('ES256').sign(start.encode(), ec.ECDSA(__import__('cryptography.hazmat.primitives.hashes', fromlist=['SHA256']).SHA256())))}"


def twice(name: str, first: str, second: str) -> str:
    """Claims that name a member twice."""
    return json.dumps(claims(**{name: None}))[:-1] + f", {json.dumps(name)}: {first}, {json.dumps(name)}: {second}}}"


PUBLIC_PEM = pem(key("RS256")).encode()
PUBLIC_DER = key("RS256").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

# what it is -> the token
FORGERIES: dict[str, Callable[[], str]] = {
    # no algorithm, or one of the attacker's choice
    "none": lambda: unsigned("none"),
    "None": lambda: unsigned("None"),
    "nOnE": lambda: unsigned("nOnE"),
    "an empty algorithm": lambda: unsigned(""),
    "a null algorithm": lambda: unsigned(None),
    "a list of algorithms": lambda: unsigned(["ES256"]),
    "none, with the signature left in": lambda: changed(mint(), 0, lambda _: b64('{"alg":"none","typ":"at+jwt"}')),
    "no algorithm": lambda: signed(json.dumps({"typ": "at+jwt", "kid": "es256-0"})),
    "an unknown algorithm": lambda: signed({"alg": "XS256"}),
    "the algorithm in lower case": lambda: signed({"alg": "es256"}),
    "HS256 with the public key in PEM": lambda: with_secret(PUBLIC_PEM),
    "HS256 with the public key in PEM, without its last line end": lambda: with_secret(PUBLIC_PEM.strip()),
    "HS256 with the public key in DER": lambda: with_secret(PUBLIC_DER),
    "HS256 with the public JWK": lambda: with_secret(json.dumps(jwk("RS256")).encode()),
    "HS256 with an empty secret": lambda: with_secret(b""),
    "HS256 with the public key, and no key named": lambda: with_secret(PUBLIC_PEM, kid=""),
    "RS512 with a key for RS256": lambda: signed({"alg": "RS512", "kid": "rs256-0"}, algorithm="RS512"),
    "PS256 with a key for RS256": lambda: signed({"alg": "PS256", "kid": "rs256-0"}, algorithm="PS256"),
    "Ed25519 with a key for EdDSA": lambda: signed({"alg": "Ed25519", "kid": "eddsa-0"}, algorithm="EdDSA"),
    "ES256 said, RS256 done": lambda: signed({"kid": "rs256-0"}, algorithm="RS256"),
    # keys of the attacker's choice
    "a key in the header": lambda: signed({"jwk": jwk("ES256", 3)}, private=key("ES256", 3)),
    "a key in the header, of the right kid": lambda: signed({"jwk": jwk("ES256", 3, kid="es256-0")}, private=key("ES256", 3)),
    "our own key in the header": lambda: signed({"jwk": jwk("ES256")}),
    "a jku": lambda: signed({"jku": "https://evil.test/jwks.json"}, private=key("ES256", 3)),
    "a jku, of our own key": lambda: signed({"jku": f"{ISSUER}/jwks.json"}),
    "an x5u": lambda: signed({"x5u": "https://evil.test/chain.pem"}),
    "an x5c": lambda: signed({"x5c": ["MIIB"]}),
    "a kid that is a path": lambda: with_secret(b"", kid="../../../../dev/null"),
    "a kid that is SQL": lambda: with_secret(b"x", kid="x' UNION SELECT 'x'--"),
    "a kid that is a command": lambda: signed({"kid": "|id"}),
    "a kid with a NUL": lambda: signed({"kid": "es256-0\0"}),
    "a kid that is a number": lambda: signed({"kid": 0}),
    "a kid that is null": lambda: signed({"kid": None}),
    "a very long kid": lambda: signed({"kid": "k" * 2000}),
    "an unknown kid": lambda: signed({"kid": "es256-9"}),
    "the kid of another key": lambda: signed({"kid": "eddsa-0"}),
    "a stranger's key": lambda: mint("ES256", 3, {"kid": "es256-0"}),
    "a stranger's key, unnamed": lambda: mint("ES256", 3, {"kid": None}),
    "another issuer's key": lambda: mint("ES256", 7, {"kid": "es256-0"}),
    "another issuer's name": lambda: mint(iss=OTHER),
    # extensions
    "an unknown critical extension": lambda: signed({"crit": ["exp2"], "exp2": 1}),
    "an empty list of critical extensions": lambda: signed({"crit": []}),
    "an unencoded payload": lambda: signed({"b64": False, "crit": ["b64"]}),
    "compressed": lambda: signed({"zip": "DEF"}),
    # signatures
    "no signature": lambda: changed(mint(), 2, lambda _: ""),
    "no signature, nor its dot": lambda: mint().rpartition(".")[0],
    "a changed signature": lambda: changed(mint(), 2, lambda each: ("A" if each[0] != "A" else "B") + each[1:]),
    "half a signature": lambda: changed(mint(), 2, lambda each: each[: len(each) // 2]),
    "a signature of zeros": lambda: changed(mint(), 2, lambda _: b64(bytes(64))),
    "a signature of the group's order": lambda: changed(
        mint(), 2, lambda _: b64(bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551") * 2)
    ),
    "a signature in DER": lambda: in_der(mint()),
    "an RSA signature of the wrong length": lambda: changed(mint("RS256"), 2, lambda each: b64(bytes(255))),
    "changed claims": lambda: changed(mint(), 1, lambda _: b64(json.dumps(claims(sub="admin")))),
    "a changed header": lambda: changed(mint(), 0, lambda _: b64(json.dumps({**HEADER, "x": 1}))),
    "claims of another token": lambda: changed(mint(), 1, lambda _: mint(sub="admin").split(".")[1]),
    # spellings
    "padding": lambda: changed(mint(), 2, lambda each: each + "=="),
    "padding in the claims": lambda: changed(mint(), 1, lambda each: each + "="),
    "unused bits in the signature": lambda: changed(mint(), 2, another_spelling),
    "a character of plain base64": lambda: changed(mint(), 2, lambda each: "+" + each[1:]),
    "a slash in the claims": lambda: changed(mint(), 1, lambda each: each[:4] + "/" + each[5:]),
    "a blank": lambda: changed(mint(), 1, lambda each: each[:8] + " " + each[8:]),
    "five parts": lambda: f"{b64(json.dumps({'alg': 'RSA-OAEP', 'enc': 'A256GCM'}))}.AAAA.AAAA.AAAA.AAAA",
    "five parts, signed in front": lambda: mint() + ".AAAA.AAAA",
    "four parts": lambda: mint() + ".",
    "no parts": lambda: "opaque-token",
    "JSON serialization": lambda: json.dumps(dict(zip(("protected", "payload", "signature"), mint().split("."), strict=True))),
    "a token in a token": lambda: signed({"cty": "JWT"}, mint()),
    "only dots": lambda: "..",
    # JSON
    "two algorithms": lambda: signed('{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"es256-0"}'),
    "two algorithms, the other way round": lambda: signed('{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"es256-0"}'),
    "two subjects": lambda: signed({}, twice("sub", '"user-1"', '"admin"')),
    "two subjects, one of them escaped": lambda: signed({}, twice("sub", '"user-1"', '"admin"').replace('"sub"', '"s\\u0075b"', 1)),
    "two audiences below": lambda: signed({}, json.dumps(claims(act={}))[:-2] + '"sub":"a","sub":"b"}}'),
    "claims that are a list": lambda: signed({}, json.dumps([claims()])),
    "claims that are a text": lambda: signed({}, json.dumps(json.dumps(claims()))),
    "claims that are no JSON": lambda: signed({}, "sub=admin"),
    "claims that are empty": lambda: signed({}, ""),
    "claims that are not UTF-8": lambda: signed({}, json.dumps(claims(sub="@")).encode().replace(b"@", b"\xff")),
    "claims with half a surrogate": lambda: signed({}, json.dumps(claims(sub="\ud800"))),
    "claims with NaN": lambda: signed({}, json.dumps(claims(exp=float("nan")))),
    "claims that are very deep": lambda: signed({}, '{"a":' + "[" * 2000 + "]" * 2000 + "}"),
    "a header that is a list": lambda: signed('["ES256"]'),
    "bytes behind the claims": lambda: signed({}, json.dumps(claims()) + "{}"),
    # claims
    "no issuer": lambda: mint(iss=None),
    "an unknown issuer": lambda: mint(iss="https://evil.test"),
    "nearly our issuer": lambda: mint(iss=ISSUER + "/"),
    "issuers in a list": lambda: signed({}, json.dumps(claims(iss=[ISSUER]))),
    "no audience": lambda: mint(aud=None),
    "another audience": lambda: mint(aud="https://elsewhere.test"),
    "an audience that begins with ours": lambda: mint(aud=AUDIENCE + ".evil.test"),
    "an audience that is an object": lambda: mint(aud={AUDIENCE: True}),
    "an empty list of audiences": lambda: mint(aud=[]),
    "expired": lambda: mint(exp=In(-120), iat=In(-500)),
    "no expiry": lambda: mint(exp=None),
    "an expiry that is a text": lambda: mint(exp="2000000000"),
    "an expiry that is true": lambda: mint(exp=True),
    "an expiry of null": lambda: signed({}, json.dumps({**claims(), "exp": None})),
    "a negative expiry": lambda: mint(exp=-1),
    "an expiry beyond all numbers": lambda: signed({}, json.dumps(claims(exp="@")).replace('"@"', "1e999")),
    "an expiry of a thousand digits": lambda: signed({}, json.dumps(claims(exp="@")).replace('"@"', "9" * 1000)),
    "a life of a day": lambda: mint(exp=In(86400)),
    "a life of a day, its beginning hidden": lambda: mint(exp=In(86400), iat=In(85000)),
    "not valid yet": lambda: mint(nbf=In(300)),
    "issued in the future": lambda: mint(iat=In(300)),
    "no time of issue": lambda: mint(iat=None),
    "no subject": lambda: mint(sub=None),
    "an empty subject": lambda: mint(sub=""),
    "a subject that is a number": lambda: signed({}, json.dumps(claims(sub=1))),
    "a subject that is a list": lambda: signed({}, json.dumps(claims(sub=["user-1"]))),
    # other tokens of the same issuer
    "no type": lambda: signed(json.dumps({"alg": "ES256", "kid": "es256-0"})),
    "a logout token": lambda: mint(header={"typ": "logout+jwt"}),
    "a DPoP proof": lambda: mint(header={"typ": "dpop+jwt"}),
    "an ID token, by its nonce": lambda: mint(header={"typ": "JWT"}, nonce="n-0S6_WzA2Mj"),
    "an ID token, by its at_hash": lambda: mint(header={"typ": "JWT"}, at_hash="MTIzNDU2Nzg5MDEyMzQ1Ng"),
    "an ID token, by its audience": lambda: mint(
        header={"typ": "JWT"}, aud=AUDIENCE, azp=AUDIENCE, client_id=None, scope=None
    ),
    "an ID token of Keycloak": lambda: mint(header={"typ": "JWT"}, typ="ID"),
    "a refresh token of Keycloak": lambda: mint(header={"typ": "JWT"}, typ="Refresh"),
    "a refresh token of a Django library": lambda: mint(header={"typ": "JWT"}, token_type="refresh"),
    "an ID token of Cognito": lambda: mint(header={"typ": "JWT"}, token_use="id"),
    "bound to what we cannot check": lambda: mint(cnf="a-text"),
}  # fmt: skip

# what it is -> the values of the header fields named Authorization
FIELDS: dict[str, Callable[[], list[str]]] = {
    "two honest tokens": lambda: [f"Bearer {mint()}", f"Bearer {mint()}"],
    "the same token twice": lambda: [f"Bearer {mint()}"] * 2,
    "a token behind a Basic credential": lambda: ["Basic dTpw", f"Bearer {mint()}"],
    "two tokens in one field": lambda: [f"Bearer {mint()}, Bearer {mint()}"],
    "a token and a comma": lambda: [f"Bearer {mint()},"],
    "two blanks": lambda: [f"Bearer  {mint()}"],
    "a tab": lambda: [f"Bearer \t{mint()}"],
    "no token": lambda: ["Bearer"],
    "a blank for a token": lambda: ["Bearer "],
    "a parameter": lambda: [f'Bearer token="{mint()}"'],
    "a token that is too long": lambda: [f"Bearer {mint(pad='x' * 9000)}"],
}

HONEST: dict[str, Callable[[], str]] = {
    "ES256": mint,
    "signed by hand, as most forgeries are": lambda: signed({}),
    "RS256, signed by hand": lambda: signed({"alg": "RS256", "kid": "rs256-0"}, algorithm="RS256"),
    "RS256": lambda: mint("RS256"),
    "EdDSA": lambda: mint("EdDSA"),
    "no kid": lambda: mint(header={"kid": None}),
    "typ JWT": lambda: mint(header={"typ": "JWT"}),
    "typ application/at+jwt": lambda: mint(header={"typ": "application/AT+JWT"}),
    "several audiences": lambda: mint(aud=["https://elsewhere.test", AUDIENCE]),
    "x5t, which only names a key": lambda: mint(header={"x5t": "dGh1bWI"}),
    "a clock that is a little ahead": lambda: mint(iat=int(time.time()) + 20, nbf=int(time.time()) + 20),
    "a fraction of a second": lambda: mint(iat=time.time() - 1, exp=time.time() + 60),
    "an access token of Keycloak, nonce and all": lambda: mint(
        header={"typ": "JWT"}, typ="Bearer", nonce="n", azp="shop"
    ),
    "another issuer's": lambda: mint("ES256", 7, iss=OTHER),
    "a shared secret's": lambda: mint("HS256", iss="https://own.test"),
}


def ask(*values: str) -> Any:
    return exchange("GET", "/items", [("authorization", each) for each in values])


@pytest.mark.parametrize("what", HONEST)
def test_an_honest_token_passes(what: str) -> None:
    reply = through(guard(), ask(f"Bearer {HONEST[what]()}"))
    assert reply.status == 200, reply.body


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "DPoP"])
def test_the_scheme_has_no_case(scheme: str) -> None:
    assert through(guard(), ask(f"{scheme} {mint()}")).status == 200


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_token_is_refused(what: str) -> None:
    token = FORGERIES[what]()
    reply = through(guard(), ask(f"Bearer {token}"))
    assert reply.status == 401, what
    assert head(reply, "www-authenticate") == 'Bearer error="invalid_token"'
    assert not any(part and part.encode() in reply.body for part in token.split("."))


@pytest.mark.parametrize("what", FIELDS)
def test_a_token_comes_alone_and_in_its_form(what: str) -> None:
    assert through(guard(), ask(*FIELDS[what]())).status == 401


def test_a_forged_token_is_refused_in_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    """The best of five, whatever else the machine does."""
    policy = guard().compiled
    slowest = {}
    for what, make in FORGERIES.items():
        value = f"Bearer {make()}"
        times = []
        for _ in range(5):
            made = ask(value)
            plan, _ = policy.route(made)
            start = time.perf_counter()
            reply: Any = plan.enter(made)
            times.append(time.perf_counter() - start)
            assert reply.status == 401
        slowest[what] = min(times)
    what = max(slowest, key=slowest.__getitem__)
    with capsys.disabled():
        print(f"\n{len(FORGERIES)} forged tokens refused; the slowest, {what!r}, in {slowest[what] * 1e6:.0f} us")  # noqa: T201 - the figure
    assert slowest[what] < MOST


def test_there_are_forty_of_them_and_no_two_alike() -> None:
    tokens = {make() for make in FORGERIES.values()}
    assert len(tokens) == len(FORGERIES) >= 40
