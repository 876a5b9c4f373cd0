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


class Articles:
    """Articles whose address is made of their title, as in RealWorld's Gin server: with another title it is another one."""

    def __init__(self, *, guarded: bool) -> None:
        self.guarded = guarded
        self.kept = {"title": "ostiary-k019925c3a", "body": "ostiary-k5f491fa26", "author": "alice"}

    def respond(self, request: Request) -> Response:
        who, slug = BY.get(request.headers.get("authorization", "")), request.path.rpartition("/")[2]
        if who is None:
            return Response(401, "{}")
        if request.method == "PUT":
            if self.guarded and who != self.kept["author"]:
                return Response(403, "{}")
            self.kept.update(json.loads(request.body))
        found = self.kept if slug == self.kept["title"] else dict.fromkeys(self.kept, "")
        return Response(200, json.dumps(found))


@pytest.mark.parametrize(("guarded", "expected"), [(False, "crossed"), (True, "kept")])
def test_what_names_an_object_is_left_as_it_is(guarded: bool, expected: str) -> None:  # noqa: FBT001 - a parameter
    hole = {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}
    texts = {"type": "object", "properties": {each: {"type": "string"} for each in ("title", "body")}}
    texts["required"] = ["title", "body"]
    put = {"requestBody": {"content": {"application/json": {"schema": texts}}}, "responses": OK}
    api = api_of({"/articles/{slug}": {"parameters": [hole], "get": {"responses": OK}, "put": put}})
    credentials = {who: ("authorization", token) for token, who in BY.items()}
    http = AimingAtSlugs(app_of(Articles(guarded=guarded).respond), api, credentials=credentials)
    by_method = {each.method: each for each in api.operations}
    thing = Thing(
        kind="/articles", id="ostiary-k019925c3a", owner="alice", holes={"slug": "ostiary-k019925c3a"}, ours=True,
        marker="kffcb373e8", read=by_method["GET"], writes=(by_method["PUT"],),
    )  # fmt: skip
    cell = asyncio.run(crossing.written(http, thing, by_method["PUT"], "bob", "abc"))
    assert cell.verdict == expected


class AimingAtSlugs(InProcess):
    def aim(self, operation: Operation, thing: Thing, identifier: str | None = None) -> str:
        return operation.path.replace("{slug}", identifier or thing.id)
