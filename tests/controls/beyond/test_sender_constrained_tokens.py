"""A token that is bound to a key or a certificate is nothing without it."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest

from authorities import Authority
from exchanges import answer, ask, compiled, exchange, head
from holders import Holder, bearer, digest, issuer, key_of, token
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Exchange, Reply
from ostiary.parts.tokens.dpop import AHEAD, Nonces
from ostiary.strict import Secret
from shop import shop

ID = "beyond.sender-constrained-tokens"
ORIGIN = "https://api.test"
ITEMS = f"{ORIGIN}/items"


def policy(**settings: Any) -> Compiled:
    settings = {"origins": [ORIGIN], **settings}
    only = (ID, "jwt.verify-before-use")
    return compiled(shop(), only=only, issuers={"main": issuer()}, controls={ID: settings})


def refusal(closed: Compiled, made: Exchange) -> tuple[int, str]:
    found = ask(closed, made)
    return (0, "") if found is None else (found.status, head(found, "www-authenticate") or "")


def test_a_bearer_token_that_is_not_bound_needs_no_proof() -> None:
    assert refusal(policy(), exchange("GET", "/items", [bearer(token())])) == (0, "")
    assert refusal(policy(), exchange("GET", "/items")) == (0, "")


@pytest.mark.parametrize("kind", ["holder", "rsa holder", "ed holder", "p384 holder"])
def test_a_bound_token_with_its_proof_passes(kind: str) -> None:
    holder = Holder(kind)
    text = holder.token()
    assert refusal(policy(), exchange("GET", "/items", holder.sends("GET", ITEMS, text))) == (0, "")


def test_a_bound_token_is_no_bearer_token() -> None:
    holder = Holder()
    text = holder.token()
    bare = exchange("GET", "/items", [bearer(text)])
    status, challenge = refusal(policy(), bare)
    assert status == 401
    assert challenge.startswith('DPoP error="invalid_token", algs="ES256 ')
    with_proof = exchange("GET", "/items", [bearer(text), ("dpop", holder.proof("GET", ITEMS, text))])
    assert refusal(policy(), with_proof)[0] == 401


def test_a_token_that_is_not_bound_is_refused_under_the_scheme_of_those_that_are() -> None:
    holder = Holder()
    text = token()
    assert refusal(policy(), exchange("GET", "/items", holder.sends("GET", ITEMS, text)))[0] == 401


Forge = Callable[[Holder, str], list[tuple[str, str]]]


def sent(**rest: Any) -> Forge:
    return lambda holder, text: holder.sends("GET", ITEMS, text, **rest)


def stranger(holder: Holder, text: str) -> list[tuple[str, str]]:
    return Holder("thief").sends("GET", ITEMS, text)


def foreign_signature(holder: Holder, text: str) -> list[tuple[str, str]]:
    return holder.sends("GET", ITEMS, text, key=key_of("thief"))


def two(holder: Holder, text: str) -> list[tuple[str, str]]:
    return [*holder.sends("GET", ITEMS, text), ("dpop", holder.proof("GET", ITEMS, text))]


def joined(holder: Holder, text: str) -> list[tuple[str, str]]:
    first = holder.proof("GET", ITEMS, text)
    return [("authorization", f"DPoP {text}"), ("dpop", f"{first}, {holder.proof('GET', ITEMS, text)}")]


def without(holder: Holder, text: str) -> list[tuple[str, str]]:
    return [("authorization", f"DPoP {text}")]


def private(holder: Holder, text: str) -> list[tuple[str, str]]:
    number = holder.key.private_numbers().private_value.to_bytes(32, "big")
    from base64 import urlsafe_b64encode  # noqa: PLC0415

    jwk = {**holder.jwk, "d": urlsafe_b64encode(number).rstrip(b"=").decode()}
    return holder.sends("GET", ITEMS, text, headers={"jwk": jwk})


def symmetric(holder: Holder, text: str) -> list[tuple[str, str]]:
    jwk = {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U"}
    return holder.sends(
        "GET", ITEMS, text, headers={"jwk": jwk, "alg": "HS256"}, key=b"secretsecretsecretsecretsecretse"
    )


@pytest.mark.parametrize(
    "forge",
    [without, two, joined, stranger, foreign_signature, private, symmetric,
     sent(htm="POST"), sent(htm="get"), sent(htm=None), sent(htu=f"{ORIGIN}/items/1"), sent(htu="http://api.test/items"),
     sent(htu="https://evil.test/items"), sent(htu="https://api.test:8443/items"), sent(htu="/items"), sent(htu=None),
     sent(htu="https://api.test@evil.test/items"), sent(htu="https://[/items"), sent(htu=7),
     sent(ath=digest(b"another")), sent(ath=None), sent(ath=""), sent(ath="\u00e9"), sent(jti=None), sent(jti=""), sent(jti=7),
     sent(jti="x" * 600), sent(iat=None), sent(iat="now"), sent(iat=True), sent(iat=int(time.time()) - 3600),
     sent(iat=int(time.time()) + 3600), sent(headers={"typ": "JWT"}), sent(headers={"typ": "at+jwt"}),
     sent(headers={"jwk": None}), sent(headers={"jwk": "key"}), sent(headers={"jwk": {"kty": "EC"}}), sent(headers={"crit": ["x"]}),
     sent(headers={"x5u": "https://evil.test"})],
    ids=lambda forge: getattr(forge, "__name__", ""),
)  # fmt: skip
def test_a_proof_of_anything_else_is_none(forge: Forge) -> None:
    holder = Holder()
    text = holder.token()
    status, challenge = refusal(policy(), exchange("GET", "/items", forge(holder, text)))
    assert status == 401
    assert challenge.startswith("DPoP error=")
    assert refusal(policy(), exchange("GET", "/items", holder.sends("GET", ITEMS, text)))[0] == 0


@pytest.mark.parametrize(
    "proof",
    ["", ".", "a.b.c", "x" * 5000, "eyJhbGciOiJub25lIiwidHlwIjoiZHBvcCtqd3QifQ.e30.", "\u00ff.\u00ff.\u00ff"],
)
def test_what_is_no_proof_is_refused(proof: str) -> None:
    holder = Holder()
    made = exchange("GET", "/items", [("authorization", f"DPoP {holder.token()}"), ("dpop", proof)])
    assert refusal(policy(), made)[0] == 401


@pytest.mark.parametrize(
    "uri",
    ["https://API.test/items", "HTTPS://api.test:443/items", "https://api.test/items?x=1#y", "https://api.test/%69tems",
     "https://api.test/%69te%6ds"],
)  # fmt: skip
def test_a_uri_may_be_spelt_in_other_ways(uri: str) -> None:
    holder = Holder()
    text = holder.token()
    assert refusal(policy(), exchange("GET", "/items?page=2", holder.sends("GET", uri, text)))[0] == 0


def test_the_host_header_is_no_origin() -> None:
    """A proof that was meant for another server is not made ours by the sender's own word."""
    holder = Holder()
    text = holder.token()
    made = exchange("GET", "/items", [("host", "evil.test"), *holder.sends("GET", "https://evil.test/items", text)])
    assert refusal(policy(), made)[0] == 401


