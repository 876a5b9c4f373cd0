"""What users write is read into frozen, closed structs; units live in the value; msgspec is imported here alone."""

from __future__ import annotations

import keyword
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self, TypeVar

import msgspec
from msgspec import Meta

__all__ = [
    "Body",
    "DecodeError",
    "Duration",
    "Meta",
    "Secret",
    "Size",
    "Strict",
    "ValidationError",
    "attribute",
    "convert",
    "dumps",
    "fields",
    "loads",
    "loads_with",
    "schemas_of",
]

ValidationError = msgspec.ValidationError
DecodeError = msgspec.DecodeError
_T = TypeVar("_T")


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Base of every settings struct: frozen, keyword-only, unknown keys refused; `max_age` is written `max-age`."""


class Body(Strict, frozen=True, rename=None):
    """Base of JSON bodies: as closed as settings, members written as the fields are (`new_password`)."""


_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES: Final = {
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "KiB": 1024,
    "MB": 1000**2,
    "MiB": 1024**2,
    "GB": 1000**3,
    "GiB": 1024**3,
}
_NUMBER_AND_UNIT: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([A-Za-z]{1,3})")


class Duration(float):
    """A span of time in seconds; written ``"250ms"``, ``"30s"``, ``"15m"``, ``"1h"``, ``"365d"``."""

    def __new__(cls, value: str | float) -> Self:
        """Read a number of seconds or a text with its unit; ValueError when it is neither."""
        if isinstance(value, str):
            match = _NUMBER_AND_UNIT.fullmatch(value)
            if match is None or match[2] not in _SECONDS:
                msg = 'expected a duration such as "250ms", "30s", "15m", "1h" or "365d"'
                raise ValueError(msg)
            value = float(match[1]) * _SECONDS[match[2]]
        return super().__new__(cls, value)


class Size(int):
    """A number of bytes; written ``"512B"``, ``"64KiB"``, ``"2MiB"``."""

    def __new__(cls, value: str | int) -> Self:
        """Read a number of bytes or a text with its unit; ValueError when it is neither."""
        if isinstance(value, str):
            match = _NUMBER_AND_UNIT.fullmatch(value)
            if match is None or match[2] not in _BYTES:
                msg = 'expected a size such as "512B", "64KiB" or "2MiB"'
                raise ValueError(msg)
            value = int(float(match[1]) * _BYTES[match[2]])
        return super().__new__(cls, value)


class Secret:
    """A secret that does not speak: its repr and str hide it; every `reveal` is an audit point."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(...)"

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    @classmethod
    def read(cls, place: object) -> Self:
        """Read a secret from ``{env = "NAME"}`` or ``{file = "path"}``; one line end at its end is not part of it.

        :raises ValueError: when it is given in any other way, is not there, or is empty.
        """
        if not isinstance(place, Mapping) or set(place) not in ({"env"}, {"file"}):
            msg = 'a secret is not written here: give { env = "NAME" } or { file = "path" }'
            raise ValueError(msg)
        where = str(next(iter(place.values())))
        if "env" in place:
            text = os.environ.get(where, "")
        else:
            try:
                text = Path(where).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                msg = f"the secret's file {where} cannot be read"
                raise ValueError(msg) from error
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            msg = f"the secret in {where} is empty or not there"
            raise ValueError(msg)
        return cls(text)


def _from_plain(kind: type[Any], value: object) -> object:
    if kind in {Duration, Size}:
        if not isinstance(value, str):
            msg = "expected a value with its unit, in quotes"
            raise ValueError(msg)
        return kind(value)
    if kind is Secret:
        return Secret.read(value)
    msg = f"cannot read a {kind.__name__} from a file"
    raise NotImplementedError(msg)


def convert(value: object, kind: type[_T]) -> _T:
    """Read plain data (from TOML or JSON) into a struct.

    :raises ValidationError: with msgspec's message, which names the path inside the value.
    """
    return msgspec.convert(value, kind, dec_hook=_from_plain)


_fields: dict[type[Strict], Mapping[str, Any]] = {}


def fields(kind: type[Strict]) -> Mapping[str, Any]:
    """The field names of a struct with their defaults (`msgspec.NODEFAULT` where one must be given)."""
    if kind not in _fields:
        found: dict[str, Any] = {}
        for each in msgspec.structs.fields(kind):
            made = each.default_factory() if each.default_factory is not msgspec.NODEFAULT else each.default
            found[each.encode_name] = made
        _fields[kind] = MappingProxyType(found)
    return _fields[kind]


def attribute(name: str) -> str:
    """What Python calls a field that is written `name`: ``pass`` is a word of its own there, and gets an underscore."""
    return f"{name}_" if keyword.iskeyword(name) else name.replace("-", "_")


_decoder: Final = msgspec.json.Decoder()
_encoder: Final = msgspec.json.Encoder(decimal_format="number")
loads = _decoder.decode  # strict RFC 8259: UTF-8 only, no NaN, no trailing bytes; raises DecodeError or RecursionError
dumps = _encoder.encode


def loads_with(read_number: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """`loads` with every number that has a fraction or an exponent read by `read_number` from its text.

    A ValueError of `read_number` comes out as a DecodeError.
    """
    return msgspec.json.Decoder(float_hook=read_number).decode


def schemas_of(kinds: Iterable[Any], place: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """JSON Schemas (2020-12) of types: one reference each, and the named schemas they refer to.

    :param place: where the named schemas will be, ``"#/components/schemas/"``.
    """
    made, named = msgspec.json.schema_components(kinds, ref_template=f"{place}{{name}}")
    return list(made), named
