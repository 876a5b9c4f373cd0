"""What a token makes of a request: who calls, for how long that is remembered, and what takes it back."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
import timeit
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from exchanges import exchange
from minting import AUDIENCE, ISSUER, b64, issuer, key, mint, pem, shared
from ostiary.errors import Denied, StoreError
from ostiary.exchange import Exchange, Principal
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens import Tokens, introspection, jws
from ostiary.parts.tokens import cache as caching
from ostiary.store.memory import MemoryBans, MemoryStore
from ostiary.store.ports import Ban
from ostiary.strict import Secret


class Now:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Site:
    """Tokens and what they need."""

    def __init__(self, **issuers: Issuer) -> None:
        self.now = Now()
        self.store = MemoryStore(clock=time.monotonic, now=self.now)
        self.tokens = Tokens(
            issuers, where="test", profile="production", store=self.store, clock=time.monotonic, now=self.now
        )

    def read(self, token: str, scheme: str = "Bearer") -> Principal | None:
        made = request(f"{scheme} {token}")
        found = self.tokens.read(made)
        if found is not None:

            async def wait() -> None:
                await found

            asyncio.run(wait())
        return made.principal

    def refuses(self, token: str) -> Denied:
        with pytest.raises(Denied) as caught:
            self.read(token)
        return caught.value


def request(value: str) -> Exchange:
    return exchange("GET", "/items", [("authorization", value)])


@pytest.mark.parametrize(
    ("value", "subject"), [(7, "7"), ("seven", "seven"), (True, ""), (7.0, ""), ([7], ""), (None, "")]
)
def test_a_subject_of_the_applications_own_may_be_a_number(value: Any, subject: str) -> None:
    site = Site(main=shared(subject_claim="user.id", algorithms=("HS256",), required=("exp",)))
    found = site.read(mint("HS256", user={"id": value}))
    assert found is not None
    assert found.subject == subject
    usual = Site(main=shared(algorithms=("HS256",), required=("exp",)))
    found = usual.read(mint("HS256", sub=7))
    assert found is not None
    assert (found.subject, "sub" in found.wrong) == ("", True)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every signature that was really checked."""
    seen: list[bytes] = []
    real = jws.Key.verify

    def verify(self: jws.Key, signed: bytes, signature: bytes) -> bool:
        seen.append(signed)
        return real(self, signed, signature)

    monkeypatch.setattr(jws.Key, "verify", verify)
    return seen


def test_a_principal_is_what_the_token_says(tmp_path: Path) -> None:
    token = mint(azp="shop", nbf=int(time.time()) - 5, realm={"roles": ["a", "b", 3]}, cnf={"jkt": "thumb"}, jti="j")
    found = Site(main=issuer(tmp_path, roles_claim="realm.roles")).read(token)
    assert found is not None
    assert (found.subject, found.issuer, found.client, found.identity) == ("user-1", "main", "shop", "main:user-1")
    assert found.scopes == {"orders:read", "orders:write"}
    assert found.roles == {"a", "b"}
    assert found.wrong == frozenset()
    assert found.confirmation == {"jkt": "thumb"}
    assert found.claims["jti"] == "j"
    assert found.issued < found.expires == found.claims["exp"]
    assert found.starts == found.claims["nbf"]
    assert found.key == hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()


def test_a_principal_cannot_be_changed() -> None:
    found = Site(main=shared()).read(mint("HS256", header={"kid": None}))
    assert found is not None
    with pytest.raises(AttributeError):
        found.subject = "admin"  # type: ignore[misc]  # what is tried
    with pytest.raises(TypeError):
        found.claims["sub"] = "admin"  # type: ignore[index]  # as above


@pytest.mark.parametrize(
    "algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
)
def test_tokens_of_every_algorithm_are_read(tmp_path: Path, algorithm: str) -> None:
    site = Site(main=issuer(tmp_path, algorithm))
    assert site.read(mint(algorithm)) is not None
    assert site.refuses(mint(algorithm, 1, {"kid": f"{algorithm.lower()}-0"})).status == 401


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_tokens_of_a_shared_secret_are_read(algorithm: str) -> None:
    site = Site(main=shared(algorithms=(algorithm,)))
    assert site.read(mint(algorithm)) is not None
    other = "HS256" if algorithm != "HS256" else "HS512"
    assert site.refuses(mint(other)).status == 401


