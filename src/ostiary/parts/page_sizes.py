"""A page size is one number, however its text is spelt, and its parameter is known by name, kind and the reply."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ostiary.model import Operation, Parameter, Place, Schema
from ostiary.parts.layers import Layer, all_layers
from ostiary.parts.shapes import shape_of
from ostiary.parts.texts import query_pairs

_SURE: Final = frozenset({
    "limit", "perpage", "pagesize", "pagelimit", "maxresults", "resultsperpage", "itemsperpage", "rowsperpage", "maxitems",
    "pagelength", "maxpagesize", "recordsperpage", "maxkeys", "maxrecords", "maxcount", "entriesperpage",
})  # fmt: skip
_MAYBE: Final = frozenset({  # a page size where a list comes back
    "size", "count", "first", "last", "top", "take", "num", "n", "rows", "results", "length", "fetch",
})  # fmt: skip
_NO_MAXIMUM: Final = 1_000_000  # a declared maximum from here on bounds a number, not a page
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,400}")
_ODD_INTEGER: Final = re.compile(r"[+-]?(?:0x[0-9a-f]{1,100}|0o[0-7]{1,100}|0b[01]{1,400})", re.IGNORECASE)


class PageSize(NamedTuple):
    """A parameter that says how many items to return: its name in a query, whether only whole numbers are valid, its bounds."""

    name: str
    whole: bool = False
    minimum: int = 0  # a negative one is declared by some for "all"
    maximum: int | None = None


def page_sizes(operation: Operation) -> list[PageSize]:
    """The page-size parameters of an operation that returns a collection."""
    if operation.method not in {"GET", "QUERY"}:
        return []
    lists = _returns_list(operation)
    return [found for each in operation.parameters if each.place is Place.QUERY for found in _of(each, lists=lists)]


def _of(parameter: Parameter, *, lists: bool) -> Iterator[PageSize]:
    schema = parameter.schema
    if schema is None:
        if _is_name(parameter.name, lists=lists):
            yield PageSize(parameter.name)
        return
    definitions = schema.root.get("$defs", {})
    layers = all_layers([schema.fragment], definitions)
    members = {name: each for layer in layers for name, each in layer.get("properties", {}).items()}
    if members:
        for name, each in members.items():
            if parameter.style == "deepObject":
                outer = "page" if parameter.name == "page" else ""
                if _is_name(outer + name, lists=lists):
                    yield _sized(f"{parameter.name}[{name}]", Schema(fragment=each, root=schema.root))
            elif _is_name(name, lists=lists):
                yield _sized(name, Schema(fragment=each, root=schema.root))
    elif _is_name(parameter.name, lists=lists):
        found = _sized(parameter.name, schema)
        if not _is_enum(layers) and not shape_of(schema).takes("boolean"):
            yield found


def _sized(name: str, schema: Schema) -> PageSize:
    layers = all_layers([schema.fragment], schema.root.get("$defs", {}))
    kinds = shape_of(schema).kinds
    bounds = [each["maximum"] for each in layers if "maximum" in each]
    bounds += [math.ceil(each["exclusiveMaximum"]) - 1 for each in layers if "exclusiveMaximum" in each]
    most = int(min(bounds)) if bounds else _NO_MAXIMUM
    lowest = [each["minimum"] for each in layers if each.get("minimum", -_NO_MAXIMUM) > -_NO_MAXIMUM]
    whole = "integer" in kinds and kinds.isdisjoint({"string", "number"})
    return PageSize(name, whole, min(0, *map(int, lowest)) if lowest else 0, most if most < _NO_MAXIMUM else None)


def _is_name(name: str, *, lists: bool) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return plain in _SURE or (lists and plain in _MAYBE)


def _is_enum(layers: list[Layer]) -> bool:
    return any("enum" in each or "const" in each for each in layers)


def _returns_list(operation: Operation) -> bool:
    """Whether a successful reply is a list, or an object with one."""
    for status, content in operation.replies.items():
        if not status.startswith("2") and status != "default":
            continue
        for media in content.values():
            if media.schema is not None and _is_list(media.schema):
                return True
    return False


def _is_list(schema: Schema) -> bool:
    definitions = schema.root.get("$defs", {})
    layers = all_layers([schema.fragment], definitions)
    if _array(layers):
        return True
    inner = [each for layer in layers for each in layer.get("properties", {}).values()]
    return any(_array(all_layers([each], definitions)) for each in inner)


def _array(layers: list[Layer]) -> bool:
    return any("items" in each or each.get("type") == "array" for each in layers)


def number_of(text: str, *, whole: bool) -> float | None:
    """The number that a text may be read as by some language; None for none. With `whole`, plain digits only."""
    if _INTEGER.fullmatch(text):
        return _bounded(int(text))
    if whole:
        return None
    # Python takes digits of every script and underscores, JavaScript hex and exponents
    plain = unicodedata.normalize("NFKC", text).strip().replace("_", "").replace(",", "")
    if _ODD_INTEGER.fullmatch(plain):
        return _bounded(int(plain, 0))
    try:
        value = float(plain)
    except ValueError:
        return None
    return None if math.isnan(value) else value


def _bounded(value: int) -> float:
    return value if abs(value) < 2**53 else math.copysign(math.inf, value)


def replaced(query: bytes, changes: Mapping[str, int]) -> bytes:
    """The query with the values of these names set to numbers; everything else stays as it was, byte by byte."""
    pieces = []
    for piece in query.split(b"&"):
        name = query_pairs(piece)[0][0] if piece else ""
        pieces.append(piece.partition(b"=")[0] + b"=%d" % changes[name] if piece and name in changes else piece)
    return b"&".join(pieces)


def items_in(document: Any) -> int:
    """How many items a reply holds: those of the list, or of the largest list that is a member of the object."""
    if isinstance(document, list):
        return len(document)
    if isinstance(document, dict):
        return max((len(each) for each in document.values() if isinstance(each, list)), default=0)
    return 0
