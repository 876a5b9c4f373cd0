"""What the audit creates, how it finds out what that is called, and that it takes it away again."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from closing import Request, Response, app_of
from library import document, hole, living, say, taking
from loop import stage
from ostiary.audit import target as targets
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.audit.gather.wire import Wire
from ostiary.errors import Unanswerable
from ostiary.evidence import Thing
from ostiary.model import Api

GET: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
IDENTITIES = {"ann": [("Authorization", "Bearer ann")], "ben": [("Authorization", "Bearer ben")]}


class Shelf:
    """Keeps what is posted to it under names that `named` gives; lists are everybody's own."""

    def __init__(self, named: Callable[[dict[str, Any], int], str], shows: str = "id") -> None:
        self.named, self.shows = named, shows
        self.kept: dict[str, dict[str, Any]] = {}
        self.gone: list[str] = []

    def __call__(self, request: Request) -> Response:
        who = request.headers.get("authorization", "").removeprefix("Bearer ")
        key = request.path.removeprefix("/things").strip("/")
        if request.method == "POST":
            body = json.loads(request.body)
            if "price" not in body and self.shows == "refuses":
                return say(422, {"detail": [{"loc": ["body", "price"], "msg": "Field required", "type": "missing"}]})
            name = self.named(body, len(self.kept) + 1)
            self.kept[name] = {**body, "who": who, "id": name}
            head = [("location", f"/things/{name}")] if self.shows == "location" else []
            told = {"thing": self.kept[name]} if self.shows in {"id", "refuses"} else {"status": "made"}
            return Response(201, json.dumps(told), [("content-type", "application/json"), *head])
        if not key:
            return say(200, [each for each in self.kept.values() if each["who"] == who])
        if key not in self.kept or self.kept[key]["who"] != who:
            return say(404, {"error": "none"})
        if request.method == "DELETE":
            self.gone.append(key)
            del self.kept[key]
            return Response(204, "")
        return say(200, self.kept[key])


def api(**members: Any) -> Api:
    taken = taking(*(members or {"title": None, "text": None}))
    return document(
        {
            "/things": {"get": GET, "post": taken},
            "/things/{title}": {"parameters": [hole("title")], "get": GET, "delete": GET},
        }
    )


def with_live(
    app: Any, described: Api, work: Callable[[LiveHttp], Any], other: str = "ben", budget: int = 200
) -> tuple[Any, Live]:
    async def run(port: int) -> tuple[Any, Live]:
        target = await targets.pin(targets.parse(f"http://127.0.0.1:{port}"), authorized=False, resolve=())
        wire = Wire(target, concurrency=4, timeout=5, cacert=None)
        live = Live(target, wire, Budget(budget), api=described, identities=IDENTITIES, nonce="n1")
        http = LiveHttp(live, "a test")
        live.accounts._owner, live.accounts._other = "ann", other
        try:
            return await work(http), live
        finally:
            await live.objects.close(http)
            await wire.close()

    with stage.serving(living(app_of(app))) as port:
        return asyncio.run(run(port))


async def things(http: LiveHttp) -> dict[str, Thing]:
    return {each.owner: each for each in await http.things()}


@pytest.mark.parametrize(
    ("named", "shows"),
    [
        (lambda _, number: str(number), "id"),
        (lambda _, number: str(number), "location"),
        (lambda _, number: str(number), "list"),
        (lambda body, _: body["title"], "nothing"),  # chosen by the client
        (lambda _, number: base64.urlsafe_b64encode(f"Thing:{number}".encode()).decode().rstrip("="), "id"),
        (lambda _, number: str(number), "refuses"),
    ],
)
def test_an_object_of_each_user_is_made_and_found_and_removed(named: Any, shows: str) -> None:
    shelf = Shelf(named, shows)
    found, live = with_live(shelf, api(), things)
    assert set(found) == {"ann", "ben"}
    for owner, thing in found.items():
        assert thing.ours
        assert thing.id in shelf.gone
        assert thing.seen is not None
        assert thing.marker
        assert thing.marker in thing.seen.text
        assert thing.marker not in thing.id
        assert thing.owner == owner
    assert shelf.kept == {}
    assert live.objects.notes == []
    assert live.budget.used < 30


def test_what_cannot_be_removed_is_told() -> None:
    shelf = Shelf(lambda _, number: str(number))
    left = document({"/things": {"get": GET, "post": taking("text")}, "/things/{id}": {"parameters": [hole("id")], "get": GET}})  # fmt: skip
    _, live = with_live(shelf, left, things)
    assert len(shelf.kept) == 2
    assert "2 objects that the audit created are still there" in live.objects.notes[0]


@pytest.mark.parametrize("hides", [True, False])
def test_what_a_check_removed_is_not_called_left_where_403_says_so(*, hides: bool) -> None:
    """Directus says 403 of what is not there, as it does of what is somebody else's."""
    shelf = Shelf(lambda _, number: str(number))

    def forbidding(request: Request) -> Response:
        if request.method == "DELETE" and not hides:
            return say(403, {"error": "you may not"})
        said = shelf(request)
        return say(403, {"error": "you may not"}) if said.status == 404 else said

    async def work(http: LiveHttp) -> None:
        for each in (await things(http)).values():
            if hides:
                shelf.kept.pop(each.id)

    _, live = with_live(forbidding, api(), work)
    assert (live.objects.notes == []) is hides


