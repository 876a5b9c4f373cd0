from __future__ import annotations

import asyncio

import pytest

from exchanges import answer, api_of, compiled, exchange
from inside import loop, replying
from ostiary.controls.output import no_fingerprint_headers as module
from ostiary.errors import ConfigError
from ostiary.model import Outcome, Severity
from recorded import Recorded, said
from samples import raw, sample

API = api_of({"/items": {"get": {"responses": {}}}})
NAMED = [("server", "Kestrel"), ("x-powered-by", "ASP.NET"), ("x-aspnet-version", "4.0.30319"), ("via", "1.1 varnish")]


def test_guard_closes_what_the_audit_finds() -> None:
    careless = replying(lambda asked: (200, [*NAMED, ("content-type", "application/json")], b"{}"))
    assert loop("output.no-fingerprint-headers", careless, API) == ["FAIL", "PASS"]


def test_nothing_but_the_banners_goes() -> None:
    reply = answer(
        compiled(API, only=["output.no-fingerprint-headers"]), exchange("GET", "/items"), 200, [*NAMED, ("etag", '"1"')]
    )
    assert reply.headers == [(b"etag", b'"1"')]


def test_names_can_be_added_and_kept() -> None:
    settings = {"also": ["X-Build"], "keep": ["Via"]}
    policy = compiled(API, only=["output.no-fingerprint-headers"], controls={"output.no-fingerprint-headers": settings})
    reply = answer(policy, exchange("GET", "/items"), 200, [("x-build", "7"), ("via", "1.1 edge"), ("server", "x")])
    assert reply.headers == [(b"via", b"1.1 edge")]


@pytest.mark.parametrize("also", ["content-type", "no header"])
def test_what_cannot_work_is_refused_at_start(also: str) -> None:
    with pytest.raises(ConfigError):
        compiled(
            API, only=["output.no-fingerprint-headers"], controls={"output.no-fingerprint-headers": {"also": [also]}}
        )


def judged(*headers: tuple[str, str], body: str = "{}", status: int = 200) -> tuple[Outcome, Severity | None]:
    found = asyncio.run(module.audit_live(Recorded([said(status, headers, body)])))
    return found.outcome, found.severity


@pytest.mark.parametrize(
    "header",
    [
        ("server", "nginx/1.22.1"),
        ("server", "Apache/2.4.57 (Debian)"),
        ("server", "Microsoft-IIS/10.0"),
        ("server", "Werkzeug/3.1.9 Python/3.11.7"),
        ("server", "uvicorn"),
        ("x-powered-by", "Express"),
        ("x-powered-by", "PHP/8.2.36"),
        ("x-aspnetmvc-version", "5.2"),
        ("x-generator", "Drupal 10 (https://www.drupal.org)"),
        ("x-runtime", "0.012345"),
        ("via", "1.1 vegur/2.0 (Heroku)"),
    ],
)
def test_a_product_or_framework_is_a_fault(header: tuple[str, str]) -> None:
    assert judged(header) == (Outcome.FAIL, None)


@pytest.mark.parametrize("value", ["cloudflare", "nginx", "Google Frontend", "AmazonS3", "envoy"])
def test_a_widespread_front_without_version_is_a_remark(value: str) -> None:
    assert judged(("server", value)) == (Outcome.FAIL, Severity.INFO)


def test_nothing_or_an_empty_server_passes() -> None:
    assert judged(("server", ""), ("date", "x"))[0] is Outcome.PASS


def test_error_pages_name_versions_too() -> None:
    page = "<h1>Not Found</h1><hr><address>Apache/2.4.57 (Debian) Server at api.test Port 80</address>"
    assert judged(body=page, status=404)[0] is Outcome.FAIL
    assert judged(body=page, status=200)[0] is Outcome.PASS


def test_the_front_servers_own_answer_counts() -> None:
    http = Recorded([said(200, (), "{}")], raw=lambda data: raw("nginx-1.22.1", "bad-request-line"))
    assert asyncio.run(module.audit_live(http)).outcome is Outcome.FAIL


@pytest.mark.parametrize(("server", "outcome"), [("go-1.26.8", "PASS"), ("express-helmet-8.3.0", "PASS"), ("fastapi-0.165.0", "FAIL"),
                                                 ("tornado-6.6.1", "FAIL"), ("kinto-26.5.0", "FAIL"), ("php-8.2.36", "FAIL")])  # fmt: skip
def test_recorded_servers(server: str, outcome: str) -> None:
    found = asyncio.run(module.audit_live(Recorded([sample(server, "ok-json"), sample(server, "not-found")])))
    assert found.outcome == outcome
