"""What the audit says of injection, against a real database, and against servers that only look injectable."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest

import samples
from closing import InProcess, Request, Response, app_of, audited
from ostiary.model import Api, Outcome
from ostiary.parts import openapi
from recorded import Recorded

SQL, RCE, XSS = "input.injection-sql", "input.injection-rce", "input.injection-xss"


def api(example: str = "lamp") -> Api:
    parameter = {"name": "name", "in": "query", "schema": {"type": "string"}, "example": example}
    get = {"parameters": [parameter], "responses": {"200": {"description": ""}}}
    return openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/stock": {"get": get}}}, source="x")


def outcome(control: str, answer: Callable[[str], Response], example: str = "lamp") -> Outcome:
    def respond(request: Request) -> Response:
        return answer(parse_qs(request.query, keep_blank_values=True).get("name", [example])[0])

    return audited(control, InProcess(app_of(respond), api(example))).outcome


def stock() -> sqlite3.Connection:
    found = sqlite3.connect(":memory:")
    found.executescript("CREATE TABLE stock (name TEXT, n INT); INSERT INTO stock VALUES ('lamp', 3), ('can 7351', 7)")
    return found


def asks(statement: str) -> Callable[[str], Response]:
    database = stock()

    def answer(name: str) -> Response:
        try:
            rows = database.execute(statement.format(name=name)).fetchall()
        except sqlite3.Error as error:
            return Response(500, json.dumps({"error": str(error)}))
        return Response(200, json.dumps({"found": rows, "for": name}))

    return answer


@pytest.mark.parametrize("example", ["lamp", ""])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM stock WHERE name = '{name}'",
        "SELECT * FROM stock WHERE name LIKE '%{name}%'",
        "SELECT * FROM stock WHERE (n > 0 AND name = '{name}') ORDER BY n",
    ],
)
def test_text_in_a_statement_is_found(statement: str, example: str) -> None:
    assert outcome(SQL, asks(statement), example) is Outcome.FAIL


def test_a_number_in_a_statement_is_found() -> None:
    assert outcome(SQL, asks("SELECT * FROM stock WHERE n = {name}"), "3") is Outcome.FAIL


def test_a_bound_parameter_passes() -> None:
    database = stock()

    def answer(name: str) -> Response:
        rows = database.execute("SELECT * FROM stock WHERE name LIKE ?", (f"%{name}%",)).fetchall()
        return Response(200, json.dumps({"found": rows, "for": name}))

    assert outcome(SQL, answer) is Outcome.PASS


def test_a_search_for_words_is_no_injection() -> None:
    """It finds what holds any of the words, so the numbers alone change what comes back."""
    rows = ["lamp", "can 7351", "pot 6347", "and or like"]

    def answer(name: str) -> Response:
        wanted = re.findall(r"\w+", name.lower())
        return Response(200, json.dumps([each for each in rows if any(word in each for word in wanted)]))

    assert outcome(SQL, answer) is Outcome.PASS


def test_a_crash_on_a_quote_is_not_yet_an_injection() -> None:
    assert outcome(SQL, lambda name: Response(500 if "'" in name else 200)) is Outcome.PASS


def test_a_random_reply_is_no_injection() -> None:
    counts = iter(range(10**6))
    assert outcome(SQL, lambda _: Response(200, json.dumps({"n": next(counts)}))) is not Outcome.FAIL


def test_a_sum_that_is_worked_out_is_found_and_one_that_comes_back_is_not() -> None:
    def template(name: str) -> Response:
        text = re.sub(r"\$\{(\d+)\*(\d+)\}", lambda found: str(int(found[1]) * int(found[2])), name)
        return Response(200, json.dumps({"text": text}))

    assert outcome(RCE, template) is Outcome.FAIL
    assert outcome(RCE, lambda name: Response(200, json.dumps({"text": name}))) is Outcome.PASS
    assert outcome(RCE, lambda _: Response(200, json.dumps({"text": 7351 * 6343}))) is Outcome.PASS


PAGE = [("content-type", "text/html; charset=utf-8")]


@pytest.mark.parametrize("status", [200, 404, 500])
def test_markup_that_comes_back_as_markup_is_found(status: int) -> None:
    def answer(name: str) -> Response:
        return Response(200 if name == "lamp" else status, f"<p>{name}</p>", PAGE)

    assert outcome(XSS, answer) is Outcome.FAIL


def test_markup_that_is_escaped_or_in_json_passes() -> None:
    assert outcome(XSS, lambda name: Response(200, f"<p>{html.escape(name)}</p>", PAGE)) is Outcome.PASS
    assert outcome(XSS, lambda name: Response(200, json.dumps({"you": name}))) is Outcome.PASS


def test_a_reply_without_a_type_counts_where_browsers_guess() -> None:
    assert outcome(XSS, lambda name: Response(200, f"<p>{name}</p>", [])) is Outcome.FAIL
    guessed = [("x-content-type-options", "nosniff")]
    assert outcome(XSS, lambda name: Response(200, f"<p>{name}</p>", guessed)) is Outcome.PASS


@pytest.mark.parametrize("control", [SQL, RCE, XSS])
@pytest.mark.parametrize("situation", ["not-found", "unhandled-error", "debug-error-page", "created"])
def test_what_foreign_servers_answer_is_no_finding(control: str, situation: str) -> None:
    for _, reply in samples.every(situation):
        http = Recorded(answering=lambda _, reply=reply: reply, api=api())  # type: ignore[misc]
        assert audited(control, http).outcome is not Outcome.FAIL
