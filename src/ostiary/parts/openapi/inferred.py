"""From values to the schema they have in common; what looks like a secret is described and never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ostiary.parts.field_words import SECRETS, has
from ostiary.parts.secret_shapes import is_jwt, without_shapes

_DEEPEST: Final = 12
_MOST_MEMBERS: Final = 200
_MOST_ITEMS: Final = 20
_LONGEST: Final = 2_000  # characters of an example
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ADDRESS: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_PASSWORDS: Final = frozenset({"password", "passwd", "passphrase", "pass", "pwd"})
_FORMS: Final = (("uuid", _UUID), ("date-time", _MOMENT), ("date", _DAY), ("email", _ADDRESS))


def looks_secret(text: str) -> bool:
    """Whether a text is a token, a key or another credential by its looks."""
    return is_jwt(text) or text[:7].lower() == "bearer " or without_shapes(text, keys=True) != text


def schema_of(values: Sequence[Any], *, examples: bool = True) -> dict[str, Any]:
    """A JSON Schema that all of these values have, with the first as example where none is a secret.

    Members count as required: whoever recorded the request sent them.
    """
    found: dict[str, Any] = {}
    for each in values[:_MOST_ITEMS]:
        one = _schema(each, "", examples, 0)
        found = merged(found, one) if found else one
    return found


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A schema for whatever either of two schemas takes, members that only one demands being optional."""
    if not one or not other:
        return dict(one or other)
    kinds = [each for schema in (one, other) for each in _kinds(schema)]
    if set(kinds) == {"integer", "number"}:
        kinds = ["number"]
    kinds = list(dict.fromkeys(kinds))
    made: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    for key in ("examples", "format", "items", "properties", "required"):
        ours, theirs = one.get(key), other.get(key)
        if key == "properties" and (ours is not None or theirs is not None):
            ours, theirs = ours or {}, theirs or {}
            made[key] = {n: merged(ours.get(n, {}), theirs.get(n, {})) for n in (*ours, *(set(theirs) - set(ours)))}
        elif key == "required" and ours is not None and theirs is not None:
            made[key] = [each for each in ours if each in theirs]
        elif key == "items" and (ours is not None or theirs is not None):
            made[key] = merged(ours or {}, theirs or {})
        elif key == "examples" and (ours or theirs):
            made[key] = ours or theirs
        elif key == "format" and ours == theirs and ours is not None:
            made[key] = ours
    return made


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def _schema(value: Any, name: str, examples: bool, depth: int) -> dict[str, Any]:  # noqa: FBT001 - private
    if depth > _DEEPEST:
        return {}
    if isinstance(value, Mapping):
        members = dict(list(value.items())[:_MOST_MEMBERS])
        properties = {str(key): _schema(each, str(key), examples, depth + 1) for key, each in members.items()}
        return {"type": "object", "properties": properties, "required": list(properties)}
    if isinstance(value, list):
        items: dict[str, Any] = {}
        for each in value[:_MOST_ITEMS]:
            items = merged(items, _schema(each, name, examples, depth + 1))
        return {"type": "array", "items": items}
    return _scalar(value, name, examples=examples)


def _scalar(value: Any, name: str, *, examples: bool) -> dict[str, Any]:
    if value is None:
        return {"type": "null"}
    made: dict[str, Any]
    if isinstance(value, bool):
        made = {"type": "boolean"}
    elif isinstance(value, (int, float)):
        made = {"type": "integer" if isinstance(value, int) else "number"}
    else:
        text = str(value)
        form = next((form for form, pattern in _FORMS if pattern.fullmatch(text)), "")
        made = {"type": "string", "format": form} if form else {"type": "string"}
        if looks_secret(text):
            return {"type": "string"}
    if has(name, SECRETS):
        return {**made, "format": "password"} if has(name, _PASSWORDS) and isinstance(value, str) else made
    if examples and value != "" and len(str(value)) <= _LONGEST:
        made["examples"] = [value]
    return made
