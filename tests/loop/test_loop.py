"""The law: the audit fails a careless API for exactly the fault that is on, and passes it behind the guard.

For every control with both faces, one fault on, only this control enforced, in-process and through the gateway.
"""

from __future__ import annotations

import asyncio
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from loop import stage
from ostiary import catalogue
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.config import Config, Override, Tls
from ostiary.demo import careless, passes
from ostiary.demo.counter import TOKENS
from ostiary.demo.customers import ALICE, BOB
from ostiary.demo.faults import FAULTS
from ostiary.demo.loop import policy as whole
from ostiary.guard.app import Guard
from ostiary.model import Api, Kind, Outcome
from ostiary.parts import openapi

BOTH_FACES = [
    each
    for each in catalogue.ids()
    if catalogue.control(each).guard is not None and Kind.LIVE in catalogue.control(each).audits and each in FAULTS
]
# What a control cannot know by itself, as an operator would write it.
NEEDS: dict[str, dict[str, Any]] = {
    "access.https-only": {"clear-text": "never"},  # the test's clients are on loopback, where nobody listens in
    "access.private-allowlist": {"allow": ["192.0.2.0/24"]},  # where the test's clients are not
    "input.rate-spike-arrest": {"requests": 20, "burst": 20},  # fewer than the audit dares to send at once
    "input.rate-quota": {"requests": 5000, "per": "day"},
    "people.report-channel": {"contact": ["mailto:security@example.com"], "expires": "2027-06-30T00:00:00Z"},
}
# Where the shop keeps two controls by one means, or one hides the other, both are off.
ALSO: dict[str, tuple[str, ...]] = {
    "input.rate-spike-arrest": ("access.throttling",),  # the limit that it advertises might be one for seconds, too
}
# The fault cannot be seen from outside without harm: the audit has to say UNKNOWN, and neither FAIL nor PASS.
UNSEEN = {
    "input.rate-quota": "a quota over hours shows where it is advertised; that none is proves nothing, none is used up",
    "input.rate-concurrency": "the shop's slow operation writes, and a place is held by reads alone",
    "account.captcha-challenge": "that no challenge appears within a dozen guesses leaves what comes later open",
}
# Behind the guard, too.
UNPROVEN = {"input.rate-concurrency": UNSEEN["input.rate-concurrency"]}
# beyond.redos sees to it at start that patterns run in linear time; who runs them, before the application, is this.
WITH = {
    "beyond.redos": ("input.validation-schema",),
}
# These rest on who calls: the shop's own policy says whose tokens are believed and what belongs to whom.
WHOLE = whole("")
BY_TOKEN = frozenset(
    {
        "jwt.algorithm-pinned",
        "jwt.verify-before-use",
        "jwt.strong-secret",
        "jwt.access-ttl-short",
        "beyond.jwt-claims-validated",
        "beyond.sender-constrained-tokens",
        "processing.all-endpoints-authenticated",
        "beyond.function-level-authorization",
        "userdata.ownership-check",
        "processing.me-not-user-id",
        "oauth.scope-per-client",
        "mobile.no-server-to-server-calls",
    }
)
# What comes in: which fields, which limits, which secrets, the shop's own policy says.
BY_POLICY = frozenset(
    {
        "account.no-open-redirect",
        "account.block-crlf",
        "account.block-script-schemes",
        "account.otp-not-in-response",
        "input.injection-sql",
        "input.injection-rce",
        "input.injection-xss",
        "beyond.mass-assignment",
        "beyond.pagination-caps",
        "beyond.graphql-limits",
        "beyond.idempotency",
        "beyond.webhook-signatures",
        "beyond.request-smuggling",
        "beyond.ssrf-egress-control",
        "account.captcha-challenge",
        "input.rate-quota",
    }
)
ENDED = {"iat": -7 * 86400, "exp": -6 * 86400}  # from now
MORE: dict[str, dict[str, dict[str, Any]]] = {  # tokens that an operator would give besides Alice's own
    "jwt.strong-secret": {"weak": {"key": passes.WEAK_KEY}},
    "jwt.access-ttl-short": {"expired": ENDED},
    "beyond.jwt-claims-validated": {
        "wrong-issuer": {"iss": "https://else.example"},
        "wrong-audience": {"aud": "else"},
        "early": {"nbf": 3600},
    },
    "beyond.sender-constrained-tokens": {"bound": {"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}},
    "userdata.ownership-check": {"bob": {"sub": BOB}},
    "processing.me-not-user-id": {"bob": {"sub": BOB}},
    "oauth.scope-per-client": {"reader": {"scope": "orders:read"}},
}
OVER_TLS = frozenset({"access.hsts"})
BY_NAME = OVER_TLS | {"access.https-only"}  # on loopback addresses these do not apply


@cache
def document(fault: str) -> Api:
    plain = careless.document((fault,))
    if fault == "account.cookie-flags":  # a document whose example signs in
        body = plain["paths"]["/login"]["post"]["requestBody"]["content"]["application/json"]
        body["example"] = {"username": "alice", "password": "wonderland-37-gates"}
    return openapi.from_plain(plain, source="openapi.yaml")


def identities(control: str) -> dict[str, list[tuple[str, str]]]:
    """Alice's token, and what else an operator would give; elsewhere a token that says nothing by itself."""
    if control not in BY_TOKEN | BY_POLICY:
        return {"clerk": [("authorization", f"Bearer {next(iter(TOKENS))}")]}
    found = {"alice": passes.mint(ALICE)}
    for name, claims in MORE.get(control, {}).items():
        later = {key: int(time.time()) + each for key, each in claims.items() if key in {"iat", "exp", "nbf"}}
        rest = {key: each for key, each in claims.items() if key != "sub"}
        found[name] = passes.mint(claims.get("sub", ALICE), **{**rest, **later})
    return {name: [("authorization", f"Bearer {token}")] for name, token in found.items()}


def shops_own(control: str, **rest: Any) -> Config:
    operations = {
        name: Override(mode=each.mode, role=each.role, controls={control: each.controls[control]})
        for name, each in WHOLE.operations.items()
        if control in each.controls
    }
    own = NEEDS.get(control) or WHOLE.controls.get(control)
    controls = {control: own} if own is not None else {}
    only = (control, *WITH.get(control, ()))
    return Config(only=only, controls=controls, operations=operations, issuers=WHOLE.issuers, **rest)


def policy(control: str, **rest: Any) -> Config:
    if control in BY_TOKEN | BY_POLICY:
        return shops_own(control, **rest)
    return Config(
        only=(control, *WITH.get(control, ())), controls={control: NEEDS[control]} if control in NEEDS else {}, **rest
    )


def asked(control: str, port: int, api: Api, *, tls: Path | None = None) -> Result:
    host = stage.NAME if control in BY_NAME else "127.0.0.1"
    url = f"{'https' if tls else 'http'}://{host}:{port}"
    report = asyncio.run(
        audit(
            url,
            api=api,
            only=[control],
            kinds=[Kind.LIVE],
            identities=identities(control),
            cacert=str(tls / "cert.pem") if tls else None,
            resolve=[f"{stage.NAME}:{port}:127.0.0.1"],
            intrusive=catalogue.control(control).probe.value == "intrusive",
        )
    )
    (result,) = report.results
    return result


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage.make_certificate(tmp_path_factory.mktemp("tls"))


def shop(control: str) -> careless.Careless:
    return careless.make({control, *ALSO.get(control, ())}, https_only=control == "access.https-only")


def rested(control: str, port: int, api: Api, *, tls: Path | None) -> Result:
    """Asked again where the machine was too busy for a burst, which then ends for the target's sake."""
    for pause in (0, 2, 5, 10):
        time.sleep(pause)
        found = asked(control, port, api, tls=tls)
        if "became slow" not in found.why and "is busy" not in found.why:
            break
    return found


@pytest.mark.parametrize("control", BOTH_FACES)
def test_audit_finds_it_guard_closes_it_audit_proves_it(control: str, certificate: Path) -> None:
    tls = certificate if control in OVER_TLS else None
    api = document(control)
    with stage.serving(shop(control), tls=tls) as port:
        before = rested(control, port, api, tls=tls)
    found = Outcome.UNKNOWN if control in UNSEEN else Outcome.FAIL
    assert before.outcome is found, f"the fault is on, and the audit says: {before.why}"
    closed = Outcome.UNKNOWN if control in UNPROVEN else Outcome.PASS
    with stage.serving(Guard(shop(control), policy(control), api=api), tls=tls, nameless=True) as port:
        inside = rested(control, port, api, tls=tls)
    assert inside.outcome is closed, f"behind the guard: {inside.why} {inside.evidence[:2]}"
    with stage.serving(shop(control)) as port:
        secure = Tls(certificate=str(certificate / "cert.pem"), key=str(certificate / "key.pem")) if tls else None
        config = policy(
            control, upstream=f"http://127.0.0.1:{port}", listen="127.0.0.1:0", admin="127.0.0.1:0", tls=secure
        )
        with stage.guarding(config, api) as url:
            through = rested(control, int(url.rpartition(":")[2]), api, tls=tls)
    assert through.outcome is closed, f"behind the gateway: {through.why} {through.evidence[:2]}"


@pytest.mark.parametrize("control", BOTH_FACES)
def test_a_sound_api_is_not_accused(control: str, certificate: Path) -> None:
    tls = certificate if control in OVER_TLS else None
    with stage.serving(careless.make((), https_only=control == "access.https-only"), tls=tls, nameless=True) as port:
        found = asked(control, port, document("output.nosniff"), tls=tls)
    assert found.outcome is not Outcome.FAIL, f"{found.why} {found.evidence[:2]}"


def test_the_whole_audit_accuses_the_sound_shop_and_its_document_of_nothing() -> None:
    with stage.serving(careless.make(()), nameless=True) as port:
        report = asyncio.run(
            audit(
                f"http://127.0.0.1:{port}", api=document("output.nosniff"), identities=identities("userdata.ownership-check"),
                intrusive=True,
            )
        )  # fmt: skip
    said = {each.id: [found.why for found in each.findings] for each in report.results}
    assert {each.id: said[each.id] for each in report.failures} == {}
    assert [whys for whys in said.values() if any("crashed" in why for why in whys)] == []
