"""Routing is a lookup, not a refusal: every request finds a plan, and the plan says what an unknown path gets."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from ostiary.errors import ConfigError, Denied
from ostiary.guard.plan import Plan
from ostiary.model import Exchange, Operation

# RFC 3986 section 3.3: pchar and slashes. What is outside is refused: two readers of it rarely agree.
_PCHAR: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%"
# An encoded slash, backslash, control character or percent sign means one thing to us and another to the application;
# a percent sign without two hex digits means nothing to anybody.
_SLIPPERY: Final = re.compile(rb"%(?:2[fF]|5[cC]|25|[01]|7[fF]|(?![0-9A-Fa-f]{2}))")
# Some servers take a segment's parameters off before they look at it: "..;x" climbs, and "/admin;x" is "/admin".
_DOTS: Final = re.compile(r"(?:^|/)\.{1,2}(?:[/;]|$)")
_PARAMETERS: Final = re.compile(r";[^/]*")
_NAME: Final = re.compile(r"\{[^{}/]+\}")


MEMO_ENTRIES = 2048  # paths remembered; emptied when full, so that a stranger's made-up paths cost him, not us
MEMO_LONGEST = 256  # bytes; with the entries above, the memo stays under a few megabytes

_Found = tuple["dict[str, Plan] | None", str, tuple[str, ...]]


class _Node:
    __slots__ = ("here", "literal", "names", "patterns")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.patterns: list[tuple[tuple[str, ...], _Node]] = []  # segments such as {id}.json, by what is not a name
        self.names: _Node | None = None
        self.here: dict[str, Plan] | None = None


class Routes:
    """Finds the plan of a request: concrete segments win over templated ones (OpenAPI, "Path Templating Matching")."""

    def __init__(self, plans: Iterable[Plan], unknown: Plan, slashed: Plan | None = None) -> None:
        """Take the plans of all operations, those with method ``*`` for undeclared methods included.

        :param slashed: what a path gets that is declared with a slash more or less at its end; None: `unknown`.
        :raises ConfigError: when two operations have the same method and the same path but for names.
        """
        self.unknown = unknown
        self._slashed = slashed
        self._literal: dict[str, dict[str, Plan]] = {}
        self._exact: dict[bytes, dict[str, Plan]] = {}  # those of the above that need no decoding
        self._memo: dict[bytes, _Found] = {}
        self._root = _Node()
        for plan in plans:
            self._add(plan)

    def _add(self, plan: Plan) -> None:
        operation = plan.operation
        if "{" not in operation.path:
            here = self._literal.setdefault(operation.path, {})
            if _is_plain(operation.path):
                self._exact[operation.path.encode()] = here
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

        :raises Denied: 400 for a path that two readers could read differently, one of them as another operation.
        """
        raw = exchange.raw_path
        methods = self._exact.get(raw)
        if methods is not None:
            exchange.path = raw.decode("ascii")
        else:
            found = self._memo.get(raw)
            if found is None:
                found = self._read(raw)
            methods, exchange.path, exchange.path_values = found
        if methods is None:
            exchange.operation = self.unknown.operation
            return self._slashed if self._slashed is not None and self._misses_slash(exchange) else self.unknown
        plan = methods.get(exchange.method) or _by_method(methods, exchange.method)
        exchange.operation = plan.operation
        return plan

    def _misses_slash(self, exchange: Exchange) -> bool:
        if exchange.raw_path[:2] == b"//":
            return False  # as a Location it would name a host
        methods = self._look(exchange.path[:-1] if exchange.path[-1:] == "/" else exchange.path + "/", [])
        return methods is not None and ("GET" if exchange.method == "HEAD" else exchange.method) in methods

    def _read(self, raw: bytes) -> _Found:
        path = plain_path(raw)
        values: list[str] = []
        methods = self._look(path, values)
        if ";" in path and self._look(_PARAMETERS.sub("", path), []) not in (methods, None):
            raise Denied(400, "the path is another without its parameters")
        found = (methods, path, tuple(values))
        if len(raw) <= MEMO_LONGEST:
            if len(self._memo) >= MEMO_ENTRIES:
                self._memo.clear()
            self._memo[raw] = found
        return found

    def _look(self, path: str, values: list[str]) -> dict[str, Plan] | None:
        methods = self._literal.get(path)
        return self._walk(path.split("/"), values) if methods is None else methods

    def _walk(self, segments: list[str], values: list[str]) -> dict[str, Plan] | None:
        """Walk without looking back, which is enough for nearly every document; else search."""
        node = self._root
        sure = True
        for segment in segments[1:]:
            child = node.literal.get(segment)
            if child is not None:
                sure = sure and node.names is None and not node.patterns
            elif node.patterns:
                sure = False
                break
            else:
                child = node.names
                if child is None or not segment:  # a path parameter is never empty
                    break
                values.append(segment)
            node = child
        else:
            if node.here is not None:
                return node.here
        if sure:
            return None
        values.clear()
        return _match(self._root, segments, 1, values)


