"""Accounts that may be lost register, and change themselves, with powers that nobody asked for; then the API says who they are."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Mapping
from typing import Any, Final

from ostiary.controls.beyond.mass_assignment.powers import GUESSES, is_right, other, powers
from ostiary.controls.beyond.mass_assignment.told import Told
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Http, Thing
from ostiary.model import Operation
from ostiary.parts import role_fields as names
from ostiary.parts.seen import selves
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.changes import enveloped, members
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.privileges import role_fields
from ostiary.parts.seen.selves import Self

MOST_ALONE: Final = 3  # fields that a registration is sent one by one, where it refuses them together
MOST_UPDATES: Final = 4  # operations by which somebody changes himself; at most 2 + 3 requests each


async def tried(http: Http, told: Told) -> bool:
    """Whether it could be tried: one account registers plainly, and one with more."""
    try:
        plain = await http.throwaway()
    except Unanswerable:
        return False
    profile = await _profile(http, plain)
    usual = await selves.told(http, plain.name, profile, by_login=True)
    known = powers(usual.fields)
    with contextlib.suppress(Unanswerable):
        await _registered(http, plain, usual, known, told)
    writes = [each for each in (*selves.writes(http), *_profile_writes(profile)) if not role_fields(each)]
    for operation in writes[:MOST_UPDATES]:
        with contextlib.suppress(Unanswerable):
            await _updated(http, plain, operation, profile, told)
    return bool(told.fields or told.good)


async def _profile(http: Http, account: Account) -> Thing | None:
    """His entry among the users, where they have a place of their own."""
    people = [each for each in await http.things() if not each.ours]
    kinds = {each.kind for each in people if each.create is None or each.create.role == "register"}
    for kind in sorted(kinds):
        with contextlib.suppress(Unanswerable):
            return await http.make(kind, account.name)
    return None


def _profile_writes(profile: Thing | None) -> list[Operation]:
    return [each for each in (profile.writes if profile is not None else ()) if each.method in {"PUT", "PATCH"}]


async def _registered(http: Http, plain: Account, usual: Self, known: Mapping[str, Any], told: Told) -> None:
    if not usual.answers or _joins(http, usual.answers[0][0].path) is None:
        return
    taken = {str(name) for name, _ in members(plain.registered)}
    extra = {**GUESSES, **{name: other(value) for name, value in known.items()}}
    extra = {name: value for name, value in extra.items() if name not in taken or is_right(name)}
    seen = {name: value for name, value in extra.items() if name in usual.fields}
    alone = [{name: seen[name]} for name in sorted(seen, key=lambda each: not is_right(each))] if len(seen) > 1 else []
    for some in (extra, seen, *alone[:MOST_ALONE]):  # of two spellings that are shown, the store may know one
        if not some:
            continue
        try:
            rich = await http.throwaway(**some)
        except Unanswerable:
            continue
        after = await selves.told(http, rich.name, await _profile(http, rich), by_login=True)
        if after.answers and (seen or any(name in after.fields for name in some)):
            _judge(http, None, some, usual, after, told)
        return
    await http.throwaway()  # else it is registering that is refused now: a limit, or no requests left
    told.good.append(("registering with fields that it does not take is refused", usual.answers[0][1]))


def _joins(http: Http, shown: str) -> Operation | None:
    """The operation by which one registers, nearest to the path where it is told who one is."""
    known = [each for each in http.operations if each.method == "POST" and each.role == "register"]
    known += [each for each in http.operations if each.method == "POST" and not each.role and _makes_account(each)]
    return max(known, key=lambda each: _shared(each.path, shown), default=None)


def _shared(one: str, other: str) -> int:
    """How many segments two paths begin with alike."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _makes_account(operation: Operation) -> bool:
    return bool(names.keys_of(operation) & names.PASSWORD) and names.account_field(operation) is not None


async def _updated(http: Http, account: Account, operation: Operation, profile: Thing | None, told: Told) -> None:
    """Powers that the profile shows are sent with a valid change of it, and then alone."""
    before = await selves.told(http, account.name, profile, by_login=True)
    made = http.body_of(operation) if operation.consumes else None
    document = parse(made[1]) if made is not None else None
    if made is None or not isinstance(document, Mapping) or not before.answers:
        return
    key, inner = enveloped(document)
    wanted = {name: other(value) for name, value in powers(before.fields).items() if other(value) != value}
    wanted = {name: value for name, value in wanted.items() if name not in inner or is_right(name)}
    wanted = {name: value for name, value in wanted.items() if not isinstance(value, str) or is_right(name)}
    if not wanted:
        return
    kept = {name: before.fields[name] for name in inner if name in before.fields and before.fields[name] is not None}
    target = (
        http.aim(operation, profile) if profile is not None and "{" in operation.path else http.target_of(operation)
    )
    for body in ({**inner, **kept, **wanted}, wanted):
        packed = json.dumps({key: body} if key else body).encode()
        answer = await http.send_to(
            operation, target=target, identity=account.name, body=packed, fresh=True,
            headers=[("Content-Type", "application/json")],
        )  # fmt: skip
        if granted(answer):
            after = await selves.told(http, account.name, profile, by_login=True)
            _judge(http, operation, wanted, before, after, told)
            return
    told.good.append((f"{operation.key} refuses fields that it does not take", answer))


def _judge(  # noqa: PLR0917 - the two readings, and what came between them
    http: Http, operation: Operation | None, wanted: Mapping[str, Any], before: Self, after: Self, told: Told
) -> None:
    """Whether a power was won. Without an operation it was a registration: the one of the part where it shows."""
    won = [
        name
        for name, value in wanted.items()
        if _is(after.fields.get(name), value) and not _is(before.fields.get(name), value)
    ]
    if won:
        shown = next((pair for pair in after.answers if won[0] in pair[1].text), after.answers[0])
        operation = operation or _joins(http, shown[0].path) or shown[0]
        what = f"{operation.key} takes {won[0]}: {json.dumps(wanted[won[0]])}, and {shown[0].key} has it so"
        told.fault(http, operation, won, what, shown[1])
    elif after.answers:
        told_by, answer = next(
            (pair for pair in after.answers if any(name in pair[1].text for name in wanted)), after.answers[0]
        )
        which = operation or _joins(http, told_by.path) or told_by
        told.good.append((f"{which.key} leaves out fields that it does not take", answer))


def _is(found: Any, value: Any) -> bool:
    return found == value and type(found) is type(value)
