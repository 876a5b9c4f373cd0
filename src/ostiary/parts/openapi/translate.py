"""A schema of any dialect becomes JSON Schema 2020-12, once per document and per direction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ostiary.model import Schema
from ostiary.parts.openapi.keywords import RULES, Spot
from ostiary.parts.openapi.loops import cut_loops
from ostiary.parts.openapi.shelf import At, Shelf, kind_of, wrong

MOST_DEPTH: Final = 100  # schemas inside schemas, references not counted
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
_TOLD: Final = frozenset({"binary", "byte", "password", "url", "multiline", "textarea", "markdown", "html"})
_BASE64: Final = r"^[A-Za-z0-9+/_\-\s]*={0,2}\s*$"  # RFC 4648 sections 4 and 5: real senders use either alphabet
_ANNOTATIONS: Final = ("default", "examples", "readOnly", "writeOnly")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")


class Definitions(dict[str, Any]):
    """A translated document: ``{"$defs": {...}}``, what every reference of its schemas resolves in.

    ``fragments`` are the schemas that refer to them, ``places`` says for each pattern where it was first seen; ``memo`` is for what others compute once per document.
    """

    def __init__(self) -> None:
        super().__init__({"$defs": {}})
        self.places: dict[str, str] = {}
        self.fragments: list[Any] = []
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
        self.modern = modern
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
        self.root.fragments.append(fragment)
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
            if not self.modern:  # OpenAPI 3.0, Reference Object: siblings are ignored; nullable is always meant
                target = {"$ref": self.refer(reference, at)}
                return _or_null(target) if value.get("nullable") is True else target
        elif reference is not None:
            wrong(at / "$ref", f"a reference cannot be {kind_of(reference)}", "write it as text")
        out: dict[str, Any] = {}
        spot = Spot(self, out, at, depth)
        for key, each in value.items():
            rule = RULES.get(key)
            if rule is not None:
                rule(spot, key, each)
        return self._finished(out, value, at)

    def _finished(self, out: dict[str, Any], value: Mapping[str, Any], at: At) -> Any:
        if "format" in out:
            _formats(out)
        if "required" in out and "properties" in value:
            self._relax(out, value, at)
        if not self.modern:
            _old_bounds(out, value)
        if "discriminator" in value:
            self._discriminate(out, value["discriminator"], at)
        if (value.get("nullable") is True and not self.modern) or value.get("x-nullable") is True:
            return _nullable(out)
        return out

    def refer(self, reference: str, at: At) -> str:
        """The name under which a reference's target is translated, as a reference."""
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
            chosen[str(key)] = self.refer(reference, at / "discriminator" / "mapping" / key)
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
    elif name in _TOLD:
        out["x-format"] = name  # not asserted; who makes examples wants to know