def _is_plain(path: str) -> bool:
    try:
        return plain_path(path.encode()) == path
    except Denied:
        return False


def plain_path(raw: bytes) -> str:
    """Decode a raw path.

    :raises Denied: 400 when it is not one by RFC 3986, holds an encoded slash, backslash, NUL or percent sign, a
        ``.`` or ``..`` segment (with parameters or without), or does not decode as UTF-8.
    """
    if raw.strip(_PCHAR) or raw[:1] != b"/":  # strip leaves nothing of a path in which all is allowed
        raise Denied(400, "the path holds characters that are not allowed in one")
    if b"%" not in raw:
        path = raw.decode("ascii")
    else:
        if _SLIPPERY.search(raw) is not None:
            raise Denied(400, "the path holds an encoding that is not allowed in one")
        try:
            path = unquote_to_bytes(raw).decode("utf-8")
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
    pattern = tuple(_NAME.split(segment))
    for known, child in node.patterns:
        if known == pattern:
            return child
    child = _Node()
    node.patterns.append((pattern, child))
    node.patterns.sort(key=lambda each: -sum(map(len, each[0])))  # the more is said, the better it fits
    return child


def _split(pattern: tuple[str, ...], segment: str) -> list[str] | None:
    """What the names of a pattern stand for, or None; each the shortest that fits, found without backtracking."""
    first, *middle, last = pattern
    end = len(segment) - len(last)
    if not segment.startswith(first) or not segment.endswith(last):
        return None
    at = len(first)
    values = []
    for part in middle:
        found = segment.find(part, at + 1, end)
        if found < 0:
            return None
        values.append(segment[at:found])
        at = found + len(part)
    if at >= end:
        return None
    values.append(segment[at:end])
    return values


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
        parts = _split(pattern, segment)
        if parts is not None:
            values.extend(parts)
            found = _match(child, segments, at + 1, values)
            if found is not None:
                return found
            del values[-len(parts) :]
    if node.names is not None and segment:  # a path parameter is never empty
        values.append(segment)
        found = _match(node.names, segments, at + 1, values)
        if found is not None:
            return found
        values.pop()
    return None


def with_undeclared(operations: Iterable[Operation]) -> list[Operation]:
    """The operations, and for each of their paths the one that stands for every method not declared.

    ``/items/{id}`` and ``/items/{name}`` are the same path to a request, and are taken for one here.
    """
    by_path: dict[str, list[Operation]] = {}
    for operation in operations:
        by_path.setdefault(_NAME.sub("{}", operation.path), []).append(operation)
    found: list[Operation] = []
    for here in by_path.values():
        methods = frozenset(operation.method for operation in here)
        found += [each if each.methods == methods else dataclasses.replace(each, methods=methods) for each in here]
        found.append(Operation(method="*", path=here[0].path, methods=methods, pointer=here[0].pointer))
    return found
