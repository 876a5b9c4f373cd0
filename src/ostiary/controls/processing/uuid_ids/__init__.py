"""Identifiers that clients see are random UUIDs, not counters or guessable numbers.

Why
    Counters reveal business volumes. They also let an attacker enumerate every record in seconds wherever an
    authorization check is missing.

Fix
    Give each exposed object a UUIDv4 from a library: ``uuid.uuid4()``, ``crypto.randomUUID()``, PostgreSQL
    ``gen_random_uuid()``; avoid version 1. Keep the integer key internal, add a unique ``public_id`` column, and
    return and look up by that. Declare ``format: uuid`` on id parameters in OpenAPI. A UUID is not a secret, so
    keep the ownership check on every lookup.

Traps
    - Internal integer keys that never leave the server are fine.
    - Short public codes (invoice numbers, country codes) are not object handles when lookups also need ownership.
    - v7 ids sort by time and reveal creation time: note, not failure.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping

from ostiary.controls.processing.uuid_ids.source import audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Spec, Thing
from ostiary.model import (
    Control,
    Finding,
    Kind,
    Maps,
    Operation,
    Parameter,
    Place,
    Probe,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import things as seen_things
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.fields import resolve
from ostiary.parts.seen.identifiers import predictable, random_enough

_MOST_KINDS = 8  # one object is created of each, besides those that are there
_ROW = 4  # entries of a list that count up without a gap are a counter
_SHOWN = 4
_HOLE = re.compile(r"\{([^{}]*)\}")
_ID = re.compile(r"(?:.*[a-z_-])?(?:id|uuid|guid|number|no|key|pk)", re.IGNORECASE)
_CHOSEN = "ostiary"  # ids that the audit named itself begin so


async def audit_live(http: Http) -> Finding:
    """Look at the ids of what is created one after the other, and of what lists show."""
    kinds: dict[str, list[Thing]] = {}
    for each in await http.things():
        if each.id and _CHOSEN not in each.id.lower():
            kinds.setdefault(each.kind, []).append(each)
    found: list[tuple[str, Thing]] = []
    good: list[Thing] = []
    for kind, own in list(kinds.items())[:_MOST_KINDS]:
        ids = [each.id for each in own if each.ours]
        if ids:
            with contextlib.suppress(Unanswerable):
                ids.append((await http.make(kind, own[0].owner)).id)
        why = predictable(ids) or await _in_a_row(http, own[0])
        if why:
            found.append((why, own[0]))
        elif random_enough(ids or [each.id for each in own]):
            good.append(own[0])
    if found:
        why, first = found[0]
        evidence = [
            http.show(each.seen, f"ids of {each.kind}: {said}") for said, each in found if each.seen is not None
        ]
        return failed(
            f"ids of {first.kind} can be guessed: {why} ({len(found)} kinds of objects)",
            *evidence[:_SHOWN],
            proof=f"of objects created one after the other {why}",
            places=tuple(each.read.key if each.read else each.kind for _, each in found),
            facts={"kinds": tuple(each.kind for _, each in found)},
        )
    if good:
        shown = [http.show(each.seen, f"a random id of {each.kind}") for each in good if each.seen is not None]
        return passed(f"ids of {', '.join(each.kind for each in good[:3])} are random", *shown[:2])
    if not any("{" in each.path for each in http.operations):
        return not_applicable("no operation names an object by an id")
    return unknown("no two ids were seen that the API gave out itself")


async def _in_a_row(http: Http, thing: Thing) -> str:
    """Why a list's ids are a counter's; a gap says nothing."""
    if thing.lists is None or not thing.holes:
        return ""
    try:
        answer: Answer = await http.send_to(thing.lists, target=http.aim(thing.lists, thing), identity=thing.owner)
    except Unanswerable:
        return ""
    entries = seen_things.listed(parse(answer.body)) if granted(answer) else []
    numbers = sorted({int(each) for one in entries if (each := seen_things.id_of(one, [*thing.holes][-1])).isdecimal()})
    if len(numbers) >= _ROW and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"they count up: {numbers[0]} to {numbers[-1]}"
    return ""


async def audit_spec(spec: Spec) -> Finding:
    """Look at the schemas of parameters that name an object."""
    named = [(each, parameter) for each in spec.api.operations if each.declared for parameter in _ids_of(each)]
    if not named:
        return not_applicable("no parameter of the document is an id")
    counted = [pair for pair in named if _type_of(pair[1]) in {"integer", "number"}]
    if counted:
        shown = [spec.at(each.pointer, f"{parameter.name} of {each.key} is a number") for each, parameter in counted]
        places = tuple(dict.fromkeys(each.key for each, _ in counted))
        return failed(f"{len(places)} operations name an object by a number", *shown[:_SHOWN], places=places)
    loose = [pair for pair in named if not _is_random(pair[1])]
    if loose:
        shown = [spec.at(each.pointer, f"{parameter.name} of {each.key} may be any text") for each, parameter in loose]
        return unknown(
            f"{len(loose)} ids are texts of which the document does not say that they are UUIDs", *shown[:_SHOWN]
        )
    return passed(f"all {len(named)} ids are declared as UUIDs")


def _ids_of(operation: Operation) -> list[Parameter]:
    paths = [each for each in operation.parameters if each.place is Place.PATH and _ID.fullmatch(each.name)]
    last = _HOLE.findall(operation.path)[-1:]
    return [each for each in paths if each.name in last or each.name.lower() != "no"]


def _schema(parameter: Parameter) -> Mapping[str, object]:
    found = resolve(parameter.schema.fragment, parameter.schema.root) if parameter.schema is not None else {}
    return found if isinstance(found, Mapping) else {}


def _type_of(parameter: Parameter) -> str:
    return str(_schema(parameter).get("type", ""))


def _is_random(parameter: Parameter) -> bool:
    schema = _schema(parameter)
    least = schema.get("minLength")
    return schema.get("format") == "uuid" or (isinstance(least, int) and least >= 22)  # noqa: PLR2004 - 128 bits in base64


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="should",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which sequential or integer ids are exposed to clients, and why (attach the list with the reason for each)?"
    ),
    reach="cannot: ids are made and stored by the application",
    enforced_by="ostiary.identity.ids",
    maps=Maps(
        owasp_api=("API1:2023",),
        asvs=("8.2.2", "11.5.1"),
        cwe=(340, 639),
        standards=("RFC 9562 (obsoletes 4122)",),
    ),
)
