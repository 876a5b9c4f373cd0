"""Rules are read or refused with the place of the mistake; who is compared is told apart exactly."""

from __future__ import annotations

import re
from typing import Any

import pytest

from entitled import caller
from ostiary.errors import ConfigError
from ostiary.parts.ownership import parse, text_of
from ostiary.parts.ownership_replies import judge_of, keep_own
from ostiary.parts.ownership_requests import form_finder, json_finder, query_finder


def owns(rule: str, document: Any, who: Any = None) -> bool:
    return keep_own([judge_of(parse(rule, "here"))], who or caller("7"), document, recount=False) is not None


@pytest.mark.parametrize(
    "rule",
    [
        "path.user_id == token.sub", "token.sub == path.user_id", "  query.owner==token.sub ", "header.x-tenant == token.tenant",
        'body["owner-id"] == token.sub', "response.items[*].owner_id == token.sub", "response[*].owner.id == token.sub",
        'response.owner == token["https://id.test/user"].id', "token.sub in response.members", "path.org in token.orgs",
        "response.owner == token.sub or token.sub in response.shared_with", 'object.public == "yes" or object.owner == token.sub',
        "response.items[*].public == true or response.items[*].owner == token.sub", "object.closed==false or token.sub==object.id",
        "response['@id'] == token.sub", "body.items[*] == token.sub",
    ],
)  # fmt: skip
def test_rules_are_read(rule: str) -> None:
    assert parse(rule, "here").text == rule


@pytest.mark.parametrize(
    ("rule", "at", "what"),
    [
        ("", 1, "expected one of"),
        ("path.user_id", 13, 'expected "=="'),
        ("path.user_id = token.sub", 14, "cannot be read"),
        ("path.user_id == ", 17, "expected one of"),
        ("path.user_id == token", 17, "names nothing"),
        ("path. == token.sub", 7, "expected a name"),
        ("path.a.b == token.sub", 1, "nothing below"),
        ("users.id == token.sub", 1, "expected one of"),
        ("path.user_id == token.sub and body.x == token.sub", 27, 'expected "or"'),
        ("path.user_id == token.sub or body.x == token.sub", 30, "same place"),
        ("response.a[*].b == token.sub or response.b == token.sub", 33, "same place"),
        ("response.a[*].b[*].c == token.sub", 1, "stands once"),
        ("query.a[*] == token.sub", 1, "stands once"),
        ("path.a == token.b[*]", 11, "stands once"),
        ("path.user_id == body.user_id", 1, "one side must be a place"),
        ('token.sub == "7"', 1, "one side must be a place"),
        ('response.public == "yes"', 1, "nothing about the caller"),
        ('path.a in "text"', 11, "is no list"),
        ("token.sub in path.a", 14, "no lists in a path"),
        ("response.public == true", 1, "nothing about the caller"),
        ("token.sub == true", 1, "one side must be a place"),
        ("query.public == true or query.owner == token.sub", 17, "in JSON alone"),
        ("true in response.flags or response.owner == token.sub", 1, "in JSON alone"),
        ("__import__('os').system('x')", 1, "expected one of"),
        ("path.a == token.sub; import os", 20, "cannot be read"),
        ("response.a == token.sub or", 27, "expected one of"),
    ],
)
def test_what_is_wrong_in_a_rule_is_said_with_its_place(rule: str, at: int, what: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"character {at}: ") + ".*" + re.escape(what)) as found:
        parse(rule, "ostiary.toml: owner")
    assert found.value.where == "ostiary.toml: owner"


def test_a_rule_without_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="longer than"):
        parse("path.a == token.sub" + " or path.a == token.sub" * 1000, "here")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("7", "7"), (7, "7"), (-7, "-7"), ("", None), (True, None), (1.0, None), (None, None), ([], None), ({}, None), (b"7", None),
        (10**30, str(10**30)), (1 << 200, None), (" 7", " 7"), ("07", "07"),
    ],
)  # fmt: skip
def test_only_texts_and_integers_are_somebody(value: object, text: str | None) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("owner", ["7", 7])
def test_a_number_is_its_text(owner: object) -> None:
    assert owns("response.owner == token.sub", {"owner": owner})


