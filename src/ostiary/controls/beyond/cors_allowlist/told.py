"""What CORS middleware of many frameworks is told: whom it lets in, and whether with credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Language, Value
from ostiary.evidence.tree import Tree

_FOREIGN: Final = "https://attacker.example"
_LONGEST: Final = 200  # characters of a pattern that is tried
_REFLECTS: Final = re.compile(r"(?:callback|cb|done|next)\s*\(\s*null\s*,\s*true\s*\)|=>\s*true\b|return true\b")
_DECIDES: Final = re.compile(r"\bif\b|\?|&&|==|[Cc]ontains")


def told(tree: Tree) -> Iterator[tuple[Call, bool, bool]]:
    """Calls that set CORS up: whether they let everybody in, and whether with credentials."""
    for each in (_python, _javascript, _spring_and_go, _ktor_and_vapor):
        yield from each(tree)


def _python(tree: Tree) -> Iterator[tuple[Call, bool, bool]]:
    code = tree.code
    for call in code.calls(".add_middleware", "*.Middleware", "*CORSMiddleware"):
        if call.name.endswith("CORSMiddleware") or (call.args and call.args[0].name.endswith("CORSMiddleware")):
            origins, pattern = call.argument(None, "allow_origins"), call.argument(None, "allow_origin_regex")
            yield call, any_origin(origins) or matches_foreign(pattern), yes(call.argument(None, "allow_credentials"))
    for call in code.calls("flask_cors.CORS", "flask_cors.cross_origin", "flask_cors.CORS().init_app"):
        origins = call.argument(None, "origins")
        told = [each.pairs["origins"] for each in _rules(call.argument(None, "resources")) if "origins" in each.pairs]
        wide = any_origin(origins) if origins is not None else not told or any(map(any_origin, told))
        yield call, wide, yes(call.argument(None, "supports_credentials"))


def _javascript(tree: Tree) -> Iterator[tuple[Call, bool, bool]]:
    code = tree.code
    for call in code.calls("cors", "@koa/cors", "@fastify/cors", "koa2-cors", ".enableCors"):
        origin = call.argument(None, "origin")
        yield call, _reflects(tree, origin, call), yes(call.argument(None, "credentials"))
    for call in code.calls(".register"):
        if call.args and call.args[0].name == "@fastify/cors":
            yield call, _reflects(tree, call.argument(None, "origin"), call), yes(call.argument(None, "credentials"))


def _spring_and_go(tree: Tree) -> Iterator[tuple[Call, bool, bool]]:
    code = tree.code
    for call in code.calls(".addAllowedOriginPattern", ".allowedOriginPatterns", ".setAllowedOriginPatterns"):
        wide = bool(call.args) and any_origin(call.args[0])
        yield call, wide, _beside(tree, call, ".setAllowCredentials", ".allowCredentials")
    for call in code.calls("*CrossOrigin"):
        yield call, any_origin(call.argument(None, "originPatterns")), yes(call.argument(None, "allowCredentials"))
    for call in code.calls("*cors.Config", "*cors.Options"):  # gin-contrib, rs
        wide = yes(call.argument(None, "AllowAllOrigins")) or any_origin(
            call.argument(None, "AllowedOrigins", "AllowOrigins")
        )
        func = call.argument(None, "AllowOriginFunc", "AllowOriginRequestFunc")
        wide = wide or (func is not None and (_agrees(tree, call, func) or _says_yes(func.text)))
        yield call, wide, yes(call.argument(None, "AllowCredentials"))


def _ktor_and_vapor(tree: Tree) -> Iterator[tuple[Call, bool, bool]]:
    code = tree.code
    for call in code.calls("anyHost", ".anyHost", languages=(Language.KOTLIN,)):  # Ktor
        told = [each for each in code.assignments("allowCredentials", ".allowCredentials") if each.path == call.path]
        yield call, True, any(each.function is call.function and yes(each.value) for each in told)
    for call in code.calls("CORSMiddleware.Configuration", languages=(Language.SWIFT,)):  # Vapor
        origin = call.argument(None, "allowedOrigin")
        wide = origin is not None and (origin.name or origin.text).rpartition(".")[2] in {"all", "originBased"}
        yield call, wide, yes(call.argument(None, "allowCredentials"))


def _says_yes(text: str) -> bool:
    return bool(_REFLECTS.search(text)) and not _DECIDES.search(text)


def _agrees(tree: Tree, call: Call, function: Value) -> bool:
    """Whether a function that stands there gives nothing but yes."""
    given = [
        each.value.literal
        for each in tree.code.returns()
        if each.path == call.path and each.function is not None and each.function.line == function.line
    ]
    return bool(given) and all(each is True for each in given)


def _rules(resources: Value | None) -> list[Value]:
    return list(resources.pairs.values()) if resources is not None else []


def any_origin(value: Value | None) -> bool:
    """Whether a list of origins holds the star."""
    if value is None:
        return False
    listed = value.literal if isinstance(value.literal, (list, tuple, set)) else [value.literal]
    return "*" in listed or any(part.literal == "*" for part in value.parts)


def matches_foreign(pattern: Value | None) -> bool:
    """Whether a pattern of origins, as `re.fullmatch` or `re.match` takes it, lets an unrelated site in."""
    text = pattern.literal if pattern is not None else None
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST or text.count("*") + text.count("+") > 4:  # noqa: PLR2004 - cheap to try
        return False
    try:
        return re.match(text, _FOREIGN) is not None
    except re.error:
        return False


def _reflects(tree: Tree, origin: Value | None, call: Call) -> bool:
    """Whether the npm module ``cors`` and its kin send the caller's origin back: told to, or by a function that never says no."""
    if origin is None or origin.literal is True:
        return origin is not None
    line = origin.line or call.line
    inside = [
        each
        for each in tree.code.calls()
        if each.path == call.path and each.function is not None and each.function.line in {line, call.line}
    ]
    agrees = [each for each in inside if [value.literal for value in each.args[:2]] == [None, True]]
    return bool(agrees) and len(agrees) == len(inside)


def yes(value: Value | None) -> bool:
    """Whether a switch is on."""
    return value is not None and (value.literal is True or value.literal == "true")


def _beside(tree: Tree, call: Call, *names: str) -> bool:
    near = [each for each in tree.code.calls(*names) if each.path == call.path]
    return any(each.args and yes(each.args[0]) for each in near)
