"""One parameter, compiled: how its text becomes a value by style and explode, and what is wrong with the value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ostiary.model import Parameter, Place
from ostiary.parts import schema as schemas
from ostiary.parts.schema import AS_WRITTEN, Fault, Reading, Validator
from ostiary.parts.shapes import ALL, Shape, coerced, shape_of
from ostiary.strict import DecodeError, loads

UNREADABLE: Final = "cannot be read"
_DELIMITERS: Final = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
_SCALARS: Final = frozenset({"string"})
_INTEGER: Final = frozenset({"integer"})
_FEW_DIGITS: Final = 19  # then a number is read without a pattern: most are


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slot:
    """One parameter, compiled; `at` starts the pointers of its faults.

    ``ok`` is the fast question for one text (None: ask `faults`), ``value`` turns texts into a value, ``many`` says
    that it may come more than once, ``delimiter`` what separates items within one text of a query.
    """

    name: str
    at: str
    required: bool
    many: bool = False
    delimiter: str = ""
    allow_empty: bool = False
    ok: Callable[[str], bool] | None = None
    value: Callable[[list[str]], Any]
    shape: Shape | None = None
    validator: Validator | None = None

    def faults(self, texts: list[str]) -> list[Fault]:
        """What is wrong with these texts; empty when nothing is."""
        if self.validator is None or (self.allow_empty and texts == [""]):
            return []
        if self.ok is not None and len(texts) == 1 and self.ok(texts[0]):
            return []
        try:
            return self.judge(self.value(texts))
        except ValueError:
            return [(self.at, UNREADABLE)]

    def judge(self, value: Any) -> list[Fault]:
        """What is wrong with a value; ValueError when it is not JSON data."""
        if self.validator is None or self.validator.is_valid(value):
            return []
        return [(self.at + pointer, rule) for pointer, rule in self.validator.faults(value)]


def slot_of(parameter: Parameter, reading: Reading = AS_WRITTEN) -> Slot:
    """Compile a parameter; one that several operations share is compiled once.

    :raises ConfigError: when its schema cannot be compiled.
    """
    memo: dict[Any, Any] = getattr(parameter.schema.root, "memo", {}) if parameter.schema is not None else {}
    key = ("slot", id(parameter), reading)
    if key not in memo:
        memo[key] = (_slot(parameter, reading), parameter)  # the parameter is kept, so that its id stays its own
    return memo[key][0]  # type: ignore[no-any-return]  # a Slot


def _slot(parameter: Parameter, reading: Reading) -> Slot:
    name, schema = parameter.name, parameter.schema
    at = f"/{parameter.place}/{name.replace('~', '~0').replace('/', '~1')}"
    if schema is None:
        return Slot(name=name, at=at, required=parameter.required, value=_first)
    validator = schemas.compile(schema, reading)
    shape = shape_of(schema)
    if parameter.media_type and parameter.style != "querystring":
        value = _json if "json" in parameter.media_type else _first
        return Slot(name=name, at=at, required=parameter.required, value=value, validator=validator)
    composed = shape.takes("array") or shape.takes("object")
    return Slot(
        name=name,
        at=at,
        required=parameter.required,
        many=parameter.explode and shape.takes("array"),
        delimiter=_DELIMITERS.get(parameter.style, ",") if composed and not parameter.explode else "",
        allow_empty=parameter.allow_empty,
        ok=None if composed else _scalar(shape, validator),
        value=_reader(parameter, shape),
        shape=shape,
        validator=validator,
    )


def _scalar(shape: Shape, validator: Validator) -> Callable[[str], bool]:
    """The fast question for one text; where a text may stand for two things, either will do."""
    is_valid = validator.is_valid
    kinds = shape.kinds
    if kinds in {ALL, _SCALARS}:
        return is_valid
    if kinds == _INTEGER:
        return lambda text: is_valid(
            int(text) if len(text) < _FEW_DIGITS and text.isascii() and text.isdecimal() else coerced(text, kinds)
        )

    def ok(text: str) -> bool:
        value = coerced(text, kinds)
        return is_valid(value) or (value is not text and "string" in kinds and is_valid(text))

    return ok


def _first(texts: list[str]) -> Any:
    return texts[0]


def _json(texts: list[str]) -> Any:
    try:
        return loads(texts[0].encode())
    except (DecodeError, RecursionError) as error:
        raise ValueError(UNREADABLE) from error


def _reader(parameter: Parameter, shape: Shape) -> Callable[[list[str]], Any]:
    """How the texts of a parameter become its value (OpenAPI 3.1, Style Values). A query comes split already."""
    array, named = shape.takes("array"), shape.takes("object") and not shape.takes("array")
    if not array and not named:
        return shape.texts
    split = None if parameter.place is Place.QUERY else _splitter(parameter)

    def read(texts: list[str]) -> Any:
        found = texts if split is None else [piece for text in texts for piece in split(text)]
        if named:
            pairs = [piece.partition("=")[::2] for piece in found] if parameter.explode else _pairs(found)
            return {key: shape.property(key).scalar(text) for key, text in pairs}
        if found == [""] and not shape.items.takes("string"):
            return []
        return [shape.items.scalar(text) for text in found]

    return read


def _splitter(parameter: Parameter) -> Callable[[str], list[str]]:
    explode, style, name = parameter.explode, parameter.style, f"{parameter.name}="

    def split(text: str) -> list[str]:
        if style == "label":
            return text.removeprefix(".").split("." if explode else ",")
        if style == "matrix":
            text = text.removeprefix(";")
            return [piece.removeprefix(name) for piece in text.split(";" if explode else ",")]
        return [piece.strip() for piece in text.split(",")]

    return split


def _pairs(found: list[str]) -> list[tuple[str, str]]:
    if len(found) % 2:
        raise ValueError(UNREADABLE)
    return list(zip(found[::2], found[1::2], strict=True))
