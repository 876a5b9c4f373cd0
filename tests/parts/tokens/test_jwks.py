"""Published keys against a real server that serves a realm as Keycloak does: rotation, outage, storms, detours."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from answering import says, server
from exchanges import exchange
from minting import AUDIENCE, claims
from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Reply
from ostiary.parts.issuers import Issuer
from ostiary.strict import Duration

CONTROLS = ("jwt.algorithm-pinned", "beyond.jwt-claims-validated", "jwt.access-ttl-short")
PATH = "/realms/shop"
CERTS = f"{PATH}/protocol/openid-connect/certs"
METADATA = f"{PATH}/.well-known/openid-configuration"


def _key_entry(private: rsa.RSAPrivateKey, kid: str, use: str, alg: str) -> dict[str, Any]:
    """One key as Keycloak writes it, its certificate and thumbprints included."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    plain = json.loads(jwt.get_algorithm_by_name("RS256").to_jwk(private.public_key()))
    thumb = {
        name: base64.urlsafe_b64encode(certificate.fingerprint(kind)).rstrip(b"=").decode()
        for name, kind in (("x5t", hashes.SHA1()), ("x5t#S256", hashes.SHA256()))
    }
    chain = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    return {"kid": kid, "kty": "RSA", "alg": alg, "use": use, "n": plain["n"], "e": plain["e"], "x5c": [chain], **thumb}


