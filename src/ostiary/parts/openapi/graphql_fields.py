"""Each field of a schema's roots is described as the operation that it would be elsewhere: its noun as path, its verb as method.

What finds and compares operations knows methods and paths. ``paste(id: Int)`` becomes ``GET /graphql/~/pastes/{id}``,
``editPaste(id: Int, title: String)`` ``PATCH /graphql/~/pastes/{id}``, ``login(...)`` ``POST /graphql/~/login``. Nothing is
served there: whoever sends such a request writes it as a GraphQL document first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ostiary.parts.openapi.recorded import FOUND

EXTENSION: Final = "x-graphql-field"  # on the operation: {"endpoint", "kind", "name", "args", "at", "type"}
SIGN: Final = "~"  # the segment behind the endpoint's path
MOST: Final = 150  # fields of a schema
_DEEPEST: Final = 3  # input objects in input objects
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ID: Final = re.compile(r"(?:.*[a-z0-9_])?(?:Id|_id|ID|Uuid|_uuid|Slug|_slug)|_?id|uuid|guid|slug|pk")
_MAKES: Final = frozenset({"create", "add", "new", "insert", "make", "post", "publish", "submit"})
_CHANGES: Final = frozenset({"update", "edit", "modify", "change", "set", "patch", "save", "rename"})
_ENDS: Final = frozenset({"delete", "remove", "destroy"})
_READS: Final = frozenset({"get", "fetch", "list", "all", "find", "read", "show", "load"})
_OWN: Final = frozenset({"token", "tokens", "session", "sessions", "password", "login", "jwt", "otp", "code"})
_CALLER: Final = frozenset({"user", "me", "my", "self", "viewer", "profile", "account", "settings"})
_SELF: Final = frozenset({"me", "viewer", "whoami", "currentuser", "self", "myself", "profile", "myprofile"})
_SCALARS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Int": {"type": "integer"},
    "Float": {"type": "number"},
    "Boolean": {"type": "boolean"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Date": {"type": "string", "format": "date"},
    "UUID": {"type": "string", "format": "uuid"},
    "JSON": {"type": "object"},
}


class Argument(NamedTuple):
    """An argument, or a member of the one input object that a field takes; ``at`` is where it stands in the variables."""

    name: str
    type: str  # as the schema language writes it
    at: tuple[str, ...]

    @property
    def required(self) -> bool:
        """Whether a request without it is none."""
        return self.type.endswith("!")


@dataclass(slots=True)
class _Field:
    kind: str
    name: str
    type: str
    args: Mapping[str, str]
    flat: list[Argument]
    words: list[str] = field(default_factory=list)

    @property
    def identifier(self) -> Argument | None:
        """What names one object: an argument called for it, or the only one where the field is called so."""
        named = [each for each in self.flat if _ID.fullmatch(each.name) and not each.type.startswith("[")]
        own = [each for each in named if len(spelt(each.name)) == 1]
        about = [each for each in named if spelt(each.name)[0] in self.words]
        return next(iter(own or about or (named if len(named) == 1 and len(self.flat) == 1 else [])), None)


def bare(written: str) -> str:
    """The named type inside lists and non-nulls."""
    return written.strip("[]!")


def spelt(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return [each.lower() for each in _WORD.findall(name)]


def document_of(told: Mapping[str, Any], endpoint: str) -> dict[str, Any]:
    """A plain OpenAPI 3.1 document of what an endpoint's schema offers, as `introspection.fields_of` gives it."""
    types = told.get("types") or {}
    found = [_field(kind, name, each, types) for kind in ("query", "mutation") for name, each in _of(told, kind)]
    collections = _Collections(found, types)
    paths: dict[str, dict[str, Any]] = {}
    for each in [one for one in found if one is not None][:MOST]:
        for method, path, holes in collections.places(each):
            item = paths.setdefault(f"{endpoint.rstrip('/')}/{SIGN}/{path}", {})
            if method not in item:
                item[method] = _operation(each, holes, types, endpoint)
                break
    return {"openapi": "3.1.0", "info": {"title": "GraphQL", "version": "0"}, "paths": paths}


