"""Schemas become validators that share one registry per document and run patterns in linear time; jsonschema_rs is here."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jsonschema_rs

from ostiary.errors import ConfigError
from ostiary.model import Schema
from ostiary.parts.patterns import Impossible, linear
from ostiary.parts.telling import Weight, weight_of
from ostiary.strict import dumps

MOST_FAULTS: Final = 16  # of one value; who sends more has read none of them
LONGEST_POINTER: Final = 200  # characters; names inside free-form objects are the sender's
MOST_PATTERN_BYTES: Final = 16 * 1024 * 1024  # of one compiled pattern; `.{1,65535}` takes less
_OPTIONS: Final[dict[str, Any]] = {
    "pattern_options": jsonschema_rs.RegexOptions(size_limit=MOST_PATTERN_BYTES),
    "validate_formats": True,
    "offline": True,
}
_URI: Final = "urn:ostiary:document"
_DATA: Final = frozenset({"const", "enum", "required", "dependentRequired"})  # no schemas inside
_SAYS_NOTHING: Final = frozenset({"examples", "default", "x-format", "readOnly", "writeOnly"})
_MAPS: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
_OPENERS: Final = frozenset({"additionalProperties", "unevaluatedProperties"})

Fault = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How schemas are read.

    ``any_read_only``: a ``readOnly`` property may hold anything, as nobody will read it.
    ``unchecked_formats``: formats that are not asserted.
    """

    any_read_only: bool = False
    unchecked_formats: frozenset[str] = frozenset()


AS_WRITTEN: Final = Reading()


class Validator:
    """A compiled schema. ``is_valid(value)`` is the fast question; it raises ValueError for what is not JSON data."""

    __slots__ = ("_compiled", "_definitions", "_member", "_schema", "_weight", "is_valid")

    def __init__(self, compiled: Any, schema: Any, definitions: Mapping[str, Any], member: str = "") -> None:
        """Take a schema and its compiled form; with a `member`, one that asks an object about this member."""
        self._compiled = compiled
        self._schema = schema
        self._definitions = definitions
        self._member = member
        self._weight: Weight | None = None  # asked for when the first value is wrong
        ask = compiled.is_valid
        self.is_valid: Callable[[Any], bool] = (lambda value: ask({member: value})) if member else ask

    def faults(self, value: Any) -> list[Fault]:
        """Where and by which rule a value is wrong, at most `MOST_FAULTS`; neither holds a value.

        The engine makes all faults before it gives the first, every branch of every union included, which takes
        seconds for values made to that end: of such a value only the first is told, or that there are some.

        :raises ValueError: when the value is not JSON data.
        """
        found: dict[Fault, None] = {}
        member = self._member
        if self._weight is None:
            self._weight = weight_of(self._schema, self._definitions)
        if not self._weight.affords(value):
            return self._first(value)
        for error in itertools.islice(self._compiled.iter_errors({member: value} if member else value), MOST_FAULTS):
            found.update(dict.fromkeys(_told(error)))
        start = len(member) + 1 if member else 0
        return [(pointer[start:], rule) for pointer, rule in found][:MOST_FAULTS]

    def _first(self, value: Any) -> list[Fault]:
        member = self._member
        if self.is_valid(value):
            return []
        if self._weight != (1, 1):
            return [("", "does not fit its schema")]
        try:
            self._compiled.validate({member: value} if member else value)
        except jsonschema_rs.ValidationError as error:
            start = len(member) + 1 if member else 0
            return [(pointer[start:], rule) for pointer, rule in _told(error)]
        return []


def compile(schema: Schema, reading: Reading = AS_WRITTEN) -> Validator:  # noqa: A001 - the name of the thing, as in `re`
    """The validator of a schema; equal schemas of a document share one, and all share its definitions.

    Patterns that no linear-time engine can run are left out: `pattern_problem` names them, and beyond.redos refuses.

    :raises ConfigError: when the schema cannot be compiled.
    """
    memo: dict[Any, Any] = getattr(schema.root, "memo", {})
    own: tuple[Schema, Validator] | None = memo.get(("validator", reading, id(schema)))
    if own is not None:
        return own[1]
    document: _Document | None = memo.get(("document", reading))
    if document is None:
        document = memo["document", reading] = _Document(schema.root, reading)
    validator = document.validator(schema)
    memo["validator", reading, id(schema)] = (schema, validator)  # the schema is kept, so that its id stays its own
    return validator


