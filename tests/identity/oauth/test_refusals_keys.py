"""A DPoP proof is for this endpoint, from now, by the key in it, and good once; RFC 9449 section 4.3, line by line."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey

from identity.house import ISSUER
from identity.oauth.parties import HERE, Key, World, signed


def is_refused(reply: Any) -> None:
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_dpop_proof"), reply.text


CLAIMS: dict[str, Callable[[float], dict[str, Any]]] = {
    "without a name": lambda _: {"jti": None},
    "with an empty name": lambda _: {"jti": ""},
    "with a number for a name": lambda _: {"jti": 1},
    "with a name without end": lambda _: {"jti": "x" * 600},
    "of another method": lambda _: {"htm": "GET"},
    "of the method in lower case": lambda _: {"htm": "post"},
    "of no method": lambda _: {"htm": None},
    "of another endpoint": lambda _: {"htu": f"{HERE}/par"},
    "of another host": lambda _: {"htu": "https://evil.example/oauth/token"},
    "of another port": lambda _: {"htu": "https://accounts.example.test:8443/oauth/token"},
    "of another scheme": lambda _: {"htu": "http://accounts.example.test/oauth/token"},
    "of a longer path": lambda _: {"htu": f"{HERE}/token/"},
    "of a user": lambda _: {"htu": "https://u@accounts.example.test/oauth/token"},
    "of the issuer": lambda _: {"htu": ISSUER},
    "of nowhere": lambda _: {"htu": None},
    "of a list": lambda _: {"htu": [f"{HERE}/token"]},
    "of no URI": lambda _: {"htu": "https://[x/oauth/token"},
    "without a time": lambda _: {"iat": None},
    "with a text for a time": lambda now: {"iat": str(now)},
    "with yes for a time": lambda _: {"iat": True},
    "from before": lambda now: {"iat": now - 61},
    "from later": lambda now: {"iat": now + 11},
}


@pytest.mark.parametrize("what", CLAIMS)
def test_a_proof_is_for_this_request(world: World, what: str) -> None:
    client, key = world.register(), Key()
    code = world.code(client)
    is_refused(world.redeem(client, code, {"dpop": key.proof(world, **CLAIMS[what](world.services.now()))}))
    # the code was not looked at: whoever has a proof to show may show it
    assert world.redeem(client, code, {"dpop": key.proof(world)}).status_code == 200


@pytest.mark.parametrize(
    "uri", [f"{HERE}/token?x=y", f"{HERE}/token#x", "HTTPS://ACCOUNTS.example.test:443/oauth/token", f"{HERE}/t%6Fken"]
)
def test_another_spelling_of_this_endpoint_is_this_endpoint(world: World, uri: str) -> None:
    client = world.register()
    assert world.redeem(client, world.code(client), {"dpop": Key().proof(world, htu=uri)}).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"}, {"typ": None}, {"typ": "at+jwt"}, {"jwk": None}, {"jwk": {}}, {"jwk": "x"},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, {"crit": ["x"], "x": 1}, {"jku": "https://evil.example/"},
        {"x5c": ["x"]},
    ],
)  # fmt: skip
def test_a_proof_has_a_proofs_header(world: World, header: dict[str, Any]) -> None:
    client, key = world.register(), Key()
    good = key.proof(world).split(".")
    head: dict[str, Any] = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.native.as_dict(private=False)} | header
    head = {name: value for name, value in head.items() if value is not None}
    text = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
    bent = _resigned(f"{text}.{good[1]}", key.native)
    is_refused(world.redeem(client, world.code(client), {"dpop": bent}))


def _resigned(text: str, key: Any) -> str:
    from joserfc.jws import JWSRegistry  # noqa: PLC0415

    mark = JWSRegistry.algorithms["ES256"].sign(text.encode(), key)
    return f"{text}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def test_a_proof_is_signed_by_the_key_in_it(world: World) -> None:
    client, key, other = world.register(), Key(), Key()
    bent = key.proof(world, header={"jwk": other.native.as_dict(private=False)})
    is_refused(world.redeem(client, world.code(client), {"dpop": bent}))


def test_a_proof_brings_no_private_key(world: World) -> None:
    client, key = world.register(), Key()
    bent = key.proof(world, header={"jwk": key.native.as_dict(private=True)})
    is_refused(world.redeem(client, world.code(client), {"dpop": bent}))


def test_a_shared_secret_is_no_proof(world: World) -> None:
    client, secret = world.register(), OctKey.generate_key(256)
    head = {"typ": "dpop+jwt", "alg": "HS256", "jwk": secret.as_dict()}
    claims = {"jti": "x", "htm": "POST", "htu": f"{HERE}/token", "iat": int(world.services.now())}
    is_refused(world.redeem(client, world.code(client), {"dpop": signed(secret, head, claims)}))


def test_the_algorithm_of_a_proof_is_one_that_is_taken(world: World) -> None:
    client, key = world.register(), ECKey.generate_key("P-384")
    head = {"typ": "dpop+jwt", "alg": "ES384", "jwk": key.as_dict(private=False)}
    claims = {"jti": "x", "htm": "POST", "htu": f"{HERE}/token", "iat": int(world.services.now())}
    is_refused(world.redeem(client, world.code(client), {"dpop": signed(key, head, claims)}))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é.é.é", "." * 5000, "e30.e30."])
def test_what_is_no_proof_is_not_passed_over(world: World, text: str) -> None:
    client = world.register()
    is_refused(world.run(_with(world, client, [text.encode()])))


def test_two_proofs_are_one_too_many(world: World) -> None:
    client, key = world.register(), Key()
    proofs = [key.proof(world).encode(), key.proof(world).encode()]
    is_refused(world.run(_with(world, client, proofs)))


async def _with(world: World, client: Any, proofs: list[bytes]) -> Any:
    import httpx  # noqa: PLC0415

    headers = [(b"content-type", b"application/x-www-form-urlencoded"), *((b"dpop", each) for each in proofs)]
    transport = httpx.ASGITransport(world._app, client=(world.address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        content = f"client_id={client.id}&grant_type=authorization_code&code=x"
        return await http.post("/oauth/token", content=content, headers=headers)


def test_a_proof_is_good_once(world: World) -> None:
    client, key = world.register(), Key()
    proof = key.proof(world)
    got = world.redeem(client, world.code(client), {"dpop": proof}).json()
    is_refused(world.refresh(client, got["refresh_token"], {"dpop": proof}))
    world.house.clock.now += 59
    is_refused(world.refresh(client, got["refresh_token"], {"dpop": proof}))
    # another key may use the same name
    same = json.loads(base64.urlsafe_b64decode(proof.split(".")[1] + "=="))["jti"]
    other = Key()
    assert world.redeem(client, world.code(client), {"dpop": other.proof(world, jti=same)}).status_code == 200


def test_a_client_whose_tokens_are_bound_gets_none_that_are_not(world: World) -> None:
    client = world.register(dpop=True)
    is_refused(world.redeem(client, world.code(client)))
    machine = world.register("client_secret_basic", dpop=True, grants=("client_credentials",))
    is_refused(world.token(machine, {"grant_type": "client_credentials"}))
    bound = world.token(machine, {"grant_type": "client_credentials"}, {"dpop": Key().proof(world)}).json()
    assert bound["token_type"] == "DPoP"


def test_a_pushed_request_is_bound_to_the_key_that_pushed_it(world: World) -> None:
    client, key = world.register(), Key()
    pushed = world.push(client, {"dpop": key.proof(world, path="par")})
    browser = world.sign_in()
    reply = browser.ask([("client_id", client.id), ("request_uri", pushed.json()["request_uri"])])
    code = reply.headers["location"].partition("code=")[2].partition("&")[0]
    is_refused(world.redeem(client, code, {"dpop": Key().proof(world)}))


def test_a_pushed_request_names_no_other_key_than_it_shows(world: World) -> None:
    client, key = world.register(), Key()
    is_refused(world.push(client, {"dpop": key.proof(world, path="par")}, dpop_jkt=Key().jkt))
    is_refused(world.push(client, {"dpop": key.proof(world)}))  # for the token endpoint
