"""Routing is a lookup, not a refusal: every request finds a plan, and the plan says what an unknown path gets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from ostiary.errors import ConfigError, Denied
from ostiary.guard.plan import Plan
from ostiary.model import Exchange, Operation

# RFC 3986 section 3.3: pchar and slashes. What is outside is refused: two readers of it rarely agree.
_PATH: Final = re.compile(rb"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")
# An encoded slash, backslash, NUL or percent sign means one thing to us and another to the application.
_SLIPPERY: Final = re.compile(rb"%(?:2[fF]|5[cC]|00|25)")
_DOTS: Final = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")
_NAME: Final = re.compile(r"\{[^{}/]+\}")


class _Node:
    __slots__ = ("here", "literal", "names", "patterns")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.patterns: list[tuple[re.Pattern[str], _Node]] = []  # segments such as {id}.json
        self.names: _Node | None = None
        self.here: dict[str, Plan] | None = None


class Routes:
    """Finds the plan of a request: concrete segments win over templated ones (OpenAPI, "Path Templating Matching")."""

    def __init__(self, plans: Iterable[Plan], unknown: Plan) -> None:
        """Take the plans of all operations, those with method ``*`` for undeclared methods included.

        :raises ConfigError: when two operations have the same method and the same path but for names.
        """
        self.unknown = unknown
        self._exact: dict[bytes, dict[str, Plan]] = {}
        self._root = _Node()
        for plan in plans:
            self._add(plan)

    def _add(self, plan: Plan) -> None:
        operation = plan.operation
        if "{" not in operation.path:
            here = self._exact.setdefault(operation.path.encode(), {})
        else:
            node = self._root
            for segment in operation.path.split("/")[1:]:
                node = _descend(node, segment)
            node.here = here = node.here if node.here is not None else {}
        if operation.method in here:
            other = here[operation.method].operation
            raise ConfigError(f"{operation.pointer or operation.key}", f"the same request as {other.key}")
        here[operation.method] = plan

    def find(self, exchange: Exchange) -> Plan:
        """Set the exchange's `path`, `path_values` and `operation`, and return its plan.

        :raises Denied: 400 for a path that two readers could read differently.
        """
        raw = exchange.raw_path
        methods = self._exact.get(raw)
        if methods is not None:
            exchange.path = raw.decode("ascii")
        else:
            exchange.path = plain_path(raw)
            methods = self._walk(exchange)
        plan = self.unknown if methods is None else _by_method(methods, exchange.method)
        exchange.operation = plan.operation
        return plan

    def _walk(self, exchange: Exchange) -> dict[str, Plan] | None:
        methods = self._exact.get(exchange.path.encode())
        if methods is not None:
            return methods
        values: list[str] = []
        found = _match(self._root, exchange.path.split("/"), 1, values)
        exchange.path_values = tuple(values)
        return found


def plain_path(raw: bytes) -> str:
    """Decode a raw path.

    :raises Denied: 400 when it is not one by RFC 3986, holds an encoded slash, backslash, NUL or percent sign, a
        ``.`` or ``..`` segment, or does not decode as UTF-8.
    """
    if _PATH.fullmatch(raw) is None or _SLIPPERY.search(raw) is not None:
        raise Denied(400, "the path holds characters that are not allowed in one")
    try:
        path = unquote_to_bytes(raw).decode("utf-8") if b"%" in raw else raw.decode("ascii")
    except UnicodeDecodeError:
        raise Denied(400, "the path is not UTF-8") from None
    if "/." in path and _DOTS.search(path) is not None:
        raise Denied(400, "the path holds dot segments")
    return path


def _by_method(methods: dict[str, Plan], method: str) -> Plan:
    plan = methods.get(method)
    if plan is None and method == "HEAD":  # RFC 9110 section 9.3.2: HEAD wherever there is GET
        plan = methods.get("GET")
    return plan if plan is not None else methods["*"]


def _descend(node: _Node, segment: str) -> _Node:
    if "{" not in segment:
        return node.literal.setdefault(segment, _Node())
    if _NAME.fullmatch(segment):
        if node.names is None:
            node.names = _Node()
        return node.names
    pattern = re.compile("(.+?)".join(re.escape(part) for part in _NAME.split(segment)))
    for known, child in node.patterns:
        if known.pattern == pattern.pattern:
            return child
    child = _Node()
    node.patterns.append((pattern, child))
    return child


def _match(node: _Node, segments: list[str], at: int, values: list[str]) -> dict[str, Plan] | None:
    if at == len(segments):
        return node.here
    segment = segments[at]
    child = node.literal.get(segment)
    if child is not None:
        found = _match(child, segments, at + 1, values)
        if found is not None:
            return found
    for pattern, child in node.patterns:
        match = pattern.fullmatch(segment)
        if match is not None:
            values.extend(match.groups())
            found = _match(child, segments, at + 1, values)
            if found is not None:
                return found
            del values[-len(match.groups()) :]
    if node.names is not None and segment:  # a path parameter is never empty
        values.append(segment)
        found = _match(node.names, segments, at + 1, values)
        if found is not None:
            return found
        values.pop()
    return None


def with_undeclared(operations: Iterable[Operation]) -> list[Operation]:
    """The operations, and for each of their paths the one that stands for every method not declared."""
    by_path: dict[str, list[Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, []).append(operation)
    found = []
    for path, here in by_path.items():
        methods = frozenset(operation.method for operation in here)
        found += here
        found.append(Operation(method="*", path=path, methods=methods, pointer=here[0].pointer))
    return found