@functools.lru_cache(maxsize=8192)
def pattern_problem(pattern: str) -> str:
    """Why the linear-time engine cannot run a pattern, a clause; empty when it can."""
    try:
        text = linear(pattern)
    except Impossible as error:
        return str(error)
    try:
        jsonschema_rs.Draft202012Validator({"pattern": text}, **_OPTIONS)
    except ValueError:
        return "is too large once its repetitions are unrolled, or names a class that the engine does not know"
    return ""


def searcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text holds what a pattern of ours describes, asked in one pass of the linear-time engine."""
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}, **_OPTIONS).is_valid


def checker(schema: dict[str, Any]) -> Callable[[Any], bool]:
    """Whether a value fits a JSON Schema of ours, asked without a reason why not; ValueError for what is no JSON data."""
    return jsonschema_rs.Draft202012Validator(schema, **_OPTIONS).is_valid


def patterns_of(schema: Schema, seen: set[str]) -> Iterator[str]:
    """Every pattern that a schema and what it refers to would run; definitions in `seen` are passed over, and added."""
    queue: list[Any] = [schema.fragment]
    definitions = schema.root.get("$defs", {})
    while queue:
        node = queue.pop()
        if isinstance(node, list):
            queue += node
        elif isinstance(node, Mapping):
            if isinstance(node.get("pattern"), str):
                yield node["pattern"]
            yield from node.get("patternProperties", ())
            name = _name_of(node)
            if name and name not in seen:
                seen.add(name)
                queue.append(definitions.get(name))
            for key, value in node.items():
                if key in _MAPS:
                    queue += value.values()
                elif key not in _DATA and key not in _SAYS_NOTHING and isinstance(value, (dict, list)):
                    queue.append(value)


class _Document:
    """The schemas of one document under one reading.

    What refers to definitions is compiled in one piece, an object with a member per schema: compiled apart, each
    would hold a copy of all it reaches (Microsoft's Graph: 330 MB against 40).
    """

    def __init__(self, root: Mapping[str, Any], reading: Reading) -> None:
        self._definitions: Mapping[str, Any] = root.get("$defs", {})
        self._reading = reading
        self._prepared = {name: self._part(node) for name, node in self._definitions.items()}
        self._registry: Any = None
        self._known: dict[bytes, Validator] = {}
        self._join(getattr(root, "fragments", ()))

    def _join(self, fragments: Iterable[Any]) -> None:
        members: dict[str, Any] = {}
        names: dict[bytes, str] = {}
        for each in fragments:
            prepared = self._part(each)
            key = dumps(prepared)
            if b'"$ref"' in key and key not in names:
                names[key] = str(len(names))
                members[names[key]] = prepared
        try:
            whole = jsonschema_rs.Draft202012Validator(
                {"$id": _URI, "$defs": self._prepared, "properties": members}, **_OPTIONS
            )
        except (ValueError, jsonschema_rs.ReferencingError):
            return  # one of them cannot be: compiled one by one, the error says which
        self._known = {key: Validator(whole, members[name], self._prepared, member=name) for key, name in names.items()}

    def validator(self, schema: Schema) -> Validator:
        prepared = self._part(schema.fragment)
        key = dumps(prepared)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Validator(self._compile(prepared, schema.pointer), prepared, self._prepared)
        return known

    def _compile(self, prepared: Any, pointer: str) -> Any:
        try:
            if self._registry is None:
                self._registry = jsonschema_rs.Registry([(_URI, {"$defs": self._prepared})])
            return jsonschema_rs.Draft202012Validator(prepared, registry=self._registry, **_OPTIONS)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise ConfigError(f"#{pointer}", "this schema cannot be compiled", str(error)[:200]) from error

    def _part(self, node: Any) -> Any:
        if not isinstance(node, Mapping):
            return node
        out: dict[str, Any] = {}
        for key, value in node.items():
            if key in _SAYS_NOTHING or (key == "format" and value in self._reading.unchecked_formats):
                continue
            if key == "$ref":
                out[key] = _URI + value
            elif key == "pattern":
                if not pattern_problem(value):
                    out[key] = linear(value)
            elif key in _MAPS:
                self._map(out, key, value)
            else:
                out[key] = value if key in _DATA else self._several(value)
        if "patternProperties" in node and len(out.get("patternProperties", ())) < len(node["patternProperties"]):
            for key in _OPENERS:  # a name that the missing pattern would have let in must not be refused now
                out.pop(key, None)
        return out

    def _several(self, value: Any) -> Any:
        return [self._part(each) for each in value] if isinstance(value, list) else self._part(value)

    def _map(self, out: dict[str, Any], key: str, value: Mapping[str, Any]) -> None:
        if key == "patternProperties":
            out[key] = {linear(n): self._part(each) for n, each in value.items() if not pattern_problem(n)}
        elif key == "properties":
            out[key] = {name: self._property(each) for name, each in value.items()}
        else:
            out[key] = {name: self._part(each) for name, each in value.items()}

    def _property(self, node: Any) -> Any:
        return True if self._reading.any_read_only and is_read_only(node, self._definitions) else self._part(node)


def is_read_only(node: Any, definitions: Mapping[str, Any]) -> bool:
    """Whether a property's schema, or the one it refers to, is marked ``readOnly``."""
    if not isinstance(node, Mapping):
        return False
    if node.get("readOnly") is True:
        return True
    target = definitions.get(_name_of(node))
    return isinstance(target, Mapping) and target.get("readOnly") is True


def _name_of(node: Mapping[str, Any]) -> str:
    reference = node.get("$ref")
    return reference.removeprefix("#/$defs/") if isinstance(reference, str) else ""


_LIMITS: Final = {  # keyword -> attribute of jsonschema_rs's error kind that the document, not the sender, wrote
    "required": "property", "dependentRequired": "property", "format": "format", "multipleOf": "multiple_of",
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), "limit"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), "limit"),
}  # fmt: skip