def test_what_a_proxy_takes_off_the_path_belongs_to_the_origin() -> None:
    holder = Holder()
    text = holder.token()
    behind = policy(origins=["https://api.test/v1/", "https://old.test"])
    assert refusal(behind, exchange("GET", "/items", holder.sends("GET", "https://api.test/v1/items", text)))[0] == 0
    assert refusal(behind, exchange("GET", "/items", holder.sends("GET", "https://old.test/items", text)))[0] == 0
    assert refusal(behind, exchange("GET", "/items", holder.sends("GET", ITEMS, text)))[0] == 401


def test_without_origins_the_documents_servers_are_believed_and_without_those_no_proof_is() -> None:
    holder = Holder()
    text = holder.token()
    only = (ID, "jwt.verify-before-use")
    served = compiled(shop(servers=[{"url": "https://api.test/v1"}]), only=only, issuers={"main": issuer()})
    uri = "https://api.test/v1/items"
    assert refusal(served, exchange("GET", "/v1/items", holder.sends("GET", uri, text)))[0] == 0
    nowhere = compiled(shop(), only=only, issuers={"main": issuer()})
    assert refusal(nowhere, exchange("GET", "/items", holder.sends("GET", ITEMS, text)))[0] == 401


def test_a_proof_is_good_once() -> None:
    holder = Holder()
    text = holder.token()
    guarded = policy()
    headers = holder.sends("GET", ITEMS, text, jti="once")
    assert refusal(guarded, exchange("GET", "/items", headers))[0] == 0
    assert refusal(guarded, exchange("GET", "/items", headers))[0] == 401
    assert refusal(guarded, exchange("GET", "/items", holder.sends("GET", ITEMS, text)))[0] == 0
    other = Holder("other")  # whose names are his own
    assert refusal(guarded, exchange("GET", "/items", other.sends("GET", ITEMS, other.token(), jti="once")))[0] == 0