@cache
def _pair(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class Realm:
    """A realm whose keys rotate; it counts who asked for what."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, rsa.RSAPrivateKey, dict[str, Any]]] = []
        other = _pair(-1)
        self.extra: list[Any] = [_key_entry(other, "for-encryption", "enc", "RSA-OAEP")]
        self.asked: list[str] = []
        self.url = ""
        self.instead: Callable[[Any], None] | None = None  # answers everything, when set
        self.changes: dict[str, Any] = {}  # of the metadata
        self.delay = 0.0
        self.rotate()

    def rotate(self) -> None:
        private = _pair(len(self.keys))
        kid = base64.urlsafe_b64encode(str(len(self.keys)).encode().rjust(32, b"k")).rstrip(b"=").decode()
        self.keys.append((kid, private, _key_entry(private, kid, "sig", "RS256")))

    @property
    def issuer(self) -> str:
        return f"{self.url}{PATH}"

    def mint(self, number: int = -1, *, kid: str = "", **changes: Any) -> str:
        """An access token as Keycloak mints one: `typ` is JWT, and a claim says what it is for."""
        name, private, _ = self.keys[number]
        made = claims(iss=self.issuer, typ="Bearer", azp="shop", acr="1", realm_access={"roles": ["user"]}, **changes)
        return jwt.encode(made, private, algorithm="RS256", headers={"kid": kid or name})

    def answer(self, handler: Any) -> None:
        self.asked.append(handler.path)
        time.sleep(self.delay)
        if self.instead is not None:
            self.instead(handler)
        elif handler.path == CERTS:
            says(json.dumps({"keys": [*(entry for _, _, entry in self.keys), *self.extra]}).encode())(handler)
        elif handler.path == METADATA:
            says(json.dumps(self.metadata() | self.changes).encode(), 200, ("content-type", "application/json"))(
                handler
            )
        else:
            says(b'{"error":"Realm does not exist"}', 404)(handler)

    def metadata(self) -> dict[str, Any]:
        base = f"{self.issuer}/protocol/openid-connect"
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{base}/auth",
            "token_endpoint": f"{base}/token",
            "introspection_endpoint": f"{base}/token/introspect",
            "userinfo_endpoint": f"{base}/userinfo",
            "end_session_endpoint": f"{base}/logout",
            "frontchannel_logout_session_supported": True,
            "jwks_uri": f"{base}/certs",
            "check_session_iframe": f"{base}/login-status-iframe.html",
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "acr_values_supported": ["0", "1"],
            "id_token_signing_alg_values_supported": ["PS384", "RS384", "EdDSA", "ES384", "HS256", "RS256"],
            "mtls_endpoint_aliases": {
                "token_endpoint": f"{base}/token",
                "registration_endpoint": f"{self.issuer}/clients",
            },
            "authorization_response_iss_parameter_supported": True,
        }

    def count(self, path: str = CERTS) -> int:
        return self.asked.count(path)


@pytest.fixture
def realm() -> Iterator[Realm]:
    made = Realm()
    with server(made.answer) as url:
        made.url = url
        yield made


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def policy(realm: Realm, clock: Clock | None = None, **changes: Any) -> Compiled:
    issuer = Issuer(**{"issuer": realm.issuer, "audience": (AUDIENCE,), "roles_claim": "realm_access.roles", **changes})
    config = Config(issuers={"shop": issuer}, only=CONTROLS, profile="development")
    return Compiled(config, None, clock=clock or time.monotonic)


async def ask(policy: Compiled, token: str) -> int:
    """The status of a request with a token; 0: it would have reached the application."""
    made = exchange("GET", "/items", [("authorization", f"Bearer {token}")])
    plan, _ = policy.route(made)
    found: Any = plan.enter(made)
    reply = found if found is None or isinstance(found, Reply) else await found
    assert reply is not None or made.principal is not None
    return 0 if reply is None else int(reply.status)


async def asked(realm: Realm, times: int) -> None:
    """Wait until the keys were fetched so often, and taken."""
    for _ in range(500):
        await asyncio.sleep(0.01)
        if realm.count() >= times:
            await asyncio.sleep(0.1)
            return
    raise TimeoutError


def test_keys_are_found_from_the_issuers_name_alone(realm: Realm) -> None:
    made = policy(realm)
    assert asyncio.run(ask(made, realm.mint())) == 0
    assert realm.asked == [METADATA, CERTS]


def test_keys_are_there_before_the_first_request(realm: Realm) -> None:
    async def run() -> None:
        made = policy(realm)
        await made.start()
        await asked(realm, 1)
        assert await ask(made, realm.mint()) == 0
        assert realm.count() == 1
        await made.stop()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_a_start_does_not_wait_for_an_issuer_that_is_down(realm: Realm) -> None:
    realm.delay = 1.0

    async def run() -> float:
        made = policy(realm)
        start = time.monotonic()
        await made.start()
        waited = time.monotonic() - start
        await made.stop()
        return waited

    assert asyncio.run(run()) < 0.5


def test_keys_rotate_under_parallel_requests_without_one_failure(realm: Realm) -> None:
    """New keys are used the moment they are published; old tokens stay good as long as their key is."""

    async def run() -> tuple[int, list[int]]:
        made = policy(realm)
        await made.start()
        statuses: list[int] = []
        over = False

        async def caller(number: int) -> None:
            held = realm.mint(sub=f"user-{number}")
            while not over:
                statuses.append(await ask(made, held))
                held = realm.mint(sub=f"user-{number}") if len(statuses) % 3 else held
                await asyncio.sleep(0.001)

        callers = [asyncio.create_task(caller(each)) for each in range(8)]
        for _ in range(4):
            await asyncio.sleep(0.15)
            await asyncio.to_thread(realm.rotate)
        await asyncio.sleep(0.2)
        over = True
        await asyncio.gather(*callers)
        await made.stop()
        return realm.count(), statuses

    count, statuses = asyncio.run(run())
    assert set(statuses) == {0}
    assert len(statuses) > 100
    assert 5 <= count <= 9  # one at the start, and hardly more than one for each new key


def test_a_key_that_is_gone_takes_its_tokens_with_it_though_they_are_remembered(realm: Realm) -> None:
    async def run() -> list[int]:
        made = policy(realm, refresh=Duration("1s"))
        await made.start()
        old = realm.mint()
        before = [await ask(made, old), await ask(made, old)]
        realm.rotate()
        del realm.keys[0]
        await asked(realm, realm.count() + 1)
        after = [await ask(made, old), await ask(made, realm.mint())]
        await made.stop()
        return before + after

    assert asyncio.run(run()) == [0, 0, 401, 0]


def test_a_new_key_of_an_old_name_is_found_too(realm: Realm) -> None:
    """Small issuers call every key of theirs "default", or nothing."""

    async def run() -> list[int]:
        made = policy(realm)
        first = realm.keys[0][0]
        found = [await ask(made, realm.mint())]
        realm.rotate()
        realm.keys[1][2]["kid"] = first
        stale = realm.mint(0)
        del realm.keys[0]
        found += await asyncio.gather(*(ask(made, realm.mint(kid=first)) for _ in range(10)))
        return [*found, await ask(made, stale)]

    assert asyncio.run(run()) == [0] * 11 + [401]
    assert realm.count() == 3  # the first of all, the new key, and one for the stale token


def test_a_storm_of_forged_signatures_costs_the_issuer_one_fetch(realm: Realm) -> None:
    async def run() -> set[int]:
        made = policy(realm)
        token = realm.mint()
        assert await ask(made, token) == 0
        head, payload, _ = realm.mint(sub="admin").split(".")
        forged = [f"{head}.{payload}.{token.split('.')[2]}"] * 500
        statuses = set(await asyncio.gather(*(ask(made, each) for each in forged)))
        return statuses | {await ask(made, each) for each in forged}

    assert asyncio.run(run()) == {401}
    assert realm.count() == 2  # the first of all, and one


def test_a_storm_of_unknown_kids_costs_the_issuer_one_fetch(realm: Realm) -> None:
    async def run() -> list[int]:
        made = policy(realm)
        assert await ask(made, realm.mint()) == 0
        realm.asked.clear()
        storm = [realm.mint(kid=f"unknown-{each}") for each in range(20)] * 50
        assert set(await asyncio.gather(*(ask(made, each) for each in storm))) == {401}
        for each in storm[:100]:
            assert await ask(made, each) == 401
        return [await ask(made, realm.mint())]

    assert asyncio.run(run()) == [0]
    assert realm.count() == 1


def test_after_a_storm_a_new_key_is_found_as_soon_as_the_pause_is_over(realm: Realm) -> None:
    clock = Clock()

    async def run() -> list[int]:
        made = policy(realm, clock)
        found = [await ask(made, realm.mint()), await ask(made, realm.mint(kid="unknown"))]
        realm.rotate()
        found.append(await ask(made, realm.mint()))
        clock.ahead += 11
        found.append(await ask(made, realm.mint()))
        return found

    assert asyncio.run(run()) == [0, 401, 401, 0]


def test_many_waiters_share_the_first_fetch(realm: Realm) -> None:
    realm.delay = 0.1

    async def run() -> set[int]:
        made = policy(realm)
        return set(await asyncio.gather(*(ask(made, realm.mint()) for _ in range(30))))

    assert asyncio.run(run()) == {0}
    assert realm.count() == 1


def test_a_waiter_that_leaves_does_not_take_the_others_fetch_away(realm: Realm) -> None:
    realm.delay = 0.2

    async def run() -> int:
        made = policy(realm)
        first = asyncio.create_task(ask(made, realm.mint()))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(ask(made, realm.mint()))
        await asyncio.sleep(0.05)
        first.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(run()) == 0
    assert realm.count() == 1


def test_in_an_outage_known_keys_serve_until_they_are_stale_then_nobody_passes(realm: Realm) -> None:
    clock = Clock()

    async def run() -> list[int]:
        made = policy(realm, clock, refresh=Duration("10m"), stale=Duration("24h"))
        held = realm.mint()
        found = [await ask(made, held)]
        realm.instead = says(b"oops", 500)
        clock.ahead += 3600 * 23
        found += [await ask(made, held), await ask(made, realm.mint())]  # remembered, and verified with a stale key
        found += [await ask(made, realm.mint(kid="newer"))]  # it may be good: nobody can know
        clock.ahead += 3600 * 2
        found += [await ask(made, realm.mint()), await ask(made, held)]
        return found

    assert asyncio.run(run()) == [0, 0, 0, 503, 503, 503]


def test_after_an_outage_the_issuer_is_asked_again_without_a_restart(realm: Realm) -> None:
    clock = Clock()

    async def run() -> list[int]:
        made = policy(realm, clock)
        realm.instead = says(b"oops", 500)
        found = [await ask(made, realm.mint())]
        realm.instead = None
        found.append(await ask(made, realm.mint()))  # too early to ask again
        clock.ahead += 2
        found.append(await ask(made, realm.mint()))
        return found

    assert asyncio.run(run()) == [503, 503, 0]


def test_an_outage_is_not_made_worse_by_asking_for_every_request(realm: Realm) -> None:
    realm.instead = says(b"oops", 500)

    async def run() -> set[int]:
        made = policy(realm)
        return {await ask(made, realm.mint()) for _ in range(50)}

    assert asyncio.run(run()) == {503}
    assert len(realm.asked) <= 4  # both places where metadata may be, at most twice


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.test/realms/shop"},
        {"issuer": None},
        {"jwks_uri": "http://169.254.169.254/latest/meta-data"},
        {"jwks_uri": "https://169.254.169.254/latest/meta-data"},
        {"jwks_uri": "https://evil.test/jwks.json"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://[::1"},
        {"jwks_uri": ["https://id.test"]},
        {"jwks_uri": None},
    ],
)
def test_metadata_does_not_lead_elsewhere(realm: Realm, changes: dict[str, Any]) -> None:
    realm.changes = changes
    assert asyncio.run(ask(policy(realm), realm.mint())) == 503
    assert realm.count() == 0


def test_a_host_that_is_listed_is_still_not_a_metadata_service(realm: Realm) -> None:
    realm.changes = {"jwks_uri": "http://169.254.169.254/latest/meta-data"}
    assert asyncio.run(ask(policy(realm, hosts=("169.254.169.254",), private=True), realm.mint())) == 503


def test_keys_may_be_on_another_host_that_the_policy_lists(realm: Realm) -> None:
    realm.changes = {"jwks_uri": f"{realm.url.replace('127.0.0.1', 'localhost')}{CERTS}"}
    assert asyncio.run(ask(policy(realm), realm.mint())) == 503
    assert asyncio.run(ask(policy(realm, hosts=("localhost",)), realm.mint())) == 0


def test_a_redirect_is_not_followed(realm: Realm) -> None:
    moved: list[str] = []

    def elsewhere(handler: Any) -> None:
        moved.append(handler.path)
        says(json.dumps({"keys": []}).encode())(handler)

    with server(elsewhere) as url:
        realm.instead = says(b"", 302, ("location", f"{url}/jwks"))
        assert asyncio.run(ask(policy(realm), realm.mint())) == 503
        assert asyncio.run(ask(policy(realm, jwks=f"{realm.url}{CERTS}"), realm.mint())) == 503
    assert moved == []


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"keys":{}}', b'{"keys":[]}', b'{"keys":[1,null,{}]}', b'{"keys":"' + b"x" * 300_000 + b'"}', b"\xff", b"[" * 90_000]
)  # fmt: skip
def test_what_is_no_key_set_is_an_outage(realm: Realm, body: bytes) -> None:
    realm.instead = says(body)
    assert asyncio.run(ask(policy(realm, jwks=f"{realm.url}{CERTS}"), realm.mint())) == 503


def test_keys_that_cannot_be_used_are_left_out_and_the_others_serve(
    realm: Realm, caplog: pytest.LogCaptureFixture
) -> None:
    weak = _key_entry(rsa.generate_private_key(65537, 1024), "weak", "sig", "RS256")
    good = realm.keys[0][2]
    realm.extra += [
        weak,
        {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
        {**good, "kid": "x", "d": "AQAB"},
        {"kty": "XYZ"},
        7,
    ]
    realm.extra += [{**good, "kid": "y", "alg": "none"}, {**good, "kid": "z", "alg": ["RS256"]}]
    made = policy(realm)
    assert asyncio.run(ask(made, realm.mint())) == 0
    assert "1024 bits" in caplog.text
    assert "private key" in caplog.text
    caplog.clear()
    for kid in ("weak", "x", "y", "z"):
        assert asyncio.run(ask(made, realm.mint(kid=kid))) == 401


def test_two_keys_of_one_kid_are_both_left_out(realm: Realm) -> None:
    realm.rotate()
    realm.extra.append({**realm.keys[0][2], "kid": realm.keys[1][0]})
    made = policy(realm)
    assert asyncio.run(ask(made, realm.mint(0))) == 0
    assert asyncio.run(ask(made, realm.mint(1))) == 401


def test_metadata_of_an_authorization_server_is_found_between_host_and_path(realm: Realm) -> None:
    """RFC 8414 section 3.1."""

    def answer(handler: Any) -> None:
        if handler.path == f"/.well-known/oauth-authorization-server{PATH}":
            says(json.dumps(realm.metadata()).encode())(handler)
        elif handler.path == CERTS:
            says(json.dumps({"keys": [realm.keys[0][2]]}).encode())(handler)
        else:
            says(b"", 404)(handler)

    realm.instead = answer
    assert asyncio.run(ask(policy(realm), realm.mint())) == 0


def test_a_public_url_needs_tls_in_production(realm: Realm) -> None:
    issuer = Issuer(issuer=realm.issuer, audience=(AUDIENCE,))
    with pytest.raises(ConfigError, match="is not https"):
        Compiled(Config(issuers={"shop": issuer}, only=CONTROLS), None)
