"""What a request says of an owner is found under every spelling that some application would read it by."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote_plus, unquote_plus

from ostiary.errors import Denied
from ostiary.model import Exchange, Operation
from ostiary.parts import body as bodies
from ostiary.parts.ownership import Finder, Steps, text_of
from ostiary.parts.reply_schema import shape_of

_NAME: Final = re.compile(r"\{([^{}/]+)\}")
_PAIRS: Final = re.compile(rb"[&;]")  # some readers part pairs by one, some by both
_NOBODY: Final[list[Any]] = [None]  # it is there, and it is nobody's
_TYPED: Final = frozenset({"POST", "PUT", "PATCH"})  # hosts look at bodies of these even where none is announced


def names_of(operation: Operation) -> tuple[str, ...]:
    """The names in an operation's path, in the order of `Exchange.path_values`."""
    return tuple(_NAME.findall(operation.alias_of or operation.path))


def path_finder(operation: Operation, steps: Steps) -> Finder:
    """Finds a path parameter in ``path_values``."""
    at = names_of(operation).index(steps[0])

    def find(values: Any) -> list[Any]:
        return [values[at]]

    return find


def header_finder(steps: Steps) -> Finder:
    """Finds a header field in ``headers``."""
    name = steps[0].lower().encode("ascii")

    def find(headers: Any) -> list[Any]:
        return [value.decode("latin-1") for key, value in headers if key == name]

    return find


def query_finder(steps: Steps) -> Finder:
    """Finds a parameter in a raw query."""
    form = form_finder(steps)

    def find(query: Any) -> list[Any]:
        return form(
            [
                (unquote_plus(name.decode("latin-1")), unquote_plus(value.decode("latin-1")))
                for name, _, value in (pair.partition(b"=") for pair in _PAIRS.split(query))
            ]
        )

    return find


def form_finder(steps: Steps) -> Finder:
    """Finds a name in pairs, whatever its case, brackets and dots: each is dropped or replaced by some reader."""
    if len(steps) > 1:
        return lambda _: _NOBODY
    wanted = _plain(steps[0])

    def find(pairs: Any) -> list[Any]:
        return [
            value
            for name, value in pairs
            if _plain(name) == wanted or _plain(re.split(r"[\[.]", name.strip(), maxsplit=1)[0]) == wanted
        ]

    return find


def _plain(name: str) -> str:
    return re.sub(r"[ .\[]", "_", name.partition("[")[0].strip()).casefold()


def json_finder(steps: Steps) -> Finder:
    """Finds a member in a JSON document; one in two cases is nobody's, because readers disagree which of them counts."""
    folded = [step.casefold() for step in steps]

    def find(document: Any) -> list[Any]:
        node = document
        for step in folded:
            if not isinstance(node, dict):
                return _NOBODY
            keys = [key for key in node if key.casefold() == step]
            if not keys:
                return []
            if len(keys) > 1:
                return _NOBODY
            node = node[keys[0]]
        return [node]

    return find


def check_readable(exchange: Exchange) -> None:
    """Refuse a body in which an owner could not be looked for, and one that no host would show us.

    :raises Denied: 415.
    """
    if exchange.method not in _TYPED:
        operation = exchange.operation
        announced = exchange.head(b"content-length") not in {None, b"0"}
        if (
            not announced
            and exchange.head(b"transfer-encoding") is None
            and not (operation and operation.body_required)
        ):
            raise Denied(415, "this operation takes its owner from a body, and there is none")
    media = bodies.media_type(exchange)
    if not bodies.is_json(media) and media != bodies.FORM:
        raise Denied(415, "this operation takes JSON or a form")


def fill_query(exchange: Exchange, name: str, value: object) -> bool:
    """Add a parameter to the query; false when the value is nobody's."""
    text = text_of(value)
    if text is None:
        return False
    pair = f"{quote_plus(name)}={quote_plus(text, errors='replace')}".encode("ascii")
    exchange.rewrite(query=exchange.query + b"&" + pair if exchange.query else pair)
    return True


def fill_body(exchange: Exchange, steps: Steps, value: object) -> bool:
    """Put a value into the body, as the schema's integer where that is one; false when that cannot be."""
    text = text_of(value)
    if text is None:
        return False
    document = bodies.changing(exchange)
    if isinstance(document, list):
        if len(steps) > 1 or bodies.is_json(bodies.media_type(exchange)):
            return False
        document.append((steps[0], text))
        return True
    for step in steps[:-1]:
        document = document.get(step) if isinstance(document, dict) else None
    if not isinstance(document, dict):
        return False
    document[steps[-1]] = int(text) if _is_integer(exchange, steps) and text.isascii() and text.isdecimal() else text
    return True


def _is_integer(exchange: Exchange, steps: Steps) -> bool:
    media = exchange.operation.consumes.get(bodies.media_type(exchange)) if exchange.operation else None
    if media is None or media.schema is None:
        return False
    shape = shape_of(media.schema)
    for step in steps[:-1]:
        shape = shape.under(step)
    return any(isinstance(each, dict) and each.get("type") == "integer" for each in shape.properties.get(steps[-1], ()))
