"""A JSON reply is stripped of what it must not hold before it leaves; everything else of it stays as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.reply import has_body, is_json, media_of, plain_body, replace_body
from ostiary.parts.reply_schema import Shape, restricts, shape_of
from ostiary.parts.secrets import HIDDEN, is_secret, kind_of, may_hold_one, submitted_secrets, without_shapes
from ostiary.strict import DecodeError, Strict, dumps, loads

_ERROR: Final = 400
_ISSUING: Final = re.compile(
    r"log-?in|sign-?in|sign-?up|register|token|session|auth|refresh|credential|api-?key|/keys\b|secret|webhook|mfa|otp|2fa|hook",
    re.IGNORECASE,
)
# What validators add to an error: a member with the value that was submitted, beside members that give it away.
_ECHOES: Final = (
    ("input", frozenset({"loc", "msg", "type"})),  # pydantic, FastAPI
    ("rejectedValue", frozenset({"field"})),  # Spring
    ("rejectedValue", frozenset({"defaultMessage"})),
    ("value", frozenset({"msg", "location"})),  # express-validator
    ("value", frozenset({"constraints", "property"})),  # class-validator
    ("target", frozenset({"constraints", "property"})),
    ("data", frozenset({"instancePath", "schemaPath"})),  # Ajv, verbose
    ("attemptedValue", frozenset({"errorMessage"})),  # FluentValidation
    ("attemptedValue", frozenset({"propertyName"})),
)
_ECHO_NEEDLES: Final = (b'"input"', b'"rejectedValue"', b'"value"', b'"data"', b'"target"', b'"attemptedValue"')
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "*"})
_JSON_PART: Final = re.compile(rb"\ncontent-type:[^\r\n]{0,200}json", re.IGNORECASE)
_PARTIAL: Final = 206  # RFC 9110 section 15.3.7
_MOST_DEEP: Final = 200


class Settings(Strict, frozen=True):
    """``issues``: this operation hands out a secret on purpose. ``prune``: undeclared fields go though the schema is open.

    ``hide`` and ``show``: further field names that are always secret, and names that never are.
    """

    issues: bool = False
    prune: bool = False
    hide: tuple[str, ...] = ()
    show: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Read JSON replies whole; most are let go after a look for suspicious words."""
    body = _kept if operation.method in _WITH_BODY else None
    return Hooks(body=body, reads=_reads_none, inspects=_inspects, reply_body=_stripping(settings, operation))


def _kept(exchange: Exchange) -> None:
    """Nothing to check: the body is only wanted at hand when an error comes back, which may repeat it."""


def _reads_none(_: str) -> bool:
    return False


def _inspects(exchange: Exchange) -> bool:
    if exchange.status == _PARTIAL and media_of(exchange) == b"multipart/byteranges":
        return True
    return is_json(exchange) and has_body(exchange)


def _stripping(settings: Settings, operation: Operation) -> Callable[[Exchange], None]:
    shapes: dict[int, tuple[Shape | None, bool]] = {}  # by status; made at the first such reply
    hides = tuple(name.lower().encode() for name in settings.hide)

    def reply_body(exchange: Exchange) -> None:
        status = exchange.status
        if status == _PARTIAL and (
            is_json(exchange) or _JSON_PART.search(exchange.reply_body)
        ):  # by asking for the right range a stranger would have the secret without its name
            raise Denied(502, "a part of a reply cannot be inspected")
        if not is_json(exchange):
            return
        body = plain_body(exchange)
        known = shapes.get(status)
        if known is None:
            known = shapes[status] = _shape(operation, status, prune=settings.prune)
        shape, compare = known
        error = status >= _ERROR
        if not (
            compare
            or (error and exchange.body)
            or may_hold_one(body)
            or (error and any(needle in body for needle in _ECHO_NEEDLES))
            or (hides and any(name in body.lower() for name in hides))
        ):
            return
        document = _parse(body)
        if isinstance(document, dict) and ("openapi" in document or "swagger" in document) and "paths" in document:
            return  # a document about an API speaks of passwords and shows examples
        submitted = submitted_secrets(exchange) if error and exchange.body else ()
        issuing = _issues(settings, operation, exchange)
        strip = _Strip(settings, error=error, issuing=issuing, submitted=submitted)
        document = strip.value(document, shape, 0)
        if strip.changed:
            replace_body(exchange, dumps(document))

    return reply_body


