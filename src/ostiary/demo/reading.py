"""What the shop makes of bytes and values: strictly when it is sound, any way it can when it is careless."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET  # careless is the point; the sound shop refuses a DOCTYPE first

from ostiary.parts.yaml_text import YamlFault, load_bounded

MOST_DEPTH = 16
MOST_NODES = 500
_LONGEST_TRIED = 25  # characters given to a pattern that backtracks: seconds of work, not years


class Refused(Exception):  # noqa: N818 - an answer
    """The shop says no: status, a sentence, and what headers the status asks for."""

    def __init__(self, status: int, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = [(name.replace("_", "-"), value) for name, value in headers.items()]


def json_strictly(body: bytes) -> Any:
    """RFC 8259 with distinct keys, in UTF-8, and nothing beside it."""
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not valid JSON") from None
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "duplicate key"
        raise ValueError(msg)
    return found


def _no_constant(_: str) -> Any:
    msg = "not a JSON number"
    raise ValueError(msg)


def json_somehow(body: bytes) -> Any:
    """JSON in any UTF, the first value of several, or else a form."""
    try:
        text = body.decode(json.detect_encoding(body)).lstrip("\ufeff")
        return json.JSONDecoder().raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        pass
    text = body.decode("utf-8", "replace")
    if "=" not in text:
        raise Refused(400, "the body is not valid JSON")
    return {name: _number(value) for name, value in parse_qsl(text)}


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def bounded(value: Any, depth: int = 0) -> int:
    """Count the values of a document; refuses what is too deep or too many."""
    if depth > MOST_DEPTH:
        raise Refused(400, "the document is nested too deeply")
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    count = 1 + sum(bounded(each, depth + 1) for each in inside)
    if count > MOST_NODES:
        raise Refused(413, "the document holds too many values")
    return count


def items_of_xml(body: bytes, *, entities: bool) -> list[Any]:
    """The goods in an XML document; expat expands internal entities unless a DOCTYPE is refused first."""
    if not entities and b"<!DOCTYPE" in body.replace(b"\0", b""):  # UTF-16 hides nothing
        raise Refused(400, "a DOCTYPE is not taken")
    try:
        root = ET.fromstring(body)  # noqa: S314 - as above
    except (ET.ParseError, ValueError, LookupError):
        raise Refused(400, "the body is not well-formed XML") from None
    return [_item(each) for each in (root.iter("item") if root.find(".//item") is not None else [root])]


def _item(element: ET.Element) -> dict[str, Any]:
    name = element.findtext("name")
    return {
        "name": "".join(element.itertext()) if name is None else name,
        "price": _number(element.findtext("price") or "0"),
    }


def items_of_yaml(body: bytes, *, aliases: bool) -> Any:
    """The goods in a YAML document; with `aliases` they multiply as far as memory goes."""
    limits = (1_000_000, 10_000_000, 100) if aliases else (4, MOST_NODES, MOST_DEPTH)
    try:
        return load_bounded(body, most_aliases=limits[0], most_nodes=limits[1], most_depth=limits[2])
    except YamlFault as fault:
        raise Refused(400, f"the body {fault.problem}") from None


def fault_of(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], at: str = "") -> str:
    """What is wrong with a value by the part of JSON Schema that the document uses; never repeats the value."""
    if "$ref" in schema:
        schema = root["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    where = at or "the body"
    if not _is_a(schema.get("type"), value):
        return f"{where} is not of type {schema.get('type')}"
    if isinstance(value, dict):
        return _fault_of_object(schema, value, root, at)
    if isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            return f"{where} has too many entries"
        faults = (fault_of(schema.get("items", {}), each, root, f"{at}/{n}") for n, each in enumerate(value))
        return next(filter(None, faults), "")
    if isinstance(value, str):
        return _fault_of_text(schema, value, where)
    if isinstance(value, (int, float)) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"{where} is out of range"
    return ""


def _is_a(kind: Any, value: Any) -> bool:
    kinds = {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, (int, float)) and not isinstance(value, bool),
    }
    return kinds.get(kind, True)


def _fault_of_object(schema: Mapping[str, Any], value: dict[str, Any], root: Mapping[str, Any], at: str) -> str:
    known = schema.get("properties", {})
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        return f"{at}/{missing[0]} is missing"
    if schema.get("additionalProperties") is False and not value.keys() <= known.keys():
        return f"{at or 'the body'} has a field that is not known"
    faults = (fault_of(known[name], each, root, f"{at}/{name}") for name, each in value.items() if name in known)
    return next(filter(None, faults), "")


def _fault_of_text(schema: Mapping[str, Any], value: str, where: str) -> str:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return f"{where} is too short or too long"
    if "\0" in value:
        return f"{where} holds a NUL"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is none of the known values"
    if "pattern" in schema:
        tried = value if len(value) <= _LONGEST_TRIED else value[: _LONGEST_TRIED - 1] + value[-1]
        if re.search(schema["pattern"], tried) is None:
            return f"{where} does not have the right form"
    looks = _FORMATS.get(schema.get("format", ""))
    return f"{where} is not of the format {schema['format']}" if looks is not None and not looks(value) else ""


def _is_uuid(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


_FORMATS: dict[str, Callable[[str], object]] = {
    "uuid": _is_uuid,
    "email": re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+").fullmatch,
    "uri": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+").fullmatch,
}
