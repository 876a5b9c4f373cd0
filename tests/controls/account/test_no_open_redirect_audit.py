"""What the audit says of redirects: judged by where a browser ends up, not by what the text looks like."""

from __future__ import annotations

import asyncio
import dataclasses
from urllib.parse import parse_qs, quote, urlsplit

import pytest

import samples
from closing import InProcess, Request, Response, app_of, audited
from ostiary.controls.account.no_open_redirect.spec import audit_spec
from ostiary.evidence import Answer, Asked, Spec
from ostiary.model import Api, Outcome, Severity
from ostiary.parts import openapi
from recorded import Recorded, said

ID = "account.no-open-redirect"


def api(name: str = "next", example: str = "/items") -> Api:
    parameter = {"name": name, "in": "query", "required": True, "schema": {"type": "string"}, "example": example}
    get = {"parameters": [parameter], "responses": {"302": {"description": "There"}}}
    return openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/go": {"get": get}}}, source="x")


def outcome(leads: object, status: int = 302, name: str = "next") -> tuple[Outcome, Severity | None]:
    def respond(request: Request) -> Response:
        given = parse_qs(request.query, keep_blank_values=True).get(name, ["/items"])[0]
        target = leads(given)  # type: ignore[operator]
        return Response(status, "", [("location", target)]) if target else Response(400)

    found = audited(ID, InProcess(app_of(respond), api(name)))
    return found.outcome, found.severity


def test_a_place_that_is_followed_is_a_finding() -> None:
    assert outcome(lambda given: given) == (Outcome.FAIL, None)


def test_one_that_takes_the_body_along_is_worse() -> None:
    assert outcome(lambda given: given, status=307) == (Outcome.FAIL, Severity.HIGH)


@pytest.mark.parametrize(
    "check",
    [
        lambda given: given.startswith("/"),  # and not //
        lambda given: not urlsplit(given).netloc,
        lambda given: not given.startswith(("http:", "//", "https://")),
    ],
)
def test_a_check_that_overlooks_a_spelling_is_a_finding(check: object) -> None:
    assert outcome(lambda given: given if check(given) else "")[0] is Outcome.FAIL  # type: ignore[operator]


def test_a_local_path_alone_passes() -> None:
    def sound(given: str) -> str:
        return given if given.startswith("/") and given[1:2] not in {"/", "\\", "\t"} else ""

    assert outcome(sound)[0] is Outcome.PASS


def test_a_place_that_is_only_carried_along_is_none() -> None:
    assert outcome(lambda given: "/login?next=" + quote(given, safe=""))[0] is not Outcome.FAIL


PARTNER = "https://partner.example/shop"


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (lambda given: PARTNER in given, Outcome.FAIL),
        (lambda given: given.startswith("https://partner.example"), Outcome.FAIL),
        (lambda given: given == PARTNER, Outcome.PASS),
        (lambda given: urlsplit(given).hostname == "partner.example", Outcome.PASS),
    ],
)
def test_a_list_of_partners_is_not_compared_as_a_text(check: object, expected: Outcome) -> None:
    def respond(request: Request) -> Response:
        given = parse_qs(request.query, keep_blank_values=True).get("to", [""])[0]
        return Response(302, "", [("location", given)]) if check(given) else Response(406)  # type: ignore[operator]

    assert audited(ID, InProcess(app_of(respond), api("to", PARTNER))).outcome is expected


def test_a_fixed_partner_is_no_finding() -> None:
    assert outcome(lambda _: "https://partner.example/")[0] is not Outcome.FAIL


@pytest.mark.parametrize("situation", ["redirect", "tls-redirect", "not-found", "slash"])
def test_what_foreign_servers_answer_is_no_finding(situation: str) -> None:
    for _, reply in samples.every(situation):
        http = Recorded(answering=lambda _, reply=reply: reply, api=api())  # type: ignore[misc]
        assert audited(ID, http).outcome is not Outcome.FAIL


def test_redirects_of_nine_foreign_servers_are_read() -> None:
    """They were asked to go to evil.example; here the audit asks, so its own place stands there."""
    found = list(samples.every("open-redirect"))
    assert len(found) == 9
    for server, reply in found:

        def answering(asked: Asked, reply: Answer = reply) -> Answer:
            wanted = parse_qs(urlsplit(asked.target).query).get("next", ["/items"])[0]
            pairs = [(name, wanted if name == "location" else value) for name, value in reply.headers]
            return dataclasses.replace(reply, headers=tuple(pairs))

        assert audited(ID, Recorded(answering=answering, api=api())).outcome is Outcome.FAIL, server


def test_nothing_that_moves_is_unknown() -> None:
    http = Recorded(answering=lambda _: said(200, body="{}"), api=api())
    assert audited(ID, http).outcome is Outcome.UNKNOWN


AUTHORIZATION = ("response_type", "client_id", "redirect_uri", "state")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("next",), Outcome.FAIL),
        (("redirect_uri",), Outcome.FAIL),  # of nobody's client
        (("client_id", "redirect_uri"), Outcome.FAIL),  # no authorization request
        (AUTHORIZATION, Outcome.UNKNOWN),
        ((*AUTHORIZATION, "next"), Outcome.FAIL),
        (("client_id", "post_logout_redirect_uri"), Outcome.UNKNOWN),
        (("id_token_hint", "post_logout_redirect_uri"), Outcome.UNKNOWN),
        (("response_type", "client_id", "redirect"), Outcome.FAIL),
        (("redirecturl",), Outcome.FAIL),
    ],
)
def test_what_a_client_registered_needs_no_pattern_and_everything_else_does(
    names: tuple[str, ...], found: Outcome
) -> None:
    parameters = [{"name": each, "in": "query", "schema": {"type": "string", "maxLength": 99}} for each in names]
    get = {"parameters": parameters, "responses": {"302": {"description": "There"}}}
    plain = {"openapi": "3.1.0", "info": {}, "paths": {"/authorize": {"get": get}}}
    finding = asyncio.run(audit_spec(Spec(api=openapi.from_plain(plain, source="x"))))
    assert finding.outcome is found
    if found is Outcome.FAIL:
        assert finding.facts["fields"] == [each for each in names if each in {"next", "redirect", "redirecturl"}] or [
            "redirect_uri"
        ]
    else:
        assert "oauth.redirect-uri-exact" in finding.why