def test_a_refused_proof_uses_nothing_up() -> None:
    holder = Holder()
    text = holder.token()
    guarded = policy()
    assert refusal(guarded, exchange("GET", "/items", holder.sends("GET", ITEMS, text, jti="a", htm="POST")))[0] == 401
    assert refusal(guarded, exchange("GET", "/items", holder.sends("GET", ITEMS, text, jti="a")))[0] == 0


def test_a_store_that_has_to_be_asked_decides_in_its_own_time() -> None:
    holder = Holder()
    text = holder.token()
    guarded = policy()

    async def first(key: str, seconds: float) -> bool:
        return key not in seen

    seen: set[str] = set()
    with patch.object(type(guarded.site.store.once), "first", lambda _, key, seconds: first(key, seconds)):
        assert refusal(guarded, exchange("GET", "/items", holder.sends("GET", ITEMS, text)))[0] == 0

        class Everything(set[str]):
            def __contains__(self, _: object) -> bool:
                return True

        seen = Everything()
        assert refusal(guarded, exchange("GET", "/items", holder.sends("GET", ITEMS, text)))[0] == 401


def test_a_nonce_of_ours_is_asked_for_and_then_taken() -> None:
    holder = Holder()
    text = holder.token()
    guarded = policy(nonce=True)
    bare = ask(guarded, exchange("GET", "/items", holder.sends("GET", ITEMS, text)))
    assert bare is not None
    assert 'error="use_dpop_nonce"' in (head(bare, "www-authenticate") or "")
    nonce = head(bare, "dpop-nonce")
    assert nonce
    # The clock of the client does not matter then (RFC 9449 section 4.3, step 11).
    late = holder.sends("GET", ITEMS, text, nonce=nonce, iat=int(time.time()) - 7200)
    assert refusal(guarded, exchange("GET", "/items", late))[0] == 0
    assert refusal(guarded, exchange("GET", "/items", late))[0] == 401
    for wrong in ("", "x", nonce[:-2] + "AA", nonce + "A", "\u00e9", 7):
        found = refusal(guarded, exchange("GET", "/items", holder.sends("GET", ITEMS, text, nonce=wrong)))
        assert found[0] == 401
        assert "use_dpop_nonce" in found[1]