@pytest.mark.parametrize(
    "document",
    [
        {"owner": "8"}, {"owner": 7.0}, {"owner": True}, {"owner": None}, {"owner": ["7"]}, {"owner": {"sub": "7"}}, {}, [], None,
        "7", 7, {"Owner": "7"}, {"owner": "07"}, {"owner": "7 "}, {"owner": ""}, [{"owner": "7"}],
    ],
)  # fmt: skip
def test_whatever_is_not_exactly_the_caller_is_a_stranger(document: Any) -> None:
    assert not owns("response.owner == token.sub", document)


@pytest.mark.parametrize(
    "claims", [{}, {"tenant": None}, {"tenant": ""}, {"tenant": True}, {"tenant": {}}, {"tenant": ["a"]}]
)
def test_missing_on_both_sides_is_not_equal(claims: dict[str, Any]) -> None:
    for document in ({}, {"tenant": None}, {"tenant": ""}, {"tenant": True}):
        assert not owns("response.tenant == token.tenant", document, caller("7", claims=claims))
    assert not owns("response.owner == token.sub", {"owner": ""}, caller(""))


def test_claims_below_claims() -> None:
    who = caller("7", claims={"org": {"id": 12}, "https://id.test/t": "x"})
    assert owns("response.org == token.org.id", {"org": "12"}, who)
    assert owns('response.t == token["https://id.test/t"]', {"t": "x"}, who)
    assert not owns("response.org == token.org.id.id", {"org": "12"}, who)


def test_sub_is_the_subject_wherever_the_issuer_has_it() -> None:
    who = caller("7", claims={"sub": "somebody else"})
    assert owns("response.owner == token.sub", {"owner": "7"}, who)
    assert not owns("response.owner == token.sub", {"owner": "somebody else"}, who)


def test_lists_on_either_side() -> None:
    assert owns("token.sub in response.members", {"members": [8, 7]})
    for members in ([8], [], None, "7", {"7": 1}, [["7"]], [True, None]):
        assert not owns("token.sub in response.members", {"members": members})
    who = caller("7", claims={"orgs": ["a", "b", None]})
    assert owns("response.org in token.orgs", {"org": "b"}, who)
    for org in ("c", None, "", ["a"]):
        assert not owns("response.org in token.orgs", {"org": org}, who)
    assert not owns(
        "response.org in token.orgs", {"org": "a"}, caller("7", claims={"orgs": "a b"})
    )  # a text is no list


def test_alternatives_and_texts() -> None:
    rule = 'response.visibility == "public" or response.owner == token.sub'
    assert owns(rule, {"visibility": "public", "owner": "8"})
    assert owns(rule, {"visibility": "private", "owner": "7"})
    assert not owns(rule, {"visibility": "private", "owner": "8"})


def test_items_of_others_are_dropped_from_lists() -> None:
    rules = [judge_of(parse("response.data.items[*].owner == token.sub", "here"))]
    document = {"data": {"items": [{"owner": 7}, {"owner": 8}, {}, None, 7, {"owner": "7"}]}}
    assert keep_own(rules, caller("7"), document, recount=True) is True
    assert document == {"data": {"items": [{"owner": 7}, {"owner": "7"}]}}
    assert keep_own(rules, caller("7"), document, recount=True) is False


def test_a_bare_list_is_filtered() -> None:
    document = [{"owner": 8}, {"owner": 7}]
    assert keep_own([judge_of(parse("response[*].owner == token.sub", "here"))], caller("7"), document, recount=True)
    assert document == [{"owner": 7}]