def _told(error: Any, depth: int = 0) -> list[Fault]:
    """An error as pointers and rules; of a union, what is wrong with the one branch that was clearly meant."""
    kind = error.kind
    name = kind.name
    context = getattr(kind, "context", None)
    if context and name in {"anyOf", "oneOf"} and depth < 8:  # noqa: PLR2004 - deeper unions are told as such
        place = list(error.instance_path)
        near = [branch for branch in context if branch and not _elsewhere(branch, place)]
        if len(near) == 1:
            return [fault for each in near[0][:MOST_FAULTS] for fault in _told(each, depth + 1)]
        if not near and all(branch[0].kind.name == "type" for branch in context):
            kinds = dict.fromkeys(kind for branch in context for kind in branch[0].kind.types)
            return [(_pointer(error), f"type {' or '.join(kinds)}")]
    pointer = _pointer(error)
    if name == "type":
        return [(pointer, f"type {' or '.join(kind.types)}")]
    if name == "falseSchema":
        return [(pointer, "not allowed here")]
    limit = getattr(kind, _LIMITS[name], None) if name in _LIMITS else None
    return [(pointer, name if limit is None else f"{name} {limit}")]


def _elsewhere(branch: list[Any], place: list[Any]) -> bool:
    """Whether a branch of a union is not the one meant: already the kind of value is another."""
    return any(each.kind.name in {"type", "const"} and list(each.instance_path) == place for each in branch)


def _pointer(error: Any) -> str:
    return "".join(f"/{_escaped(str(token))}" for token in error.instance_path)[:LONGEST_POINTER]


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")
