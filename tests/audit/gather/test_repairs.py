"""What refusals say, in the words of the frameworks that said it, and what is done about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ostiary.audit.gather.repairs import complaints, missed, overlooked, repaired
from ostiary.audit.gather.values import Taste
from recorded import said

MONGOOSE = {  # as Express writes `res.send(err)`
    "errors": {
        "kind.0": {"name": "ValidatorError", "message": "`x` is not a valid enum value for path `kind.0`.", "kind": "enum",
                   "properties": {"type": "enum", "enumValues": ["note", "list"], "path": "kind.0"}, "path": "kind.0"},
        "text": {"name": "ValidatorError", "message": "Path `text` is required.", "kind": "required",
                 "properties": {"type": "required", "path": "text"}, "path": "text"},
    },
    "_message": "Notes validation failed", "name": "ValidationError", "message": "Notes validation failed: kind.0: `x` is ...",
}  # fmt: skip

# In the forms of FastAPI (pydantic 2), Django REST framework, express-validator, Laravel, Spring Boot, connexion and NestJS,
# in this order; what they refuse is the body {"title": "x", "count": "many"}.
REFUSALS: list[tuple[Any, dict[str, type]]] = [
    ({"detail": [{"type": "missing", "loc": ["body", "text"], "msg": "Field required", "input": {}},
                 {"type": "int_parsing", "loc": ["body", "count"], "msg": "Input should be a valid integer, unable to parse string as an integer"}]},
     {"text": str, "count": int}),
    ({"text": ["This field is required."], "count": ["A valid integer is required."]}, {"text": str, "count": int}),
    ({"errors": [{"type": "field", "msg": "text must be a string", "path": "text", "location": "body"},
                 {"type": "field", "msg": "count must be an integer", "path": "count", "location": "body"}]},
     {"text": str, "count": int}),
    ({"message": "The text field is required. (and 1 more error)",
      "errors": {"text": ["The text field is required."], "count": ["The count field must be an integer."]}},
     {"text": str, "count": int}),
    ({"timestamp": "x", "status": 400, "errors": [{"field": "text", "defaultMessage": "must not be blank"}]}, {"text": str}),
    ({"detail": "'text' is a required property", "status": 400, "title": "Bad Request"}, {"text": str}),
    ({"message": ['"text" is required'], "statusCode": 400}, {"text": str}),
]  # fmt: skip
TASTE = Taste(nonce="n", examples=False)


@pytest.mark.parametrize(("refusal", "wanted"), REFUSALS)
def test_a_refused_body_is_put_right(refusal: Any, wanted: dict[str, type]) -> None:
    made = repaired({"title": "x", "count": "many"}, said(422, body=json.dumps(refusal)), TASTE, {})
    assert made is not None
    for name, kind in wanted.items():
        assert isinstance(made[name], kind)
    assert made["title"] == "x"


def test_an_exception_of_mongoose_is_read_field_by_field() -> None:
    made = repaired({"kind": "x", "title": "y"}, said(200, body=json.dumps(MONGOOSE)), TASTE, {})
    assert made["kind"] == "note"
    assert isinstance(made["text"], str)
    assert set(made) == {"kind", "title", "text"}


def test_a_member_that_is_not_wanted_is_left_out() -> None:
    refusal = {
        "detail": [{"type": "extra_forbidden", "loc": ["body", "title"], "msg": "Extra inputs are not permitted"}]
    }
    assert repaired({"title": "x", "text": "y"}, said(422, body=json.dumps(refusal)), TASTE, {}) == {"text": "y"}


def test_choices_and_lengths_are_obeyed() -> None:
    refusal = {"kind": ["Must be one of: 'red', 'blue'."], "name": ["must be at least 8 characters"]}
    made = repaired({"kind": "x", "name": "ab"}, said(400, body=json.dumps(refusal)), TASTE, {})
    assert made["kind"] == "red"
    assert len(made["name"]) >= 8


def test_a_place_in_a_list_and_in_an_envelope_is_found() -> None:
    refusal = {
        "detail": [{"loc": ["body", "items", 0, "quantity"], "msg": "Input should be greater than 0", "type": "x"}]
    }
    made = repaired({"items": [{"quantity": "no"}]}, said(422, body=json.dumps(refusal)), TASTE, {})
    assert made == {"items": [{"quantity": 1}]}
    made = repaired({"note": {"a": 1}}, said(422, body=json.dumps({"text": ["is required"]})), TASTE, {})
    assert set(made["note"]) == {"a", "text"}


@pytest.mark.parametrize("body", ["", "<html>", '"no"', "[]", '{"error": "forbidden"}', "null", "{" * 2000])
def test_what_says_nothing_changes_nothing(body: str) -> None:
    answer = said(400, body=body)
    assert repaired({"title": "x"}, answer, TASTE, {}) is None or complaints(answer)


def test_members_that_are_called_like_what_problems_say_are_members() -> None:
    """An article of Django REST framework has a title, a description and a body."""
    needed = {name: ["This field is required."] for name in ("title", "description", "body")}
    answer = said(400, body=json.dumps({"errors": needed}))
    assert missed(answer) == ["title", "description", "body"]
    made = repaired({}, answer, TASTE, {})
    assert set(made) == {"title", "description", "body"}
    assert overlooked(made, answer)
    assert not overlooked({"title": ""}, answer)
    problem = {"title": "Bad Request", "detail": "'text' is a required property", "description": "text is missing"}
    assert missed(said(400, body=json.dumps(problem))) == ["text"]
    assert missed(said(400, body=json.dumps({"message": ["text must be a string"], "code": "is required"}))) == []
