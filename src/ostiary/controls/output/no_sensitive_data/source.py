"""Handlers that reply with an object as it is stored, though its class keeps a password, a hash or another credential."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ostiary.controls.output.no_sensitive_data.records import SECRET, carriers, documents, stored, tables
from ostiary.controls.output.no_sensitive_data.serializers import serializers
from ostiary.evidence.code import Assignment, Call, Language, Route, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import excerpts
from ostiary.parts.code.judging import Fault, judged

_REPLIES: Final = re.compile(
    r"(?:(?:^|\.)(?:jsonify|JSONResponse|JsonResponse|UJSONResponse|ORJSONResponse)|^(?:res|response|reply|ctx|c|ctx\.response)"
    r"(?:\.status\(\)|\.code\(\)|\.type\(\))*\.(?:json|send|jsonp|JSON|IndentedJSON)|gin\.Context\.(?:JSON|IndentedJSON)|"
    r"echo\.Context\.JSON|fiber\.Ctx\.JSON|response\(\)\.json|(?:^|\.)(?:ok|body|render))$"
)
_FINDS: Final = r"(?:find\w*|get\w*|all|first|query|create|save|where|last|paginate|fetch\w*)"
_LESS: Final = re.compile(
    r"\.select\(\s*['\"\[{]|attributes|only:|except:|exclude|\.omit\(|\.pick\(|projection|makeHidden|toResponse|serializ|dto|DTO|"
    r"\.map\(|response_model_(?:ex|in)clude|,\s*['\"]-?\w"
)
_MOST: Final = 0.7  # of the operations declare what they reply with: then the application says so as a rule
_WORDS: Final = re.compile(r"\w+")


async def audit_source(tree: Tree) -> Finding:
    """Read what handlers reply with, and which members its class has."""
    faults = [*_declared(tree), *_members(tree), *_own_forms(tree), *_whole(tree), *_structs(tree)]
    named, sound = serializers(tree)
    faults += named
    sound += _models(tree)
    routes = len(tree.code.routes)
    seen = len(sound) >= _MOST * routes
    return judged(
        tree,
        faults,
        sound=sound,
        undecided=""
        if seen
        else f"of {routes} operations {len(sound)} declare what they reply with; what the others send is not known",
        holds="what goes out is named, and no credential is among it",
        nothing="reply that could be read against the class of its object",
        proof="The class of the object has the member, and nothing between it and the reply takes the member away.",
    )


def _fault(spot: Spot, of: str, member: str, confidence: Confidence = Confidence.FIRM) -> Fault:
    return Fault(spot, f"a reply is made of {of}, {member} included", confidence)


def _signature(tree: Tree, route: Route) -> str:
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


def _declared(tree: Tree) -> Iterator[Fault]:
    known = carriers(tree)
    for route in tree.code.routes if known else ():
        for word in _WORDS.findall(_signature(tree, route)):
            if word in known:
                yield _fault(route, f"the class {word}", known[word], Confidence.CERTAIN)
                break


def _models(tree: Tree) -> Iterator[Spot]:
    """Handlers that are declared to reply with a class of the tree that carries nothing of the sort."""
    names = {each.name for each in tree.code.classes()}
    known = carriers(tree)
    for route in tree.code.routes:
        words = set(_WORDS.findall(_signature(tree, route)))
        if words & names and not words & set(known):
            yield route


def _members(tree: Tree) -> Iterator[Fault]:
    """``jsonify({"password": user.password})``."""
    for call in tree.code.calls():
        if _REPLIES.search(call.name) or (call.name == "render" and "json" in call.keywords):
            for value in (*call.args, *call.keywords.values()):
                yield from (_fault(call, "named members", name) for name in _secret_pairs(value))
    handlers = {(each.function.path, each.function.line) for each in tree.code.routes if each.function is not None}
    for each in tree.code.returns():
        if each.function is not None and (each.function.path, each.function.line) in handlers:
            yield from (_fault(each, "named members", name) for name in _secret_pairs(each.value))


def _secret_pairs(value: Value, depth: int = 0) -> Iterator[str]:
    for name, member in value.pairs.items():
        held = member.name.rpartition(".")
        if SECRET.fullmatch(name) and held[0] and SECRET.fullmatch(held[2]) and not member.tainted:
            yield name
        elif depth < 2:  # noqa: PLR2004 - as deep as replies are nested by hand
            yield from _secret_pairs(member, depth + 1)


def _own_forms(tree: Tree) -> Iterator[Fault]:
    """A class's own form for replies (``to_dict``) that holds the credential, and is asked for elsewhere."""
    for each in tree.code.returns():
        function = each.function
        if (
            function is None
            or function.owner is None
            or not re.search(r"(?i)json|dict|serial|public|view", function.name)
        ):
            continue
        name = next(_secret_pairs(each.value), "")
        asked = [one for one in tree.code.calls(f".{function.name}") if one.function is not function] if name else []
        if asked and function.owner.name in {*stored(tree), *_columned(tree)}:
            yield _fault(each, f"what {function.name} gives", name)


def _columned(tree: Tree) -> set[str]:
    return {each.owner.name for each in tree.code.assignments("*") if each.owner and SECRET.fullmatch(each.last)}


def _whole(tree: Tree) -> Iterator[Fault]:
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
            yield _fault(spot, f"an object of {name}", known[spot.language].get(name, "a credential"))


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
        if each.framework == "fastapi" and each.function is not None and not _signature(tree, each)
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
        elif _REPLIES.search(call.name) and call.language in {Language.JAVASCRIPT, Language.PHP}:
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


def _structs(tree: Tree) -> Iterator[Fault]:
    """Go: a struct whose tags let the credential out."""
    known = {
        each.name: member
        for each in tree.code.classes()
        if each.language is Language.GO and (member := carriers(tree).get(each.name, ""))
    }
    for call in tree.code.calls(".JSON", ".IndentedJSON", ".Encode", languages=(Language.GO,)) if known else ():
        value = call.args[-1] if call.args else None
        if value is None or call.function is None:
            continue
        for each in (value, *value.pairs.values()):
            name = each.text.lstrip("&")
            text = "\n".join(excerpts.lines(tree, call.path, call.function.line, call.line))
            found = re.search(rf"\b{re.escape(name)}\b\s*(?::=|(?:=)?)\s*[\[\]&*]*(?:\w+\.)?(\w+)\b(?!\()", text) if name.isidentifier() else None  # fmt: skip
            if found is not None and found[1] in known:
                yield _fault(call, f"the struct {found[1]}", known[found[1]])
