"""All parameters of an operation are asked at once: path, query, header fields and cookies, each by its compiled slot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from ostiary.model import Exchange, Operation, Parameter, Place
from ostiary.parts.schema import AS_WRITTEN, Fault, Reading
from ostiary.parts.shapes import ALL, split_name, tree_of
from ostiary.parts.slots import UNREADABLE, Slot, slot_of

_TWICE: Final = "given more than once"
_NO_COLLECTION: Final = "is no collection"  # qs, PHP and Rails read name[$ne]=x as an object under the declared name
_Paths = list[tuple[tuple[str, ...], str]]


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
        self._scalars = frozenset(
            name for name, slot in self._slots.items() if slot.ok is not None and slot.shape and slot.shape.kinds != ALL
        )
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
                elif self._known is not None or ("[" in name and name.partition("[")[0] in self._scalars):
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
        slots = self._slots
        for piece in query.split(b"&") if query else ():
            raw_name, _, raw = piece.partition(b"=")
            name = _text(raw_name)
            slot = slots.get(name)
            if slot is None:
                if (known := name.partition("[")[0]) in self._scalars:
                    faults.append((slots[known].at, _NO_COLLECTION))
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
        return [(slot.at, UNREADABLE)]


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
