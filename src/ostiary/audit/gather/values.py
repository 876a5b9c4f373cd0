"""A value that a schema accepts: what the document gives as example first, else the smallest that its words allow."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ostiary.audit.gather.patterns import text_for

_DEEPEST: Final = 12  # schemas in schemas; recursion in a document ends here
_MOST_PROPERTIES: Final = 40
_MOST_ITEMS: Final = 5
_LONGEST_TEXT: Final = 2000
_REFS: Final = 30  # references followed one after another

_FORMATS: Final = {
    "date-time": "2026-01-15T12:00:00Z",
    "date": "2026-01-15",
    "time": "12:00:00Z",
    "duration": "P1D",
    "uuid": "3f2b8c1e-5d4a-4b6f-9a7e-0c1d2e3f4a5b",
    "uri": "https://example.com/",
    "uri-reference": "/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.10",
    "ipv6": "2001:db8::10",
    "byte": "b3N0aWFyeQ==",
    "password": "Ostiary-Passw0rd!",  # ostiary: allow-secret the form of one, for valid requests
    "json-pointer": "/a",
    "regex": "a",
}
_NAMED: Final = (  # what a property is called, where its schema says only "string"
    (re.compile(r"e.?mail"), "ostiary-{nonce}@example.com"),
    (re.compile(r"passw|passphrase"), "Ostiary-Passw0rd!"),  # ostiary: allow-secret as above
    (re.compile(r"phone|mobile"), "+15555550100"),
    (re.compile(r"url$|uri$|link$|website"), "https://example.com/"),
    (re.compile(r"date$|_at$"), "2026-01-15"),
    (re.compile(r"uuid"), "3f2b8c1e-5d4a-4b6f-9a7e-0c1d2e3f4a5b"),
    (re.compile(r"zip|postal"), "12345"),
    (re.compile(r"country"), "DE"),
    (re.compile(r"currency"), "EUR"),
    (re.compile(r"lang|locale"), "en"),
)
MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Taste:
    """How values are chosen when the schema leaves a choice.

    ``nonce`` makes unconstrained texts differ between runs, so that what was created yesterday does not conflict.
    """

    nonce: str = "x"
    examples: bool = True
    optional: bool = False  # also properties that are not required


def value_of(schema: Any, root: Mapping[str, Any], taste: Taste, name: str = "") -> Any:
    """A value for a JSON Schema 2020-12 fragment; references are resolved in `root`."""
    return _value(schema, root, taste, name, 0)


def resolved(schema: Any, root: Mapping[str, Any]) -> Any:
    """A schema without a reference at its top; an unresolvable one becomes an empty schema."""
    for _ in range(_REFS):
        if not isinstance(schema, Mapping) or not isinstance(schema.get("$ref"), str):
            return schema
        schema = at(root, schema["$ref"].removeprefix("#"))
    return {}


def at(document: Any, pointer: str) -> Any:
    """What stands at a JSON pointer (RFC 6901), or an empty mapping."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping) and key in document:
            document = document[key]
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            return {}
    return document


def _value(schema: Any, root: Mapping[str, Any], taste: Taste, name: str, depth: int) -> Any:
    schema = resolved(schema, root)
    if not isinstance(schema, Mapping):
        return f"ostiary-{taste.nonce}"
    given = _given(schema, taste)
    if given is not MISSING:
        return given
    schema = _merged(schema, root, depth)
    given = _given(schema, taste)
    if given is not MISSING:
        return given
    kind = _kind(schema)
    if kind == "object":
        return _object(schema, root, taste, depth)
    if kind == "array":
        return _array(schema, root, taste, name, depth)
    if kind in {"integer", "number"}:
        return _number(schema, whole=kind == "integer")
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    return _text(schema, taste, name)


def merged(schema: Any, root: Mapping[str, Any]) -> Any:
    """A schema with its allOf, and the first usable of its anyOf or oneOf, folded in."""
    return _merged(schema, root, 0) if isinstance(schema, Mapping) else schema


def _given(schema: Mapping[str, Any], taste: Taste) -> Any:
    if "const" in schema:
        return schema["const"]
    if taste.examples:
        if "example" in schema:
            return schema["example"]
        if isinstance(schema.get("examples"), list) and schema["examples"]:
            return schema["examples"][0]
        if schema.get("default") is not None:
            return schema["default"]
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return next((each for each in choices if each is not None), None)
    return MISSING


