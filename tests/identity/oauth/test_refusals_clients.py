"""A client proves itself by its one method; whoever fails hears the same, whether there is such a client or not."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from identity.house import ISSUER
from identity.oauth.parties import HERE, Key, World, signed
from ostiary.identity.storage.clients import Client
from ostiary.parts.tokens import jws

CREDENTIALS = {"grant_type": "client_credentials"}
KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Fields = dict[str, str]
Shown = tuple[Fields, Fields]


def basic(name: str, secret: str, scheme: str = "Basic") -> Fields:
    return {"authorization": f"{scheme} {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"}


def is_unproven(reply: Any) -> None:
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client"), reply.text
    assert reply.json()["error_description"] == "client authentication failed"
    assert reply.headers["www-authenticate"].startswith("Basic realm=")
    assert reply.headers["cache-control"] == "no-store"


def confidential(world: World, method: str, **changes: Any) -> Client:
    return world.register(method, grants=("client_credentials", "authorization_code"), **changes)


def show(world: World, shown: Shown) -> Any:
    return world.post("/oauth/token", {**CREDENTIALS, **shown[0]}, headers=shown[1])


POST_SECRET: dict[str, Callable[[World, Client, str], Shown]] = {
    "wrong": lambda _, c, s: ({"client_id": c.id, "client_secret": s[:-1]}, {}),
    "empty": lambda _, c, s: ({"client_id": c.id, "client_secret": ""}, {}),
    "none": lambda _, c, s: ({"client_id": c.id}, {}),
    "longer": lambda _, c, s: ({"client_id": c.id, "client_secret": s + " "}, {}),
    "lower": lambda _, c, s: ({"client_id": c.id, "client_secret": s.swapcase()}, {}),
    "by another method": lambda _, c, s: ({}, basic(c.id, s)),
    "of nobody": lambda _, c, s: ({"client_id": c.id[::-1], "client_secret": s}, {}),
    "without a name": lambda _, c, s: ({"client_secret": s}, {}),
    "hash": lambda _, c, s: ({"client_id": c.id, "client_secret": (c.secret_hash or b"").hex()}, {}),
    "odd": lambda _, c, s: ({"client_id": c.id, "client_secret": "\x00é😀"}, {}),
}
BASIC_SECRET: dict[str, Callable[[World, Client, str], Shown]] = {
    "wrong": lambda _, c, s: ({}, basic(c.id, s[:-1])),
    "empty": lambda _, c, s: ({}, basic(c.id, "")),
    "none": lambda _, c, s: ({"client_id": c.id}, {}),
    "by another method": lambda _, c, s: ({"client_id": c.id, "client_secret": s}, {}),
    "of nobody": lambda _, c, s: ({}, basic(c.id[::-1], s)),
    "other scheme": lambda _, c, s: ({}, basic(c.id, s, "Bearer")),
    "no base64": lambda _, c, s: ({}, {"authorization": f"Basic {c.id}:{s}"}),
    "no colon": lambda _, c, s: ({}, {"authorization": "Basic " + base64.b64encode((c.id + s).encode()).decode()}),
    "not UTF-8": lambda _, c, s: ({}, {"authorization": "Basic " + base64.b64encode(c.id.encode() + b":%ff" + s.encode()).decode()}),
    "nothing": lambda _, c, s: ({"client_id": c.id}, {"authorization": ""}),
    "only the scheme": lambda _, c, s: ({"client_id": c.id}, {"authorization": "Basic"}),
    "encoded twice": lambda _, c, s: ({}, basic(c.id, "".join(f"%25{ord(each):02x}" for each in s))),
}  # fmt: skip


@pytest.mark.parametrize("how", POST_SECRET)
def test_a_secret_in_the_body_is_the_clients_own(world: World, how: str) -> None:
    client = confidential(world, "client_secret_post")
    is_unproven(show(world, POST_SECRET[how](world, client, world.secrets[client.id])))
    assert world.token(client, CREDENTIALS).status_code == 200


@pytest.mark.parametrize("how", BASIC_SECRET)
def test_a_secret_in_the_head_is_the_clients_own(world: World, how: str) -> None:
    client = confidential(world, "client_secret_basic")
    is_unproven(show(world, BASIC_SECRET[how](world, client, world.secrets[client.id])))
    assert world.token(client, CREDENTIALS).status_code == 200


def test_name_and_secret_are_form_encoded(world: World) -> None:
    """RFC 6749 section 2.3.1: a plus is a space, %3A a colon."""
    client = confidential(world, "client_secret_basic")
    name = "".join(f"%{ord(each):02X}" for each in client.id)
    secret = "".join(f"%{ord(each):02x}" for each in world.secrets[client.id])
    assert show(world, ({}, basic(name, secret))).status_code == 200


@pytest.mark.parametrize("first", ["basic", "post", "assertion"])
@pytest.mark.parametrize("second", ["basic", "post", "assertion"])
def test_two_proofs_are_one_too_many(world: World, first: str, second: str) -> None:
    client = confidential(world, "client_secret_basic")
    secret = world.secrets[client.id]
    world.keys[client.id] = ECKey.generate_key("P-256")
    ways: dict[str, Shown] = {
        "basic": ({}, basic(client.id, secret)),
        "post": ({"client_id": client.id, "client_secret": secret}, {}),
        "assertion": (world.assertion(client), {}),
    }
    if first == second == "basic":
        pairs = [*ways["basic"][1].items()] * 2
        reply = world.run(world.send("POST", "/oauth/token", CREDENTIALS, headers={}))
        is_unproven(reply)
        import httpx  # noqa: PLC0415

        form = ("content-type", "application/x-www-form-urlencoded")
        content = "grant_type=client_credentials"

        async def twice() -> httpx.Response:
            transport = httpx.ASGITransport(world._app, client=(world.address, 1))
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
                return await http.post("/oauth/token", content=content, headers=[form, *pairs])

        reply = world.run(twice())
    elif first == second:
        return  # the same field twice: parameters are refused for that
    else:
        reply = show(world, (ways[first][0] | ways[second][0], ways[first][1] | ways[second][1]))
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_a_client_has_one_name(world: World) -> None:
    client, other = confidential(world, "client_secret_basic"), confidential(world, "client_secret_basic")
    reply = show(world, ({"client_id": other.id}, basic(client.id, world.secrets[client.id])))
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_the_secret_of_another_client_proves_nothing(world: World) -> None:
    client, other = confidential(world, "client_secret_post"), confidential(world, "client_secret_post")
    is_unproven(show(world, ({"client_id": client.id, "client_secret": world.secrets[other.id]}, {})))


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_a_client_that_has_a_method_is_not_believed_without(world: World, method: str) -> None:
    client = confidential(world, method)
    is_unproven(show(world, ({"client_id": client.id}, {})))


def test_a_public_client_with_a_secret_is_not_believed(world: World) -> None:
    client = world.register()
    is_unproven(show(world, ({"client_id": client.id, "client_secret": "x"}, {})))
    is_unproven(show(world, ({}, basic(client.id, ""))))
    is_unproven(show(world, ({"client_id": client.id, "client_assertion_type": KIND}, {})))


def test_a_disabled_client_is_nobody(world: World) -> None:
    client = confidential(world, "client_secret_post", disabled_at=1.0)
    is_unproven(world.token(client, CREDENTIALS))


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/par"])
@pytest.mark.parametrize("name", ["", "nobody", "ä", "x" * 2000, "\x00"])
def test_a_client_that_there_is_not_hears_what_others_hear(world: World, path: str, name: str) -> None:
    is_unproven(world.post(path, {"client_id": name, "client_secret": "x", **CREDENTIALS}))
    is_unproven(world.post(path, {"client_id": name, **CREDENTIALS}))
    is_unproven(world.post(path, CREDENTIALS, headers=basic("nobody", "x")))


def test_guesses_at_a_secret_end_in_jail_and_nobody_else_does(world: World) -> None:
    client = confidential(world, "client_secret_post")
    wrong = {"client_id": client.id, "client_secret": "x", **CREDENTIALS}
    for _ in range(200):
        reply = world.post("/oauth/token", wrong)
        if reply.status_code != 401:
            break
    assert reply.status_code == 429
    assert int(reply.headers["retry-after"]) > 0
    assert world.token(client, CREDENTIALS).status_code == 429  # the right one too: an answer would tell it
    world.move()
    assert world.token(client, CREDENTIALS).status_code == 200


# assertions (RFC 7523, OpenID Connect Core section 9)


def asserted(world: World, client: Client, **given: Any) -> Any:
    return show(world, (world.assertion(client, **given), {}))


CLAIMS: dict[str, Callable[[World, Client], dict[str, Any]]] = {
    "of another issuer": lambda _, c: {"iss": c.id[::-1]},
    "without issuer": lambda _, c: {"iss": None},
    "about another": lambda _, c: {"sub": c.id[::-1]},
    "about nobody": lambda _, c: {"sub": None},
    "about a number": lambda _, c: {"sub": 7},
    "for nobody": lambda _, c: {"aud": None},
    "for another": lambda _, c: {"aud": "https://evil.example"},
    "for another too": lambda _, c: {"aud": [ISSUER, "https://evil.example"]},
    "for us twice": lambda _, c: {"aud": [ISSUER, f"{HERE}/token"]},
    "for almost us": lambda _, c: {"aud": f"{ISSUER}/"},
    "for another endpoint": lambda _, c: {"aud": f"{HERE}/authorize"},
    "for itself": lambda _, c: {"aud": c.id},
    "without end": lambda _, c: {"exp": None},
    "that ends in a text": lambda w, c: {"exp": str(w.services.now() + 60)},
    "that ends in yes": lambda _, c: {"exp": True},
    "over": lambda w, c: {"exp": w.services.now() - 1},
    "over now": lambda w, c: {"exp": w.services.now()},
    "for long": lambda w, c: {"exp": w.services.now() + 3700},
    "for ever": lambda _, c: {"exp": 10**12},
    "from yesterday": lambda w, c: {"iat": w.services.now() - 86400},
    "from tomorrow": lambda w, c: {"iat": w.services.now() + 86400},
    "not yet": lambda w, c: {"nbf": w.services.now() + 30},
    "without a name": lambda _, c: {"jti": None},
    "with an empty name": lambda _, c: {"jti": ""},
    "with a number for a name": lambda _, c: {"jti": 7},
    "with a name without end": lambda _, c: {"jti": "x" * 300},
}


@pytest.mark.parametrize("what", CLAIMS)
def test_an_assertion_is_about_its_client_for_us_and_for_now(world: World, what: str) -> None:
    client = confidential(world, "private_key_jwt")
    is_unproven(asserted(world, client, **CLAIMS[what](world, client)))


@pytest.mark.parametrize("audience", [ISSUER, f"{HERE}/token", [ISSUER]])
def test_an_assertion_for_us_is_taken_once(world: World, audience: Any) -> None:
    client = confidential(world, "private_key_jwt")
    shown: Shown = (world.assertion(client, aud=audience), {})
    assert show(world, shown).status_code == 200
    is_unproven(show(world, shown))
    world.house.clock.now += 30
    is_unproven(show(world, shown))


def test_an_assertion_that_was_shown_elsewhere_was_shown(world: World) -> None:
    client = confidential(world, "private_key_jwt")
    shown = world.assertion(client)
    assert world.post("/oauth/par", {**world.wishes(client), **shown}).status_code == 201
    is_unproven(show(world, (shown, {})))


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt", "id_token", "application/at+jwt", "secevent+jwt"])
def test_a_token_of_another_type_is_no_assertion(world: World, typ: str) -> None:
    client = confidential(world, "private_key_jwt")
    is_unproven(asserted(world, client, header={"typ": typ}))


def test_what_we_signed_ourselves_is_no_assertion(world: World) -> None:
    """Access and ID tokens are for the client and name it, and are signed by a key that is believed: ours."""
    client = confidential(world, "private_key_jwt", scopes=("openid", "read"), default_scopes=("read",))
    got = world.redeem(client, world.code(client, None, scope="openid")).json()
    own = world.token(client, CREDENTIALS).json()  # its subject is the client
    for token in (got["access_token"], got["id_token"], own["access_token"]):
        is_unproven(show(world, ({"client_assertion_type": KIND, "client_assertion": token}, {})))


def test_an_assertion_is_signed_by_a_key_of_the_client(world: World) -> None:
    client, other = confidential(world, "private_key_jwt"), confidential(world, "private_key_jwt")
    is_unproven(asserted(world, client, key=world.keys[other.id]))
    is_unproven(asserted(world, client, key=ECKey.generate_key("P-256")))
    is_unproven(asserted(world, client, header={"kid": "two"}))


def test_the_algorithm_is_the_keys(world: World) -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "one"})
    public = dict(rsa.as_dict(private=False))
    client = confidential(world, "private_key_jwt", jwks=(public | {"alg": "PS256"},))
    is_unproven(asserted(world, client, key=rsa, header={"alg": "RS256"}))
    is_unproven(asserted(world, client, key=OctKey.import_key(str(public["n"])), header={"alg": "HS256"}))
    assert asserted(world, client, key=rsa, header={"alg": "PS256"}).status_code == 200


@pytest.mark.parametrize(
    "header", [{"alg": "none"}, {"alg": "None"}, {"alg": ""}, {"alg": "ES256", "crit": ["x"], "x": 1}]
)
def test_an_unsigned_assertion_is_none(world: World, header: dict[str, Any]) -> None:
    client = confidential(world, "private_key_jwt")
    good = world.assertion(client)["client_assertion"]
    import json  # noqa: PLC0415

    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    for signature in ("", good.rpartition(".")[2]):
        bent = f"{head}.{good.split('.')[1]}.{signature}"
        is_unproven(show(world, ({"client_assertion_type": KIND, "client_assertion": bent}, {})))


def test_an_assertion_brings_no_key_along(world: World) -> None:
    client = confidential(world, "private_key_jwt")
    evil = Key()
    head = {"jwk": evil.native.as_dict(private=False)}
    is_unproven(asserted(world, client, key=evil.native, header=head))


def test_a_secret_is_no_key(world: World) -> None:
    """client_secret_jwt does not exist: whoever reads a database of secrets would be every client."""
    client = confidential(world, "client_secret_post")
    claims = {"iss": client.id, "sub": client.id, "aud": ISSUER, "jti": "x", "exp": world.services.now() + 60}
    token = signed(OctKey.import_key(world.secrets[client.id]), {"alg": "HS256"}, claims)
    is_unproven(show(world, ({"client_assertion_type": KIND, "client_assertion": token}, {})))


@pytest.mark.parametrize(
    "bent",
    [
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_assertion_type": ""},
        {"client_assertion": ""},
        {"client_assertion": "x"},
        {"client_assertion": "a.b.c"},
        {"client_assertion": "é.é.é"},
        {"client_assertion": "." * 8000},
    ],
)
def test_what_is_no_assertion_is_not_taken_for_one(world: World, bent: dict[str, str]) -> None:
    client = confidential(world, "private_key_jwt")
    is_unproven(show(world, ({**world.assertion(client), **bent}, {})))


def test_an_assertion_of_one_client_is_not_another_by_its_field(world: World) -> None:
    client, other = confidential(world, "private_key_jwt"), confidential(world, "private_key_jwt")
    reply = show(world, ({**world.assertion(client), "client_id": other.id}, {}))
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


# what is done for a client that there is not


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
@pytest.mark.parametrize("whose", ["wrong", "nobody", "of another method", "without such a key"])
def test_a_signature_is_checked_whoever_it_is_of(
    world: World, monkeypatch: pytest.MonkeyPatch, whose: str, algorithm: str
) -> None:
    """Else the time would tell which clients there are, and what keys they have."""
    checked: list[frozenset[str]] = []
    real = jws.Key.verify

    def verify(self: Any, text: bytes, mark: bytes) -> bool:
        checked.append(self.algorithms)
        return real(self, text, mark)

    client = confidential(world, "client_secret_post" if whose == "of another method" else "private_key_jwt")
    key = Key(algorithm)
    if whose == "wrong":
        key.native.ensure_kid()
        client = world.change(client, jwks=(dict(Key(algorithm).native.as_dict(private=False)) | {"kid": "one"},))
    name = client.id[::-1] if whose == "nobody" else client.id
    shown = world.assertion(client, key.native, {"alg": algorithm}, iss=name, sub=name)
    monkeypatch.setattr(jws.Key, "verify", verify)
    is_unproven(show(world, (shown, {})))
    [one] = checked
    assert algorithm in one


@pytest.mark.parametrize("how", ["client_secret_post", "client_secret_basic"])
def test_a_secret_is_compared_whoever_it_is_of(world: World, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    compared: list[int] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(len(other))
        return one == other

    monkeypatch.setattr("ostiary.identity.oauth.client_auth.hmac.compare_digest", compare)
    client, public = confidential(world, how), world.register()
    for name in (client.id, client.id[::-1], public.id):
        shown: Shown = ({"client_id": name, "client_secret": "x"}, {})
        is_unproven(show(world, shown if how == "client_secret_post" else ({}, basic(name, "x"))))
    assert compared == [32, 32, 32]
