"""Handlers that reply with an object as it is stored, though its class keeps a password, a hash or another credential."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.controls.output.no_sensitive_data.looked_up import REPLIES, fault_of, signature, whole
from ostiary.controls.output.no_sensitive_data.records import SECRET, carriers, stored
from ostiary.controls.output.no_sensitive_data.serializers import serializers
from ostiary.evidence.code import Language, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import excerpts
from ostiary.parts.code.judging import Fault, judged

_MOST: Final = 0.7  # of the operations declare what they reply with: then the application says so as a rule
_WORDS: Final = re.compile(r"\w+")


async def audit_source(tree: Tree) -> Finding:
    """Read what handlers reply with, and which members its class has."""
    faults = [*_declared(tree), *_members(tree), *_own_forms(tree), *whole(tree), *_structs(tree)]
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


def _declared(tree: Tree) -> Iterator[Fault]:
    known = carriers(tree)
    for route in tree.code.routes if known else ():
        for word in _WORDS.findall(signature(tree, route)):
            if word in known:
                yield fault_of(route, f"the class {word}", known[word], Confidence.CERTAIN)
                break


def _models(tree: Tree) -> Iterator[Spot]:
    """Handlers that are declared to reply with a class of the tree that carries nothing of the sort."""
    names = {each.name for each in tree.code.classes()}
    known = carriers(tree)
    for route in tree.code.routes:
        words = set(_WORDS.findall(signature(tree, route)))
        if words & names and not words & set(known):
            yield route


def _members(tree: Tree) -> Iterator[Fault]:
    """``jsonify({"password": user.password})``."""
    for call in tree.code.calls():
        if REPLIES.search(call.name) or (call.name == "render" and "json" in call.keywords):
            for value in (*call.args, *call.keywords.values()):
                yield from (fault_of(call, "named members", name) for name in _secret_pairs(value))
    handlers = {(each.function.path, each.function.line) for each in tree.code.routes if each.function is not None}
    for each in tree.code.returns():
        if each.function is not None and (each.function.path, each.function.line) in handlers:
            yield from (fault_of(each, "named members", name) for name in _secret_pairs(each.value))


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
            yield fault_of(each, f"what {function.name} gives", name)


def _columned(tree: Tree) -> set[str]:
    return {each.owner.name for each in tree.code.assignments("*") if each.owner and SECRET.fullmatch(each.last)}


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
                yield fault_of(call, f"the struct {found[1]}", known[found[1]])