@pytest.mark.parametrize("algorithm", ["EdDSA", "Ed25519"])
def test_an_edwards_key_without_a_name_is_known_by_both(algorithm: str) -> None:
    assert Site(main=Issuer(issuer=ISSUER, audience=(AUDIENCE,), key=Secret(pem(key(algorithm))))).read(mint(algorithm))


def test_a_pem_has_no_kid_and_takes_any() -> None:
    """A lone key is meant, whatever the issuer calls it."""
    site = Site(main=Issuer(issuer=ISSUER, audience=(AUDIENCE,), key=Secret(pem(key("ES256")))))
    assert site.read(mint(header={"kid": "2024-11"})) is not None


def test_nobody_is_nobody() -> None:
    site = Site(main=shared())
    made = exchange("GET", "/items")
    assert site.tokens.read(made) is None
    assert made.principal is None


@pytest.mark.parametrize(
    "value", ["Basic dTpw", "Negotiate abc", "Bearertoken x", "token x", "", "Basic Y/bearer=", "Negotiate a/dpop/b=="]
)
def test_other_schemes_are_for_others_to_judge(value: str) -> None:
    made = request(value)
    assert Site(main=shared()).tokens.read(made) is None
    assert made.principal is None


def test_a_token_elsewhere_is_none() -> None:
    token = mint("HS256")
    made = exchange("GET", f"/items?access_token={token}", [("cookie", f"token={token}"), ("x-access-token", token)])
    assert Site(main=shared()).tokens.read(made) is None
    assert made.principal is None


def test_issuers_do_not_speak_for_each_other(tmp_path: Path) -> None:
    other = Issuer(issuer="https://other.test", audience=(AUDIENCE,), key=Secret(pem(key("ES256", 1))))
    site = Site(main=issuer(tmp_path), other=other)
    first, second = site.read(mint()), site.read(mint("ES256", 1, iss="https://other.test"))
    assert first is not None
    assert second is not None
    assert {first.identity, second.identity} == {"main:user-1", "other:user-1"}
    assert site.refuses(mint("ES256", 1)).status == 401


def test_an_issuer_that_names_itself_nowhere_is_known_by_its_key() -> None:
    site = Site(main=shared(issuer="", required=("exp",)))
    assert site.read(mint("HS256", iss=None)) is not None
    assert site.read(mint("HS256", iss="whatever")) is not None


def test_a_client_without_a_user_is_not_taken_for_a_user_of_that_name() -> None:
    site = Site(main=shared(required=("iss", "aud", "exp")))
    machine, person = site.read(mint("HS256", sub=None)), site.read(mint("HS256", sub="shop"))
    assert machine is not None
    assert person is not None
    assert machine.identity != person.identity


def test_a_token_is_verified_once(verified: list[bytes]) -> None:
    site = Site(main=shared())
    token = mint("HS256")
    assert {site.read(token) is not None for _ in range(5)} == {True}
    assert len(verified) == 1


