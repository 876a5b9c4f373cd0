"""Code that copies whatever a request holds into an object of its own: new and changed ones, without naming the members."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.controls.beyond.mass_assignment import annotated
from ostiary.evidence.code import Call, Language, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code.judging import Fault, judged

_BODIES: Final = re.compile(
    r"(?i)(?:^|[.\s(*{])(?:req(?:uest)?|ctx(?:\.request)?|self\.request|c)\s*\.\s*(?:body|data|json|form|get_json|POST|all|"
    r"payload|params|input)\b(?:\s*\(\s*\))?[\s)}]*$"
)
_WHOLE: Final = re.compile(r"(?:request|req|ctx|params|body|payload|data|input|\$_POST|json)", re.IGNORECASE)
_NEW: Final = (
    ".create",
    ".insert",
    ".build",
    ".insertMany",
    ".insert_one",
    ".forceCreate",
    ".forceFill",
    ".bulkCreate",
)
_CHANGED: Final = (".update", ".update_attributes", ".assign_attributes", ".updateOne", ".findByIdAndUpdate", ".findOneAndUpdate",
                   ".fill", ".merge", ".update_one", ".upsert")  # fmt: skip
_COPIES: Final = ("Object.assign", "lodash.merge", "lodash.extend", "lodash.assign", "_.merge", "_.extend", "_.assign",
                  "*BeanUtils.copyProperties", "*BeanUtils.populate")  # fmt: skip
_NAMES_THEM: Final = re.compile(
    r"(?i)pick|only|allow|permit|whitelist|schema|valid|dump|fields|safe|serializ|strict|allowed|dict\("
)
_HARMLESS: Final = re.compile(
    r"(?i)^(?:dict|print|jsonify|json|log|logger|render|hash|hmac|hashlib|list|set|len|str|Response|JSONResponse)"
)
_CHECKS_IT: Final = re.compile(r"BaseModel|Schema|TypedDict|Struct|Form|Serializer|dataclass|attrs|Settings|NamedTuple")
_OPEN: Final = re.compile(r"extra\b.*\ballow\b")
_STORED: Final = re.compile(
    r"(?:^|[. ])(?:Model|Base|DeclarativeBase|SQLModel|Document|MappedAsDataclass|ActiveRecord)\b"
)
COPIED: Final = "an object is made or changed from a request's whole body, whatever members it has"


async def audit_source(tree: Tree) -> Finding:
    """Find whole bodies that become objects, serializers that take every field, and setters in a loop."""
    faults, sound = [*_setters(tree), *_serializers(tree)], list[Spot]()
    for call, value, confidence in _taken(tree):
        if _names_members(value):
            sound.append(call)
        else:
            faults.append(Fault(call, COPIED, confidence))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="members are named before they are taken over",
        nothing="object that is made from a request's body",
        proof="A caller who adds a member such as a role or an owner sets it.",
    )


def _taken(tree: Tree) -> Iterator[tuple[Call, Value, Confidence]]:
    """Calls that take a body whole, and how sure it is that an object of the application's own takes it."""
    code = tree.code
    for call in code.calls(*_NEW, *_CHANGED):
        value = next((each for each in call.args[:2] if _is_body(each)), None)
        if value is not None:
            yield call, value, Confidence.CERTAIN
    for call in code.calls(*_COPIES):
        source = call.args[0] if call.method == "copyProperties" else call.args[-1] if len(call.args) > 1 else None
        if source is not None and _is_body(source):
            yield call, source, Confidence.CERTAIN
    for call in code.calls(languages=(Language.JAVASCRIPT,)):
        if _is_class(call) and "new " in call.text and call.args and _is_body(call.args[0]):
            yield call, call.args[0], Confidence.CERTAIN
    yield from _spread_over(tree)
    for call, value in annotated.taken(tree):
        yield call, value, Confidence.FIRM


def _spread_over(tree: Tree) -> Iterator[tuple[Call, Value, Confidence]]:
    """Python's ``**body``: into a class of the application's storage surely, into one that nobody knows perhaps."""
    kinds = _classes(tree)
    handlers = {(each.function.path, each.function.line) for each in tree.code.routes if each.function is not None}
    for call in tree.code.calls(languages=(Language.PYTHON,)):
        if not call.spread or not (_is_class(call) or call.method in {"update", "values"}):
            continue
        stored = call.method in {"update", "values"} or "model" in call.name.lower()
        known = kinds.get(call.method)
        if known is not False:
            sure = stored or known is True
            function = call.function
            handled = function is not None and (function.path, function.line) in handlers
            for value in (*_spread(call), *(_plain_bodies(call) if handled else ())):
                yield call, value, Confidence.CERTAIN if sure else Confidence.TENTATIVE


