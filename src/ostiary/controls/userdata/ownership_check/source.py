"""Handlers that fetch an object which has an owner by the id of a request, and never ask who is asking.

What is looked for is a class with an owner's column, a handler that signs callers in and takes an id, and a lookup of that
class by that id. Where the handler, or what it calls in the same tree, names the owner's column or the caller, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Function, Route, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_OWNER: Final = re.compile(
    r"(?i)(?:^|_|\.)(?:user|owner|author|creator|customer|account|tenant|organi[sz]ation|member|patient|seller|buyer|created_by)"
    r"(?:_?id|_?pk|_?ref)?$"
)
_OWNER_WORDS: Final = re.compile(
    r"(?i)\bowner|current_?user|get_current|\.user\b|user_?id|g\.user|author|tenant|created_by|customer|account|has_perm|permission|"
    r"authori[sz]e|policy|can_|ability|\babort\(40[34]|forbidden|is_admin|is_superuser|principal|session\b.*id|\bme\b|scope|filter_queryset|"
    r"request\.auth|whoami|subject|\bsub\b|belongs"
)
_LOOKUPS: Final = re.compile(
    r"(?:\.get|\.get_or_404|get_object_or_404|\.filter|\.filter_by|\.where|\.findById|\.findByPk|\.findOne|\.find_one|\.find|\.first|"
    r"\.findUnique|\.findFirst|\.scalar|\.fetch_one|\.one|\.deleteOne|\.findByIdAndDelete|\.findByIdAndUpdate|\.getById|\.getReferenceById)$"
)
_STAFF: Final = re.compile(
    r"(?i)admin|staff|superuser|internal|manager|chef|operator|employee|moderator|service_?account"
)
_ID: Final = re.compile(r"(?i)(?:^|_)(?:id|uuid|pk|number|key|slug)$|Id$|^id")
MOST_LINES: Final = 120  # of a handler
UNASKED: Final = "an object that has an owner is looked up by the request's id, and nobody asks whose it is"


async def audit_source(tree: Tree) -> Finding:
    """Read each handler that takes an id and signs its callers in."""
    owned = _owned(tree)
    faults, sound = [], list[Spot]()
    for route, call in _lookups(tree, owned):
        text = _text(tree, route.function)
        if _STAFF.search(text.partition(":\n")[0]):
            continue  # a role of the house is asked for
        if _OWNER_WORDS.search(_without_guards(text, route)):
            sound.append(call)
        else:
            faults.append(Fault(call, UNASKED, Confidence.FIRM))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="the handler that looks an object up names its owner or the caller",
        nothing="handler that looks an owned object up by an id",
        proof="The class has a column for its owner; the handler never compares it with who is asking.",
    )


def _owned(tree: Tree) -> set[str]:
    """Names of classes and models that have an owner's column."""
    found: set[str] = set()
    for each in tree.code.assignments("*"):
        if each.owner is not None and _OWNER.search(each.last) and not _OWNER.search(f"_{each.owner.name}"):
            found.add(each.owner.name)
    for call in tree.code.calls("mongoose.model", ".model", ".define"):
        named = call.args[0].literal if call.args else None
        members = [
            *(value.pairs for value in call.args),
            *(value.call.keywords for value in call.args if value.call is not None),
        ]
        if isinstance(named, str) and any(_OWNER.search(f".{name}") for each in members for name in each):
            found.add(named)
    return found - {"", "User", "Token", "Session", "Base", "Meta"}


def _lookups(tree: Tree, owned: set[str]) -> Iterator[tuple[Route, Call]]:
    if not owned:
        return
    names = re.compile(rf"\b(?:{'|'.join(re.escape(each) for each in sorted(owned))})\b")
    by_path: dict[str, list[Call]] = {}
    for call in tree.code.calls():
        if _LOOKUPS.search(f".{call.method}"):
            by_path.setdefault(call.path, []).append(call)
    for route in tree.code.routes:
        function = route.function
        if function is None or not _concerns(route):
            continue
        for call in by_path.get(function.path, ()):
            inside = function.line <= call.line <= (function.end or function.line)
            if inside and names.search(f"{call.name} {call.text}") and _by_id(call, route):
                yield route, call
                break


def _concerns(route: Route) -> bool:
    """Whether it takes an id from the path and signs its callers in, for ordinary users."""
    guarded = bool(route.guards) and not any(map(_STAFF.search, (*route.guards, route.route)))
    return guarded and any(map(_ID.search, route.parameters))


def _by_id(call: Call, route: Route) -> bool:
    values = [*call.args, *call.keywords.values()]
    texts = " ".join((call.text, *(value.text for value in values)))
    return any(re.search(rf"\b{re.escape(each)}\b", texts) for each in route.parameters)


def _text(tree: Tree, function: Function | None) -> str:
    if function is None:
        return ""
    last = min(function.end or function.line, function.line + MOST_LINES)
    return "\n".join(tree.line(function.path, number) for number in range(function.line, last + 1))


def _without_guards(text: str, route: Route) -> str:
    """A handler without the words that only sign its caller in: a dependency that is never used compares nothing."""
    body = text.partition(":\n")[2] or text
    for guard in route.guards:
        body = body.replace(guard.rpartition(".")[2], "")
    return body
