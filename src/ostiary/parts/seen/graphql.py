"""GraphQL seen from outside: which operation speaks it, what an answer says, and a query that is deep and costs nothing."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from ostiary.evidence import Answer
from ostiary.model import Operation
from ostiary.parts.seen.bodies import NOT_JSON, parse

_PATH: Final = re.compile(r"/(?:graphql|graph|gql|graphiql|query)(?:/v?\d+)?/?$", re.IGNORECASE)
_MEDIA: Final = ("application/graphql", "application/graphql-response+json")
SCHEMA: Final = (  # enough of it to find a field that leads back to its own type
    "{ __schema { queryType { name } types { name kind fields { name args { type { kind } defaultValue }"
    " type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }"
)
TYPOS: Final = ("usr", "nod", "versio", "usrs", "logi")  # each near a name that many schemas have
_SUGGESTION: Final = re.compile(r"did you mean", re.IGNORECASE)
_MOST_TYPES: Final = 2000


def speaks(operation: Operation) -> bool:
    """Whether an operation is a GraphQL endpoint by its path and method, or by its media types."""
    if operation.method != "POST":
        return False
    return _PATH.search(operation.path) is not None or any(each in _MEDIA for each in operation.consumes)


def data_of(answer: Answer) -> Any:
    """The ``data`` of an answer without errors, or None: then it was not done (GraphQL over HTTP answers errors with 200)."""
    document = parse(answer.body)
    if not answer.accepted or not isinstance(document, dict) or document.get("errors"):
        return None
    return document.get("data")


def errors_of(answer: Answer) -> list[str]:
    """The messages of an answer's errors."""
    document = parse(answer.body)
    listed = document.get("errors") if isinstance(document, dict) else None
    listed = listed if isinstance(listed, list) else []
    return [str(each.get("message", "")) for each in listed if isinstance(each, dict)]


def suggestion_in(answer: Answer, typo: str) -> str:
    """The message that offers a name near a wrong one; empty when none does."""
    return next((each for each in errors_of(answer) if typo in each and _SUGGESTION.search(each)), "")


def batch_of(answer: Answer) -> int:
    """How many of a batch were answered with data."""
    document = parse(answer.body)
    if not answer.accepted or document is NOT_JSON or not isinstance(document, list):
        return 0
    return sum(isinstance(each, dict) and isinstance(each.get("data"), dict) for each in document)


def body(query: str) -> bytes:
    """A request in JSON."""
    return json.dumps({"query": query}).encode()


def aliases(count: int) -> str:
    """One field, which every schema has, under many names."""
    return "{ " + " ".join(f"a{at}: __typename" for at in range(count)) + " }"


def deep(schema: Any, depth: int) -> str:
    """A valid query of a depth, through a type that leads back to itself; empty when the schema has none.

    Its first field is skipped: it has to be measured, and nothing has to be done.
    """
    types = _types(schema)
    start = schema["__schema"]["queryType"]["name"] if types else ""
    for path in _paths(types, start):
        loop = _loop(types, path[-1][1])
        if loop:
            names = [name for name, _ in path]
            while len(names) < depth - 1:
                names += [name for name, _ in loop]
            names = names[: depth - 1]  # and __typename
            inner = "__typename"
            for name in reversed(names[1:]):
                inner = f"{name} {{ {inner} }}"
            return f"{{ {names[0]} @skip(if: true) {{ {inner} }} }}"
    return ""


_Edge = tuple[str, str]  # the name of a field and the type that it leads to


def _types(schema: Any) -> dict[str, list[_Edge]]:
    """The object types, with the fields that lead to others and need no argument."""
    try:
        listed = [each for each in schema["__schema"]["types"] if each["kind"] == "OBJECT"][:_MOST_TYPES]
        return {each["name"]: [edge for one in each["fields"] or () if (edge := _edge(one))] for each in listed}
    except (KeyError, TypeError):
        return {}


def _edge(given: Mapping[str, Any]) -> _Edge | None:
    if any(each["type"]["kind"] == "NON_NULL" and each["defaultValue"] is None for each in given["args"]):
        return None
    kind = given["type"]
    while isinstance(kind, Mapping) and kind.get("ofType"):
        kind = kind["ofType"]
    return (given["name"], kind["name"]) if kind.get("kind") == "OBJECT" else None


def _paths(types: Mapping[str, list[_Edge]], start: str) -> list[list[_Edge]]:
    """The shortest way from the query type to each other one."""
    ways: dict[str, list[_Edge]] = {}
    queue: deque[tuple[str, list[_Edge]]] = deque([(start, [])])
    while queue:
        at, way = queue.popleft()
        for edge in types.get(at, ()):
            if edge[1] not in ways and not edge[1].startswith("__"):
                ways[edge[1]] = [*way, edge]
                queue.append((edge[1], ways[edge[1]]))
    return sorted(ways.values(), key=len)


def _loop(types: Mapping[str, list[_Edge]], start: str) -> list[_Edge]:
    """A way from a type back to itself."""
    for way in _paths(types, start):
        if way[-1][1] == start:
            return way
    return []
