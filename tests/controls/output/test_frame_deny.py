from __future__ import annotations

import asyncio

import pytest

from exchanges import answer, api_of, compiled, exchange, head
from inside import loop, replying
from ostiary.config import from_plain
from ostiary.controls.output import frame_deny
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Outcome, Severity
from recorded import Recorded, said
from samples import sample

API = api_of({"/items": {"get": {"responses": {}}}, "/widget": {"get": {"responses": {}}}})
DENY = ("x-frame-options", "DENY")
NONE = ("content-security-policy", "frame-ancestors 'none'")


def test_guard_closes_what_the_audit_finds() -> None:
    careless = replying(lambda asked: (200, [("content-type", "text/html")], b"<p>consent</p>"))
    assert loop("output.frame-deny", careless, API) == ["FAIL", "PASS"]


def test_only_frame_ancestors_of_the_applications_policy_changes() -> None:
    policy = compiled(API, only=["output.frame-deny"])
    own = "default-src 'self'; frame-ancestors *; script-src 'nonce-abc'"
    reply = answer(policy, exchange("GET", "/items"), 200, [("content-security-policy", own)])
    assert (
        head(reply, "content-security-policy") == "default-src 'self'; script-src 'nonce-abc'; frame-ancestors 'none'"
    )


def test_an_operation_may_be_embedded_by_those_it_names() -> None:
    override = {"GET /widget": {"output": {"frame-deny": {"ancestors": ["https://shop.example"]}}}}
    policy = Compiled(from_plain({"operations": override, "only": ["output.frame-deny", "output.csp-none"]}), API)
    reply = answer(policy, exchange("GET", "/widget"), 200, [("x-frame-options", "SAMEORIGIN")])
    assert head(reply, "x-frame-options") is None
    assert (head(reply, "content-security-policy") or "").endswith(
        "form-action 'none'; frame-ancestors https://shop.example"
    )
    other = answer(policy, exchange("GET", "/items"), 200, [])
    assert [value for name, value in other.headers if name == b"x-frame-options"] == [b"DENY"]
    assert sum(name == b"content-security-policy" for name, _ in other.headers) == 1


def test_what_is_no_origin_is_refused_at_start() -> None:
    with pytest.raises(ConfigError, match="is no origin"):
        compiled(API, only=["output.frame-deny"], controls={"output.frame-deny": {"ancestors": ["a; script-src *"]}})


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ([DENY, NONE], ""),
        ([("x-frame-options", "deny"), ("content-security-policy", "default-src 'self'; Frame-Ancestors 'NONE'")], ""),
        ([DENY, ("content-security-policy", "default-src *, frame-ancestors 'none'")], ""),
        ([("content-security-policy", "frame-ancestors")], "without X-Frame-Options"),
        ([], "neither"),
        ([DENY], "no frame-ancestors"),
        ([("x-frame-options", "SAMEORIGIN"), NONE], "without X-Frame-Options: DENY"),
        ([("x-frame-options", "ALLOW-FROM https://a.example"), NONE], "ALLOW-FROM"),
        ([("x-frame-options", "DENY, SAMEORIGIN"), NONE], "contradicting"),
        ([DENY, ("x-frame-options", "SAMEORIGIN"), NONE], "contradicting"),
        ([DENY, ("content-security-policy", "frame-ancestors 'self'")], "lets other pages"),
        ([DENY, ("content-security-policy", "frame-ancestors none")], "lets other pages"),  # a host called none
        ([DENY, ("content-security-policy-report-only", "frame-ancestors 'none'")], "no frame-ancestors"),
    ],
)
def test_judges_the_effect(headers: list[tuple[str, str]], fault: str) -> None:
    found = frame_deny.fault_of(said(200, headers, "<p>x</p>"))
    assert found == "" if not fault else fault in found


def test_data_cannot_be_clicked_so_it_weighs_less_than_a_page() -> None:
    data = said(200, [("content-type", "application/json")], "{}")
    page = said(200, [("content-type", "text/html")], "<p>x</p>")
    assert asyncio.run(frame_deny.audit_live(Recorded([data]))).severity is Severity.INFO
    assert asyncio.run(frame_deny.audit_live(Recorded([data, page]))).severity is Severity.LOW


@pytest.mark.parametrize("server", ["express-helmet-8.3.0", "django-5.2.19", "fastapi-0.165.0", "nginx-1.22.1"])
def test_no_recorded_server_denies_framing_both_ways_by_default(server: str) -> None:
    found = asyncio.run(frame_deny.audit_live(Recorded([sample(server, "ok-json"), sample(server, "not-found")])))
    assert found.outcome is Outcome.FAIL


@pytest.mark.parametrize("alone", [DENY, NONE])
def test_either_header_alone_denies_it_to_browsers_and_weighs_little(alone: tuple[str, str]) -> None:
    page = said(200, [("content-type", "text/html"), alone], "<p>x</p>")
    assert asyncio.run(frame_deny.audit_live(Recorded([page]))).severity is Severity.INFO
