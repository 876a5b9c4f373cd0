"""Bodies that an annotation hands to a handler whole (NestJS, Spring): as anything at all, or as what is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Language, Value
from ostiary.evidence.tree import Tree

_WHOLE: Final = re.compile(r"(?:RequestBody|Body|ModelAttribute) (\w+)")
_ANYTHING: Final = re.compile(
    r"^(?:any|object|unknown|Any|Object|JsonNode|ObjectNode|(?:Record|Partial|Map|HashMap|MutableMap)\b.*|)$"
)
_STORED: Final = frozenset({"Entity", "Document", "Table", "MappedSuperclass"})
_TAKES: Final = (".create", ".insert", ".insertMany", ".update", ".updateOne", ".merge", ".findByIdAndUpdate", ".findOneAndUpdate", ".save",
                 ".persist", ".upsert", ".preload", "Object.assign", "*BeanUtils.copyProperties", "*BeanUtils.populate", ".updateValue", ".saveAndFlush")  # fmt: skip
_SERVED: Final = frozenset({"create", "update"})  # of other objects too, that pick the members themselves
_LANGUAGES: Final = (Language.JAVASCRIPT, Language.JAVA, Language.KOTLIN)


def taken(tree: Tree) -> Iterator[tuple[Call, Value]]:
    """Calls that make or change an object from such a body, and the body."""
    stored = {
        (each.name, _part(each.path))
        for each in tree.code.classes()
        if any(mark.method in _STORED for mark in each.decorators)
    }
    for call in tree.code.calls(*_TAKES, languages=_LANGUAGES):
        if call.name.rpartition(".")[0].endswith(("Service", "service")):
            continue  # it may pick the members itself
        for value in call.args[:3]:
            found = _WHOLE.fullmatch(value.tainted)
            if found is None or value.text != found[1] or call.function is None or value.pairs:
                continue
            typed = call.function.parameters.get(found[1])
            if typed is None:
                continue
            if ((typed, _part(call.path)) in stored and call.method not in _SERVED) or (
                _ANYTHING.match(typed) and call.method not in {"save", "persist"}
            ):
                yield call, value
                break


def _part(path: str) -> str:
    """The part of a tree that a file belongs to: two services may each have a class of the same name."""
    return path.partition("/")[0] if "/" in path else ""
