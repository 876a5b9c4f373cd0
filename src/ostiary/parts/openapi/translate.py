"""A schema of any dialect becomes JSON Schema 2020-12, once per document and per direction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ostiary.model import Schema
from ostiary.parts.openapi.loops import cut_loops
from ostiary.parts.openapi.shelf import At, Shelf, kind_of, wrong

MOST_DEPTH: Final = 100  # schemas inside schemas, references not counted
_TYPES: Final = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})
_IN_PLACE: Final = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not", "if", "enum", "const", "discriminator"})
# OpenAPI format registry: whole numbers with a width; the bounds are stated, so that no format code runs per request.
_WIDTHS: Final = {
    "int8": (-(2**7), 2**7 - 1), "int16": (-(2**15), 2**15 - 1), "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1), "uint8": (0, 2**8 - 1), "uint16": (0, 2**16 - 1), "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}  # fmt: skip
_ASSERTED: Final = frozenset({  # JSON Schema 2020-12 section 7.3; `regex` is left out: engines differ in what they take
    "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri",
    "uri-reference", "iri", "iri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer",
})  # fmt: skip
_BASE64: Final = r"^[A-Za-z0-9+/_\-\s]*={0,2}\s*$"  # RFC 4648 sections 4 and 5: real senders use either alphabet
_ANNOTATIONS: Final = ("default", "examples", "readOnly", "writeOnly")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")


class Definitions(dict[str, Any]):
    """A translated document: ``{"$defs": {...}}``, what every reference of its schemas resolves in.

    ``places`` says for each pattern where it was first seen; ``memo`` is for what others compute once per document.
    """

    def __init__(self) -> None:
        super().__init__({"$defs": {}})
        self.places: dict[str, str] = {}
        self.memo: dict[Any, Any] = {}

    def __repr__(self) -> str:  # every operation's repr would hold the whole document
        return f"<{len(self['$defs'])} definitions>"


class Translator:
    """Translates for one direction: ``readOnly`` properties are never required of a request, nor ``writeOnly`` ones
    of a reply (OpenAPI 3.1, Schema Object, fixed fields; JSON Schema validation section 9.4).
    """

    def __init__(self, shelf: Shelf, *, modern: bool, absent: str, notes: dict[str, None]) -> None:
        """Translate from 3.1 and later (`modern`) or the older dialects.

        :param absent: the keyword that marks properties which need not be there: ``readOnly`` or ``writeOnly``.
        :param notes: where what had to be guessed is written down.
        """
        self.root = Definitions()
        self.notes = notes
        self._shelf = shelf
        self._modern = modern
        self._absent = absent
        self._names: dict[tuple[str, str], str] = {}
        self._queue: list[tuple[str, Any, At]] = []

    def schema(self, value: Any, at: At, examples: Iterable[Any] = ()) -> Schema:
        """Translate one schema, and what it refers to.

        :raises ConfigError: when it is not a schema.
        """
        fragment = self.part(value, at, 0)
        extra = list(examples)
        if extra and isinstance(fragment, dict):
            fragment["examples"] = extra + fragment.get("examples", [])
        while self._queue:
            name, target, place = self._queue.pop()
            self.root["$defs"][name] = self.part(target, place, 0)
        return Schema(fragment=fragment, root=self.root, pointer=at.pointer)

    def finish(self) -> None:
        """Cut schemas that contain themselves without going one level down; validators would never end.

        :raises ConfigError: for one that says nothing else.
        """
        origins = {name: str(At(*place)) for place, name in self._names.items()}
        cut_loops(self.root["$defs"], origins, self.notes)

    def part(self, value: Any, at: At, depth: int) -> Any:
        """Translate one schema and those inside it; what it refers to is queued."""
        if isinstance(value, bool):
            return value
        if not isinstance(value, Mapping):
            wrong(at, f"a schema cannot be {kind_of(value)}", "write a mapping such as {type: string}")
        if depth > MOST_DEPTH:
            wrong(at, "schemas nest too deep", "give inner ones a name under components/schemas")
        reference = value.get("$ref")
        if isinstance(reference, str):
            if not self._modern:  # OpenAPI 3.0, Reference Object: siblings are ignored; nullable is always meant
                target = {"$ref": self._refer(reference, at)}
                return _or_null(target) if value.get("nullable") is True else target
        elif reference is not None:
            wrong(at / "$ref", f"a reference cannot be {kind_of(reference)}", "write it as text")
        out: dict[str, Any] = {}
        for key, each in value.items():
            rule = _RULES.get(key)
            if rule is not None:
                rule(self, out, key, each, at, depth)
        return self._finished(out, value, at)

    def _finished(self, out: dict[str, Any], value: Mapping[str, Any], at: At) -> Any:
        if "format" in out:
            _formats(out)
        if "required" in out and "properties" in value:
            self._relax(out, value, at)
        if not self._modern:
            _old_bounds(out, value)
        if "discriminator" in value:
            self._discriminate(out, value["discriminator"], at)
        if (value.get("nullable") is True and self._old_null) or value.get("x-nullable") is True:
            return _nullable(out)
        return out

    @property
    def _old_null(self) -> bool:
        return not self._modern

    def _refer(self, reference: str, at: At) -> str:
        found = self._shelf.find(reference, at)
        name = self._names.get(found.at)
        if name is None:
            name = _UNSAFE.sub("-", found.at.pointer.rpartition("/")[2]) or "root"
            taken = self.root["$defs"]
            while name in taken:
                name += "_"
            self._names[found.at] = name
            taken[name] = True  # the name is taken; the queue fills it in
            self._queue.append((name, found.value, found.at))
        return f"#/$defs/{name}"

    def _relax(self, out: dict[str, Any], value: Mapping[str, Any], at: At) -> None:
        """Take properties that travel the other way only out of ``required``."""
        properties = value["properties"]
        if not isinstance(properties, Mapping):
            return
        kept = []
        for name in out["required"]:
            prop = properties.get(name)
            if isinstance(prop, Mapping) and isinstance(prop.get("$ref"), str) and self._absent not in prop:
                prop = self._shelf.follow(prop, at).value
            if not (isinstance(prop, Mapping) and prop.get(self._absent) is True):
                kept.append(name)
        out["required"] = kept

    def _discriminate(self, out: dict[str, Any], discriminator: Any, at: At) -> None:
        """With a mapping, let the value choose the branch: faults are then those of the branch that was meant."""
        union = "oneOf" if "oneOf" in out else "anyOf"
        if union not in out or not isinstance(discriminator, Mapping):
            return
        name, mapping = discriminator.get("propertyName"), discriminator.get("mapping")
        if not isinstance(name, str) or not isinstance(mapping, Mapping) or not mapping:
            return
        branches = [each.get("$ref") if isinstance(each, dict) else None for each in out[union]]
        chosen: dict[str, str] = {}
        for key, target in mapping.items():
            if not isinstance(target, str):
                wrong(at / "discriminator" / "mapping" / key, "must be text", "name a schema or write a reference")
            if not re.fullmatch(r"[A-Za-z0-9._-]+", target) or target.endswith((".json", ".yaml", ".yml")):
                reference = target
            else:
                reference = f"#/components/schemas/{target}"
            chosen[str(key)] = self._refer(reference, at / "discriminator" / "mapping" / key)
        if not set(chosen.values()) <= set(branches):
            return
        cases = [
            {"if": {"properties": {name: {"const": key}}}, "then": {"$ref": target}} for key, target in chosen.items()
        ]
        known = {"type": "object", "required": [name], "properties": {name: {"enum": list(chosen)}}}
        choice = {"if": known, "then": {"allOf": cases}, "else": {union: out.pop(union)}}
        out.setdefault("allOf", []).append(choice)


def _or_null(schema: Any) -> dict[str, Any]:
    return {"anyOf": [{"type": "null"}, schema]}


def _nullable(out: dict[str, Any]) -> dict[str, Any]:
    kind = out.get("type")
    if not _IN_PLACE.isdisjoint(out):
        outside: dict[str, Any] = {key: out.pop(key) for key in _ANNOTATIONS if key in out}
        return _or_null(out) | outside
    if isinstance(kind, str):
        out["type"] = [kind, "null"]
    return out  # a list of types says what it says; no type: null was always allowed


def _old_bounds(out: dict[str, Any], value: Mapping[str, Any]) -> None:
    """Before 3.1 ``exclusiveMinimum`` was a flag on ``minimum`` (JSON Schema draft 4)."""
    for flag, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if value.get(flag) is True and bound in out:
            out[flag] = out.pop(bound)


def _formats(out: dict[str, Any]) -> None:
    name = out.pop("format")
    kind = out.get("type")
    if name in _WIDTHS and (kind == "integer" or kind == "number"):  # noqa: PLR1714 - `type` may be a list
        low, high = _WIDTHS[name]
        out["minimum"] = max(out.get("minimum", low), low)
        out["maximum"] = min(out.get("maximum", high), high)
    elif name == "byte" and kind == "string" and "pattern" not in out:
        out["pattern"] = _BASE64
    elif name in _ASSERTED:
        out["format"] = name
    elif name in {"binary", "byte", "password"}:
        out["x-format"] = name  # not asserted; who makes examples wants to know


# One rule per keyword: it checks the value and writes its translation. Keywords without a rule say nothing that is
# validated (titles, x-*), or stand elsewhere ($defs are translated when something refers to them).
_Rule = Callable[[Translator, dict[str, Any], str, Any, At, int], None]


def _one(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, depth: int) -> None:
    out[key] = self.part(value, at / key, depth + 1)


def _several(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, depth: int) -> None:
    if not isinstance(value, list):
        wrong(at / key, f"cannot be {kind_of(value)}", "write a list of schemas")
    if value:
        parts = [self.part(each, at / key / n, depth + 1) for n, each in enumerate(value)]
        out[key] = out[key] + parts if key in out else parts
    else:
        self.notes[f"{at / key} is an empty list and was passed over"] = None


def _named(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, depth: int) -> None:
    if not isinstance(value, Mapping):
        wrong(at / key, f"cannot be {kind_of(value)}", "write a mapping of names to schemas")
    here = at / key
    out[key] = {str(name): self.part(each, here / name, depth + 1) for name, each in value.items()}
    if key == "patternProperties":
        for pattern in out[key]:
            self.root.places.setdefault(pattern, str(here / pattern))


def _items(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, depth: int) -> None:
    if isinstance(value, list):  # drafts before 2020-12: one schema per position
        _several(self, out, "prefixItems", value, at, depth)
    else:
        out["items"] = self.part(value, at / key, depth + 1)


def _rest(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, depth: int) -> None:
    out.setdefault("items", self.part(value, at / key, depth + 1))


def _count(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or value != int(value):
        wrong(at / key, f"must be a whole number from 0, not {_shown(value)}")
    out[key] = int(value)


def _number(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    if isinstance(value, bool) and key.startswith("exclusive") and not self._modern:
        return  # `_old_bounds` reads it
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        wrong(at / key, f"must be a number, not {_shown(value)}")
    if key == "multipleOf" and value <= 0:
        wrong(at / key, "must be greater than 0")
    out[key] = value


def _type(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    names = value if isinstance(value, list) else [value]
    if names == ["file"] and not self._modern:
        out["x-format"] = "binary"  # Swagger 2.0: a part of a form, any bytes
        return
    for name in names:
        if not isinstance(name, str) or name not in _TYPES:
            wrong(at / key, f"{_shown(name)} is not a type", f"it is one of {', '.join(sorted(_TYPES))}")
    if names:
        out[key] = names[0] if len(names) == 1 else list(dict.fromkeys(names))


def _enum(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    if not isinstance(value, list):
        wrong(at / key, f"cannot be {kind_of(value)}", "write a list of the values allowed")
    if value:
        out[key] = value
    else:
        self.notes[f"{at / key} is an empty list and was passed over"] = None


def _required(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    if isinstance(value, bool):  # draft 3, still common; the list of the object above is what counts
        self.notes[f"{at / key} is a boolean: in a schema it is a list of property names, so it was passed over"] = None
        return
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        wrong(at / key, "must be a list of property names")
    out[key] = list(dict.fromkeys(value))


def _pattern(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    if not isinstance(value, str):
        wrong(at / key, f"must be text, not {_shown(value)}")
    out[key] = value
    self.root.places.setdefault(value, str(at / key))


def _flag(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    if not isinstance(value, bool):
        wrong(at / key, f"must be true or false, not {_shown(value)}")
    if value:
        out[key] = value


def _text(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    if not isinstance(value, str):
        wrong(at / key, f"must be text, not {_shown(value)}")
    out[key] = value


def _bytes(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    out["x-format"] = "binary"  # 3.1 says it so; what the bytes hold is not this schema's business


def _kept(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    out[key] = value


def _example(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    examples = value if key == "examples" and isinstance(value, list) else [value]
    if key == "examples" and isinstance(value, Mapping):
        examples = list(value.values())
    out["examples"] = out.get("examples", []) + list(examples)


def _reference(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, _: int) -> None:
    out["$ref"] = self._refer(value, at)


def _dependent(self: Translator, out: dict[str, Any], key: str, value: Any, at: At, depth: int) -> None:
    if not isinstance(value, Mapping):
        wrong(at / key, f"cannot be {kind_of(value)}", "write a mapping of property names")
    for name, each in value.items():
        if isinstance(each, list) and all(isinstance(one, str) for one in each):
            out.setdefault("dependentRequired", {})[str(name)] = each
        else:
            out.setdefault("dependentSchemas", {})[str(name)] = self.part(each, at / key / name, depth + 1)


def _shown(value: object) -> str:
    return repr(value)[:40] if isinstance(value, (str, int, float)) else kind_of(value)


_RULES: Final[Mapping[str, _Rule]] = {
    **dict.fromkeys(("not", "if", "then", "else", "contains", "propertyNames"), _one),
    **dict.fromkeys(("additionalProperties", "unevaluatedItems", "unevaluatedProperties"), _one),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _several),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), _named),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _count),
    **dict.fromkeys(("minContains", "maxContains"), _count),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _number),
    **dict.fromkeys(("uniqueItems", "readOnly", "writeOnly"), _flag),
    **dict.fromkeys(("default", "const"), _kept),
    **dict.fromkeys(("example", "examples"), _example),
    **dict.fromkeys(("$ref", "$dynamicRef"), _reference),
    **dict.fromkeys(("dependencies", "dependentRequired"), _dependent),
    "items": _items,
    "additionalItems": _rest,
    "type": _type,
    "enum": _enum,
    "required": _required,
    "pattern": _pattern,
    "format": _text,
    "contentMediaType": _bytes,
}