def test_nonces_end_and_are_shared_by_those_who_share_a_key() -> None:
    now = 1_000_000.0
    ours, theirs = Nonces(b"k" * 32, 300, lambda: now), Nonces(b"k" * 32, 300, lambda: now)
    strangers = Nonces(b"s" * 32, 300, lambda: now)
    nonce = ours.make()
    assert theirs.accepts(nonce)
    assert not strangers.accepts(nonce)
    now += 300
    assert ours.accepts(nonce)
    now += 1
    assert not ours.accepts(nonce)
    now -= 301 + AHEAD + 1
    assert not ours.accepts(nonce)


def test_an_operation_may_demand_bound_tokens() -> None:
    holder = Holder()
    guarded = compiled(
        shop(),
        only=(ID, "jwt.verify-before-use"),
        issuers={"main": issuer()},
        controls={ID: {"origins": [ORIGIN]}},
        operations={"POST /items": _override({ID: {"demand": "dpop"}})},
    )
    text = holder.token()
    assert refusal(guarded, exchange("GET", "/items", [bearer(token())]))[0] == 0
    status, challenge = refusal(guarded, exchange("POST", "/items", [bearer(token())]))
    assert status == 401
    assert challenge.startswith("DPoP ")
    assert refusal(guarded, exchange("POST", "/items", holder.sends("POST", ITEMS, text)))[0] == 0


def _override(controls: dict[str, Any]) -> Any:
    from ostiary.config import Override  # noqa: PLC0415

    return Override(controls=controls)


# certificates


def shown(text: str, certificate: bytes = b"", headers: Any = (), peer: str = "192.0.2.7") -> Exchange:
    made = exchange("GET", "/items", [bearer(text), *headers], peer=peer)
    made.certificate = certificate
    return made


def bound_to(thumbprint: str, **claims: Any) -> str:
    return token(cnf={"x5t#S256": thumbprint}, **claims)


def test_a_token_of_a_certificate_works_on_its_connection_alone() -> None:
    authority = Authority()
    client, thief = authority.client(), authority.client("thief")
    text = bound_to(client.thumbprint)
    assert refusal(policy(), shown(text, client.der))[0] == 0
    for certificate in (b"", thief.der, client.der + b"\0"):
        status, challenge = refusal(policy(), shown(text, certificate))
        assert (status, challenge) == (401, 'Bearer error="invalid_token"')


def test_a_token_may_be_bound_to_both() -> None:
    holder = Holder()
    client = Authority().client()
    text = holder.token(cnf={"jkt": holder.thumbprint, "x5t#S256": client.thumbprint})
    made = exchange("GET", "/items", holder.sends("GET", ITEMS, text))
    assert refusal(policy(), made)[0] == 401
    made = exchange("GET", "/items", holder.sends("GET", ITEMS, text))
    made.certificate = client.der
    assert refusal(policy(), made)[0] == 0


@pytest.mark.parametrize("cnf", [{"kid": "one"}, {"jwk": {"kty": "EC"}}, "text", {"jkt": 7}, {"x5t#S256": None}])
def test_a_token_that_is_bound_to_something_else_is_nobodys(cnf: Any) -> None:
    assert refusal(policy(), shown(token(cnf=cnf)))[0] == 401


@pytest.mark.parametrize(
    ("demand", "dpop", "mtls"), [("dpop", 0, 401), ("mtls", 401, 0), ("any", 0, 0), ("none", 0, 0)]
)
def test_what_is_demanded_is_asked_for(demand: str, dpop: int, mtls: int) -> None:
    holder, client = Holder(), Authority().client()
    guarded = policy(demand=demand)
    text = holder.token()
    assert refusal(guarded, exchange("GET", "/items", holder.sends("GET", ITEMS, text)))[0] == dpop
    assert refusal(guarded, shown(bound_to(client.thumbprint), client.der))[0] == mtls
    assert refusal(guarded, shown(token()))[0] == (0 if demand == "none" else 401)


def standard(der: bytes) -> str:
    return f":{b64encode(der).decode()}:"