def _merged(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
    """The schema with its allOf, and the first usable of its anyOf or oneOf, folded in."""
    if depth > _DEEPEST:
        return schema
    parts = [*_list(schema.get("allOf"))]
    for word in ("oneOf", "anyOf"):
        branches = [resolved(each, root) for each in _list(schema.get(word))]
        usable = [each for each in branches if isinstance(each, Mapping) and each.get("type") != "null"]
        parts += usable[:1]
    if not parts:
        return schema
    made: dict[str, Any] = {key: value for key, value in schema.items() if key not in {"allOf", "oneOf", "anyOf"}}
    for part in parts:
        found = resolved(part, root)
        if not isinstance(found, Mapping):
            continue
        found = _merged(found, root, depth + 1)
        for key, value in found.items():
            if key == "properties" and isinstance(value, Mapping):
                made[key] = {**value, **made.get(key, {})}
            elif key == "required" and isinstance(value, list):
                made[key] = [*made.get(key, []), *value]
            else:
                made.setdefault(key, value)
    return made


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    if any(word in schema for word in ("minimum", "maximum", "multipleOf")):
        return "number"
    return "string"


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], taste: Taste, depth: int) -> dict[str, Any]:
    properties = schema.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    required = [each for each in _list(schema.get("required")) if isinstance(each, str)]
    # A document that names no required property usually forgot to: then what it has is what a client sends.
    wanted = dict.fromkeys(required if required and not taste.optional else [*required, *properties])
    made = {}
    for key in list(wanted)[:_MOST_PROPERTIES]:
        part = properties.get(key, True)
        inner = resolved(part, root)
        if isinstance(inner, Mapping) and inner.get("readOnly") is True:
            continue
        if depth >= _DEEPEST and key not in required:
            continue
        if depth >= 2 * _DEEPEST:
            continue
        made[key] = _value(part, root, taste, key, depth + 1)
    return made


def _array(schema: Mapping[str, Any], root: Mapping[str, Any], taste: Taste, name: str, depth: int) -> list[Any]:
    least = _whole(schema.get("minItems"), 0)
    most = _whole(schema.get("maxItems"), _MOST_ITEMS)
    if depth >= _DEEPEST and not least:
        return []
    prefix = _list(schema.get("prefixItems"))
    made = [_value(each, root, taste, name, depth + 1) for each in prefix[:_MOST_ITEMS]]
    items = schema.get("items", True)
    while len(made) < min(max(least, 1), most, _MOST_ITEMS):
        nonce = taste.nonce if not made else f"{taste.nonce}{len(made)}"
        varied = Taste(nonce=nonce, examples=taste.examples and not made, optional=taste.optional)
        made.append(_value(items, root, varied, name.removesuffix("s"), depth + 1))
    return made


def _number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    low, high = -math.inf, math.inf
    for word, step in (("minimum", 0), ("exclusiveMinimum", 1)):
        if isinstance(schema.get(word), (int, float)) and not isinstance(schema[word], bool):
            low = max(low, schema[word] + (step if whole else step * 1e-3))
    for word, step in (("maximum", 0), ("exclusiveMaximum", 1)):
        if isinstance(schema.get(word), (int, float)) and not isinstance(schema[word], bool):
            high = min(high, schema[word] - (step if whole else step * 1e-3))
    multiple = schema.get("multipleOf")
    value = min(max(1, low), high)
    if isinstance(multiple, (int, float)) and multiple > 0:
        value = math.ceil(value / multiple) * multiple
    return math.ceil(value) if whole else value


def _text(schema: Mapping[str, Any], taste: Taste, name: str) -> str:
    least = _whole(schema.get("minLength"), 0)
    most = _whole(schema.get("maxLength"), _LONGEST_TEXT)
    pattern = schema.get("pattern")
    form = schema.get("format")
    if isinstance(pattern, str):
        made = text_for(pattern, shortest=least, longest=most)
        if made is not None:
            return made
    if form == "email":
        made = f"ostiary-{taste.nonce}@example.com"
    elif isinstance(form, str) and form in _FORMATS:
        made = _FORMATS[form]
    else:
        low = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
        made = next((text for word, text in _NAMED if word.search(low)), "ostiary-{nonce}")
        made = made.format(nonce=taste.nonce)
    if len(made) < least:
        made += "a" * (min(least, _LONGEST_TEXT) - len(made))
    if len(made) > most:  # the end holds what differs
        made = made[-most:] if most else ""
    return made


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default
