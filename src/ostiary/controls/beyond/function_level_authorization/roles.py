"""An account that may be lost gives itself a role through the operations that give roles; then the API says who it is."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Evidence, Operation
from ostiary.parts.seen import selves
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.fields import resolve
from ostiary.parts.seen.owners import speaks_of_privilege, spelt
from ostiary.parts.seen.privileges import role_fields
from ostiary.parts.seen.selves import Self

MOST: Final = 3  # operations; at most 6 requests for each
_TRIES: Final = 2  # names of the account, as the operation may know it
_USUAL: Final = ("admin", "employee")
_VALUES: Final = len(_USUAL)
_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_NAMES: Final = ("id", "user_id", "uuid", "sub", "username", "login", "name", "email")


def givers(http: Http) -> list[Operation]:
    """Operations that give somebody rights."""
    writes = [each for each in http.operations if each.method in {"PUT", "PATCH", "POST"} and each.declared]
    return [each for each in writes if each.role != "register" and role_fields(each)]


async def won(http: Http, operation: Operation) -> tuple[Evidence, str, str] | None:
    """What an ordinary account got itself: evidence, the proof, and the field; None: nothing.

    :raises Unanswerable: when there is no account that may be lost, or it is not told what it may do.
    """
    for at in range(_VALUES):
        account = await http.throwaway()  # another one: a role that the API does not know may have broken the first
        before = await selves.told(http, account.name)
        field = role_fields(operation)[0]
        told = next((name for name in before.fields if _alike(name, field)), "")
        if not told:
            raise Unanswerable("the profile of an account does not tell its role")
        values = _wanted(operation, field, before.fields[told])
        if at >= len(values):
            break
        answer = await _accepted(http, operation, account, {field: values[at]}, before)
        if answer is None:
            continue
        with contextlib.suppress(Unanswerable):
            await http.renew(account.name)  # a token may say it
        after = await selves.told(http, account.name)
        if str(after.fields.get(told)) == str(values[at]) != str(before.fields[told]):
            now, then = json.dumps(values[at]), json.dumps(before.fields[told])
            what = f"an ordinary account gives itself {field}: {now} by {operation.key}"
            return http.show(answer, what), f"{operation.key}: {told} was {then} before, and is {now} after it", field
        if after.answers:  # it answered, and did nothing
            break
    return None


async def _accepted(
    http: Http, operation: Operation, account: Account, members: Mapping[str, Any], before: Self
) -> Answer | None:
    for name in _names_of(before, account.user)[:_TRIES]:
        answer = await _asked(http, operation, account.name, members, name)
        if granted(answer):
            return answer
    return None


def _names_of(before: Self, user: str) -> list[str]:
    found = {spelt(name): str(value) for name, value in before.fields.items() if isinstance(value, (str, int))}
    return list(dict.fromkeys([*(found[each] for each in _NAMES if each in found), user]))


async def _asked(http: Http, operation: Operation, identity: str, members: Mapping[str, Any], name: str) -> Answer:
    target = _HOLE.sub(lambda _: quote(name, safe=""), operation.path)
    query = http.target_of(operation).partition("?")[2]
    body: dict[str, Any] = {}
    for each, schema in _properties(operation).items():
        whose: Any = int(name) if schema.get("type") == "integer" and name.isdecimal() else name
        body[each] = members.get(each, whose)
    return await http.send_to(
        operation, target=f"{target}?{query}" if query else target, identity=identity, fresh=True,
        body=json.dumps(body).encode(), headers=[("Content-Type", "application/json")],
    )  # fmt: skip


def _properties(operation: Operation) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for media in operation.consumes.values():
        schema = resolve(media.schema.fragment, media.schema.root) if media.schema is not None else None
        given = schema.get("properties", {}) if isinstance(schema, Mapping) else {}
        for name, each in given.items():
            plain = resolve(each, media.schema.root) if media.schema is not None else None
            found.setdefault(str(name), plain if isinstance(plain, Mapping) else {})
    return found


def _wanted(operation: Operation, field: str, now: Any) -> list[Any]:
    """Rights that the account has not: those that the document names, or else what they are usually called."""
    if isinstance(now, bool):
        return [True]
    schema = _properties(operation).get(field, {})
    choices = [each for each in schema.get("enum", ()) if isinstance(each, str) and each != now]
    if choices:
        return sorted(choices, key=lambda each: not speaks_of_privilege(each))[:1]
    style = str.upper if str(now).isupper() else str.capitalize if str(now)[:1].isupper() else str.lower
    return [style(each) for each in _USUAL]


def _alike(name: str, field: str) -> bool:
    flat, other = (re.sub(r"[^a-z]", "", each.lower()).rstrip("s") for each in (name, field))
    return flat == other or flat.removeprefix("is") == other.removeprefix("is")