def test_a_token_that_begins_like_a_known_one_is_another(verified: list[bytes]) -> None:
    """A cache by prefix would let a forged end through."""
    site = Site(main=shared())
    token = mint("HS256")
    site.read(token)
    assert site.refuses(token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBA")).status == 401
    assert site.refuses(token[:-1]).status == 401


def test_a_forged_token_is_never_remembered_as_good_and_never_shuts_out_a_good_one() -> None:
    site = Site(main=shared())
    token = mint("HS256")
    forged = token.rpartition(".")[0] + "." + mint("HS256", sub="x").rpartition(".")[2]
    for _ in range(3):
        assert site.refuses(forged).status == 401
        assert site.read(token) is not None


def test_a_token_is_forgotten_when_it_expires(verified: list[bytes]) -> None:
    site = Site(main=shared())
    token = mint("HS256", exp=int(time.time()) + 60)
    site.read(token)
    site.now.ahead = 200
    site.read(token)  # refused by jwt.access-ttl-short; here it is only read again
    assert len(verified) == 2


def test_the_memory_of_tokens_is_bounded(verified: list[bytes]) -> None:
    site = Site(main=shared())
    site.tokens._known = caching.Verified(most=3)
    site.tokens._find = site.tokens._known.find
    tokens = [mint("HS256") for _ in range(5)]
    for each in tokens:
        site.read(each)
    assert len(site.tokens._known.entries) == 3
    site.read(tokens[4])
    assert len(verified) == 5
    site.read(tokens[0])
    assert len(verified) == 6


@pytest.mark.parametrize("about", ["token", "issuer"])
def test_a_revoked_token_is_refused_though_it_is_remembered(about: str) -> None:
    site = Site(main=shared())
    token, other = mint("HS256"), mint("HS256")
    found = site.read(token)
    assert found is not None
    site.read(other)
    what = f"token:{found.key}" if about == "token" else "issuer:main"
    site.store.bans.order(Ban(what, site.now() + 60, "stolen"))
    for _ in range(3):
        denied = site.refuses(token)
        assert (denied.status, denied.reason) == (401, "the token has been revoked")
    if about == "token":
        assert site.read(other) is not None
    site.store.bans.lift(what)
    assert site.read(token) is not None


def test_a_revoked_token_is_refused_the_first_time_too() -> None:
    site = Site(main=shared())
    token = mint("HS256")
    signed = token.rpartition(".")[0]
    site.store.bans.order(Ban(f"token:{hashlib.sha256(signed.encode()).hexdigest()}", site.now() + 60, "stolen"))
    assert [site.refuses(token).status for _ in range(3)] == [401] * 3
    site.now.ahead = 61
    assert site.read(token) is not None


def test_a_revoked_token_does_not_rise_again_with_another_good_signature(tmp_path: Path) -> None:
    site = Site(main=issuer(tmp_path))
    token = mint("ES256")
    found = site.read(token)
    assert found is not None
    signed, _, text = token.rpartition(".")
    signature = base64.urlsafe_b64decode(text + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
    turned = (order - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    other = f"{signed}.{b64(signature[:32] + turned)}"
    assert site.read(other) is not None, "it is as good as the first"
    site.store.bans.order(Ban(f"token:{found.key}", site.now() + 60, "stolen"))
    assert [site.refuses(each).reason for each in (token, other)] == ["the token has been revoked"] * 2


@pytest.mark.parametrize(
    "value",
    [
        "Bearer\t{}", "bearer\u00a0{}", "Bearer", "Bearer  {}", "Bearer: {}", "Bearer={}", "Bearer,{}", 'Bearer "{}"', "DPoP\t{}",
        "Foo a, Bearer {}", "Foo a Bearer {}", "Basic YTpi, bearer {}", "\u00a0Bearer {}", "Foo,Bearer\t{}",
    ],
)  # fmt: skip
def test_a_token_that_only_some_readers_find_is_malformed(value: str) -> None:
    site = Site(main=shared())
    made = exchange("GET", "/", [("authorization", value.format(mint("HS256")))])
    with pytest.raises(Denied, match="malformed"):
        site.tokens.read(made)


def test_while_orders_are_not_known_nobody_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(main=shared())
    token = mint("HS256")
    site.read(token)
    monkeypatch.setattr(MemoryBans, "fresh", False)
    assert site.refuses(token).status == 503
    assert site.refuses(mint("HS256")).status == 503
    monkeypatch.undo()
    assert site.read(token) is not None


class _Asked:
    """Stands for the part that asks an issuer about a token."""

    keep = 30.0

    def __init__(self, name: str, issuer: Issuer, **_: Any) -> None:
        self.name = name
        self.asked: list[str] = []

    async def ask(self, token: str) -> Mapping[str, Any] | None:
        self.asked.append(token)
        if token == "down":
            raise StoreError("no answer")
        return {"sub": "user-9", "scope": "a"} if token == f"opaque-{self.name}" else None


@pytest.fixture
def opaque(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(introspection, "Introspector", _Asked)
    one = shared(introspection="https://id.test/introspect", prefix="opaque-one")
    two = Issuer(issuer="https://other.test", introspection="https://other.test/introspect")
    return Site(one=one, two=two)


def asked(site: Site) -> list[list[str]]:
    return [each.introspector.asked for each in site.tokens._believed]


def test_an_opaque_token_is_asked_about_at_its_issuer_and_remembered_for_a_while(opaque: Site) -> None:
    for _ in range(3):
        found = opaque.read("opaque-two")
        assert found is not None
        assert (found.identity, found.wrong) == ("two:user-9", frozenset())
    assert asked(opaque) == [[], ["opaque-two"]]
    opaque.now.ahead = 31
    opaque.read("opaque-two")
    assert len(asked(opaque)[1]) == 2
    assert opaque.read("opaque-one") is not None
    assert asked(opaque)[0] == ["opaque-one"]


def test_an_opaque_token_that_nobody_knows_is_refused(opaque: Site) -> None:
    assert opaque.refuses("three").status == 401


def test_an_opaque_token_is_no_yes_while_its_issuer_is_down(opaque: Site) -> None:
    assert opaque.refuses("down").status == 503


def test_a_signed_token_is_not_asked_about_where_there_is_a_key(opaque: Site) -> None:
    assert opaque.read(mint("HS256")) is not None
    assert opaque.refuses(mint("HS256", 1)).status == 401
    assert asked(opaque) == [[], []]


def test_a_signed_token_of_an_issuer_without_keys_is_asked_about(opaque: Site) -> None:
    assert opaque.refuses(mint("HS256", iss="https://other.test")).status == 401
    assert [len(each) for each in asked(opaque)] == [0, 1]


def test_a_judge_sees_callers_and_nobody_else() -> None:
    site = Site(main=shared())
    seen: list[str] = []
    hook = site.tokens.judge(lambda _, principal: seen.append(principal.identity))
    assert hook(exchange("GET", "/items")) is None
    assert seen == []
    assert hook(request(f"Bearer {mint('HS256')}")) is None
    assert seen == ["main:user-1"]


def test_reading_a_known_token_takes_hardly_longer_than_its_digest(capsys: pytest.CaptureFixture[str]) -> None:
    site = Site(main=shared())
    made = request(f"Bearer {mint('HS256')}")
    site.tokens.read(made)
    value = made.head(b"authorization") or b""
    read = min(timeit.repeat(lambda: site.tokens.read(made), number=2000, repeat=7)) / 2000
    digest = min(timeit.repeat(lambda: hashlib.sha256(value).digest(), number=2000, repeat=7)) / 2000
    with capsys.disabled():
        print(f"\na known token: {read * 1e6:.2f} us, of which its digest takes {digest * 1e6:.2f}")  # noqa: T201 - the figure
    assert read < digest * 15  # it is below 3 on a machine that does nothing else


def test_tokens_come_under_the_word_of_their_issuer(tmp_path: Path) -> None:
    site = Site(main=shared(scheme="Token"), other=issuer(tmp_path, issuer="https://other.test"))
    token = mint("HS256", header={"kid": None})
    found = site.read(token, "Token")
    assert found is not None
    assert found.issuer == "main"
    assert site.read(token, "tOKEN") is not None
    for scheme in ("Bearer", "DPoP"):  # there, the application would see nobody
        with pytest.raises(Denied) as caught:
            site.read(token, scheme)
        assert caught.value.status == 401
    assert site.read(token, "JWT") is None  # another scheme is for others to judge
    others = mint(iss="https://other.test")
    assert site.read(others) is not None
    with pytest.raises(Denied):
        site.read(others, "Token")
    with pytest.raises(Denied):
        site.read("not.a token", "Token")


def test_a_word_that_nobody_configured_is_not_ours() -> None:
    assert Site(main=shared()).read(mint("HS256", header={"kid": None}), "Token") is None


def test_members_have_the_roles_that_the_policy_gives_them() -> None:
    members = {"admin": ("user-1", "user-2"), "support": ("user-1",)}
    site = Site(main=shared(members=members))

    def roles(subject: str, **more: Any) -> frozenset[str]:
        found = site.read(mint("HS256", header={"kid": None}, sub=subject, **more))
        assert found is not None
        return found.roles

    assert roles("user-1") == {"admin", "support"}
    assert roles("user-2", roles=["billing"]) == {"admin", "billing"}
    assert roles("user-3") == frozenset()
    assert roles("admin") == frozenset()
