"""Settings and code: connection strings have a password, and none that everybody tries first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import connection_strings
from ostiary.parts.deployment.opinion import Opinion, finding

_CONNECTING: Final = re.compile(
    r"(?:connect|createConnection|createPool|create_pool|create_engine|Pool|Client|Redis|StrictRedis|getConnection|"
    r"MySQLConnection|PDO|mysqli|mysqli_connect|Sequelize|DataSource|Open)"
)
_STORES: Final = re.compile(
    r"psycopg|pymysql|mysql|mariadb|asyncpg|aiomysql|pg\b|redis|mongo|sequelize|knex|typeorm|sqlx?\b|jdbc|DriverManager|mssql|"
    r"peewee|tortoise|DataSource|pgx|PDO",
    re.IGNORECASE,
)
_PLACES: Final = {  # arguments that are known by where they stand
    "getConnection": ("server", "user", "password"),
    "PDO": ("server", "user", "password"),
    "mysqli": ("server", "user", "password"),
    "mysqli_connect": ("server", "user", "password"),
}
_HOST: Final = re.compile(r"(?://|host=)([\w.-]+)")
_DEEPEST: Final = 3


async def audit_source(tree: Tree) -> Finding:
    """Connection strings and arguments of connections in settings, ``.env`` files and code."""
    opinion = connection_strings.settings(tree.deployment)
    for module in tree.code.modules:
        for place, text in (
            *((each.place, text) for each in module.assignments for text in _texts(each.value, 0, named=False)),
            *((call.place, text) for call in module.calls for text in _of_call(call)),
        ):
            if "://" in text:
                connection_strings.judge_text(opinion, place, text)
        for call in module.calls:
            _arguments(opinion, call)
    return finding(
        opinion, tree.show, nothing="no connection string of a data store in settings or code", holds="looked at"
    )


def _of_call(call: Call) -> Iterator[str]:
    for value in (*call.args, *call.keywords.values()):
        yield from _texts(value, 0)


def _texts(value: Value, depth: int, *, named: bool = True) -> Iterator[str]:
    """Every constant text in an expression; ``named``: also under names, which are assignments of their own where assigned."""
    if isinstance(value.literal, str):
        yield value.literal
    if depth < _DEEPEST:
        for each in (*value.parts, *(value.pairs.values() if named else ())):
            yield from _texts(each, depth + 1, named=named)


def _arguments(opinion: Opinion, call: Call) -> None:
    """``connect(user="root", password="")`` and its like."""
    if not _CONNECTING.fullmatch(call.method) or not _STORES.search(call.name):
        return
    given = dict(zip(_PLACES.get(call.method, ()), call.args, strict=False)) | dict(call.keywords)
    for each in call.args:
        given.update(each.pairs)
    password = next((given[name] for name in ("password", "passwd", "pass") if name in given), None)
    if password is None or not isinstance(password.literal, str):
        return
    user, host = (
        next((str(given[name].literal) for name in names if name in given and isinstance(given[name].literal, str)), "")
        for names in (("user", "username", "login"), ("host", "hostname", "server"))
    )
    found = _HOST.search(host)
    if "//" in host and found is None:
        return  # a file, or a database in memory
    connection_strings.judge_pair(opinion, call.place, user, password.literal, found[1] if found is not None else host)
