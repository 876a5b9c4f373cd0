"""Page sizes that a caller may choose, and that nothing bounds from above."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Function, Language, Route, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_SIZE: Final = re.compile(
    r"(?i)^(?:limit|page_?size|per_?page|size|count|max_?results|take|top|first|num(?:ber)?_?(?:items|results)|rows)$"
)
_NUMBER: Final = re.compile(r"(?:^|[\[|(, ])int\b|PositiveInt|NonNegativeInt")
_BOUND: Final = re.compile(
    r"\ble\s*=|\blt\s*=|\bmin\(|Math\.min|conint|Field\(.*\ble\b|max_page_size|clamp|\bmaximum\b|Max\(|@Max|coerce(?:In|AtMost)|\]\.min\b|\bclamp"
)
_READERS: Final = ("*request.args.get", "*request.GET.get", "*request.query_params.get", "*request.query.get")
_LIMITERS: Final = (
    *(".limit", ".slice", ".take", ".paginate", ".setMaxResults", ".fetchmany"),
    *(".Limit", ".simplePaginate", ".cursorPaginate"),
)
_OPTIONS: Final = (
    ".findMany",
    ".findAll",
    ".findAndCountAll",
    ".findAndCount",
    ".find",
    "*PageRequest.of",
    "*Limit.of",
)
_OTHERS: Final = tuple(each for each in Language if each is not Language.PYTHON)
_PARSES: Final = re.compile(r"(?i)(?:^|\.)(?:parseInt|Number|Atoi|ParseInt|to_i|intval|valueOf|toInt\w*|int|Int)$")
CHOSEN: Final = "a caller chooses how many items come back, without a greatest number"


async def audit_source(tree: Tree) -> Finding:
    """Look at parameters of handlers that are page sizes, and at what limits queries."""
    faults, sound = [], list[Spot]()
    for route, name in _parameters(tree):
        function = route.function
        if function is None:
            continue
        spot = Spot(path=function.path, line=route.line, language=function.language)
        if _is_bound(tree, function, name):
            sound.append(spot)
        else:
            faults.append(Fault(spot, CHOSEN, Confidence.FIRM))
    for call, value in _limited(tree):
        before = _before(tree, call)
        if any(_BOUND.search(text) for text in (value.text, call.text, before)) or _is_compared(value, before):
            sound.append(call)
        else:
            faults.append(Fault(call, CHOSEN, Confidence.FIRM))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="the number of items that a caller may ask for has a greatest value",
        nothing="page size that a caller chooses",
        proof="A very large number makes one cheap request read a whole table.",
    )


def _parameters(tree: Tree) -> Iterator[tuple[Route, str]]:
    """Handlers whose parameter is a page size, as FastAPI declares it."""
    for route in tree.code.routes:
        function = route.function
        if function is None or function.language is not Language.PYTHON or "GET" not in route.methods:
            continue
        for name, annotation in function.parameters.items():
            if _SIZE.match(name) and _NUMBER.search(annotation) and name not in route.parameters:
                yield route, name


def _is_bound(tree: Tree, function: Function, name: str) -> bool:
    """Whether its declaration or something in the handler's body bounds it."""
    default = function.defaults.get(name)
    call = default.call if default is not None else None
    if call is not None and any(each in call.keywords for each in ("le", "lt")):
        return True
    last = min(max(function.end, function.line), function.line + 80)
    text = "\n".join(tree.line(function.path, number) for number in range(function.line, last + 1))
    about = [line for line in text.splitlines() if re.search(rf"\b{re.escape(name)}\b", line)]
    compared = any(re.search(rf"\b{re.escape(name)}\s*>|<\s*{re.escape(name)}\b", line) for line in about)
    return compared or any(_BOUND.search(line) for line in about)


def _limited(tree: Tree) -> Iterator[tuple[Call, Value]]:
    """Queries that are limited by a number out of the request."""
    for call in tree.code.calls(*_LIMITERS):
        value = next((each for each in (*call.args, *call.keywords.values()) if each.tainted), None)
        if value is not None and not value.tainted.startswith("handler parameter") and _named(value):
            yield call, value
        elif call.args and call.language in _OTHERS and (read := _read(call.args[0])) is not None and _named(read):
            yield call, call.args[0]
    yield from _told(tree)


def _read(value: Value) -> Value | None:
    """What of a request a number was read from: ``Number(req.query.limit)``."""
    made = value.call
    if made is None or not _PARSES.search(made.name):
        return None
    given = [*made.args, *([made.receiver] if made.receiver is not None else [])]
    return next((each for each in given if each.tainted), None)


def _told(tree: Tree) -> Iterator[tuple[Call, Value]]:
    """Queries that are told a size by a name, and pages of a size that is a handler's parameter."""
    handlers = {each.function for each in tree.code.routes}
    for call in tree.code.calls(*_OPTIONS, *_LIMITERS, languages=_OTHERS):
        for name, value in call.keywords.items():
            if _SIZE.match(name) and (value.tainted or _read(value) is not None):
                yield call, value
        for value in call.args[:2]:
            typed = call.function.parameters.get(value.name, "") if call.function is not None else ""
            if value.numeric and call.function in handlers and _SIZE.match(value.name) and typed:
                yield call, value


def _named(value: Value) -> bool:
    words = re.findall(r"[A-Za-z_]+", f"{value.text} {value.tainted}")
    return any(_SIZE.match(each) for each in words)


def _is_compared(value: Value, before: str) -> bool:
    name = re.escape(value.name) if value.name else ""
    return bool(name) and re.search(rf"(?<![\w$]){name}\s*>|<\s*\$?{name}\b", before) is not None


def _before(tree: Tree, call: Call) -> str:
    first = call.function.line if call.function is not None else call.line - 15
    return "\n".join(tree.line(call.path, number) for number in range(max(1, first, call.line - 25), call.line))
