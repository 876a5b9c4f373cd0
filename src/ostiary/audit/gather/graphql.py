"""GraphQL endpoints are asked for where they usually are, and what their schemas offer is kept with the operation."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Final

from ostiary.audit.gather import fields, places
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer
from ostiary.model import Api, Operation
from ostiary.parts import openapi
from ostiary.parts.openapi.introspection import EXTENSION, QUERY, is_one
from ostiary.parts.seen import graphql
from ostiary.parts.seen.bodies import parse

LIKELY: Final = 2  # places, where there is a document and the budget is small
_JSON: Final = (("Content-Type", "application/json"),)
_HARMLESS: Final = b'{"query":"{ __typename }"}'


async def look(live: Live, http: LiveHttp) -> list[str]:
    """Adopt an endpoint that no document names, and learn the schema of one that is; sentences about it."""
    known = [each for each in live.operations if graphql.speaks(each)]
    if known:
        await _learn(live, http, known[0])
        return []
    prefix = live.target.prefix
    candidates = dict.fromkeys([*(prefix + each for each in places.GRAPHQL if prefix), *places.GRAPHQL])
    likely = list(candidates)[: LIKELY if live.api is not None and live.budget.tight else None]
    answers = await asyncio.gather(*(_asked(http, each, _HARMLESS) for each in likely))
    path = next((each.asked.target for each in answers if each is not None and _speaks(each)), None)
    if path is None:
        return []
    schema = await _schema(http, path)
    made = openapi.from_introspection(schema, source=http.base + path, path=path)
    live.adopt(made if live.api is None else _beside(live.api, made.operations))
    fields = "" if schema is None else ", which shows its schema to us"
    return [f"GraphQL answers at {path}{fields}."]


def describe(live: Live) -> list[str]:
    """Take the fields of every schema that is known for operations; a sentence about it."""
    api = live.api
    made = [fields.made_of(each, api.source) for each in api.operations if graphql.speaks(each)] if api else []
    more = tuple(each for one in made if one is not None for each in one.operations)
    if api is None or not more:
        return []
    live.adopt(_beside(api, more))
    return [f"{len(more)} fields of the GraphQL schema are asked like operations, each by the document that it needs."]


def _beside(api: Api, more: tuple[Operation, ...]) -> Api:
    return dataclasses.replace(api, operations=(*api.operations, *more))


async def _learn(live: Live, http: LiveHttp, operation: Operation) -> None:
    api, path = live.api, http.target_of(operation)
    schema = await _schema(http, path)
    if api is None or schema is None:
        return
    told = openapi.from_introspection(schema, source=api.source, path=path).operations[0].extensions[EXTENSION]
    richer = {
        each.key: dataclasses.replace(each, extensions={**each.extensions, EXTENSION: told})
        for each in api.operations
        if each.key == operation.key
    }
    live.adopt(dataclasses.replace(api, operations=tuple(richer.get(each.key, each) for each in api.operations)))


async def _schema(http: LiveHttp, path: str) -> dict[str, object] | None:
    """The answer to an introspection query, or None."""
    answer = await _asked(http, path, graphql.body(QUERY))
    if answer is None or not answer.accepted:
        return None
    try:
        plain = parse(await http.whole(answer) if answer.truncated else answer.body)
    except Unanswerable:
        return None
    return plain if isinstance(plain, dict) and is_one(plain) else None


async def _asked(http: LiveHttp, path: str, body: bytes) -> Answer | None:
    try:
        return await http.send("POST", path, headers=_JSON, body=body)
    except Unanswerable:
        return None


def _speaks(answer: Answer) -> bool:
    """Whether an answer is one to a GraphQL request: the root's name, or errors as the specification has them (7.1.2)."""
    data = graphql.data_of(answer)
    if isinstance(data, dict) and isinstance(data.get("__typename"), str):
        return True
    plain = parse(answer.body)
    listed = plain.get("errors") if isinstance(plain, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(first, dict) or answer.status not in {200, 400, 401}:
        return False
    return "locations" in first or "graphql" in str(first).lower()
