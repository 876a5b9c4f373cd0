"""Parameters are read as their style and explode say, and checked against their schemas; each compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from ostiary.model import Exchange, Operation, Parameter, Place
from ostiary.parts import schema as schemas
from ostiary.parts.schema import AS_WRITTEN, Fault, Reading, Validator
from ostiary.parts.shapes import ALL, Shape, coerced, shape_of, split_name, tree_of
from ostiary.strict import DecodeError, loads

_DELIMITERS: Final = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
_SCALARS: Final = frozenset({"string"})
_INTEGER: Final = frozenset({"integer"})
_FEW_DIGITS: Final = 19  # then a number is read without a pattern: most are
_UNREADABLE: Final = "cannot be read"
_TWICE: Final = "given more than once"
_Paths = list[tuple[tuple[str, ...], str]]


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
            return [(self.at, _UNREADABLE)]

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
        raise ValueError(_UNREADABLE) from error


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
        raise ValueError(_UNREADABLE)
    return list(zip(found[::2], found[1::2], strict=True))


def _text(raw: bytes) -> str:
    if b"+" in raw:
        raw = raw.replace(b"+", b" ")
    return (unquote_to_bytes(raw) if b"%" in raw else raw).decode("utf-8")


def _split(raw: bytes, delimiter: str) -> list[str]:
    """Items of one query value: an encoded comma belongs to an item, unless the sender encodes every comma."""
    if delimiter == "," and b"," in raw:
        return [_text(piece) for piece in raw.split(b",")]
    return _text(raw).split(delimiter)


class Query:
    """The declared query of an operation: plain names, lists, objects spread over names, deep objects."""

    def __init__(self, parameters: Iterable[Parameter], reading: Reading, *, known: frozenset[str] | None) -> None:
        """Compile.

        :param known: when given, names outside it and the declared ones are faults.
        """
        self._slots: dict[str, Slot] = {}
        self._spread: dict[str, Slot] = {}  # property name -> the object that is spread over names
        self._deep: dict[str, Slot] = {}
        self._whole: Slot | None = None
        self._known = known
        for parameter in parameters:
            self._add(parameter, slot_of(parameter, reading))
        self._required = tuple(slot for slot in self._slots.values() if slot.required)
        self._flat = not (self._spread or self._deep or self._whole)
        self._oks = {slot.name: slot.ok for slot in self._slots.values()}
        self._required_names = frozenset(slot.name for slot in self._required)
        self.silent = known is None and self._flat and not self._slots

    def _add(self, parameter: Parameter, slot: Slot) -> None:
        shape = slot.shape
        if parameter.style == "querystring":
            self._whole = slot
        elif parameter.style == "deepObject" and shape is not None:
            self._deep[parameter.name] = slot
        elif shape is not None and parameter.explode and shape.takes("object") and not shape.takes("array"):
            self._spread |= dict.fromkeys(shape.names, slot)
            if shape.free:
                self._known = None  # the object takes any name, so none is unknown
        else:
            self._slots[parameter.name] = slot

    def fine(self, query: bytes) -> bool:
        """The fast question: True when nothing is wrong; False means to ask `faults`."""
        if not self._flat:
            return False
        seen = set()
        oks = self._oks
        try:
            for piece in query.decode().split("&") if query else ():
                name, _, text = piece.partition("=")
                if "%" in piece or "+" in piece:
                    name, text = _text(name.encode()), _text(text.encode())
                if name in oks:
                    ok = oks[name]
                    if ok is None or name in seen or not ok(text):
                        return False
                    seen.add(name)
                elif self._known is not None:
                    return False
        except UnicodeDecodeError:
            return False
        return self._required_names <= seen

    def faults(self, query: bytes) -> list[Fault]:
        """What is wrong with a query; values of names that are not declared are not looked at."""
        faults: list[Fault] = []
        try:
            given, others = self._sorted(query, faults)
        except UnicodeDecodeError:
            return [("/query", "is not UTF-8")]
        slots = self._slots
        for name, texts in given.items():
            slot = slots[name]
            if slot.ok is None or len(texts) != 1 or not slot.ok(texts[0]):
                faults += slot.faults(texts)
        faults += [(slot.at, "required") for slot in self._required if slot.name not in given]
        return faults + self._rest(others) if others or not self._flat else faults

    def _sorted(self, query: bytes, faults: list[Fault]) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
        """Texts by declared name, and the other pairs."""
        given: dict[str, list[str]] = {}
        others: list[tuple[str, str]] = []
        for piece in query.split(b"&") if query else ():
            raw_name, _, raw = piece.partition(b"=")
            name = _text(raw_name)
            slot = self._slots.get(name)
            if slot is None:
                others.append((name, "" if self._flat else _text(raw)))
            elif name not in given:
                given[name] = _split(raw, slot.delimiter) if slot.delimiter else [_text(raw)]
            elif slot.many:
                given[name].append(_text(raw))
            else:
                faults.append((slot.at, _TWICE))
        return given, others

    def _rest(self, others: list[tuple[str, str]]) -> list[Fault]:
        faults: list[Fault] = []
        trees: dict[Slot, _Paths] = {slot: [] for slot in (*self._deep.values(), *self._spread.values())}
        for name, text in others:
            if not name:
                continue
            path = split_name(name)
            if path[0] in self._deep:
                trees[self._deep[path[0]]].append((path[1:] or ("",), text))
            elif name in self._spread:
                trees[self._spread[name]].append(((name,), text))
            elif self._known is not None and self._whole is None and name not in self._known:
                faults.append(("/query", "a parameter that is not declared"))
        if self._whole is not None:
            trees[self._whole] = [(split_name(name), text) for name, text in others if name]
        for slot, paths in trees.items():
            faults += _tree_faults(slot, paths)
        return faults


def _tree_faults(slot: Slot, paths: _Paths) -> list[Fault]:
    if not paths:
        return [(slot.at, "required")] if slot.required else []
    if slot.shape is None:
        return []
    try:
        return slot.judge(slot.shape.nested(tree_of(paths)))
    except ValueError:
        return [(slot.at, _UNREADABLE)]


class Fields:
    """The declared header fields and cookies of an operation."""

    def __init__(self, parameters: Iterable[Parameter], reading: Reading) -> None:
        self._headers: dict[bytes, Slot] = {}
        self._cookies: dict[str, Slot] = {}
        for parameter in parameters:
            slot = slot_of(parameter, reading)
            if parameter.place is Place.HEADER:
                self._headers[parameter.name.lower().encode()] = slot
            else:
                self._cookies[parameter.name] = slot
        self.silent = not self._headers and not self._cookies

    def faults(self, headers: list[tuple[bytes, bytes]]) -> list[Fault]:
        """What is wrong with the fields; a cookie that comes twice (two paths set it) has to be right twice."""
        given: dict[bytes, list[str]] = {}
        cookies: list[tuple[str, str]] = []
        for name, value in headers:
            if name in self._headers:
                given.setdefault(name, []).append(_field(value))
            elif name == b"cookie" and self._cookies:
                cookies += _pairs_of(_field(value))
        faults = self._cookie_faults(cookies) if self._cookies else []
        for name, slot in self._headers.items():
            texts = given.get(name)
            if texts is None:
                faults += [(slot.at, "required")] if slot.required else []
            elif len(texts) > 1 and slot.ok is not None:
                faults.append((slot.at, _TWICE))
            else:
                faults += slot.faults(texts)
        return faults

    def _cookie_faults(self, cookies: list[tuple[str, str]]) -> list[Fault]:
        names = {name for name, _ in cookies}
        faults = [(slot.at, "required") for slot in self._cookies.values() if slot.required and slot.name not in names]
        for name, text in cookies:
            slot = self._cookies.get(name)
            if slot is not None:
                faults += slot.faults([text])
        return faults


def _pairs_of(value: str) -> list[tuple[str, str]]:
    """The cookies of a field (RFC 6265 section 4.2.1), quotes taken off."""
    pieces = (piece.strip().partition("=") for piece in value.split(";"))
    return [(name, text.removeprefix('"').removesuffix('"')) for name, equals, text in pieces if equals]


def _field(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def checker(
    operation: Operation, reading: Reading = AS_WRITTEN, *, known: frozenset[str] | None = None
) -> Callable[[Exchange], list[Fault]] | None:
    """What asks all parameters of an operation at once; None when there is nothing to ask.

    :param known: when given, query names outside it and the declared ones are faults.
    :raises ConfigError: when a schema cannot be compiled.
    """
    places: dict[Place, list[Parameter]] = {place: [] for place in Place}
    for parameter in operation.parameters:
        places[parameter.place].append(parameter)
    path = tuple(
        (n, slot) for n, slot in enumerate(slot_of(each, reading) for each in places[Place.PATH])
        if slot.validator is not None
    )  # fmt: skip
    query = Query(places[Place.QUERY], reading, known=known)
    fields = Fields([*places[Place.HEADER], *places[Place.COOKIE]], reading)
    if not path and query.silent and fields.silent:
        return None

    def check(exchange: Exchange) -> list[Fault]:
        faults: list[Fault] = []
        if path:
            values = exchange.path_values
            for n, slot in path:
                if slot.ok is None or not slot.ok(values[n]):
                    faults += slot.faults([values[n]])
        raw = exchange.query
        if raw and b"%00" in raw:
            faults.append(("/query", "holds a NUL"))
        if not query.silent and not query.fine(raw):
            faults += query.faults(raw)
        if not fields.silent:
            faults += fields.faults(exchange.headers)
        return faults

    return check