def test_a_proxy_of_ours_may_show_a_certificate_in_a_header_and_nobody_else() -> None:
    client = Authority().client()
    text = bound_to(client.thumbprint)
    guarded = policy(**{"certificate-header": "Client-Cert", "proxies": ["10.0.0.0/8"]})
    value = standard(client.der)
    assert refusal(guarded, shown(text, headers=[("client-cert", value)], peer="10.1.2.3"))[0] == 0
    pem = quote(client.pem.decode(), safe="")
    assert refusal(guarded, shown(text, headers=[("client-cert", pem)], peer="10.1.2.3"))[0] == 0
    for headers, peer in (
        ([("client-cert", value)], "192.0.2.7"),
        ([("client_cert", value)], "10.1.2.3"),
        ([("client-cert", value), ("client-cert", value)], "10.1.2.3"),
        ([("client-cert", standard(Authority().client().der))], "10.1.2.3"),
        ([], "10.1.2.3"),
        *(([("client-cert", junk)], "10.1.2.3") for junk in ("", ":", "::", ":*:", value[1:], "x" * 20_000, pem + pem)),
    ):
        assert refusal(guarded, shown(text, headers=headers, peer=peer))[0] == 401


def test_a_proxys_own_certificate_is_not_its_clients() -> None:
    client = Authority().client()
    guarded = policy(**{"certificate-header": "client-cert", "proxies": ["10.0.0.0/8"]})
    assert refusal(guarded, shown(bound_to(client.thumbprint), client.der, peer="10.1.2.3"))[0] == 401
    assert refusal(guarded, shown(bound_to(client.thumbprint), client.der))[0] == 0


@pytest.mark.parametrize("name", ["client-cert", "client_cert", "client-cert-chain", "client_cert-chain"])
def test_no_stranger_says_client_cert_to_the_application(name: str) -> None:
    made = exchange("GET", "/items", [(name, "x"), ("accept", "*/*")])
    assert ask(policy(), made) is None
    assert [key for key, _ in made.headers] == [b"host", b"accept"]
    trusted = policy(**{"certificate-header": "client-cert", "proxies": ["10.0.0.0/8"]})
    made = exchange("GET", "/items", [("client-cert", "x")], peer="10.1.2.3")
    assert ask(trusted, made) is None
    assert (b"client-cert", b"x") in made.headers


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"origins": ["api.test"]}, "is not an origin"), ({"origins": ["https://api.test/?x"]}, "is not an origin"),
     ({"origins": ["https://u@api.test"]}, "is not an origin"), ({"origins": [], "demand": "dpop"}, "set origins"),
     ({"algorithms": ["HS256"]}, "cannot sign a proof"), ({"algorithms": ["none"]}, "cannot sign a proof"),
     ({"algorithms": []}, "cannot sign a proof"), ({"window": "0s"}, "no proof would ever be good"),
     ({"certificate-header": "client-cert"}, "come together"), ({"proxies": ["10.0.0.0/8"]}, "come together"),
     ({"certificate-header": "client-cert", "proxies": ["10.0.0.1/8"]}, "is not a network"),
     ({"nonce": True, "nonce-key": Secret("short")}, "shorter than 32 bytes")],
)  # fmt: skip
def test_what_cannot_work_stops_the_start(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        policy(**settings)


def test_without_an_issuer_it_is_idle_or_a_mistake() -> None:
    assert ID not in compiled(shop()).plans[0].controls
    with pytest.raises(ConfigError, match="no issuer is known"):
        compiled(shop(), controls={ID: {"demand": "dpop"}})


def test_a_refusal_says_nothing_of_what_was_sent() -> None:
    holder = Holder()
    text = holder.token()
    found = ask(policy(), exchange("GET", "/items", holder.sends("GET", ITEMS, text, htu="https://evil.test/x")))
    assert isinstance(found, Reply)
    assert b"evil" not in found.body
    assert answer(policy(), exchange("GET", "/items"), 200, []).status == 200