def _of(told: Mapping[str, Any], kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, each) for name, each in (told.get(kind) or {}).items() if not name.startswith("_")]


def _field(kind: str, name: str, given: Mapping[str, Any], types: Mapping[str, Any]) -> _Field | None:
    args: Mapping[str, str] = given.get("args") or {}
    if any(bare(each) == "Upload" for each in args.values()):
        return None  # GraphQL has no files; what stands for them is another protocol
    inputs = [each for each, kind_of in args.items() if "inputs" in types.get(bare(kind_of), {}) and "[" not in kind_of]
    flat = [Argument(each, written, (each,)) for each, written in args.items() if inputs != [each]]
    taken = {each.name for each in flat}
    for outer in inputs if len(inputs) == 1 else ():
        members = types[bare(args[outer])]["inputs"]
        if taken & members.keys():
            flat.append(Argument(outer, args[outer], (outer,)))
        else:
            flat += [Argument(each, written, (outer, each)) for each, written in members.items()]
    return _Field(kind, name, str(given.get("type", "")), args, flat, spelt(name))


class _Collections:
    """Which fields are about the same objects, by what they give and by what they are called."""

    def __init__(self, found: list[_Field | None], types: Mapping[str, Any]) -> None:
        self._types = types
        self._by_type: dict[str, str] = {}
        self._by_noun: dict[str, str] = {}
        for each in found:
            item = self._listed(each) if each is not None and each.kind == "query" else ""
            if each is not None and item and "fields" in types.get(item, {}):
                name = _path(each)
                if item not in self._by_type or len(name) < len(self._by_type[item]):
                    self._by_type[item] = name
                self._by_noun.setdefault(_singular("".join(spelt(name))), name)

    def _listed(self, each: _Field) -> str:
        """The type of the objects that a field lists, in an array, in edges or in an envelope."""
        if each.type.startswith("["):
            return bare(each.type)
        fields = self._types.get(bare(each.type), {}).get("fields", {})
        for name in ("nodes", "items", "results", "edges", "data"):
            if str(fields.get(name, {}).get("type", "")).startswith("["):
                inner = bare(fields[name]["type"])
                node = self._types.get(inner, {}).get("fields", {}).get("node")
                return bare(node["type"]) if name == "edges" and node else inner
        return ""

    def places(self, each: _Field) -> Iterator[tuple[str, str, dict[str, Argument]]]:
        """Method, path and what fills its parameters; where one is taken, the next."""
        identifier = each.identifier
        holes = {identifier.name: identifier} if identifier is not None else {}
        aimed = f"/{{{identifier.name}}}" if identifier is not None else ""
        if each.kind == "query":
            one = "fields" in self._types.get(bare(each.type), {}) and not self._listed(each)
            if one and aimed:
                yield "get", f"{self._named(each, each.words)}{aimed}", holes
                yield "get", f"{each.name}{aimed}", holes
            elif one and "".join(each.words) in _SELF and not any(arg.required for arg in each.flat):
                yield "get", "me", {}
            yield "get", _path(each), {}
            yield "get", each.name, {}
            return
        verb, noun = _verb(each.words)
        if verb and noun and not _OWN & set(noun):
            collection = self._named(each, noun)
            if verb in _MAKES:
                yield "post", collection, {}
            elif not aimed and _CALLER & set(noun):  # who changes a user and names none changes himself
                yield "patch", "me", {}
                yield "patch", f"{each.name}/me", {}
            elif aimed:
                yield "delete" if verb in _ENDS else "patch", f"{collection}{aimed}", holes
        if aimed:
            about = next((name for word in each.words if (name := self._by_noun.get(_singular(word)))), "")
            yield "post", f"{about}{aimed}/{each.name}" if about else f"{each.name}{aimed}", holes
        yield "post", each.name, {}

    def _named(self, each: _Field, words: list[str]) -> str:
        """The collection of a noun: the field that lists such objects, or else its plural."""
        noun = _singular("".join(each for each in words if each not in _READS and each != "by") or "".join(words))
        if noun in self._by_noun:
            return self._by_noun[noun]
        fields = self._types.get(bare(each.type), {}).get("fields", {})
        given = [bare(each.type), *(bare(str(one.get("type", ""))) for one in fields.values())]
        known = [one for one in given if one in self._by_type and noun in one.lower()]
        return self._by_type[known[0]] if known else _plural(noun)