def _plain_bodies(call: Call) -> Iterator[Value]:
    """``**payload`` of a handler whose parameter takes any object."""
    function = call.function
    for name, annotation in function.parameters.items() if function is not None else ():
        if re.search(rf"\*\*\s*{re.escape(name)}\b(?!\.)", call.text) and re.match(
            r"(?i)dict\b|mapping\b|any\b", annotation
        ):
            yield Value(text=name, tainted=f"handler parameter {name}", line=call.line)


def _classes(tree: Tree) -> dict[str, bool]:
    """By name whether a class of this tree is stored (True) or checks what it is given (False)."""
    found: dict[str, bool] = {}
    for each in tree.code.classes():
        bases = " ".join(each.bases)
        if _CHECKS_IT.search(bases) or any(_CHECKS_IT.search(one.name) for one in each.decorators):
            found[each.name] = False
        elif _STORED.search(bases):
            found[each.name] = True
    return found


def _spread(call: Call) -> Iterator[Value]:
    """What ``**`` passes, where it is request data as it came."""
    found = re.search(r"\*\*\s*([\w.()\[\]'\"]+)", call.text)
    written = found[1] if found is not None else ""
    values = [*call.args, *call.keywords.values()]
    for value in values:
        if value.text.startswith("**") or value.text.strip() == written:
            if _is_body(value):
                yield value
            return
    if written and _BODIES.search(written):
        yield Value(text=written, tainted="request", line=call.line)


def _is_class(call: Call) -> bool:
    return call.method[:1].isupper() and not call.method.isupper() and not _HARMLESS.match(call.method)


def _is_body(value: Value) -> bool:
    """Whether a value is a body as a whole, not a member of it."""
    if not value.tainted or value.known or value.pairs or value.built:
        return False
    text = value.text.removeprefix("...").removeprefix("**").removeprefix("await ").strip()
    if _BODIES.search(text):
        return True
    made = value.call
    return made is not None and bool(_BODIES.search(made.name + "()")) and not made.args


def _names_members(value: Value) -> bool:
    return bool(_NAMES_THEM.search(value.text)) and not _BODIES.search(value.text)


def _setters(tree: Tree) -> Iterator[Fault]:
    for call in tree.code.calls("setattr", ".__setattr__", ".send", ".public_send"):
        name = call.args[1] if call.name == "setattr" and len(call.args) > 2 else None  # noqa: PLR2004 - object, name, value
        if name is None or not name.tainted or _is_checked(tree, call) or _is_closed(tree, call, name):
            continue
        yield Fault(call, "members that a request names are set, whichever they are", Confidence.CERTAIN)


def _is_closed(tree: Tree, call: Call, name: Value) -> bool:
    """Whether the names come from a handler's parameter of a class that has named members alone."""
    model = _annotated(call, name)
    named = [each for each in tree.code.classes() if each.name == model and _CHECKS_IT.search(" ".join(each.bases))]
    meant = [each for each in named if each.path == call.path] or named
    lines = [tree.line(each.path, at) for each in meant for at in range(each.line, min(each.end, each.line + 80) + 1)]
    return bool(meant) and not any(map(_OPEN.search, lines))


def _annotated(call: Call, value: Value) -> str:
    """How the handler's parameter that a value comes from is annotated; empty where it is not from one."""
    parameter = value.tainted.rpartition(" ")[2] if value.tainted.startswith("handler parameter ") else ""
    return call.function.parameters.get(parameter, "") if call.function is not None else ""


def _is_checked(tree: Tree, call: Call) -> bool:
    """Whether a condition with a list of names stands in the lines before it: no certainty, so that it asks for a look."""
    lines = [tree.line(call.path, number) for number in range(max(1, call.line - 4), call.line + 1)]
    return any(re.search(r"\bif\b.*\bin\b|\bfor\b.*\bin\b\s*[({\[\"'A-Z]", each) for each in lines)


def _serializers(tree: Tree) -> Iterator[Fault]:
    """Django: forms and serializers that let every field of a model be written."""
    for each in tree.code.assignments("*.fields", "fields", languages=(Language.PYTHON,)):
        if each.value.literal == "__all__" and _writes(tree, each.path):
            yield Fault(each, "a serializer or form takes every field of its model", Confidence.FIRM, Severity.MEDIUM)
    for call in tree.code.calls(".permit!", "permit!", languages=(Language.RUBY,)):
        yield Fault(call, "every parameter is permitted")


def _writes(tree: Tree, path: str) -> bool:
    module = next((each for each in tree.code.modules if each.path == path), None)
    if module is None:
        return False
    return any(base.endswith(("ModelSerializer", "ModelForm")) for each in module.classes for base in each.bases)
