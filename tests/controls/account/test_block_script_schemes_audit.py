"""What the audit says of links: stored and given back as a link that runs is a finding, refused or defused is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from closing import InProcess, Request, Response, app_of, audited
from ostiary.model import Api, Outcome
from ostiary.parts import openapi

ID = "account.block-script-schemes"
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "website": {"type": "string"}}}


def api(method: str) -> Api:
    write = {
        "requestBody": {"content": {"application/json": {"schema": SCHEMA}}},
        "responses": {"200": {"description": ""}},
    }
    read = {"responses": {"200": {"description": ""}}}
    return openapi.from_plain(
        {"openapi": "3.1.0", "info": {}, "paths": {"/me": {"get": read, method: write}}}, source="x"
    )


def outcome(stores: Callable[[str], str | None], method: str = "patch") -> tuple[Outcome, dict[str, Any]]:
    profile: dict[str, Any] = {"name": "alice", "website": "https://alice.example/"}

    def respond(request: Request) -> Response:
        if request.method != "GET":
            given = json.loads(request.body)
            link = stores(given.get("website", profile["website"]))
            if link is None:
                return Response(422)
            profile.update(given | {"website": link})
        return Response(200, json.dumps(profile))

    http = InProcess(app_of(respond), api(method), bodies={"application/json": b'{"name": "ostiary-x"}'})
    return audited(ID, http).outcome, profile


def test_a_link_that_runs_is_a_finding_and_the_profile_is_put_back() -> None:
    found, profile = outcome(lambda text: text)
    assert found is Outcome.FAIL
    assert profile == {"name": "alice", "website": "https://alice.example/"}


@pytest.mark.parametrize(
    "check",
    [
        lambda text: not text.startswith("javascript:"),
        lambda text: not text.lower().startswith("javascript:"),
        lambda text: "javascript" not in text.lower(),
    ],
)
def test_a_check_that_overlooks_a_spelling_is_a_finding(check: Callable[[str], bool]) -> None:
    assert outcome(lambda text: text if check(text) else None)[0] is Outcome.FAIL


def test_refusing_and_defusing_pass() -> None:
    assert outcome(lambda text: text if text.startswith("https://") else None)[0] is Outcome.PASS
    assert outcome(lambda text: text if text.startswith("https://") else "unsafe:" + text)[0] is Outcome.PASS


def test_a_field_that_takes_no_link_at_all_proves_nothing() -> None:
    assert outcome(lambda _: None)[0] is Outcome.UNKNOWN


def test_what_is_created_is_judged_as_well() -> None:
    assert outcome(lambda text: text, "post")[0] is Outcome.FAIL
