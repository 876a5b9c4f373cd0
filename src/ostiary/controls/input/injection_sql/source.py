"""Queries in code: what a request or a caller gives is bound, never written into the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.building import is_checked
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.queries import Query, queries

_MAPPERS: Final = (
    *(
        "sqlalchemy",
        "sqlmodel",
        "django.db",
        "tortoise",
        "peewee",
        "pony",
        "prisma",
        "@prisma/client",
        "sequelize",
        "typeorm",
        "mongoose",
    ),
    *("knex", "drizzle-orm", "gorm.io/gorm", "github.com/jinzhu/gorm", "javax.persistence", "jakarta.persistence"),
    *("org.springframework.data", "Illuminate.Database", "Doctrine.ORM", "org.mybatis", "org.apache.ibatis"),
)
_DOCUMENTS: Final = ("mongoose", "mongodb", "pymongo", "motor", "mongoose.Schema")
_FINDS: Final = tuple(
    f".{each}"
    for each in (
        "find",
        "findOne",
        "find_one",
        "deleteMany",
        "deleteOne",
        "updateMany",
        "countDocuments",
        "findOneAndUpdate",
    )
)
_ASIDE: Final = re.compile(r"(?i)(?:^|/)(?:migrations?|alembic|db/migrate|seeds?|seeders|scripts?|tools|benchmarks?)/")
_WHOLE: Final = re.compile(r"(?:req|request|ctx\.request)\.(?:body|query)$|request\.(?:json|args|get_json)$")


async def audit_source(tree: Tree) -> Finding:
    """Look at every query that is seen to run, and at conditions of document stores."""
    faults: list[Fault] = []
    sound: list[Spot] = []
    for query in queries(tree.code):
        if query.value is None:
            sound.append(query.call)
        else:
            what = "a request is written" if query.tainted else "a value is written"
            instead = "" if query.tainted else " instead of being bound"
            faults.append(
                Fault(query.call, f"{what} into the text of a query{instead}", _sure(tree, query, query.value))
            )
    faults += _documents(tree)
    mapped = tree.code.imports(*_MAPPERS)
    return judged(
        tree,
        faults,
        sound=sound or mapped,
        holds="its text is constant, what is open is bound" if sound else "queries are made by a mapper, none by hand",
        nothing="query or mapper of a database",
        proof="The value ends up inside the query's text, so a quote in it ends the value and what follows is run.",
    )


def _sure(tree: Tree, query: Query, value: Value) -> Confidence:
    """What nobody outside of the function gives, or what it looked at before, may well be harmless."""
    if is_checked(tree.code, query.call, value):
        return Confidence.TENTATIVE
    if query.tainted:
        return Confidence.CERTAIN
    return (
        Confidence.FIRM
        if (value.parameters or query.quoted) and not _ASIDE.search(query.call.path)
        else Confidence.TENTATIVE
    )


def _documents(tree: Tree) -> Iterator[Fault]:
    if not tree.code.imports(*_DOCUMENTS):
        return
    for call in tree.code.calls(*_FINDS, ".aggregate", ".mapReduce"):
        for value in [*call.args[:1], *call.keywords.values()]:
            script = value.pairs.get("$where", call.keywords.get("$where"))
            if script is not None and not value.name and (script.built or script.tainted):
                sure = Confidence.CERTAIN if script.tainted else Confidence.FIRM
                yield Fault(call, "the script of $where is put together", sure)
                break
            if value.tainted and not value.pairs and not value.built and _WHOLE.search(value.name):
                yield Fault(call, "a whole request is the condition of a query, operators included", Confidence.CERTAIN)
                break
    for given in tree.code.returns():
        script = given.value.pairs.get("$where")
        if script is not None and (script.built or script.tainted):
            yield Fault(given, "the script of $where is put together", Confidence.FIRM)
    for each in tree.code.assignments(".$where"):
        if each.value.built or each.value.tainted:
            yield Fault(each, "the script of $where is put together", Confidence.FIRM)