def _parse(body: bytes) -> Any:
    try:
        return loads(body)
    except (DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:
        return json.loads(body)  # knows NaN, which Python servers send
    except (ValueError, RecursionError):
        if body.strip():
            raise Denied(502, "the reply is not the JSON it says it is") from None
        return None


def _shape(operation: Operation, status: int, *, prune: bool) -> tuple[Shape | None, bool]:
    """The declared shape of a reply, and whether it has to be compared with it."""
    for key in (str(status), f"{status // 100}XX", "default"):
        for media, content in operation.replies.get(key, {}).items():
            if "json" in media or media == "*/*":
                if content.schema is None:
                    return None, False
                return shape_of(content.schema), prune or restricts(content.schema)
    return None, False


def _issues(settings: Settings, operation: Operation, exchange: Exchange) -> bool:
    """Creating may show a secret once, and so may whatever is about signing in."""
    if settings.issues or exchange.method == "POST":
        return True
    return _ISSUING.search(f"{exchange.path} {operation.id}") is not None


class _Strip:
    """One walk through one document."""

    __slots__ = ("_error", "_hide", "_issuing", "_prune", "_show", "_submitted", "_tells", "changed")

    def __init__(self, settings: Settings, *, error: bool, issuing: bool, submitted: tuple[str, ...]) -> None:
        self._hide = settings.hide
        self._show = settings.show
        self._prune = settings.prune
        self._tells = settings.issues
        self._submitted = submitted
        self._error = error
        self._issuing = issuing
        self.changed = False

    def value(self, value: Any, shape: Shape | None, depth: int) -> Any:
        """The value with everything below it stripped, in place where it can be."""
        if depth > _MOST_DEEP:
            raise Denied(502, "the reply is nested too deeply to inspect")
        if isinstance(value, dict):
            self._members(value, shape, depth)
        elif isinstance(value, list):
            below = shape.items() if shape is not None else None
            for at, each in enumerate(value):
                if isinstance(each, (dict, list, str)):
                    value[at] = self.value(each, below, depth + 1)
        elif isinstance(value, str):
            shown = self._text(value, keys=not self._issuing)
            if shown != value:
                self.changed = True
                return shown
        return value

    def _members(self, members: dict[str, Any], shape: Shape | None, depth: int) -> None:
        if shape is not None and shape.empty:
            shape = None
        gone = [name for name in members if shape is not None and self._undeclared(name, shape)]
        if self._error:
            gone += [name for name, beside in _ECHOES if name in members and beside <= members.keys()]
        for name in gone:
            members.pop(name, None)
            self.changed = True
        for name, value in members.items():
            declared = shape is not None and name in shape.properties
            if self._is_hidden(name, value, declared=declared):
                members[name] = HIDDEN if isinstance(value, str) else None
                self.changed = True
            elif isinstance(value, (dict, list)) or (isinstance(value, str) and not declared):
                members[name] = self.value(value, shape.under(name) if shape is not None else None, depth + 1)
            elif isinstance(value, str):
                shown = self._text(value, keys=False)
                self.changed = self.changed or shown != value
                members[name] = shown

    def _text(self, value: str, *, keys: bool) -> str:
        shown = without_shapes(value, keys=keys)
        for each in self._submitted:
            shown = shown.replace(each, HIDDEN)
        return shown

    def _undeclared(self, name: str, shape: Shape) -> bool:
        if name in shape.written:
            return True
        return name not in shape.properties and (shape.closed or (self._prune and not shape.extra))

    def _is_hidden(self, name: str, value: Any, *, declared: bool) -> bool:
        if name in self._show or self._tells:
            return False
        if name in self._hide:
            return value is not None
        kind = kind_of(name)
        if not kind or (kind != "password" and (declared or self._issuing)):
            return False
        return is_secret(kind, name, value, error=self._error)
