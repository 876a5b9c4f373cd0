from __future__ import annotations

import asyncio

import pytest

from exchanges import answer, api_of, compiled, exchange
from inside import loop, replying
from ostiary.controls.output import nosniff
from ostiary.model import Outcome
from recorded import Recorded, said
from samples import sample

API = api_of({"/items": {"get": {"responses": {}}}})


def test_guard_closes_what_the_audit_finds() -> None:
    careless = replying(lambda asked: (200, [("content-type", "application/json")], b"{}"))
    assert loop("output.nosniff", careless, API) == ["FAIL", "PASS"]


def test_the_applications_value_is_replaced_and_refusals_carry_ours() -> None:
    policy = compiled(API, only=["output.nosniff", "input.method-405"])
    reply = answer(
        policy, exchange("GET", "/items"), 200, [("x-content-type-options", "none"), ("X-Content-Type-Options", "x")]
    )
    assert [value for name, value in reply.headers if name == b"x-content-type-options"] == [b"nosniff"]


# Values as software sends them: helmet 8, nginx without and with a doubled add_header, Spring Security 6, hand-written.
@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (["nosniff"], ""),
        (["NoSniff"], ""),
        (["nosniff, nosniff"], ""),
        (["nosniff", "nosniff"], ""),
        ([], "no X-Content"),
        (["'nosniff'"], "not nosniff"),
        (["nosniff;"], "not nosniff"),
        (["sniff, nosniff"], "not nosniff"),
        (["nosniff", "sniff"], "contradicting"),
        ([""], "not nosniff"),
    ],
)
def test_reads_the_header_as_browsers_do(values: list[str], fault: str) -> None:
    found = nosniff.fault_of(said(200, [("x-content-type-options", value) for value in values], "{}"))
    assert found == "" if not fault else fault in found


@pytest.mark.parametrize("server", ["nginx-1.22.1", "apache-2.4.71", "fastapi-0.165.0", "flask-3.1.3", "express-5.3.0"])
def test_servers_do_not_send_it_by_themselves(server: str) -> None:
    found = asyncio.run(nosniff.audit_live(Recorded([sample(server, "ok-json"), sample(server, "not-found")])))
    assert found.outcome is Outcome.FAIL


@pytest.mark.parametrize("server", ["express-helmet-8.3.0", "django-5.2.19"])
def test_helmet_and_django_send_it(server: str) -> None:
    found = asyncio.run(nosniff.audit_live(Recorded([sample(server, "ok-json"), sample(server, "not-found")])))
    assert found.outcome is Outcome.PASS


def test_replies_without_a_body_prove_nothing() -> None:
    assert asyncio.run(nosniff.audit_live(Recorded([said(204), said(304)]))).outcome is Outcome.UNKNOWN
