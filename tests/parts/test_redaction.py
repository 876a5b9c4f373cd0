from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges import api_of
from ostiary.errors import Denied
from ostiary.model import Schema
from ostiary.parts.redaction import Redaction, Rules
from ostiary.parts.reply_schema import restricts, shape_of, skeleton
from ostiary.parts.schema import checker

CARD = "4242424242424242"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "A" * 43


def redacted(
    document: Any, rules: Rules | None = None, *, error: bool = False, issuing: bool = False
) -> tuple[Any, list[str]]:
    walk = Redaction(rules or Rules(), error=error, issuing=issuing)
    document = walk.value(copy.deepcopy(document), None)
    return document, walk.places


def test_what_is_taken_out_is_named_by_pointer_and_never_by_value() -> None:
    document = {
        "users": [{"password": "hunter2", "n": 1}, {"a/b~c": {"pin": 1234, "password": 5}}],
        "sk x": {"password": "p"},
    }
    shown, places = redacted(document)
    assert shown["users"] == [{"password": "[redacted]", "n": 1}, {"a/b~c": {"pin": 1234, "password": None}}]
    assert places == ["/users/0/password", "/users/1/*/password", "/*/password"]


def test_many_places_are_not_all_named() -> None:
    assert len(redacted([{"password": "x"} for _ in range(100)])[1]) == 8


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"card_number": CARD}, "/card_number"), ({"creditCard": int(CARD)}, "/creditCard"), ({"pan": "4242 4242 4242 4242"}, "/pan"),
        ({"card": {"number": CARD, "exp_month": 5}}, "/card/number"), ({"note": "card 4242-4242-4242-4242"}, "/note"),
    ],
)  # fmt: skip
def test_a_card_number_is_hidden_even_from_those_who_create_it(document: Any, place: str) -> None:
    for issuing in (False, True):
        shown, places = redacted(document, issuing=issuing)
        assert places == [place]
        assert CARD not in str(shown)
    assert redacted(document, Rules(issues=True)) == (document, [])


@pytest.mark.parametrize(
    "document",
    [
        {"number": CARD}, {"order_number": CARD}, {"id": int(CARD)}, {"card": {"last4": "4242", "brand": "visa", "exp_month": 5}},
        {"card_number": "**** 4242"}, {"card": {"number": "XXXXXXXXXXXX4242", "exp_year": 2030}}, {"pan": "a frying pan"},
        {"imei": "490154203237518"}, {"tracking": "4242424242424242"}, {"expiry": 1700000000, "number": 7},
    ],
)  # fmt: skip
def test_numbers_that_are_not_called_cards_stay(document: Any) -> None:
    assert redacted(document) == (document, [])


def test_private_parts_of_a_json_web_key_are_hidden() -> None:
    key = {"kty": "EC", "crv": "P-256", "x": "aaaa", "y": "bbbb", "d": "cccc", "kid": "1"}
    assert redacted({"keys": [key]}) == ({"keys": [key | {"d": "[redacted]"}]}, ["/keys/0/d"])
    assert redacted({"kty": "oct", "k": "secret!"})[0] == {"kty": "oct", "k": "[redacted]"}
    public = {"kty": "RSA", "n": "0vx7", "e": "AQAB", "use": "sig"}
    assert redacted(public) == (public, [])
    assert redacted(key, issuing=True) == (key, [])
    assert redacted({"kty": ["x"], "d": 1, "k": 2}) == ({"kty": ["x"], "d": 1, "k": 2}, [])


@pytest.mark.parametrize("name", ["token", "jwt", "userToken", "id_token", "Authorization", "session_jwt"])
def test_a_jwt_is_a_credential_where_its_name_says_so(name: str) -> None:
    assert redacted({name: JWT})[0] == {name: "[redacted]"}
    assert redacted({name: f"Bearer {JWT}"})[0] == {name: "[redacted]"}
    assert redacted({name: JWT}, issuing=True)[0] == {name: JWT}
    assert redacted({name: "opaque"}) == ({name: "opaque"}, [])


@pytest.mark.parametrize(
    "name", ["next_page_token", "csrf_token", "cursor", "upload_token", "url", "state", "continuationToken"]
)
def test_a_jwt_made_for_anyone_stays(name: str) -> None:
    assert redacted({name: JWT}) == ({name: JWT}, [])


def test_a_credential_that_is_left_is_noticed() -> None:
    walk = Redaction(Rules(), error=False, issuing=True)
    walk.value({"access_token": "s3cr3t-s3cr3t"}, None)
    assert walk.issued
    assert not walk.changed


def test_depth_has_an_end() -> None:
    document: Any = []
    for _ in range(300):
        document = [document]
    with pytest.raises(Denied):
        Redaction(Rules(), error=False, issuing=False).value(document, None)


NAMES = st.sampled_from(["a", "b", "c", "next", "x"])
LEAVES: st.SearchStrategy[Any] = (
    st.just({})
    | st.just({"type": "string"})
    | st.just({"writeOnly": True})
    | st.just({"$ref": "#/components/schemas/Node"})
)
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"properties": st.dictionaries(NAMES, inner, max_size=3)},
            optional={"additionalProperties": st.booleans() | inner},
        ),
        st.fixed_dictionaries({"items": inner}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=2)}),
    ),
    max_leaves=8,
)
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)
NODE = {
    "type": "object",
    "properties": {"next": {"$ref": "#/components/schemas/Node"}, "b": {}},
    "additionalProperties": False,
}


@given(schema=SCHEMAS, document=DOCUMENTS, prune=st.booleans())
def test_the_quick_question_and_the_walk_agree(schema: Any, document: Any, prune: bool) -> None:  # noqa: FBT001 - drawn
    replies = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    api = api_of({"/x": {"get": {"responses": replies}}}, components={"schemas": {"Node": NODE}})
    read = api.operations[0].replies["200"]["application/json"].schema
    assert isinstance(read, Schema)
    shape = shape_of(read)
    walk = Redaction(Rules(prune=prune), error=False, issuing=False)
    walk.value(copy.deepcopy(document), shape)
    made = skeleton(shape, prune=prune)
    assert made is not None
    assert checker(made)(document) == (not walk.changed)
    if walk.changed:
        assert prune or restricts(read)
