"""What shows of gateways, policies, payments and classes of data goes with the question; what is plain is a finding."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from exchanges import api_of
from inside import audited, replying
from ostiary import catalogue
from ostiary.evidence import Asked, Spec
from ostiary.model import Api, Finding, Kind, Outcome
from ostiary.parts import openapi

ITEMS = api_of({"/items": {"get": {"responses": {}}}})
Page = tuple[int, list[tuple[str, str]], bytes]


def said(control: str, pages: Mapping[str, str], api: Api = ITEMS, **rest: Any) -> Finding:
    def answering(asked: Asked) -> Page:
        media = "application/json" if pages.get(asked.target, "").startswith(("{", "[")) else "text/plain"
        text = pages.get(asked.target)
        return (404, [], b"{}") if text is None else (200, [("content-type", media)], text.encode())

    return audited(control, replying(answering), api, **rest)


def read(control: str, api: Api) -> Finding:
    async def reading() -> Finding:
        return await catalogue.control(control).audits[Kind.SPEC](Spec(api=api))

    return asyncio.run(reading())


PLANES = {
    "/config/": '{"apps":{"http":{}}}',
    "/config_dump": '{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump"}]}',
    "/api/rawdata": '{"routers": {"a@docker": {}}, "services": {}}',
    "/routes": '{"data": [{"name": "a", "strip_path": true}], "next": null}',
    "/actuator/gateway/routes": '[{"route_id":"a","uri":"lb://a"}]',
}


@pytest.mark.parametrize("path", PLANES)
def test_control_planes_that_answer_anybody_are_found(path: str) -> None:
    finding = said("input.dynamic-deploy", {path: PLANES[path]})
    assert finding.outcome is Outcome.FAIL
    assert finding.places == (f"GET {path}",)


@pytest.mark.parametrize("path", PLANES)
def test_what_only_has_such_a_path_is_no_control_plane(path: str) -> None:
    assert said("input.dynamic-deploy", {path: '{"data": [{"bus": 7, "services": 2}]}'}).outcome is Outcome.ATTEST
    assert said("input.dynamic-deploy", {}).outcome is Outcome.ATTEST


@pytest.mark.parametrize(
    ("policy", "outcome", "words"),
    [
        ("Whoever attacks us will be prosecuted.", Outcome.FAIL, "threatens"),
        ("Safe harbor: we will not take legal action. Others will be prosecuted.", Outcome.ATTEST, "safe harbour"),
        ("You will not be prosecuted. We answer within 3 business days.", Outcome.ATTEST, "a time to answer in"),
        ("Write to us.", Outcome.ATTEST, "nothing that reporters look for"),
    ],
)
def test_policies_that_threaten_are_found(policy: str, outcome: Outcome, words: str) -> None:
    told = "Contact: mailto:a@b.test\nPolicy: https://api.test/policy\n"
    finding = said("people.polite-to-reporters", {"/.well-known/security.txt": told, "/policy": policy})
    assert (finding.outcome, words in finding.why) == (outcome, True), finding.why


def test_without_a_policy_here_people_are_asked() -> None:
    assert said("people.polite-to-reporters", {}).outcome is Outcome.ATTEST
    elsewhere = {"/.well-known/security.txt": "Policy: https://other.test/policy\n", "/policy": "will be prosecuted"}
    assert said("people.polite-to-reporters", elsewhere).outcome is Outcome.ATTEST


PAYING = api_of({"/payments/setup": {"get": {"responses": {}}}})


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ({"merchant_id": "annex-7731", "merchant_salt": "s4lt0f7heti11"}, Outcome.FAIL),
        ({"data": {"key": "gtKFFx", "mid": "annex-7731", "salt": "eCwWELxi"}}, Outcome.FAIL),
        ({"salt": "for-a-password-hash"}, Outcome.ATTEST),
        ({"merchant_id": "annex-7731", "publishable_key": "pk_live_1234567"}, Outcome.ATTEST),
        ({"merchant_id": "annex-7731", "salt": None}, Outcome.ATTEST),
    ],
)
def test_salts_of_payments_are_found_beside_their_merchant(reply: Any, outcome: Outcome) -> None:
    assert said("mobile.no-payment-salt", {"/payments/setup": json.dumps(reply)}, PAYING).outcome is outcome


def test_where_nobody_pays_there_is_no_salt() -> None:
    assert said("mobile.no-payment-salt", {}).outcome is Outcome.NOT_APPLICABLE


PERSON = {"/items": '{"email": "ada@shop.test", "n": 1}'}


def test_details_of_people_in_clear_text_are_found_where_a_network_is_crossed() -> None:
    def over(base: str, pages: Mapping[str, str]) -> Outcome:
        return said("auth.encrypt-sensitive-data", pages, base=base).outcome

    assert over("http://api.test", PERSON) is Outcome.FAIL
    assert over("http://api.test", {"/items": '{"n": 1}'}) is Outcome.ATTEST
    assert over("http://127.0.0.1:8000", PERSON) is Outcome.ATTEST
    assert over("https://api.test", PERSON) is Outcome.ATTEST


def fields(**properties: Any) -> Api:
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}
    return api_of({"/people": {"post": {"requestBody": body, "responses": {}}}})


def test_unclassified_fields_are_named() -> None:
    why = read("auth.encrypt-sensitive-data", fields(iban={"type": "string"}, title={"type": "string"})).why
    assert "iban" in why
    assert "title" not in why
    classified = fields(iban={"type": "string", "x-sensitive": True}, password={"type": "string", "format": "password"})
    assert "Without a classification" not in read("auth.encrypt-sensitive-data", classified).why


def test_gateways_that_show_in_some_replies_only_are_asked_about() -> None:
    def through(paths: set[str]) -> Finding:
        def answering(asked: Asked) -> Page:
            return (200, [("x-kong-request-id", "1")] if asked.target in paths else [], b"{}")

        return audited("input.api-gateway", replying(answering), ITEMS)

    assert "in some replies" in through({"/items"}).why
    assert "in all replies" in through({"/items", "/no-such-path"}).why
    assert "Kong" not in through(set()).why


@pytest.mark.parametrize("control", ["input.api-gateway", "ci.security-tests", "input.dynamic-deploy"])
def test_documents_say_what_to_ask_and_decide_nothing(control: str) -> None:
    plain = {
        "openapi": "3.1.0",
        "info": {"version": "2"},
        "servers": [{"url": "https://a.test"}, {"url": "https://b.test"}],
    }
    api = openapi.from_plain({**plain, "paths": {"/a": {"get": {"responses": {}}}}}, source="x")
    finding = read(control, api)
    assert finding.outcome is Outcome.ATTEST
    assert any(each in finding.why for each in ("a.test, b.test", "1 operations", "version 2"))
