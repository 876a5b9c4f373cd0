"""One walk through a document takes out what must not leave: in place, of the same JSON type, with a note where it was."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from ostiary.errors import Denied
from ostiary.parts.reply_schema import Shape
from ostiary.parts.secret_names import BESIDE_A_CARD, flat
from ostiary.parts.secrets import (
    HIDDEN,
    is_secret,
    kind_of,
    private_parts,
    without_shapes,
)  # fmt: skip

MOST_NOTED: Final = 8  # places named in a log line
_MOST_DEEP: Final = 200
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_$@][\w$@.-]{0,40}")
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
ECHO_NEEDLES: Final = (b'"input"', b'"rejectedValue"', b'"value"', b'"data"', b'"target"', b'"attemptedValue"')


class Rules(NamedTuple):
    """What is taken out of the replies of one operation.

    ``undeclared``: ``drop``, ``refuse`` or ``keep``. ``prune``: undeclared are also fields of objects that are not
    closed. ``issues``: secrets are handed out on purpose. ``hide``, ``show``: names that always are, or
    never are, as `flat` spells them.
    """

    undeclared: str = "drop"
    prune: bool = False
    issues: bool = False
    hide: Collection[str] = ()
    show: Collection[str] = ()


class Redaction:
    """One walk through one document; afterwards `changed`, `places` of secrets, and whether a credential was left (`issued`)."""

    __slots__ = ("_error", "_issuing", "_rules", "_submitted", "changed", "issued", "places")

    def __init__(self, rules: Rules, *, error: bool, issuing: bool, submitted: tuple[str, ...] = ()) -> None:
        """Begin.

        :param error: the document is that of an error.
        :param issuing: the operation may hand out credentials.
        :param submitted: secrets of the request, which an error must not repeat.
        """
        self._rules = rules
        self._error = error
        self._issuing = issuing
        self._submitted = submitted
        self.changed = False
        self.issued = False
        self.places: list[str] = []

    def value(self, value: Any, shape: Shape | None, at: str = "", depth: int = 0) -> Any:
        """The value with everything below it redacted, in place where it can be; `at` is its JSON pointer.

        :raises Denied: 502 where it is nested too deeply, or holds undeclared fields that are to be refused.
        """
        if depth > _MOST_DEEP:
            raise Denied(502, "the reply is nested too deeply to inspect")
        if isinstance(value, dict):
            self._members(value, shape, at, depth)
        elif isinstance(value, list):
            below = shape.items() if shape is not None else None
            for index, each in enumerate(value):
                if isinstance(each, (dict, list, str)):
                    value[index] = self.value(each, below, f"{at}/{index}", depth + 1)
        elif isinstance(value, str):
            return self._text(value, at, keys=not self._issuing)
        return value

    def _members(self, members: dict[str, Any], shape: Shape | None, at: str, depth: int) -> None:
        if shape is not None and shape.empty:
            shape = None
        self._drop(members, shape)
        private = private_parts(members) if "kty" in members and not self._issuing else frozenset()
        card = "number" in members and any(flat(name) in BESIDE_A_CARD for name in members)
        for name, value in members.items():
            declared = shape is not None and name in shape.properties
            here = f"{at}/{_token(name)}"
            if (
                (card and name == "number" and self._is_card(value))
                or name in private
                or self._is_hidden(name, value, declared=declared)
            ):
                members[name] = HIDDEN if isinstance(value, str) else None
                self._note(here)
            elif isinstance(value, (dict, list)):
                members[name] = self.value(value, shape.under(name) if shape is not None else None, here, depth + 1)
            elif isinstance(value, str):
                members[name] = self._text(value, here, keys=not self._issuing and not declared)

    def _drop(self, members: dict[str, Any], shape: Shape | None) -> None:
        gone = [name for name in members if self._undeclared(name, shape)] if shape is not None else []
        if gone and self._rules.undeclared == "refuse":
            raise Denied(502, "the reply holds fields that it must not")
        if self._error:
            gone += [name for name, beside in _ECHOES if name in members and beside <= members.keys()]
        for name in gone:
            members.pop(name, None)
            self.changed = True

    def _undeclared(self, name: str, shape: Shape) -> bool:
        if name in shape.written:
            return True
        return name not in shape.properties and (shape.closed or (self._rules.prune and not shape.extra))

    def _text(self, value: str, at: str, *, keys: bool) -> str:
        shown = without_shapes(value, keys=keys, cards=not self._rules.issues)
        for each in self._submitted:
            shown = shown.replace(each, HIDDEN)
        if shown != value:
            self._note(at)
        return shown

    def _is_card(self, value: Any) -> bool:
        kept = self._rules.issues or "number" in self._rules.show
        return not kept and is_secret("card", "number", value, error=self._error)

    def _is_hidden(self, name: str, value: Any, *, declared: bool) -> bool:
        rules = self._rules
        if rules.issues or (rules.show and flat(name) in rules.show):
            return False
        if rules.hide and flat(name) in rules.hide:
            return value is not None
        kind = kind_of(name)
        if not kind or not is_secret(kind, name, value, error=self._error):
            return False
        if kind in {"secret", "jwt"} and (declared or self._issuing):
            self.issued = True
            return False
        return True

    def _note(self, at: str) -> None:
        self.changed = True
        if len(self.places) < MOST_NOTED:
            self.places.append(at or "/")


def _token(name: str) -> str:
    """A member's name in a JSON pointer (RFC 6901), unless it might be data itself."""
    return name.replace("~", "~0") if _PLAIN_NAME.fullmatch(name) else "*"
