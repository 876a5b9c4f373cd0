"""Parameters of a web framework's handlers: which of them the framework fills with data of the request."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Function
from ostiary.parts.code.python.scopes import NO_NAMES

VERBS: Final = frozenset(
    [
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "route",
        "websocket",
        "api_route",
        "add_url_rule",
        "query",
        "any",
    ]
)
_IN_PATH: Final = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)(?::(\w+))?>|\{(\w+)(?::(\w+))?\}")
_NUMERIC: Final = frozenset(["int", "float", "uuid", "integer", "number", "date"])
_NOT_READ: Final = re.compile(  # what frameworks hand over that is no data of the request
    r"(?:.*\.)?(?:Request|HTTPConnection|Response|BackgroundTasks|WebSocket|SecurityScopes|Session|AsyncSession|State|JSONResponse)"
)


@dataclass(frozen=True, slots=True)
class Handed:
    """What a function is handed by a framework.

    :param everything: every parameter is read from the request (FastAPI and its like).
    """

    everything: bool = False
    names: frozenset[str] = NO_NAMES

    def taint(self, name: str, type_name: str) -> str:
        """Where a parameter's data comes from, if it is the request."""
        if name in self.names or (self.everything and not _NOT_READ.fullmatch(type_name)):
            return f"handler parameter {name}"
        return ""


_NONE: Final = Handed()


def handed(function: Function, imports: Collection[str] | Mapping[str, int]) -> Handed:
    """What a function is handed, by its decorators.

    :param imports: of its module.
    """
    for decorator in function.decorators:
        path = route_of(decorator)
        if path is None:
            continue
        in_path, harmless = path_parameters(path)
        if "<" not in path and is_fastapi(decorator, imports):
            return Handed(everything=True)
        return Handed(names=frozenset(in_path) - harmless)
    return _NONE


def route_of(decorator: Call) -> str | None:
    """The path that a decorator binds a function to; None: it is no such decorator."""
    if decorator.method not in VERBS:
        return None
    path = decorator.argument(0, "path", "rule", "uri")
    text = path.literal if path is not None else None
    return text if isinstance(text, str) and (text.startswith("/") or not text) else None


def is_fastapi(decorator: Call, imports: Collection[str] | Mapping[str, int]) -> bool:
    """Whether a decorator is one of FastAPI (or of a router that is imported where FastAPI is used)."""
    if decorator.name.startswith(("fastapi.", "ninja.")):
        return True
    if decorator.name.startswith(("flask.", "sanic.", "aiohttp.", "bottle.", "quart.", "starlette.")):
        return False
    return any(each == "fastapi" or each.startswith(("fastapi.", "ninja.")) for each in imports)


def path_parameters(path: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names in a path, and those of them that are numbers, UUIDs or dates by their converters."""
    names: list[str] = []
    harmless: set[str] = set()
    for before, angled, after, braced, converter in _IN_PATH.findall(path):
        name = angled or braced
        names.append(name)
        if (before or after or converter) in _NUMERIC:
            harmless.add(name)
    return tuple(names), frozenset(harmless)
