"""What a handler replies with: the object that it looked up, or the class that it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ostiary.controls.output.no_sensitive_data.records import SECRET, documents, stored, tables
from ostiary.evidence.code import Assignment, Call, Language, Route, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence
from ostiary.parts.code import excerpts
from ostiary.parts.code.judging import Fault

REPLIES: Final = re.compile(
    r"(?:(?:^|\.)(?:jsonify|JSONResponse|JsonResponse|UJSONResponse|ORJSONResponse)|^(?:res|response|reply|ctx|c|ctx\.response)"
    r"(?:\.status\(\)|\.code\(\)|\.type\(\))*\.(?:json|send|jsonp|JSON|IndentedJSON)|gin\.Context\.(?:JSON|IndentedJSON)|"
    r"echo\.Context\.JSON|fiber\.Ctx\.JSON|response\(\)\.json|(?:^|\.)(?:ok|body|render))$"
)
_FINDS: Final = r"(?:find\w*|get\w*|all|first|query|create|save|where|last|paginate|fetch\w*)"
_LESS: Final = re.compile(
    r"\.select\(\s*['\"\[{]|attributes|only:|except:|exclude|\.omit\(|\.pick\(|projection|makeHidden|toResponse|serializ|dto|DTO|"
    r"\.map\(|response_model_(?:ex|in)clude|,\s*['\"]-?\w"
)


def fault_of(spot: Spot, of: str, member: str, confidence: Confidence = Confidence.FIRM) -> Fault:
    """A reply that carries a member; ``of`` says what it is made of."""
    return Fault(spot, f"a reply is made of {of}, {member} included", confidence)


def signature(tree: Tree, route: Route) -> str:
    """What a handler is declared to reply with, as written: FastAPI's model or annotation, Java's and Kotlin's type."""
    function = route.function
    if function is None:
        return ""
    last = min(function.end or function.line, function.line + 12)
    text = "\n".join(excerpts.lines(tree, function.path, function.line, last))
    if route.framework == "fastapi":
        model = next((each.keywords["response_model"] for each in function.decorators if "response_model" in each.keywords), None)  # fmt: skip
        if model is not None:
            return "" if _LESS.search(" ".join(each.text for each in function.decorators)) else model.text
        arrow = re.search(r"\)\s*->\s*([^:\n]+):", text)
        return arrow[1] if arrow else ""
    if route.framework == "spring":
        found = re.search(rf"([\w<>\[\], ?]+?)\s+{re.escape(function.name)}\s*\(", text)
        kotlin = re.search(rf"fun\s+{re.escape(function.name)}\s*\([^{{=]*\)\s*:\s*([\w<>, ?]+)", text)
        return kotlin[1] if kotlin else found[1] if found and _serialised(tree, route) else ""
    return ""


def _serialised(tree: Tree, route: Route) -> bool:
    function = route.function
    if function is None or function.owner is None:
        return False
    names = {each.method for each in (*function.decorators, *function.owner.decorators)}
    return bool(names & {"RestController", "ResponseBody"})


def whole(tree: Tree) -> Iterator[Fault]:
    """Objects that were just looked up, replied with as they are."""
    known = {
        Language.PYTHON: stored(tree),
        Language.JAVASCRIPT: documents(tree),
        Language.RUBY: tables(tree),
        Language.PHP: _eloquent(tree),
    }
    patterns = {language: _lookup(names, language) for language, names in known.items()}
    for spot, value in _replied(tree):
        pattern = patterns.get(spot.language)
        found = pattern.search(_origin(tree, spot, value)) if pattern is not None else None
        if found is not None:
            name = found["name"]
            yield fault_of(spot, f"an object of {name}", known[spot.language].get(name, "a credential"))


def _lookup(names: Mapping[str, str], language: Language) -> re.Pattern[str] | None:
    if not names:
        return None
    alternatives = "|".join(map(re.escape, names))
    if language is Language.PYTHON:
        return re.compile(rf"(?:query|select|get|scalars)\(\s*(?P<name>{alternatives})\s*[,)]")
    return re.compile(rf"(?:^|[^\w.]|\bmodels?\.|\bdb\.)(?P<name>{alternatives})(?:\.|::){_FINDS}\b")


def _replied(tree: Tree) -> Iterator[tuple[Spot, Value]]:
    fast = {
        (each.function.path, each.function.line)
        for each in tree.code.routes
        if each.framework == "fastapi" and each.function is not None and not signature(tree, each)
    }
    controllers = {"Controller", "ResourceController"}
    for each in tree.code.returns():
        function = each.function
        if function is None:
            continue
        php = each.language is Language.PHP and function.owner is not None and controllers & {b.rpartition(".")[2] for b in function.owner.bases}  # fmt: skip
        if (function.path, function.line) in fast or php:
            yield each, each.value
    for call in tree.code.calls():
        if (
            call.name == "render"
            and "json" in call.keywords
            and not set(call.keywords) & {"only", "except", "serializer"}
        ):
            yield call, call.keywords["json"]
        elif REPLIES.search(call.name) and call.language in {Language.JAVASCRIPT, Language.PHP}:
            for value in call.args:
                yield call, value
                yield from ((call, member) for member in value.pairs.values())


def _origin(tree: Tree, spot: Spot, value: Value) -> str:
    """Where a value was looked up, as written; empty where it was, or may have been, cut down on the way."""
    if value.call is not None:
        text = value.call.text
    elif isinstance(spot, Call) and spot.function is not None and value.name in spot.function.parameters:
        text = "".join(
            excerpts.lines(tree, spot.path, spot.function.line, spot.function.line)
        )  # a callback of the lookup
    else:
        text = next((one.value.text for one in _named(tree, spot, value)), value.text)
    return "" if _LESS.search(text) or _LESS.search(value.text) else text


def _named(tree: Tree, spot: Spot, value: Value) -> list[Assignment]:
    """Assignments to a member of an object in the same function: ``@user`` of Ruby."""
    function = spot.function if isinstance(spot, Call) else None
    found = tree.code.assignments(value.name) if function is not None and value.name.startswith("self.") else ()
    return [each for each in found if each.function is function and each.line <= spot.line]


def _eloquent(tree: Tree) -> dict[str, str]:
    """Models of Laravel that can be filled with a password and do not hide it."""
    found = {}
    for each in tree.code.assignments("*.fillable", languages=(Language.PHP,)):
        named = each.value.literal if isinstance(each.value.literal, list | tuple) else ()
        member = next((one for one in named if isinstance(one, str) and SECRET.fullmatch(one)), "")
        if each.owner is not None and member and "hidden" not in excerpts.text(tree, each.owner):
            found[each.owner.name] = member
    return found
