"""Calls that run SQL, and whether a query is put together from what may be anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Code, Value
from ostiary.parts.code.building import fixed_text, holes, is_fixed

# Any library's methods; their argument counts when it reads as SQL.
_METHODS: Final = (
    *(
        ".execute",
        ".executemany",
        ".executescript",
        ".query",
        ".raw",
        ".exec",
        ".prepare",
        ".execSQL",
        ".rawQuery",
        ".fetch",
        ".fetchrow",
    ),
    *(".one", ".oneOrNone", ".any", ".many", ".manyOrNone", ".none", ".multi", ".result"),  # pg-promise
    *(
        ".fetchval",
        ".exec_driver_sql",
        ".read_sql",
        ".read_sql_query",
        ".executeQuery",
        ".executeUpdate",
        ".executeLargeUpdate",
        ".addBatch",
    ),
    *(
        ".prepareStatement",
        ".prepareCall",
        ".createNativeQuery",
        ".createQuery",
        ".createSQLQuery",
        ".nativeQuery",
        ".queryForObject",
    ),
    *(
        ".queryForList",
        ".queryForMap",
        ".queryForRowSet",
        ".batchUpdate",
        ".update",
        ".sql",
        ".$queryRawUnsafe",
        ".$executeRawUnsafe",
    ),
    *(
        ".Query",
        ".QueryRow",
        ".Exec",
        ".QueryContext",
        ".QueryRowContext",
        ".ExecContext",
        ".Raw",
        ".Select",
        ".Get",
        ".Queryx",
        ".NamedExec",
    ),
    *(
        ".find_by_sql",
        ".count_by_sql",
        ".select_all",
        ".select_rows",
        ".select_value",
        ".exec_query",
        ".exec_sql",
        ".multi_query",
        ".get_results",
    ),
    *(
        ".get_var",
        ".get_row",
        ".get_col",
        ".select",
        ".selectOne",
        ".statement",
        ".unprepared",
        ".literal",
        ".prepare_sql",
        ".run",
        ".all",
        ".each",
    ),
    *(
        "mysqli_query",
        "mysqli_multi_query",
        "mysqli_prepare",
        "mysql_query",
        "pg_query",
        "pg_send_query",
        "sqlite_query",
        "odbc_exec",
        "mssql_query",
    ),
    *(
        "sqlsrv_query",
        "sqlite3_exec",
        "sqlite3_prepare_v2",
        "sqlalchemy.text",
        "sqlalchemy.sql.text",
        "sqlalchemy.sql.expression.text",
    ),
    *("django.db.models.expressions.RawSQL", "*.RawSQL", ".text", "text", "*.SimpleSQLQuery"),
)
# Parts of a query, of which a condition is enough.
_CONDITIONS: Final = (
    *(
        ".where",
        ".whereRaw",
        ".orWhereRaw",
        ".havingRaw",
        ".selectRaw",
        ".orderByRaw",
        ".groupByRaw",
        ".extra",
        ".Where",
        ".find_by",
        ".having",
    ),
    *(
        ".joins",
        ".order",
        ".Order",
        ".exists?",
        ".delete_all",
        ".update_all",
        ".calculate",
        ".pluck",
        ".Having",
        ".andWhere",
        ".orWhere",
    ),
    *("sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text"),
)
# Where even a text that is not put together here is SQL.
_SURE: Final = re.compile(
    r"java\.sql\.\w*Statement\.execute\w*$|sqlite3\..*\.execute\w*$|psycopg2?\..*\.execute$|pymysql\..*\.execute$|\$(?:query|execute)RawUnsafe$|"
    r"^(?:mysqli|mysql|pg)_query$|(?:^|\.)(?:PDO|mysqli)\.(?:query|exec)$|database/sql\.DB\.(?:Query|QueryRow|Exec)$|find_by_sql$|"
    r"JdbcTemplate\.(?:query\w*|update|execute)$|^mysql2?(?:/promise)?\.create\w+\(\)\.(?:query|execute)$|^pg\.(?:Pool|Client)\.query$"
)
_QUERY: Final = re.compile(
    r"(?is)^[\s(]*(?:--[^\n]*\n\s*)*(?:select\b.*\b(?:from|\?)|select\s+[\w(*'\"?]|insert\s+(?:into|ignore|\?)|update\s+\S+.*\bset\b|delete\s+from\b|"
    r"with\s+\w+.*\bas\s*\(|replace\s+into|merge\s+into|drop\s+(?:table|database|user|index|view)|create\s+(?:table|user|database|index|role|view)|"
    r"alter\s+(?:table|user|role)|truncate\s+|grant\s+|call\s+\w+\s*\(|exec(?:ute)?\s+\w+)|^\s*from\s+\w+\s+(?:\w+\s+)?where\b"
)
_CONDITION: Final = re.compile(r"(?i)[\w\"`\]).]\s*(?:=|<>|!=|<|>|\blike\b|\bilike\b|\bin\s*\(|\bbetween\b)")
# What stands before a value rather than before a name of a table or column.
_VALUE_NEXT: Final = re.compile(
    r"(?is)(?:=|<|>|\blike|\bin\s*\(|\bbetween|\bvalues\s*\(.*|\blimit|\boffset|\band|'%?|\"%?)\s*$|'[^']*$"
)
_QUOTED: Final = re.compile(r"'[^']*$")
_DATE: Final = re.compile(r"(?i)ago\b|now\b|date|time|period|today|interval|_at\b|since|until|\bday|month|year")
_LIST_NAMES: Final = re.compile(
    r"(?i)place_?holder|q_?marks?|^marks$|params?$|bind|columns?$|fields?$|table|schema|where|clause|condition|filter|order|sort|join|sql|quer|stmt|prefix|suffix|limit|offset|db_?name|keyspace|index$|direction"
)


@dataclass(frozen=True, slots=True)
class Query:
    """A query and what is wrong with it: ``value`` is what comes in, ``tainted`` whether a request does; None: sound."""

    call: Call
    value: Value | None = None
    tainted: bool = False
    quoted: bool = False  # it stands in quotes, and nothing says that it is a date


def queries(code: Code) -> Iterator[Query]:
    """Every query that is seen to run, sound ones too."""
    for call in code.calls(*_METHODS, *_CONDITIONS):
        is_part = any(call.name.endswith(each) for each in _CONDITIONS)
        for value in _texts(call):
            if value.call is not None and value.text.startswith("`"):
                continue
            text = fixed_text(value)
            if _QUERY.search(text) or (is_part and _CONDITION.search(text)):
                yield _judged(call, value)
                break
            if (
                value.tainted
                and not value.numeric
                and not value.pairs
                and _SURE.search(call.name)
                and value is call.args[0]
            ):
                yield Query(call, value, tainted=True)
                break


def _texts(call: Call) -> list[Value]:
    named = [
        call.keywords[each]
        for each in ("sql", "query", "statement", "where", "text", "select")
        if each in call.keywords
    ]
    given = [*call.args[:2], *named]
    return [part for each in given for part in ((each,) if each.built or not each.parts else each.parts)][:8]


def _judged(call: Call, value: Value) -> Query:
    if value.text.startswith("`") and call.text.find(f"{call.method}`") >= 0:  # a tagged template: the library binds
        return Query(call)
    open_parts = list(holes(value))
    asked = next((part for _, part in open_parts if part.tainted), None)
    if asked is not None:
        return Query(call, asked, tainted=True)
    for before, part in open_parts:
        if _is_value(before, part):
            return Query(
                call,
                part,
                quoted=_QUOTED.search(before[-400:]) is not None
                and not _DATE.search(f"{before[-40:]} {part.text} {part.name}"),
            )
    return Query(call)


def _is_value(before: str, part: Value) -> bool:
    if not _VALUE_NEXT.search(before[-400:]):
        return False
    name = part.name.rpartition(".")[2] or (part.call.method if part.call is not None else "")
    if is_fixed(part):
        return False
    # Within quotes stands a value, whatever it is called.
    return before.endswith(("'", '"', "'%", '"%')) or not (_LIST_NAMES.search(name) or name == "join")
