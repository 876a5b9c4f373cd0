"""What one user did to another's object counts when its owner sees it afterwards, and not before."""

from __future__ import annotations

import asyncio
import json

import pytest

from closing import InProcess, Request, Response, app_of
from exchanges import api_of
from ostiary.evidence import Thing
from ostiary.model import Api, Operation
from ostiary.parts.seen import crossing
from shop import OK

PATH = "/users/{username}"
BY = {"Bearer a": "alice", "Bearer b": "bob"}


class People:
    """Profiles that say neither an id nor what was sent at their registration, as VAmPI's `GET /users/v1/{username}`."""

    def __init__(self, *, refuses: bool, lasts: bool = False) -> None:
        self.refuses = refuses
        self.lasts = lasts  # what was deleted is still shown, emptied
        self.mails = {"alice": "a@people.test"}

    def respond(self, request: Request) -> Response:
        name = request.path.rpartition("/")[2]
        if request.method == "DELETE" and (self.refuses or request.headers.get("authorization") not in BY):
            return Response(401, json.dumps({"status": "fail", "message": "Only Admins may delete users!"}))
        if request.method == "DELETE":
            self.mails.pop(name, None)
            return Response(200, "{}")
        if name not in self.mails and not self.lasts:
            return Response(404, json.dumps({"status": "fail", "message": "User not found"}))
        return Response(200, json.dumps({"email": self.mails.get(name, "")}))


class Aiming(InProcess):
    def aim(self, operation: Operation, thing: Thing, identifier: str | None = None) -> str:
        return operation.path.replace("{username}", identifier or thing.id)


def profile(api: Api, *, marker: str) -> Thing:
    by_method = {each.method: each for each in api.operations}
    return Thing(
        kind="/users", id="alice", owner="alice", holes={"username": "alice"}, marker=marker, ours=True,
        read=by_method["GET"], delete=by_method["DELETE"],
    )  # fmt: skip


def verdict(people: People, marker: str) -> str:
    hole = {"name": "username", "in": "path", "required": True, "schema": {"type": "string"}}
    api = api_of({PATH: {"parameters": [hole], "get": {"responses": OK}, "delete": {"responses": OK}}})
    credentials = {who: ("authorization", token) for token, who in BY.items()}
    http = Aiming(app_of(people.respond), api, credentials=credentials)
    cell = asyncio.run(crossing.deleted(http, profile(api, marker=marker), "bob"))
    assert cell is not None
    return cell.verdict


@pytest.mark.parametrize("marker", ["", "unguessable7f3a", "a@people.test"])
def test_a_refused_deletion_of_a_profile_that_never_named_itself_is_none(marker: str) -> None:
    assert verdict(People(refuses=True), marker) == crossing.UNDECIDED  # the owner cannot delete it either


@pytest.mark.parametrize("marker", ["", "unguessable7f3a", "a@people.test"])
def test_a_deletion_that_worked_is_one_whatever_the_profile_said(marker: str) -> None:
    assert verdict(People(refuses=False), marker) == crossing.CROSSED


def test_a_profile_that_is_emptied_is_gone_for_whoever_saw_what_stood_there() -> None:
    assert verdict(People(refuses=False, lasts=True), "a@people.test") == crossing.CROSSED
    assert verdict(People(refuses=False, lasts=True), "unguessable7f3a") == crossing.UNDECIDED
