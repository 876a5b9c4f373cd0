"""A valid change of an object with something in it that is recognised afterwards: a text of ours, or another number."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ostiary.evidence import Answer, Http, Thing
from ostiary.model import Operation
from ostiary.parts.seen.bodies import is_json_type, parse
from ostiary.parts.seen.fields import members_taken
from ostiary.parts.seen.inputs import FORM
from ostiary.parts.seen.secrets import is_password_name

_OURS: Final = "ostiary-"
_DEEPEST: Final = 4
_SIGNS: Final = re.compile(r"[^a-z0-9]+")
_TELLING: Final = 4  # characters of a text that would not stand in an id by chance


class Change(NamedTuple):
    """A body, and how it shows afterwards: ``text`` stands somewhere, or the field has the number."""

    media: str
    body: bytes
    field: str
    text: str = ""
    number: int | None = None

    def stands_in(self, answer: Answer) -> bool:
        """Whether a reply shows the change."""
        if self.number is None:
            return self.text in answer.text
        return any(name == self.field and value == self.number for name, value in members(parse(answer.body)))


def changing(http: Http, operation: Operation, thing: Thing, now: Answer, text: str) -> Change | None:
    """A valid body for a write with one thing changed, everything else as the object has it.

    :param now: what its owner reads.
    """
    made = http.body_of(operation) if operation.consumes else None
    if made is None:
        return None
    media, valid = made[0].partition(";")[0].strip().lower(), parse(made[1])
    if media == FORM:
        own = made[1].replace(_OURS.encode(), f"{_OURS}{text}".encode())
        return Change(made[0], own, "", text) if own != made[1] else None
    if not is_json_type(media) or not isinstance(valid, Mapping):
        return None
    key, inner = enveloped(valid or _as_shown(now))
    known = dict(members(parse(now.body)))
    kept = {name: known[name] if type(known.get(name)) is type(value) else value for name, value in inner.items()}
    fields = _text_fields(operation, thing, inner, known)
    shown = [each for each in fields if each in known]
    number = None if shown else _number(operation, inner, known, text)
    if number is not None:
        kept[number[0]] = number[1]
        return Change(made[0], json.dumps({key: kept} if key else kept).encode(), number[0], number=number[1])
    field = next(iter(shown or fields), "")
    if not field:
        return None
    old = inner.get(field)
    mail = "mail" in field.lower() or (isinstance(old, str) and "@" in old)
    kept[field] = f"{_OURS[:-1]}{text}@example.com" if mail else f"{_OURS}{text}"
    return Change(made[0], json.dumps({key: kept} if key else kept).encode(), field, text)


def _as_shown(now: Answer) -> Mapping[str, Any]:
    """What a write probably takes of which nothing is known: the texts that we wrote, as reading shows them."""
    document = parse(now.body)
    key, inner = enveloped(document) if isinstance(document, Mapping) else ("", {})
    ours = {str(name): each for name, each in inner.items() if isinstance(each, str) and each.startswith(_OURS)}
    return {key: ours} if key and ours else ours


def unchanged(http: Http, operation: Operation, now: Answer) -> tuple[str, bytes] | None:
    """A body that writes what is there already; None where the object does not show all that a write takes."""
    made = http.body_of(operation) if operation.consumes else None
    valid = parse(made[1]) if made is not None and is_json_type(made[0].partition(";")[0].lower()) else None
    if made is None or not isinstance(valid, Mapping):
        return None
    key, inner = enveloped(valid)
    known = dict(members(parse(now.body)))
    if not inner or any(type(known.get(name)) is not type(value) for name, value in inner.items()):
        return None
    kept = {name: known[name] for name in inner}
    return made[0], json.dumps({key: kept} if key else kept).encode()


def _text_fields(operation: Operation, thing: Thing, inner: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """The members that take a text of ours: the one that holds the marker, then what was invented, then any free text."""
    taken = members_taken(operation)
    own = [name for name, value in known.items() if thing.marker and thing.marker in str(value)]
    own = [each for each in own if each in inner or each in taken]
    invented = [name for name, value in inner.items() if isinstance(value, str) and _OURS in value]
    free = [name for name, schema in taken.items() if _is_free(schema)]
    found = [each for each in dict.fromkeys([*own, *invented, *free]) if not is_password_name(each)]
    return sorted(found, key=lambda each: _names(known.get(each), thing))


def _names(value: Any, thing: Thing) -> bool:
    """Whether the object's address is made of a text: with another title it may be found at another one."""
    named, said = (_SIGNS.sub("", each.lower()) for each in (thing.id, value if isinstance(value, str) else ""))
    return len(said) >= _TELLING and said in named


def _is_free(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type", "string")
    if "string" not in ([kinds] if isinstance(kinds, str) else kinds) or schema.get("readOnly") is True:
        return False
    return not schema.keys() & {"enum", "const", "format", "pattern"} and schema.get("maxLength", 99) > 30  # noqa: PLR2004


def _number(
    operation: Operation, inner: Mapping[str, Any], known: Mapping[str, Any], text: str
) -> tuple[str, int] | None:
    """A whole number that the object shows, and another one that its schema allows; each text gives another."""
    step = 1 + ord(text[-1:] or "a") % 3  # the last letter tells three tries apart
    for name, schema in members_taken(operation).items():
        now = known.get(name)
        if name not in inner or not isinstance(now, int) or isinstance(now, bool) or "enum" in schema:
            continue
        low, high = schema.get("minimum", 1), schema.get("maximum", max(now, 1) + 9)
        if isinstance(low, int) and isinstance(high, int) and high - low > 3:  # noqa: PLR2004 - room for three others
            return name, low + (now - low + step) % (high - low + 1)
    return None


def enveloped(document: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The name of the only member that holds everything, and what it holds; no name where there is none."""
    if len(document) == 1:
        key, inner = next(iter(document.items()))
        if isinstance(inner, Mapping):
            return str(key), inner
    return "", document


def members(node: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """(name, value) of all plain values of a document, those further up first."""
    if depth > _DEEPEST:
        return
    if isinstance(node, Mapping):
        yield from ((str(key), each) for key, each in node.items() if not isinstance(each, (Mapping, list)))
    for each in node.values() if isinstance(node, Mapping) else node[:3] if isinstance(node, list) else ():
        if isinstance(each, (Mapping, list)):
            yield from members(each, depth + 1)