def test_a_number_that_was_given_twice_is_removed_once() -> None:
    """SQLite gives the number of a removed row again: the next one that has it may be a stranger's."""
    shelf = Shelf(lambda _, number: str(number))
    asked: list[str] = []

    def counting(request: Request) -> Response:
        if request.method == "DELETE":
            asked.append(request.path)
        return shelf(request)

    async def work(http: LiveHttp) -> None:
        first = (await things(http))["ann"]
        shelf.kept.pop(first.id)
        again = await http.make("/things", "ann")
        assert again.id == first.id

    shelf.named = lambda _, number: next(str(each) for each in range(1, 9) if str(each) not in shelf.kept)
    with_live(counting, api(), work)
    assert len(asked) == len(set(asked)) == 2


def test_two_are_never_the_same_and_runs_are() -> None:
    async def twice(http: LiveHttp) -> list[str]:
        return [(await http.make("/things", "ann")).marker for _ in range(2)]

    first, _ = with_live(Shelf(lambda _, number: str(number)), api(), twice)
    again, _ = with_live(Shelf(lambda _, number: str(number)), api(), twice)
    assert first == again
    assert first[0] != first[1]


def test_members_are_sent_along() -> None:
    async def with_more(http: LiveHttp) -> str:
        made = await http.make("/things", "ben", colour="red")
        assert made.seen is not None
        return made.seen.text

    shown, _ = with_live(Shelf(lambda _, number: str(number)), api(), with_more)
    assert '"colour": "red"' in shown


def test_a_request_is_aimed_at_an_object_and_at_another_id() -> None:
    async def aimed(http: LiveHttp) -> tuple[str, str]:
        thing = (await things(http))["ann"]
        assert thing.read is not None
        return http.aim(thing.read, thing), http.aim(thing.read, thing, "a/b")

    (own, other), _ = with_live(Shelf(lambda body, _: body["title"], "nothing"), api(), aimed)
    assert own.startswith("/things/ostiary-k")
    assert other == "/things/a%2Fb"


def test_a_server_that_refuses_everything_costs_little_and_gives_nothing() -> None:
    async def nothing(http: LiveHttp) -> Any:
        with pytest.raises(Unanswerable):
            await http.make("/things", "ann")
        return await http.things()

    found, live = with_live(lambda _: say(500, {"error": "broken"}), api(), nothing)
    assert found == ()
    assert live.budget.used < 60


def test_what_one_needs_of_another_is_made_first() -> None:
    kept: dict[str, Mapping[str, Any]] = {}

    def answer(request: Request) -> Response:
        if request.method == "POST":
            body = json.loads(request.body)
            if request.path == "/orders" and str(body["item_id"]) not in kept:
                return say(404, {"error": "no such item"})
            kept[str(len(kept) + 1)] = body
            return say(201, {"id": len(kept), **body})
        found = kept.get(request.path.rpartition("/")[2])
        return say(200, {"id": int(request.path.rpartition("/")[2]), **found}) if found else say(404, {})

    described = document(
        {
            "/orders": {"post": taking("note", item_id={"type": "integer"})},
            "/orders/{order_id}": {"parameters": [hole("order_id", "integer")], "get": GET},
            "/items": {"post": taking("name")},
            "/items/{item_id}": {"parameters": [hole("item_id", "integer")], "get": GET},
        }
    )

    async def kinds(http: LiveHttp) -> set[str]:
        return {each.kind for each in await http.things()}

    found, _ = with_live(answer, described, kinds)
    assert found == {"/orders", "/items"}


@pytest.mark.parametrize("envelope", ["", "thing"])
def test_what_refusals_ask_for_is_each_objects_own(envelope: str) -> None:
    """Nothing says what is taken; the refusals do, and each text that they ask for tells one object from all others."""
    kept: list[dict[str, Any]] = []

    def respond(request: Request) -> Response:
        if request.method == "POST":
            body = json.loads(request.body or b"{}")
            inside = body.get(envelope, {}) if envelope else body
            missing = {name: ["This field is required."] for name in ("title", "note") if not inside.get(name)}
            if missing:
                return say(400, {"errors": missing})
            kept.append({**inside, "id": inside["title"].lower()})
            return say(201, kept[-1])
        key = request.path.removeprefix("/things").strip("/")
        found = next((each for each in kept if each["id"] == key), None)
        return say(404, {}) if key and found is None else say(200, found or kept)

    described = document(
        {
            "/things": {"get": GET, "post": taking()},
            "/things/{id}": {"parameters": [hole("id")], "get": GET},
        }
    )

    async def work(http: LiveHttp) -> list[Thing]:
        return [await http.make("/things", each) for each in ("ann", "ben")]

    (ann, ben), _ = with_live(respond, dataclasses.replace(described, dialect="links"), work)
    assert ann.marker
    assert ben.marker
    assert ann.marker != ben.marker
    assert ann.id != ben.id
    assert ann.marker not in ann.id, "the title names it, the note is its mark"
