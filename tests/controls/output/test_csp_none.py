from __future__ import annotations

import asyncio

import pytest

from exchanges import answer, api_of, compiled, exchange, head
from inside import loop, replying
from ostiary.controls.output import csp_none
from ostiary.errors import ConfigError
from ostiary.model import Outcome, Severity
from recorded import Recorded, said
from samples import sample

API = api_of({"/items": {"get": {"responses": {}}}})
FULL = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HELMET = (  # 8, by default
    "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';"
    "img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';style-src 'self' https: 'unsafe-inline';"
    "upgrade-insecure-requests"
)
JSON = ("content-type", "application/json")
HTML = ("content-type", "text/html; charset=utf-8")


def test_guard_closes_what_the_audit_finds() -> None:
    careless = replying(lambda asked: (200, [JSON, ("content-security-policy", "default-src *")], b"{}"))
    assert loop("output.csp-none", careless, API) == ["FAIL", "PASS"]


def test_pages_may_keep_their_own_policy_and_data_may_not() -> None:
    kept = compiled(API, only=["output.csp-none"], controls={"output.csp-none": {"pages": "keep"}})
    own = [("content-security-policy", "script-src 'nonce-1'")]
    assert head(answer(kept, exchange("GET", "/items"), 200, [HTML, *own]), "content-security-policy") == own[0][1]
    assert head(answer(kept, exchange("GET", "/items"), 200, [JSON, *own]), "content-security-policy") == FULL
    assert head(answer(kept, exchange("GET", "/items"), 200, [HTML]), "content-security-policy") == FULL


def test_pages_may_have_a_policy_of_their_own() -> None:
    docs = compiled(API, only=["output.csp-none"], controls={"output.csp-none": {"pages": "default-src 'self'"}})
    assert head(answer(docs, exchange("GET", "/items"), 200, [HTML]), "content-security-policy") == "default-src 'self'"


@pytest.mark.parametrize("text", ["default-src \u2018none\u2019", "default-src 'none'\r\nx: y", "a, b", ""])
def test_a_policy_that_browsers_would_not_read_is_refused_at_start(text: str) -> None:
    with pytest.raises(ConfigError, match="one policy"):
        compiled(API, only=["output.csp-none"], controls={"output.csp-none": {"policy": text}})


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (FULL, ""),
        ("DEFAULT-SRC 'NONE'; frame-ancestors 'none'", ""),
        ("default-src; frame-ancestors 'none'", ""),  # an empty list allows nothing
        ("default-src 'self', default-src 'none'; frame-ancestors 'none'", ""),  # both policies apply
        ("default-src'none'", "malformed"),  # as one checklist prints it
        ("default-src \u2018none\u2019; frame-ancestors 'none'".encode().decode("latin-1"), "typographic"),
        ("default-src none", "without its quotes"),
        ("default-src 'none' https://cdn.example", "not 'none'"),
        ("default-src 'none'", "without frame-ancestors"),
        ("frame-ancestors 'self'; default-src 'none'", ""),  # who may embed it is another control's question
        ("default-src *; default-src 'none'", "twice"),
        ("frame-ancestors 'none'", "not 'none'"),
        (HELMET, "not 'none'"),
    ],
)  # fmt: skip
def test_parses_policies_of_data(value: str, fault: str) -> None:
    found = csp_none.fault_of(said(200, [JSON, ("content-security-policy", value)], "{}"))
    assert found == "" if not fault else fault in found


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("default-src 'self'; script-src 'nonce-r4nd0m' 'strict-dynamic' https: 'unsafe-inline'", ""),  # GitHub's way
        ("default-src 'self'", ""),
        ("script-src 'self' 'unsafe-inline'", "unsafe-inline"),
        ("script-src 'self' 'unsafe-eval' 'nonce-x'", "unsafe-eval"),
        ("script-src https:", "from anywhere"),
        ("default-src *", "from anywhere"),
        ("style-src 'self'", "says nothing about scripts"),
    ],
)
def test_parses_policies_of_pages(value: str, fault: str) -> None:
    found = csp_none.fault_of(said(200, [HTML, ("content-security-policy", value)], "<p>x</p>"))
    assert found == "" if not fault else fault in found


def test_report_only_forbids_nothing() -> None:
    found = csp_none.fault_of(said(200, [JSON, ("content-security-policy-report-only", FULL)], "{}"))
    assert "only reports" in found


def test_lacking_frame_ancestors_alone_is_a_remark() -> None:
    found = asyncio.run(
        csp_none.audit_live(Recorded([said(200, [JSON, ("content-security-policy", "default-src 'none'")], "{}")]))
    )
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.INFO)


@pytest.mark.parametrize("server", ["express-helmet-8.3.0", "django-5.2.19", "fastapi-0.165.0", "spring-boot-3.3.5"])
def test_no_recorded_server_does_it_by_default(server: str) -> None:
    found = asyncio.run(csp_none.audit_live(Recorded([sample(server, "ok-json"), sample(server, "not-found")])))
    assert found.outcome is Outcome.FAIL
