"""What each keyword of a schema becomes in JSON Schema 2020-12; a value that cannot be is refused at its place."""
# ruff: noqa: ARG001 - rules share one signature, and most need only part of it

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ostiary.parts.openapi.shelf import At, kind_of, wrong

if TYPE_CHECKING:
    from ostiary.parts.openapi.translate import Translator

_TYPES: Final = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})


class Spot(NamedTuple):
    """One schema being translated: by whom, into what, where it stands, how deep."""

    translator: Translator
    out: dict[str, Any]
    at: At
    depth: int

    def part(self, value: Any, at: At) -> Any:
        """Translate a schema inside this one."""
        return self.translator.part(value, at, self.depth + 1)


# One rule per keyword: it checks the value and writes its translation. Keywords without a rule say nothing that is
# validated (titles, x-*), or stand elsewhere ($defs are translated when something refers to them).


def _one(spot: Spot, key: str, value: Any) -> None:
    spot.out[key] = spot.part(value, spot.at / key)


def _several(spot: Spot, key: str, value: Any) -> None:
    if not isinstance(value, list):
        wrong(spot.at / key, f"cannot be {kind_of(value)}", "write a list of schemas")
    if value:
        parts = [spot.part(each, spot.at / key / n) for n, each in enumerate(value)]
        spot.out[key] = spot.out[key] + parts if key in spot.out else parts
    else:
        spot.translator.notes[f"{spot.at / key} is an empty list and was passed over"] = None


def _named(spot: Spot, key: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        wrong(spot.at / key, f"cannot be {kind_of(value)}", "write a mapping of names to schemas")
    here = spot.at / key
    spot.out[key] = {str(name): spot.part(each, here / name) for name, each in value.items()}
    if key == "patternProperties":
        for pattern in spot.out[key]:
            spot.translator.root.places.setdefault(pattern, str(here / pattern))


def _items(spot: Spot, key: str, value: Any) -> None:
    if isinstance(value, list):  # drafts before 2020-12: one schema per position
        _several(spot, "prefixItems", value)
    else:
        spot.out["items"] = spot.part(value, spot.at / key)


def _rest(spot: Spot, key: str, value: Any) -> None:
    spot.out.setdefault("items", spot.part(value, spot.at / key))


def _count(spot: Spot, key: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or value != int(value):
        wrong(spot.at / key, f"must be a whole number from 0, not {_shown(value)}")
    spot.out[key] = int(value)


def _number(spot: Spot, key: str, value: Any) -> None:
    if isinstance(value, bool) and key.startswith("exclusive") and not spot.translator.modern:
        return  # `_old_bounds` reads it
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        wrong(spot.at / key, f"must be a number, not {_shown(value)}")
    if key == "multipleOf" and value <= 0:
        wrong(spot.at / key, "must be greater than 0")
    spot.out[key] = value


def _type(spot: Spot, key: str, value: Any) -> None:
    names = value if isinstance(value, list) else [value]
    if names == ["file"] and not spot.translator.modern:
        spot.out["x-format"] = "binary"  # Swagger 2.0: a part of a form, any bytes
        return
    for name in names:
        if not isinstance(name, str) or name not in _TYPES:
            wrong(spot.at / key, f"{_shown(name)} is not a type", f"it is one of {', '.join(sorted(_TYPES))}")
    if names:
        spot.out[key] = names[0] if len(names) == 1 else list(dict.fromkeys(names))


def _enum(spot: Spot, key: str, value: Any) -> None:
    if not isinstance(value, list):
        wrong(spot.at / key, f"cannot be {kind_of(value)}", "write a list of the values allowed")
    if value:
        spot.out[key] = value
    else:
        spot.translator.notes[f"{spot.at / key} is an empty list and was passed over"] = None


def _required(spot: Spot, key: str, value: Any) -> None:
    if isinstance(value, bool):  # draft 3, still common; the list of the object above is what counts
        spot.translator.notes[
            f"{spot.at / key} is a boolean: in a schema it is a list of property names, so it was passed over"
        ] = None
        return
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        wrong(spot.at / key, "must be a list of property names")
    spot.out[key] = list(dict.fromkeys(value))


def _pattern(spot: Spot, key: str, value: Any) -> None:
    if not isinstance(value, str):
        wrong(spot.at / key, f"must be text, not {_shown(value)}")
    spot.out[key] = value
    spot.translator.root.places.setdefault(value, str(spot.at / key))


def _flag(spot: Spot, key: str, value: Any) -> None:
    if not isinstance(value, bool):
        wrong(spot.at / key, f"must be true or false, not {_shown(value)}")
    if value:
        spot.out[key] = value


def _text(spot: Spot, key: str, value: Any) -> None:
    if not isinstance(value, str):
        wrong(spot.at / key, f"must be text, not {_shown(value)}")
    spot.out[key] = value


def _bytes(spot: Spot, key: str, value: Any) -> None:
    spot.out["x-format"] = "binary"  # 3.1 says it so; what the bytes hold is not this schema's business


def _kept(spot: Spot, key: str, value: Any) -> None:
    spot.out[key] = value


def _example(spot: Spot, key: str, value: Any) -> None:
    examples = value if key == "examples" and isinstance(value, list) else [value]
    if key == "examples" and isinstance(value, Mapping):
        examples = list(value.values())
    spot.out["examples"] = spot.out.get("examples", []) + list(examples)


def _reference(spot: Spot, key: str, value: Any) -> None:
    spot.out["$ref"] = spot.translator.refer(value, spot.at)


def _dependent(spot: Spot, key: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        wrong(spot.at / key, f"cannot be {kind_of(value)}", "write a mapping of property names")
    for name, each in value.items():
        if isinstance(each, list) and all(isinstance(one, str) for one in each):
            spot.out.setdefault("dependentRequired", {})[str(name)] = each
        else:
            spot.out.setdefault("dependentSchemas", {})[str(name)] = spot.part(each, spot.at / key / name)


def _shown(value: object) -> str:
    return repr(value)[:40] if isinstance(value, (str, int, float)) else kind_of(value)


RULES: Final[Mapping[str, Callable[[Spot, str, Any], None]]] = {
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
