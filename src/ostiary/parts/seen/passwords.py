"""Whether one user can set another's password: tried between accounts that may be lost, and proven by signing in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ostiary.evidence import Account, Http, Thing
from ostiary.model import Operation
from ostiary.parts.seen.bodies import is_json_type, parse
from ostiary.parts.seen.changes import enveloped
from ostiary.parts.seen.changes import members as members_in
from ostiary.parts.seen.crossing import CROSSED, KEPT, UNDECIDED, Cell
from ostiary.parts.seen.inputs import FORM, with_members
from ostiary.parts.seen.secrets import is_password_name


def field_of(http: Http, operation: Operation) -> str:
    """The member of a write's body that is the new password; empty when there is none."""
    made = http.body_of(operation) if operation.consumes else None
    plain: Any = parse(made[1]) if made is not None and is_json_type(made[0].partition(";")[0].lower()) else None
    if not isinstance(plain, Mapping):
        return ""
    names = [str(each) for each in enveloped(plain)[1] if is_password_name(str(each))]
    new = [each for each in names if "new" in each.lower()]
    old = ("current", "old", "confirm", "repeat", "again")
    return next(iter([*new, *(each for each in names if not any(word in each.lower() for word in old))]), "")


async def overwritten(http: Http, operation: Operation, thing: Thing, victim: Account, attacker: Account) -> Cell:
    """Set the victim's password as the attacker, and sign in with it.

    :param thing: the victim's profile, which the operation's path names.
    :raises Unanswerable: when the target does not answer, or no login is known.
    """
    stolen, own = f"Ostiary-{attacker.password[:8]}-Xk7!", f"Ostiary-{victim.password[:8]}-Yq4!"
    answer = await http.send_to(
        operation, target=http.aim(operation, thing), identity=attacker.name, fresh=True,
        **_saying(http, operation, stolen, attacker.password, victim),
    )  # fmt: skip
    login = await http.sign_in(victim.user, stolen)
    if http.signed_in(login):
        shown = http.show(answer, f"{attacker.name} sets the password of {victim.name}: {operation.key}")
        proof = f"{operation.key}: the other user set a password, and it signs the owner of the account in"
        return Cell(operation, CROSSED, proof, (shown,))
    await http.send_to(
        operation, target=http.aim(operation, thing), identity=victim.name, fresh=True,
        **_saying(http, operation, own, victim.password, victim),
    )  # fmt: skip
    works = http.signed_in(await http.sign_in(victim.user, own))
    return Cell(operation, KEPT if works else UNDECIDED)


def _saying(http: Http, operation: Operation, new: str, current: str, victim: Account) -> dict[str, Any]:
    """The body that sets a password and leaves the rest as the victim has it: who was renamed cannot sign in to show it."""
    made = http.body_of(operation) or ("application/json", b"{}")
    field = field_of(http, operation)
    kept = {str(name): value for name, value in members_in(victim.registered)}
    members: dict[str, Any] = {}
    plain = parse(made[1])
    key, inner = enveloped(plain) if isinstance(plain, Mapping) else ("", {})
    for name in inner:
        if str(name) in kept:
            members[str(name)] = kept[str(name)]
        if is_password_name(str(name)) and name != field:
            known = any(word in str(name).lower() for word in ("current", "old"))
            members[str(name)] = current if known else new
    members[field] = new
    if made[0].startswith(FORM):
        return {"body": with_members(made[0], made[1], members), "headers": [("Content-Type", made[0])]}
    body = json.dumps({key: {**inner, **members}} if key else {**inner, **members}).encode()
    return {"body": body, "headers": [("Content-Type", made[0])]}
