from __future__ import annotations

import base64
import json
import pickle
import random
from typing import Any

import pytest

from ostiary.parts.tagged_data import may_hold_any, operator_names, operators_in, reaches_prototype, tags_in
from test_benign import DOCUMENTS, TEXTS


class Sleeper:
    def __reduce__(self) -> tuple[Any, ...]:
        return time_sleep, (0,)


def time_sleep(_: int) -> None: ...


PICKLES = [base64.b64encode(pickle.dumps(Sleeper(), protocol=each)).decode() for each in (2, 3, 4, 5)]


@pytest.mark.parametrize(
    "document",
    [
        {"__proto__": {"isAdmin": True}},
        {"a": [{"b": {"__proto__": None}}]},
        {"constructor": {"prototype": {"isAdmin": True}}},
        {"py/object": "os.system"},
        {"a": {"py/reduce": [{"py/function": "os.system"}]}},
        {"$type": "System.Windows.Data.ObjectDataProvider, PresentationFramework"},
        {"@type": "com.sun.rowset.JdbcRowSetImpl", "dataSourceName": "ldap://x"},
        {"@type": "Lcom.sun.rowset.JdbcRowSetImpl;"},
        {"@class": "org.springframework.context.support.ClassPathXmlApplicationContext"},
        {"@type": "java.lang.AutoCloseable"},
        ["rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwAC"],
        {"state": "AAEAAAD/////AQAAAAAAAAAMAgAAAElTeXN0ZW0="},
        *({"job": each} for each in PICKLES),
    ],
)
def test_data_that_builds_something_is_seen(document: Any) -> None:
    assert tags_in(document)
    assert may_hold_any(json.dumps(document).encode())


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "Person", "@context": "https://schema.org"},
        {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"},
        {"@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "name": "MyOwn"},
        {"$type": "Shop.Models.Dog, Shop", "$schema": "x"},
        {"constructor": "McLaren", "prototype": True},
        {"constructor": {"name": "McLaren"}},
        {"__proto": 1, "proto__": 2, "text": "__proto__ is an odd name", "py": "py/object"},
        {"id": "gASVabc", "token": "rO0AB", "text": "rO0ABXNy is how serialised Java begins, see the manual"},
        {"picture": base64.b64encode(bytes(range(256))).decode()},
        *DOCUMENTS.values(),
        *({"text": each} for each in TEXTS.values()),
    ],
)
def test_plain_data_passes(document: Any) -> None:
    assert tags_in(document) == ""


def test_random_bytes_in_base64_are_no_serialised_objects() -> None:
    chance = random.Random(7)
    texts = [base64.b64encode(chance.randbytes(60)).decode() for _ in range(20_000)]
    assert [each for each in texts if tags_in(each)] == []


def test_escapes_hide_nothing() -> None:
    assert may_hold_any(rb'{"\u005f_proto__": {}}')
    assert may_hold_any(rb'{"py\/object": "os.system"}')
    assert may_hold_any(rb'["AAEAAAD\/\/\/\/\/AQAAAAAAAAAMAgAAAElTeXN0ZW0="]')
    assert not may_hold_any(b'{"name": "x", "price": 5}')


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("__proto__[isAdmin]", True), ("a[__proto__][b]", True), ("a.__proto__.b", True), ("constructor[prototype][x]", True),
        ("a[constructor].prototype.x", True), ("proto", False), ("prototype", False), ("constructor", False), ("x__proto__x", False), ("a[b]", False),
    ],
)  # fmt: skip
def test_names_of_forms_reach_prototypes_too(name: str, *, found: bool) -> None:
    assert reaches_prototype(["other", name]) is found


def test_operators_are_objects_with_dollar_names() -> None:
    assert operators_in({"password": {"$ne": None}})
    assert operators_in({"user": [{"name": {"$regex": "^a"}}]})
    assert not operators_in({"$ref": "#/x", "price": "$5", "a": {"b$": 1}})
    assert operator_names(["password[$ne]"])
    assert not operator_names(["$password", "price[usd]"])
