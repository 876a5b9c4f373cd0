"""Two users, one object: only what belongs to one and is read by the other is accused."""

from __future__ import annotations

import json
from typing import Any

from closing import InProcess, Request, Response, app_of, audited
from exchanges import api_of
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
