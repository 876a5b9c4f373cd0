"""What callers are known by is held against what the document says, and an ID token is no key to an API."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from closing import InProcess, Request, Response, app_of, audited
from exchanges import api_of
from minting import mint
from ostiary import catalogue
from ostiary.evidence import Spec
from ostiary.model import Api, Finding, Kind, Outcome
from shop import OK

ID = "userdata.jwt-where-it-fits"


def api(**scheme: Any) -> Api:
    given = {"type": "http", "scheme": "bearer", **scheme}
    return api_of(
        {"/me": {"get": {"security": [{"b": []}], "responses": OK}}}, components={"securitySchemes": {"b": given}}
    )


def found(token: str, document: Api, header: str = "authorization", before: str = "Bearer ") -> Finding:
    def respond(request: Request) -> Response:
        known = request.headers.get(header) == before + token
        return Response(200, '{"id": 1}') if request.path == "/me" and known else Response(401, "{}")

    return audited(ID, InProcess(app_of(respond), document, credentials={"me": (header, before + token)}))


def test_what_is_said_and_seen_agrees_or_not() -> None:
    jwt = mint("HS256")
    assert found(jwt, api(bearerFormat="JWT")).outcome is Outcome.PASS
    assert found("k7GqT0", api(bearerFormat="JWT")).outcome is Outcome.FAIL
    assert found("k7GqT0", api()).outcome is Outcome.UNKNOWN  # opaque tokens are no violation
    assert found("s=4f9c", api(), header="cookie", before="").outcome is Outcome.UNKNOWN


def test_an_id_token_is_the_wrong_one() -> None:
    assert found(mint("HS256", nonce="n", at_hash="h"), api(bearerFormat="JWT")).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [({"bearerFormat": "JWT"}, Outcome.PASS), ({}, Outcome.UNKNOWN), ({"scheme": "basic"}, Outcome.NOT_APPLICABLE)],
)
def test_documents(scheme: dict[str, Any], outcome: Outcome) -> None:
    check = catalogue.control(ID).audits[Kind.SPEC]
    assert asyncio.run(check(Spec(api=api(**scheme)))).outcome is outcome  # type: ignore[arg-type]  # a coroutine
