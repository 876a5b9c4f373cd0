"""What an account or an object is made of besides what may be sent is sent along, and must not be what is read back."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ostiary.controls.beyond.mass_assignment import people, things
from ostiary.controls.beyond.mass_assignment.powers import GUESSES, other, powers
from ostiary.controls.beyond.mass_assignment.told import Told
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation
from ostiary.parts.seen.bodies import parse, says_error
from ostiary.parts.seen.inputs import members_of, renamed

MOST: Final = 5  # operations that are sent more than they take
MOST_READS: Final = 8
_DEEPEST: Final = 4


class _Loaded(NamedTuple):
    """What was sent to create something, and the reply."""

    operation: Operation
    extra: dict[str, Any]
    answer: Answer
    valid: Answer  # the same without


async def audit_live(http: Http) -> Finding:
    """Create with fields of power beside the valid ones, and read back what came of it."""
    told = Told()
    by_accounts = await people.tried(http, told)
    await things.tried(http, told)
    writers = [each for each in http.operations if each.method == "POST" and each.role in {"", "register"}]
    writers = [each for each in writers if any("json" in media for media in each.consumes)]
    writers = [each for each in writers if not (by_accounts and each.role) and each.key not in told.fields]
    seen = await _powers_seen(http)
    tried = 0
    for operation in sorted(writers, key=lambda each: each.role != "register"):
        if tried == MOST:
            break
        try:
            tried += await _tried(http, operation, seen, told)
        except Unanswerable:
            continue
    if not by_accounts:  # then there is only the account that was given to us
        for operation in [each for each in http.operations if each.method in {"PATCH", "PUT"}][:MOST]:
            with contextlib.suppress(Unanswerable):
                await _updated(http, operation, told)
    return told.finding(http)


async def _powers_seen(http: Http) -> dict[Operation, dict[str, Any]]:
    """Lists whose objects have fields of power, for reading back what a reply does not show."""
    found: dict[Operation, dict[str, Any]] = {}
    for operation in [each for each in http.operations if each.method == "GET" and "{" not in each.path][:MOST_READS]:
        try:
            answer = await http.baseline(operation)
        except Unanswerable:
            continue
        shown = {name: value for each in _objects(parse(answer.body), 0) for name, value in powers(each).items()}
        if shown:
            found[operation] = shown
    return found


async def _tried(http: Http, operation: Operation, seen: dict[Operation, dict[str, Any]], told: Told) -> bool:
    valid = await http.send_to(operation, fresh=True)
    body, shown = members_of(valid.asked.body), list(_objects(parse(valid.body), 0))
    if not valid.accepted or not body or says_error(members_of(valid.body)):
        return False
    inner = next(iter(body.values())) if len(body) == 1 else None
    taken = set(inner if isinstance(inner, dict) else body)
    known = {
        name: value for each in (*shown, *seen.values()) for name, value in powers(each).items() if name not in taken
    }
    extra = {**GUESSES, **{name: other(value) for name, value in known.items()}}
    extra = {name: value for name, value in extra.items() if name not in taken}
    loaded = await http.send_to(operation, body=_with(renamed(valid.asked.body, "m-"), extra), fresh=True)
    if not loaded.accepted and known:
        few = {name: extra[name] for name in known}  # a guess may have been one too many
        loaded = await http.send_to(operation, body=_with(renamed(valid.asked.body, "n-"), few), fresh=True)
    if not loaded.accepted:
        told.good.append((f"{operation.key} refuses fields that it does not take", loaded))
        return True
    before = {name: value for each in shown for name, value in each.items()}
    for each in _objects(parse(loaded.body), 0):
        for name, value in extra.items():
            echo = name not in before and (
                (loaded.status != 201 and not operation.role) or _repeats(each, loaded)  # noqa: PLR2004 - created
            )
            if name in each and each[name] == value and before.get(name) != value and not echo:
                what = f"{operation.key} takes {name}: {json.dumps(value)}, and has it so"
                told.fault(http, operation, [name], what, loaded)
                return True
    return await _read_back(http, _Loaded(operation, extra, loaded, valid), seen, told) or bool(shown)


def _repeats(shown: dict[str, Any], answer: Answer) -> bool:
    """Whether an object of a reply holds nothing but what was sent: it tells what was received, not what was kept."""
    sent = list(_objects(parse(answer.asked.body), 0))
    return any(all(name in each and each[name] == value for name, value in shown.items()) for each in sent)


async def _read_back(http: Http, sent: _Loaded, seen: dict[Operation, dict[str, Any]], told: Told) -> bool:
    """Find what was created in the lists that show such fields; by its name, which nobody else has."""
    name, twin = _name_in(sent.answer), _name_in(sent.valid)
    looked: Answer | None = None
    for source in seen if name and twin else ():
        answer = await http.send_to(source, fresh=True)
        objects = list(_objects(parse(answer.body), 0))
        own = next((each for each in objects if name in each.values()), None)
        plain = next((each for each in objects if twin in each.values()), None)
        if own is None or plain is None:
            continue
        looked = answer
        for field, value in sent.extra.items():
            if field in own and own[field] == value and plain.get(field) != value:
                what = f"{sent.operation.key} takes {field}: {json.dumps(value)}, and {source.key} has it so"
                told.fault(http, sent.operation, [field], what, answer)
                return True
    shows = looked is not None or any(powers(each) for each in _objects(parse(sent.answer.body), 0))
    if shows:
        told.good.append((f"{sent.operation.key} leaves out fields that it does not take", looked or sent.answer))
    return shows


def _name_in(answer: Answer) -> str:
    return next((text for text in _texts(parse(answer.asked.body)) if text.startswith("ostiary-")), "")


async def _updated(http: Http, operation: Operation, told: Told) -> None:
    """A flag or an amount that the object shows is changed alone, read back, and put back.

    Nothing else is written: a valid update would rename the account that asks. Names of roles are left alone, because
    one that the server does not know can make an account useless.
    """
    read = next((each for each in http.operations if each.method == "GET" and each.path == operation.path), None)
    if read is None:
        return
    before = (await http.baseline(read)).body
    envelope = _envelope(http, operation)
    for each in _objects(parse(before), 0):
        for name, value in powers(each).items():
            if isinstance(value, str) or value is True:
                continue
            wanted = other(value)
            answer = await http.send_to(operation, body=_alone(envelope, name, wanted), fresh=True)
            after = await http.send_to(read, fresh=True)
            if not answer.accepted or not after.accepted:
                return
            changed = any(name in one and one[name] == wanted for one in _objects(parse(after.body), 0))
            if changed:
                await http.send_to(operation, body=_alone(envelope, name, value), fresh=True)
                what = f"{operation.key} takes {name}: {json.dumps(wanted)}, and {read.key} has it so"
                told.fault(http, operation, [name], what, after)
            else:
                told.good.append((f"{operation.key} leaves out fields that it does not take", answer))
            return


def _envelope(http: Http, operation: Operation) -> str:
    made = http.body_of(operation)
    document = members_of(made[1]) if made else {}
    return next(iter(document)) if len(document) == 1 and isinstance(next(iter(document.values())), dict) else ""


def _alone(envelope: str, name: str, value: Any) -> bytes:
    return json.dumps({envelope: {name: value}} if envelope else {name: value}).encode()


def _with(body: bytes, extra: dict[str, Any]) -> bytes:
    """A body with more members; within its envelope, where it has one."""
    document = members_of(body)
    if len(document) == 1 and isinstance(inner := next(iter(document.values())), dict):
        return json.dumps({next(iter(document)): {**inner, **extra}}).encode()
    return json.dumps({**document, **extra}).encode()


def _objects(node: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node[:500] if isinstance(node, list) else ():
        yield from _objects(each, depth + 1)


def _texts(node: Any) -> Iterator[str]:
    for each in _objects(node, 0):
        yield from (value for value in each.values() if isinstance(value, str))
