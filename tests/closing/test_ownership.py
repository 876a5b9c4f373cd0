"""The field that names the owner becomes the rule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ostiary.audit.knowledge import Knowledge
from ostiary.closing import ownership
from ostiary.evidence import Answer, Asked, Thing
from ostiary.model import Operation

CLAIMS = {"sub": "u-17", "username": "alice", "exp": 1}
READ = Operation(method="GET", path="/notes/{id}")
PUT = Operation(method="PUT", path="/notes/{id}")
LIST = Operation(method="GET", path="/notes")


def thing(body: Any, **more: Any) -> Thing:
    asked = Asked(method="GET", target="/notes/1")
    seen = Answer(asked=asked, status=200, body=json.dumps(body).encode())
    return Thing(
        **{"kind": "/notes", "id": "1", "owner": "alice", "holes": {"id": "1"}, "seen": seen, "read": READ, **more}
    )


def rules(one: Thing, *places: str) -> dict[str, dict[str, Any]]:
    return ownership.rules(Knowledge(owner="alice", things=(one,)), CLAIMS, places)


def test_a_read_is_held_against_the_reply() -> None:
    found = rules(thing({"id": "1", "text": "x", "owner_id": "u-17"}), READ.key)
    assert found == {READ.key: {"owner": "response.owner_id == token.sub"}}


def test_a_write_asks_the_object_first() -> None:
    found = rules(thing({"note": {"id": "1", "writer": "alice"}}, writes=(PUT,)), PUT.key)
    assert found == {PUT.key: {"object": READ.key, "owner": "object.note.writer == token.username"}}


def test_a_path_that_names_its_owner_needs_no_reply() -> None:
    own = Operation(method="GET", path="/users/{name}")
    one = thing({"phone": "1"}, holes={"name": "alice"}, read=own)
    assert rules(one, own.key) == {own.key: {"owner": "path.name == token.username"}}


@pytest.mark.parametrize("body", [{"id": "1", "text": "x"}, {"owner_id": True}, {"owner_id": ""}, "text", None])
def test_an_object_that_names_nobody_gets_no_rule(body: Any) -> None:
    assert rules(thing(body), READ.key) == {}


def test_the_field_that_is_called_so_is_believed_before_one_that_happens_to_be_the_same() -> None:
    found = rules(thing({"title": "alice", "user": "alice"}), READ.key)
    assert found == {READ.key: {"owner": "response.user == token.username"}}


def test_somebody_elses_object_says_nothing() -> None:
    assert rules(thing({"owner": "alice"}, owner="bob"), READ.key) == {}


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ([{"owner": "alice"}], "response[*].owner == token.username"),
        ({"items": [{"user": {"name": "alice"}}], "total": 1}, "response.items[*].user.name == token.username"),
        ({"items": [{"text": "x"}]}, None),
        ([], None),
    ],
)
def test_a_list_is_filtered_by_what_its_entries_say(reply: Any, rule: str | None) -> None:
    found = ownership.listed(reply, CLAIMS)
    assert (found or {}).get("owner") == rule


def test_an_object_that_was_only_seen_in_a_list_is_found_there() -> None:
    told = {"orders": [{"id": "2", "owner_id": "u-99"}, {"id": "1", "owner_id": "u-17"}]}
    assert rules(thing(told), READ.key) == {READ.key: {"owner": "response.owner_id == token.sub"}}


def test_an_id_that_happens_to_be_a_users_is_no_owner() -> None:
    one = thing({"id": "17", "text": "x"}, holes={"id": "17"})
    found = ownership.rules(Knowledge(owner="alice", things=(one,)), {"sub": "17"}, [READ.key])
    assert found == {}


@pytest.mark.parametrize("hole", ['id"] == token.sub or path["x', "a\nb", "\u202eid"])
def test_a_parameter_whose_name_is_half_a_rule_gets_none(hole: str) -> None:
    own = Operation(method="GET", path=f"/users/{{{hole}}}")
    assert rules(thing({"phone": "1"}, holes={hole: "alice"}, read=own), own.key) == {}


def test_a_list_or_claim_whose_name_is_half_a_rule_gets_none() -> None:
    evil = '"] == token.sub or response["x'
    assert ownership.listed({evil: [{"owner": "alice"}]}, CLAIMS) is None
    assert ownership.listed([{"owner": "alice"}], {f'a"] or token["b.{"username"}': "alice"}) is None
