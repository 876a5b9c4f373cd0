"""Two users, one object: only what belongs to one and is read by the other is accused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from closing import InProcess, Request, Response, app_of, audited
from exchanges import api_of
from ostiary.evidence import Answer, Asked, Thing
from ostiary.model import Finding, Outcome
from shop import OK

ID = "userdata.ownership-check"
CREDENTIALS = {name: ("authorization", f"Bearer {name}") for name in ("ann", "ben")}
SECURED: dict[str, Any] = {"get": {"security": [{"bearer": []}], "responses": OK}}
NOTES: dict[str, dict[str, Any]] = {
    "11": {"id": 11, "owner_id": "ann", "text": "mine", "mood": "good"},
    "22": {"id": 22, "owner_id": "ben", "text": "his", "mood": "bad"},
}
API = api_of({"/me": SECURED, "/notes": SECURED, "/notes/{id}": SECURED})


def judged(*, listed: str = "own", read: str = "own", owner: str = "owner_id", nobody: int = 401) -> Finding:
    """A server of notes: `listed` and `read` are ``own`` or ``all``; `owner` is what the owner's field is called."""

    def respond(request: Request) -> Response:
        who = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not who and nobody != 200:
            return Response(nobody, "{}")
        if request.path == "/me":
            return Response(200, json.dumps({"id": who}))
        shown = {
            key: {(owner if name == "owner_id" else name): value for name, value in note.items()}
            for key, note in NOTES.items()
        }
        mine = {key: note for key, note in shown.items() if note[owner] == who}
        if request.path == "/notes":
            return Response(200, json.dumps(list((mine if listed == "own" else shown).values())))
        found = (mine if read == "own" else shown).get(request.path.rpartition("/")[2])
        return Response(200, json.dumps(found)) if found else Response(404, "{}")

    return audited(ID, InProcess(app_of(respond), API, credentials=CREDENTIALS))


def test_what_only_its_owner_reads_passes() -> None:
    assert judged().outcome is Outcome.PASS
    assert judged(listed="all").outcome is Outcome.PASS  # the list may tell that it exists


def test_what_the_other_reads_fails() -> None:
    finding = judged(read="all")
    assert finding.outcome is Outcome.FAIL
    assert "ben reads what belongs to ann" in finding.why
    assert judged(read="all", owner="written_by").outcome is Outcome.FAIL  # the lists tell whose it is


def test_what_both_are_shown_in_full_may_be_shared() -> None:
    assert judged(listed="all", read="all").outcome is Outcome.UNKNOWN
    assert judged(listed="all", read="all", owner="author").outcome is Outcome.UNKNOWN


def test_what_nobody_is_refused_is_public() -> None:
    assert judged(listed="all", read="all", nobody=200).outcome is Outcome.UNKNOWN


class Making(InProcess):
    """Both users have made an advert; the reply tells whose it is, as Django REST framework's serializers do."""

    said: str = "{}"

    async def things(self) -> Sequence[Thing]:
        made = []
        for name, number in (("ann", 1), ("ben", 2)):
            asked = Asked(method="POST", target="/adverts", body=self.said.encode())
            seen = Answer(asked=asked, status=201, headers=(), body=json.dumps({"user": number}).encode())
            made.append(Thing(kind="/adverts", id="", owner=name, holes={}, ours=True, seen=seen))
        return made


@pytest.mark.parametrize(
    ("field", "said", "checked", "outcome"),
    [
        ("user", "{}", False, Outcome.FAIL),
        ("user", "{}", True, Outcome.PASS),
        ("seat", "{}", False, Outcome.UNKNOWN),  # a number of something else
        ("account", "{}", False, Outcome.UNKNOWN),
        ("user", '{"user": 1}', False, Outcome.UNKNOWN),  # the client chose it
    ],
)
def test_what_the_api_writes_into_creations_tells_who_a_caller_is(
    field: str, said: str, outcome: Outcome, *, checked: bool
) -> None:
    """Tiredful's score cards, of opaque tokens and no profile: the example of the document is the first user's."""

    def respond(request: Request) -> Response:
        who = {"Bearer ann": 1, "Bearer ben": 2}.get(request.headers.get("authorization", ""))
        if who is None:
            return Response(401, "{}")
        if request.path == "/adverts":
            return Response(200, "[]")
        found = request.path == "/scores/1" and (who == 1 or not checked)
        return Response(200, json.dumps({"exam": "physics", field: 1})) if found else Response(404, "{}")

    hole = {"name": "card", "in": "path", "required": True, "schema": {"type": "string"}}
    api = api_of({"/adverts": SECURED, "/scores/{card}": {"get": {**SECURED["get"], "parameters": [hole]}}})
    http = Making(app_of(respond), api, credentials=CREDENTIALS)
    http.said = said
    assert audited(ID, http).outcome is outcome


def test_one_user_proves_nothing() -> None:
    one = InProcess(app_of(lambda _: Response()), API, credentials={"ann": CREDENTIALS["ann"]})
    finding = audited(ID, one)
    assert (finding.outcome, "--identity" in finding.why) == (Outcome.UNKNOWN, True)
    none = api_of({"/notes": SECURED})
    assert audited(ID, InProcess(app_of(lambda _: Response()), none)).outcome is Outcome.NOT_APPLICABLE


def test_only_reads_are_sent() -> None:
    http = InProcess(app_of(lambda _: Response()), API, credentials=CREDENTIALS)
    audited(ID, http)
    assert {each.method for each in http.sent} == {"GET"}
