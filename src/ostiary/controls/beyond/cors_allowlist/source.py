"""Code that lets every origin read with the caller's cookies: a wildcard beside credentials, or the origin sent back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Assignment, Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_FOREIGN: Final = "https://attacker.example"
_LONGEST: Final = 200  # characters of a pattern that is tried
_HEADER: Final = "access-control-allow-origin"
_CREDENTIALS: Final = "access-control-allow-credentials"
_SETTERS: Final = (".setHeader", ".header", ".set", ".addHeader", ".Set", ".Add", ".append", "header", ".add_header")
_REFLECTS: Final = re.compile(r"(?:callback|cb|done|next)\s*\(\s*null\s*,\s*true\s*\)|=>\s*true\b|return true\b")
_DECIDES: Final = re.compile(r"\bif\b|\?|&&|==|[Cc]ontains")
EVERY: Final = "every origin may read replies that were asked for with the caller's credentials"
REFLECTED: Final = "the caller's own Origin is sent back as allowed"


async def audit_source(tree: Tree) -> Finding:
    """Look at what CORS middleware is told, and at header fields that are set by hand."""
    faults: list[Fault] = []
    sound: list[Spot] = []
    for call, wide, credentials in _told(tree):
        if wide and credentials:
            faults.append(Fault(call, EVERY))
        else:
            sound.append(call)
    faults += _django(tree, sound)
    faults += _by_hand(tree)
    return judged(
        tree,
        faults,
        sound=sound,
        holds="origins are listed, or credentials stay out",
        nothing="cross-origin rule",
        proof="Any site that a signed-in user visits may read their data: browsers believe these two header fields together.",
    )


def _told(tree: Tree) -> Iterator[tuple[Call, bool, bool]]:
    """Calls that set CORS up: whether they let everybody in, and whether with credentials."""
    code = tree.code
    for call in code.calls(".add_middleware", "*.Middleware", "*CORSMiddleware"):
        if call.name.endswith("CORSMiddleware") or (call.args and call.args[0].name.endswith("CORSMiddleware")):
            origins, pattern = call.argument(None, "allow_origins"), call.argument(None, "allow_origin_regex")
            yield call, _any(origins) or _matches(pattern), _yes(call.argument(None, "allow_credentials"))
    for call in code.calls("flask_cors.CORS", "flask_cors.cross_origin", "flask_cors.CORS().init_app"):
        origins = call.argument(None, "origins")
        told = [each.pairs["origins"] for each in _rules(call.argument(None, "resources")) if "origins" in each.pairs]
        wide = _any(origins) if origins is not None else not told or any(map(_any, told))
        yield call, wide, _yes(call.argument(None, "supports_credentials"))
    for call in code.calls("cors", "@koa/cors", "@fastify/cors", "koa2-cors", ".enableCors"):
        origin = call.argument(None, "origin")
        yield call, _reflects(tree, origin, call), _yes(call.argument(None, "credentials"))
    for call in code.calls(".register"):
        if call.args and call.args[0].name == "@fastify/cors":
            yield call, _reflects(tree, call.argument(None, "origin"), call), _yes(call.argument(None, "credentials"))
    for call in code.calls(".addAllowedOriginPattern", ".allowedOriginPatterns", ".setAllowedOriginPatterns"):
        wide = bool(call.args) and _any(call.args[0])
        yield call, wide, _beside(tree, call, ".setAllowCredentials", ".allowCredentials")
    for call in code.calls("*CrossOrigin"):
        yield call, _any(call.argument(None, "originPatterns")), _yes(call.argument(None, "allowCredentials"))
    for call in code.calls("*cors.Config", "*cors.Options"):  # gin-contrib, rs
        wide = _yes(call.argument(None, "AllowAllOrigins")) or _any(
            call.argument(None, "AllowedOrigins", "AllowOrigins")
        )
        func = call.argument(None, "AllowOriginFunc", "AllowOriginRequestFunc")
        wide = wide or (func is not None and bool(_REFLECTS.search(func.text)) and not _DECIDES.search(func.text))
        yield call, wide, _yes(call.argument(None, "AllowCredentials"))


def _rules(resources: Value | None) -> list[Value]:
    return list(resources.pairs.values()) if resources is not None else []


def _django(tree: Tree, sound: list[Spot]) -> Iterator[Fault]:
    wide = tree.code.assignments("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL")
    credentials = any(each.value.literal is True for each in tree.code.assignments("CORS_ALLOW_CREDENTIALS"))
    for each in wide:
        if each.value.literal is True and credentials:
            yield Fault(each, EVERY)
        elif each.value.known:
            sound.append(each)
    for each in tree.code.assignments("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"):
        if credentials and any(_matches(part) for part in each.value.parts):
            yield Fault(each, EVERY)


def _by_hand(tree: Tree) -> Iterator[Fault]:
    """Header fields that code sets itself."""
    with_credentials = {each.path for each in _setting(tree, _CREDENTIALS)}
    for each in _setting(tree, _HEADER):
        value = _value(each)
        if value is None or not value.tainted or "origin" not in f"{value.text} {value.tainted}".lower():
            continue
        both = each.path in with_credentials
        yield Fault(each, REFLECTED, Confidence.FIRM if both else Confidence.TENTATIVE)


def _setting(tree: Tree, name: str) -> Iterator[Call | Assignment]:
    for call in tree.code.calls(*_SETTERS):
        first = call.args[0].literal if call.args else None
        parts = [each.literal for each in call.args[0].parts] if call.args else []
        texts = [each.lower() for each in (first, *parts) if isinstance(each, str)]
        if any(each.partition(":")[0].strip() == name for each in texts):
            yield call
    for each in tree.code.assignments("*"):
        if each.last.lower() == name:
            yield each


def _value(each: Call | Assignment) -> Value | None:
    if isinstance(each, Assignment):
        return each.value
    return each.args[1] if len(each.args) > 1 else each.args[0] if each.args and each.args[0].built else None


def _any(value: Value | None) -> bool:
    if value is None:
        return False
    listed = value.literal if isinstance(value.literal, (list, tuple, set)) else [value.literal]
    return "*" in listed or any(part.literal == "*" for part in value.parts)


def _matches(pattern: Value | None) -> bool:
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


def _yes(value: Value | None) -> bool:
    return value is not None and (value.literal is True or value.literal == "true")


def _beside(tree: Tree, call: Call, *names: str) -> bool:
    near = [each for each in tree.code.calls(*names) if each.path == call.path]
    return any(each.args and _yes(each.args[0]) for each in near)