@pytest.mark.parametrize("document", [{}, {"items": None}, {"items": {}}, [], {"items": "x"}])
def test_where_the_list_is_missing_nothing_is_shown(document: Any) -> None:
    rule = judge_of(parse("response.items[*].owner == token.sub", "here"))
    assert keep_own([rule], caller("7"), document, recount=True) is None


def test_counters_say_what_is_left() -> None:
    rule = judge_of(parse("response.data.items[*].owner == token.sub", "here"))
    document: dict[str, Any] = {
        "total": 40, "meta": {"totalCount": 40, "page_count": 4, "size": 10, "count": True},
        "data": {"items": [{"owner": 7, "count": 5}, {"owner": 8}], "@odata.count": 40, "total": "40"},
    }  # fmt: skip
    assert keep_own([rule], caller("7"), document, recount=True)
    assert document == {
        "total": 1, "meta": {"totalCount": 1, "page_count": 1, "size": 10, "count": True},
        "data": {"items": [{"owner": 7, "count": 5}], "@odata.count": 1, "total": "40"},
    }  # fmt: skip


def test_all_rules_have_to_hold() -> None:
    rules = [judge_of(parse(f"response.{name} == token.sub", "here")) for name in ("owner", "tenant")]
    assert keep_own(rules, caller("7"), {"owner": "7", "tenant": "7"}, recount=False) is False
    assert keep_own(rules, caller("7"), {"owner": "7", "tenant": "8"}, recount=False) is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (b"owner=7", ["7"]), (b"a=1&owner=7&owner=8", ["7", "8"]), (b"OWNER=8", ["8"]), (b"owner[]=8", ["8"]), (b"owner[0]=8", ["8"]),
        (b"%6fwner=8", ["8"]), (b"own%65r%5b%5d=8", ["8"]), (b"a=1;owner=8", ["8"]), (b"owner.x=8", ["8"]), (b"owner", [""]),
        (b"+owner=8", ["8"]), (b"ownership=8", []), (b"", []), (b"x_owner=8", []),
    ],
)  # fmt: skip
def test_a_query_parameter_is_found_in_every_spelling(query: bytes, found: list[str]) -> None:
    assert query_finder(("owner",))(query) == found


def test_names_with_dots_and_underscores_are_one_to_some_readers() -> None:
    assert query_finder(("owner_id",))(b"owner.id=8&owner%20id=9&owner_id=7") == ["8", "9", "7"]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"owner": {"id": 7}}, [7]), ({}, []), ({"owner": {}}, []), ({"OWNER": {"Id": 8}}, [8]), ({"owner": None}, [None]),
        ({"owner": {"id": 7, "ID": 8}}, [None]), ({"owner": {"id": 7}, "Owner": {"id": 8}}, [None]), ([], [None]), ("x", [None]),
        ({"owner": {"\u0131d": 8}}, []),
    ],
)  # fmt: skip
def test_a_member_is_found_in_every_case_and_two_are_nobodys(document: Any, found: list[Any]) -> None:
    assert json_finder(("owner", "id"))(document) == found


def test_unicode_that_folds_to_ascii_is_the_same_name() -> None:
    assert json_finder(("kiosk",))({"\u212aio\u017fk": 8}) == [8]


def test_a_form_has_no_members_below_members() -> None:
    assert form_finder(("owner", "id"))([("owner", "7")]) == [None]


@pytest.mark.parametrize(
    ("public", "seen"), [(True, True), (False, False), ("true", False), (1, False), (None, False), ([True], False)]
)
def test_what_is_public_is_said_by_a_truth_and_nothing_like_one(public: Any, seen: bool) -> None:  # noqa: FBT001 - a parameter
    rule = "response.public == true or response.owner == token.sub"
    assert owns(rule, {"public": public, "owner": "8"}) is seen
    assert owns(rule, {"public": public, "owner": "7"})
    assert owns("response.hidden == false or response.owner == token.sub", {"hidden": False, "owner": "8"})
    assert not owns("response.hidden == false or response.owner == token.sub", {"owner": "8"})
