"""The fields of a form are held against the members that its schema declares, however deep their names reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ostiary.model import Schema
from ostiary.parts.members import (
    NOT_NAMED,
    READ_ONLY,
    SERVERS,
    Place,
    Places,
    Policy,
    clean_up,
    pointer_of,
    refusing,
    verdict_on,
    whole_of,
)
from ostiary.parts.multipart import Part
from ostiary.parts.schema import MOST_FAULTS, Fault
from ostiary.parts.shapes import split_name
from ostiary.strict import DecodeError, loads

Fields = list[Any]  # of (name, text) pairs, or of the parts of a multipart form


def form_cleaner(schema: Schema, policy: Policy) -> Callable[[Fields], list[Fault]] | None:
    """`cleaner` for a parsed form: pairs are taken out of the list in place; parts are passed on as they came, so refused."""
    whole, places = whole_of(schema)
    if whole is None:
        return None

    def clean(form: Fields) -> list[Fault]:
        faults: list[Fault] = []
        kept: Fields = []
        for field in form:
            part = isinstance(field, Part)
            verdict = _field_verdict(whole, policy, field.name if part else field[0])
            decision = policy.read_only if verdict is READ_ONLY else policy.undeclared
            if verdict and decision == "drop" and not part:
                continue
            kept.append(field)
            if verdict:
                faults.append((pointer_of([field.name if part else field[0]]), verdict))
            else:
                faults += _inner_faults(whole, policy, places, field)
        if len(kept) < len(form):
            form[:] = kept
        return faults[:MOST_FAULTS]

    return clean


def _field_verdict(whole: Place, policy: Policy, name: str) -> str:
    place: Place | None = whole
    tokens: tuple[str, ...] = (name,) if name in whole.widest.inside else split_name(name)
    for token in tokens:
        if place is None:
            return ""  # a value in brackets below a plain one: the schema's affair
        if (not token or token.isdecimal()) and place.items is not None:
            place = place.items
            continue
        rules = place.widest
        below = rules.inside.get(token, NOT_NAMED)
        if below is SERVERS or below is NOT_NAMED:
            if not token:
                return ""
            verdict = verdict_on(rules, policy, token, servers=below is SERVERS)
            if verdict:
                return verdict
            below = rules.others
        place = below
    return ""


def _inner_faults(whole: Place, policy: Policy, places: Places, field: Any) -> list[Fault]:
    """Objects travel in forms as JSON text (OpenAPI 3.1, Encoding Object): what is in one is held against its schema."""
    name, text = (field.name, field.content) if isinstance(field, Part) else field
    below = whole.widest.inside.get(name)
    if not isinstance(below, Place) or (isinstance(field, Part) and field.filename is not None):
        return []
    raw = text if isinstance(text, bytes) else text.encode()
    if not raw.lstrip().startswith((b"{", b"[")):
        return []
    try:
        document = loads(raw)
    except (DecodeError, RecursionError, UnicodeDecodeError):
        return []
    strict = refusing(policy)
    return [(pointer_of([name]) + at, rule) for at, rule in clean_up(below, document, strict, places)]
