"""What is a query, what is bound in it and what is written into it."""

from __future__ import annotations

import pytest

from foreign_code import module
from ostiary.evidence.code import Language
from ostiary.parts.code.index import Index
from ostiary.parts.code.queries import Query, queries


def found(text: str, language: Language = Language.JAVASCRIPT) -> list[Query]:
    return list(queries(Index([module(language, text)])))


@pytest.mark.parametrize(
    "text",
    [
        "db.query('SELECT a FROM t WHERE b = ?', [x])",
        "const T = 't'; db.query(`SELECT a FROM ${T}`)",
        "function f(x) { db.query('SELECT a FROM t LIMIT ' + Number(x)) }",
        "function f(x) { db.query('SELECT a FROM t WHERE b IN (' + placeholders + ')', x) }",
        "function f(table) { db.query(`SELECT a FROM ${table}`) }",
        "function f(x) { db.query(`SELECT a FROM t WHERE b = ${db.escape(x)}`) }",
        "function f(x) { db.query('SELECT a FROM t WHERE b = ' + settings.LIMIT) }",
        "function f(x) { return sql.query`SELECT a FROM t WHERE b = ${x}` }",
    ],
)
def test_sound_queries_are_seen_and_left_alone(text: str) -> None:
    made = found(text)
    assert len(made) == 1
    assert made[0].value is None


@pytest.mark.parametrize(
    "text",
    [
        "function f(x) { db.query(`SELECT a FROM t WHERE b = '${x}'`) }",
        "function f(x) { db.query('SELECT a FROM t WHERE b = ' + x) }",
        'function f(x) { db.query("INSERT INTO t (a, b) VALUES (\'" + x + "\', 1)") }',
        "function f(x) { let q = 'SELECT a FROM t WHERE 1 = 1'; if (x) { q += \" AND b LIKE '%\" + x + \"%'\"; } db.query(q) }",
    ],
)
def test_values_written_into_a_query_are_found(text: str) -> None:
    (made,) = found(text)
    assert made.value is not None
    assert not made.tainted


def test_a_request_in_any_part_of_a_query_is_found() -> None:
    (made,) = found("app.get('/', (req, res) => db.query('SELECT a FROM t ORDER BY ' + req.query.by))")
    assert made.tainted


@pytest.mark.parametrize(
    "text",
    [
        "log('please select ' + x + ' from the menu')",
        "function f(x) { cache.get('user:' + x); $.query('a' + x) }",
        "pattern.exec(x)",
    ],
)
def test_what_only_sounds_like_a_query_is_none(text: str) -> None:
    assert found(text) == []


def test_a_column_out_of_a_fixed_map_is_no_fault() -> None:
    text = "const C = {a: 'a', b: 'b'}; app.get('/', (req, res) => db.query(`SELECT a FROM t ORDER BY ${C[req.query.by]}`))"
    (made,) = found(text)
    assert made.value is None