def _verb(words: list[str]) -> tuple[str, list[str]]:
    """The verb of a mutation and the rest of its name, whichever comes first."""
    every = _MAKES | _CHANGES | _ENDS
    if words and words[0] in every:
        return words[0], words[1:]
    return (words[-1], words[:-1]) if len(words) > 1 and words[-1] in every else ("", words)


def _path(each: _Field) -> str:
    """``allPosts`` lists posts."""
    words = each.words
    if len(words) > 1 and words[0] in _READS:
        name = re.sub(r"^[a-z]+_?", "", each.name)
        return name[:1].lower() + name[1:] or each.name
    return each.name


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:  # noqa: PLR2004 - "pies" has four
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def _operation(each: _Field, holes: Mapping[str, Argument], types: Mapping[str, Any], endpoint: str) -> dict[str, Any]:
    rest = [one for one in each.flat if one.name not in holes]
    made: dict[str, Any] = {
        "operationId": f"{each.kind} {each.name}",
        "summary": f"GraphQL {each.kind}",
        FOUND: True,
        EXTENSION: {
            "endpoint": endpoint,
            "kind": each.kind,
            "name": each.name,
            "args": dict(each.args),
            "at": {one.name: list(one.at) for one in each.flat},
            "types": {one.name: one.type for one in each.flat},
            "gives": each.type,
        },
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _schema(one.type, types)}
            for name, one in holes.items()
        ],
        "responses": {"200": {"description": "done", "content": {"application/json": {"schema": _given(each, types)}}}},
    }
    if each.kind == "query":
        made["parameters"] += [
            {"name": one.name, "in": "query", "required": one.required, "schema": _schema(one.type, types)}
            for one in rest
            if "inputs" not in types.get(bare(one.type), {})
        ]
    elif rest:
        schema = {
            "type": "object",
            "required": [one.name for one in rest if one.required],
            "properties": {one.name: _schema(one.type, types) for one in rest},
        }
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return made


def _schema(written: str, types: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    written = written.removesuffix("!")
    if written.startswith("["):
        return {"type": "array", "items": _schema(written[1:-1], types, depth)}
    told = types.get(written, {})
    if "values" in told:
        return {"type": "string", "enum": list(told["values"])}
    if "inputs" in told:
        members = told["inputs"] if depth < _DEEPEST else {}
        return {
            "type": "object",
            "required": [name for name, each in members.items() if each.endswith("!")],
            "properties": {name: _schema(each, types, depth + 1) for name, each in members.items()},
        }
    return dict(_SCALARS.get(written, {"type": "string"}))


def _given(each: _Field, types: Mapping[str, Any]) -> dict[str, Any]:
    fields = types.get(bare(each.type), {}).get("fields", {})
    plain = {name: _schema(one["type"], {}) for name, one in fields.items() if _is_plain(one["type"], types)}
    schema = {"type": "object", "properties": plain} if fields else _schema(bare(each.type), {})
    return {"type": "array", "items": schema} if each.type.startswith("[") else schema


def _is_plain(written: str, types: Mapping[str, Any]) -> bool:
    return "[" not in written and not {"fields", "inputs", "possible"} & types.get(bare(written), {}).keys()
