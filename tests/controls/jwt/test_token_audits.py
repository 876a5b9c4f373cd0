"""Tokens under audit: a server that believes too much fails for exactly that, and nothing is proved where nothing is shut."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
import pytest

from closing import InProcess, Request, Response, app_of, audited
from exchanges import api_of
from minting import SECRET, jwk, key, pem
from ostiary.model import Api, Finding, Outcome, Severity
from shop import OK

BEARER = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}}
FORGED = ("jwt.algorithm-pinned", "jwt.verify-before-use", "beyond.jwt-claims-validated")
STRICT = {"require": ["exp"]}


def api(**rest: Any) -> Api:
    secured = {"get": {"operationId": "me", "security": [{"bearer": []}], "responses": OK}}
    return api_of({"/profile": secured, "/news": {"get": {"security": [], "responses": OK}}}, components=BEARER, **rest)


def minted(secret: Any = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    now = int(time.time())
    usual = {"sub": "u-1", "iat": now, "exp": now + 600, "aud": "shop", "iss": "https://id.test"}
    whole = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return jwt.encode(whole, secret, algorithm=algorithm)


def server(secret: Any = SECRET, *, open_to_all: bool = False, believes: Any = None, **options: Any) -> Any:
    """A server that asks PyJWT, strictly unless `believes` decides first (on header and raw token)."""
    given = {"algorithms": ["HS256"], "audience": "shop", "issuer": "https://id.test", "options": STRICT, **options}

    def respond(request: Request) -> Response:
        if request.path == "/.well-known/jwks.json":
            return Response(200, json.dumps({"keys": [jwk("RS256")]}))
        if request.path != "/profile" or open_to_all:
            return Response(200, '{"news": []}')
        raw = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            if not (believes and raw and believes(jwt.get_unverified_header(raw), raw)):
                jwt.decode(raw, secret, **given)
        except jwt.PyJWTError as error:
            return Response(401, json.dumps({"detail": str(error)}))
        return Response(200, '{"id": "u-1"}')

    return respond


def found(control: str, respond: Any, **tokens: str) -> Finding:
    credentials: Mapping[str, tuple[str, str]] = {
        name: ("authorization", f"Bearer {each}") for name, each in tokens.items()
    }
    return audited(control, InProcess(app_of(respond), api(), credentials=credentials))


@pytest.mark.parametrize("control", FORGED[:2])
def test_a_strict_server_passes(control: str) -> None:
    assert found(control, server(), me=minted()).outcome is Outcome.PASS


def test_unsigned_tokens_are_the_algorithms_fault_alone() -> None:
    careless = server(believes=lambda header, _: header["alg"].lower() == "none")
    assert found("jwt.algorithm-pinned", careless, me=minted()).outcome is Outcome.FAIL
    assert found("jwt.verify-before-use", careless, me=minted()).outcome is Outcome.PASS


def test_where_no_signature_counts_that_is_the_finding() -> None:
    careless = server(options={"verify_signature": False})
    assert found("jwt.verify-before-use", careless, me=minted()).outcome is Outcome.FAIL
    assert found("jwt.algorithm-pinned", careless, me=minted()).outcome is Outcome.UNKNOWN
    assert found("beyond.jwt-claims-validated", careless, me=minted()).outcome is Outcome.UNKNOWN


def test_a_public_key_taken_for_a_shared_secret_is_found() -> None:
    public = pem(key("RS256"))

    def confused(header: Mapping[str, Any], raw: str) -> bool:
        import hashlib  # noqa: PLC0415 - by hand: PyJWT refuses to make this mistake
        import hmac  # noqa: PLC0415 - as above

        text, _, signature = raw.rpartition(".")
        made = hmac.new(public.encode(), text.encode(), hashlib.sha256).digest()
        return header["alg"] == "HS256" and jwt.utils.base64url_encode(made).decode() == signature

    good: dict[str, Any] = {"algorithms": ["RS256"]}
    token = minted(key("RS256"), "RS256")
    assert found("jwt.algorithm-pinned", server(public, **good), me=token).outcome is Outcome.PASS
    finding = found("jwt.algorithm-pinned", server(public, believes=confused, **good), me=token)
    assert (finding.outcome, "public key" in finding.why) == (Outcome.FAIL, True)
    assert found("jwt.strong-secret", server(public, **good), me=token).outcome is Outcome.PASS  # there is no secret


@pytest.mark.parametrize(
    "control", [*FORGED, "jwt.strong-secret", "jwt.access-ttl-short", "beyond.sender-constrained-tokens"]
)
def test_nothing_is_proved_without_a_token_or_where_nobody_is_refused(control: str) -> None:
    assert found(control, server()).outcome is Outcome.UNKNOWN
    assert "--bearer" in found(control, server()).why
    assert found(control, server(open_to_all=True), me=minted()).outcome is Outcome.UNKNOWN
    assert (
        found(control, server(), me=minted(secret="x" * 40)).outcome is Outcome.UNKNOWN
    )  # the token itself is refused


def test_a_session_cookie_is_nothing_to_forge() -> None:
    def respond(request: Request) -> Response:
        return Response(200 if "s=" in request.headers.get("cookie", "") else 401, '{"id": 1}')

    plain = api_of({"/profile": {"get": {"responses": OK}}})
    http = InProcess(app_of(respond), plain, credentials={"me": ("cookie", "s=4f9c")})
    assert audited("jwt.algorithm-pinned", http).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_a_guessable_secret_is_found_and_one_that_is_not_is_unknown() -> None:
    assert found("jwt.strong-secret", server("secret123"), me=minted("secret123")).outcome is Outcome.FAIL
    assert found("jwt.strong-secret", server(), me=minted()).outcome is Outcome.UNKNOWN


def test_life_and_end() -> None:
    then = int(time.time()) - 90_000
    ended = minted(iat=then, exp=then + 600)
    control = "jwt.access-ttl-short"
    assert found(control, server(), me=minted(), expired=ended).outcome is Outcome.PASS
    assert found(control, server(), me=minted()).outcome is Outcome.UNKNOWN
    careless = server(options={"verify_exp": False})
    assert found(control, careless, me=minted(), expired=ended).outcome is Outcome.FAIL
    assert found(control, careless, me=minted(exp=None)).outcome is Outcome.FAIL
    assert "days" in found(control, server(), me=minted(exp=int(time.time()) + 30 * 86400)).why


def test_issuer_and_audience() -> None:
    control = "beyond.jwt-claims-validated"
    wrong = minted(aud="bank")
    assert found(control, server(), **{"me": minted(), "wrong-audience": wrong}).outcome is Outcome.PASS
    careless = server(options={"verify_aud": False})
    assert found(control, careless, **{"me": minted(), "wrong-audience": wrong}).outcome is Outcome.FAIL
    assert found(control, careless, me=minted(), bob=wrong).outcome is Outcome.UNKNOWN  # nobody said that it is wrong
    path = server(believes=lambda header, _: "dev/null" in str(header.get("kid")))
    assert found(control, path, me=minted()).outcome is Outcome.FAIL


def test_bound_tokens() -> None:
    control, bound = "beyond.sender-constrained-tokens", minted(cnf={"jkt": "x" * 43})
    assert found(control, server(), me=minted(), bound=bound).outcome is Outcome.FAIL  # PyJWT knows nothing of cnf

    def refuses(request: Request) -> Response:
        raw = request.headers.get("authorization", "").removeprefix("Bearer ")
        return Response(401, "{}") if raw == bound else server()(request)

    assert found(control, refuses, me=minted(), bound=bound).outcome is Outcome.PASS


def test_what_tokens_tell() -> None:
    control = "jwt.no-sensitive-claims"
    assert found(control, server(), me=minted()).outcome is Outcome.PASS
    assert found(control, server(), me=minted(email="alice@mail.example")).outcome is Outcome.FAIL
    assert (
        found(control, server(), me=minted(email="alice@mail.example", nonce="n")).outcome is Outcome.PASS
    )  # an ID token
    assert found(control, server(), me=minted(user={"password": "hunter2hunter"})).severity is Severity.HIGH


def test_size() -> None:
    def bounded(request: Request) -> Response:
        return Response(431, "") if len(request.headers.get("authorization", "")) > 8192 else server()(request)

    def crashes(request: Request) -> Response:
        return Response(500, "") if len(request.headers.get("authorization", "")) > 8192 else server()(request)

    assert found("jwt.size-bounded", server()).severity is Severity.INFO  # refused like any other, as fast
    assert found("jwt.size-bounded", crashes).severity is None
    assert found("jwt.size-bounded", crashes).outcome is Outcome.FAIL
    assert found("jwt.size-bounded", bounded).outcome is Outcome.PASS
    assert found("jwt.size-bounded", bounded, me=minted(pad="x" * 4000)).outcome is Outcome.FAIL
    assert found("jwt.size-bounded", server(open_to_all=True)).outcome is Outcome.NOT_APPLICABLE


def test_what_breaks_on_any_token_does_not_break_on_its_size() -> None:
    def breaking(request: Request) -> Response:
        return Response(500, "") if request.headers.get("authorization") else server()(request)

    assert found("jwt.size-bounded", breaking).outcome is Outcome.UNKNOWN


def test_size_is_no_matter_where_callers_are_known_by_keys() -> None:
    def keyed(request: Request) -> Response:
        return Response(200 if request.headers.get("x-api-key") else 401)

    keys = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}}
    shut = api_of({"/profile": {"get": {"security": [{"key": []}], "responses": OK}}}, components=keys)
    http = InProcess(app_of(keyed), shut, credentials={"alice": ("x-api-key", "k" * 20)})
    assert audited("jwt.size-bounded", http).outcome is Outcome.NOT_APPLICABLE
