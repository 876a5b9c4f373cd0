"""Servers that believe one kind of forgery each, over a real socket: found as what it is; the strict one passes all."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
import urllib.request
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

import jwt
import pytest

from answering import says, server
from exchanges import api_of
from minting import jwk, key, pem
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.controls.jwt.access_ttl_short import live as ttl
from ostiary.model import Api, Outcome, Severity
from shop import OK

SECRET = secrets.token_urlsafe(48)
BEARER = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}}
Believes = Callable[[Mapping[str, Any], str], bool]


def api() -> Api:
    secured = {"get": {"security": [{"bearer": []}], "responses": OK}}
    return api_of({"/profile": secured, "/orders": secured, "/notes": secured}, components=BEARER)


def minted(secret: Any = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    now = int(time.time())
    whole = {"sub": "u-1", "iat": now, "exp": now + 600, **claims}
    return jwt.encode(whole, secret, algorithm=algorithm)


def audited(
    control: str,
    believes: Believes = lambda _, __: False,
    *,
    secret: Any = SECRET,
    algorithm: str = "HS256",
    carried: str = "Authorization: Bearer {}",
    only: str = "/",
    strictly: bool = True,
    claims: Mapping[str, Any] | None = None,
    others: Mapping[str, str] | None = None,
) -> Result:
    """One control against a server that asks PyJWT, unless `believes` says otherwise under the path `only`."""
    public = pem(secret) if algorithm[0] in "RE" else secret

    def respond(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/.well-known/jwks.json":
            says(json.dumps({"keys": [jwk(algorithm)]} if algorithm[0] in "RE" else {}).encode())(handler)
            return
        name, _, form = carried.partition(": ")
        value = handler.headers.get(name, "")
        raw = value.removeprefix(form.partition("{}")[0]).partition(";")[0]
        known = handler.path in {"/profile", "/orders", "/notes"}
        says(
            *(
                (b'{"id": "u-1"}', 200)
                if known and let_in(handler.path, raw)
                else (b'{"error": "no"}', 401 if known else 404)
            )
        )(handler)

    def let_in(path: str, raw: str) -> bool:
        try:
            if raw.count(".") >= 2 and path.startswith(only) and believes(jwt.get_unverified_header(raw), raw):
                return True
            options: Any = {"verify_exp": strictly, "verify_sub": False}
            jwt.decode(raw, public, algorithms=[algorithm], options=options)
        except Exception:
            return False
        return True

    given = {"me": minted(secret, algorithm, **(claims or {})), **(others or {})}
    name, _, form = carried.partition(": ")
    identities = {who: [(name, form.format(each))] for who, each in given.items()}
    with server(respond) as url:
        report = asyncio.run(audit(url, api=api(), only=[control], identities=identities, register=False))
    return report.results[0]


def alg(value: str) -> Believes:
    return lambda header, _: header.get("alg") == value


NONE = [alg("none"), alg("None"), alg("NONE"), alg("nOnE"), alg("")]


@pytest.mark.parametrize("believes", NONE, ids=["none", "None", "NONE", "nOnE", "empty"])
def test_every_spelling_of_none_is_tried(believes: Believes) -> None:
    result = audited("jwt.algorithm-pinned", believes)
    assert (result.outcome, "unsigned" in result.why) == (Outcome.FAIL, True)
    assert set(result.findings[0].places) == {"GET /profile", "GET /orders", "GET /notes"}


def test_none_is_found_where_it_wants_a_signature_all_the_same() -> None:
    result = audited("jwt.algorithm-pinned", lambda head, raw: head["alg"] == "none" and not raw.endswith("."))
    assert "with a signature" in result.why


def _own_jwk(header: Mapping[str, Any], raw: str) -> bool:
    found = header.get("jwk") or {}
    if found.get("kty") not in {"RSA", "EC"}:
        return False
    jwt.decode(raw, jwt.PyJWK(found).key, algorithms=[str(header["alg"])])
    return True


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256"])
def test_a_key_in_the_token_is_found(algorithm: str) -> None:
    secret = SECRET if algorithm == "HS256" else key(algorithm)
    assert audited("jwt.algorithm-pinned", secret=secret, algorithm=algorithm).outcome is Outcome.PASS
    result = audited("jwt.algorithm-pinned", _own_jwk, secret=secret, algorithm=algorithm)
    assert (result.outcome, "brings its own key" in result.why) == (Outcome.FAIL, True)


def test_a_fault_in_one_area_is_found_in_that_area() -> None:
    def unsigned(_: Mapping[str, Any], raw: str) -> bool:
        return bool(jwt.decode(raw, options={"verify_signature": False}))

    result = audited("jwt.verify-before-use", unsigned, only="/notes")
    assert result.outcome is Outcome.FAIL
    assert result.findings[0].places == ("GET /notes",)


def test_the_signature_of_another_caller_is_tried() -> None:
    bob = minted(sub="u-2")
    remembered = bob.rpartition(".")[2]

    def known(_: Mapping[str, Any], raw: str) -> bool:
        return raw.rpartition(".")[2] == remembered

    others = {"bob": bob}
    assert audited("jwt.verify-before-use", others=others).outcome is Outcome.PASS
    assert "another caller" in audited("jwt.verify-before-use", known, others=others).why


def _opens_to(believes: Callable[[str], bool]) -> Callable[[BaseHTTPRequestHandler], None]:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        known = handler.path in {"/profile", "/orders", "/notes"}
        status = 404 if not known else 200 if believes(handler.headers.get("authorization", "")) else 401
        says(b'{"id": 1}' if status == 200 else b"{}", status)(handler)

    return respond


def test_what_opens_to_rubbish_is_not_the_tokens_fault() -> None:
    with server(_opens_to(bool)) as url:
        identities = {"me": [("Authorization", f"Bearer {minted()}")]}
        report = asyncio.run(audit(url, api=api(), only=["jwt.*"], identities=identities, register=False))
    found = {each.id: each for each in report.results}
    for each in ("jwt.algorithm-pinned", "jwt.verify-before-use", "jwt.strong-secret"):
        assert (found[each].outcome, "no token at all" in found[each].why) == (Outcome.UNKNOWN, True)
    assert found["jwt.size-bounded"].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("carried", ["Cookie: session={}", "X-Access-Token: {}", "Authorization: Token {}"])
def test_a_token_is_forged_wherever_it_is_carried(carried: str) -> None:
    assert audited("jwt.algorithm-pinned", carried=carried).outcome is Outcome.PASS
    assert audited("jwt.algorithm-pinned", alg("none"), carried=carried).outcome is Outcome.FAIL


def test_an_opaque_token_is_nothing_to_forge() -> None:
    with server(_opens_to(lambda sent: sent == "Bearer k7Gq")) as url:
        identities = {"me": [("Authorization", "Bearer k7Gq")]}
        report = asyncio.run(
            audit(
                url,
                api=api_of({"/profile": {"get": {"responses": OK}}}),
                only=["jwt.*"],
                identities=identities,
                register=False,
            )
        )
    forged = [each for each in report.results if each.id in {"jwt.algorithm-pinned", "jwt.verify-before-use"}]
    assert {each.outcome for each in forged} == {Outcome.NOT_APPLICABLE}


def _fetched(header: Mapping[str, Any]) -> Any:
    with urllib.request.urlopen(header["jku"], timeout=5) as reply:
        return json.load(reply)


def test_a_key_that_is_fetched_from_where_the_token_says_is_critical() -> None:
    def believes(header: Mapping[str, Any], raw: str) -> bool:
        if "jku" not in header:
            return False
        first = _fetched(header)["keys"][0]
        return bool(jwt.decode(raw, jwt.PyJWK(first).key, algorithms=[first["alg"]]))

    result = audited("beyond.jwt-claims-validated", believes)
    assert (result.outcome, result.severity, "jku" in result.why) == (Outcome.FAIL, Severity.CRITICAL, True)


def test_a_fetch_alone_is_a_finding_of_its_own() -> None:
    def fetches(header: Mapping[str, Any], _: str) -> bool:
        return "jku" in header and not _fetched(header)

    result = audited("beyond.jwt-claims-validated", fetches)
    assert (result.outcome, result.severity, "fetches" in result.why) == (Outcome.FAIL, Severity.HIGH, True)
    assert audited("beyond.jwt-claims-validated").outcome is Outcome.UNKNOWN  # issuer and audience stay open


def test_an_empty_file_for_a_key_is_found() -> None:
    def reads(header: Mapping[str, Any], raw: str) -> bool:
        if not str(header.get("kid", "")).endswith("dev/null"):
            return False
        import hashlib  # noqa: PLC0415 - by hand: PyJWT refuses an empty key
        import hmac  # noqa: PLC0415 - as above

        text, _, signature = raw.rpartition(".")
        made = hmac.new(b"", text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode() == signature

    assert "empty file" in audited("beyond.jwt-claims-validated", reads).why


def test_a_token_that_is_about_to_end_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ttl, "LEEWAY", 1.0)
    brief = {"exp": int(time.time()) + 4, "iat": int(time.time())}
    assert audited("jwt.access-ttl-short", claims=brief).outcome is Outcome.PASS
    brief = {"exp": int(time.time()) + 4, "iat": int(time.time())}
    assert "has expired" in audited("jwt.access-ttl-short", claims=brief, strictly=False).why


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_a_finding_says_whose_tokens_they_are_and_not_the_secret() -> None:
    result = audited(
        "jwt.strong-secret", secret="hunter2024", claims={"iss": "https://id.test", "aud": "shop", "role": "a"}
    )
    assert result.outcome is Outcome.UNKNOWN  # no word of ours
    result = audited("jwt.strong-secret", secret="Password2024", claims={"iss": "https://id.test", "role": "a"})
    facts = dict(result.findings[0].facts)
    assert (facts["issuer"], facts["algorithm"], facts["header"]) == ("https://id.test", "HS256", "authorization")
    assert facts["claims"] == {"subject": "sub", "roles": "role"}
    assert "Password2024" not in repr(result)
