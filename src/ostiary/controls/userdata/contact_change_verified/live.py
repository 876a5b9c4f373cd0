"""An account of our own gets another address, unproven: it must not be in force when the profile is read again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Confidence, Finding, Operation, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.role_fields import ACCOUNT, Field, fields_of
from ostiary.parts.role_words import listed, squeezed
from ostiary.parts.seen import flows
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.likenesses import like

MOST: Final = 3  # operations
# Requests: for each operation 1 + 1 + 1 and at most 2 sign-ins; one registration.
CONTACTS: Final = frozenset(
    listed("""email emailaddress mail useremail newemail courriel correo epost eposta phone phonenumber mobile mobilenumber
    mobilephone telephone msisdn newphone""")
)
_ACCOUNT: Final = frozenset(ACCOUNT) - {"id", "userid", "user", "uid", "accountid", "account"}  # names, not numbers
_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_DEEPEST: Final = 5


class _Change(NamedTuple):
    operation: Operation
    field: Field
    read: Operation


def changes(operations: Iterator[Operation] | Any) -> list[tuple[Operation, Field]]:
    """Operations by which people change their own address or number: no one else's is named in the path."""
    found = []
    for each in operations:
        if each.method not in {"PUT", "PATCH", "POST"} or each.role:
            continue
        writes = each.method != "POST" or any(
            word in each.path.lower() for word in ("email", "phone", "contact", "profile")
        )
        contact = next((one for one in fields_of(each) if one.key in CONTACTS and one.place == "body"), None)
        if writes and contact is not None:
            found.append((each, contact))
    return found


async def audit_live(http: Http) -> Finding:
    """Change the address of a throwaway account, read the profile back, and see what the new one can do."""
    candidates = changes(http.operations)
    if http.api is not None and not changes(http.api.operations):
        return not_applicable("no operation changes somebody's e-mail address or number")
    own = [each for each in candidates if _is_own(http, each[0])][:MOST]
    if not own:
        return unknown(
            "no operation that changes one's own address could be called: the others name an account in the path"
        )
    account = await http.throwaway()
    kept: list[tuple[str, Answer]] = []
    why = "no profile could be changed and read back"
    for operation, contact in own:
        read = _reader(http, operation)
        if read is None:
            continue
        try:
            finding = await _tried(http, account, _Change(operation, contact, read), kept)
        except Unanswerable as error:
            why = f"{operation.key}: {error}"
            continue
        if finding is not None:
            return finding
    if kept:
        return passed(kept[0][0], http.show(kept[0][1], "the profile, read back"))
    return unknown(why)


def _is_own(http: Http, operation: Operation) -> bool:
    """Whether it is aimed at whoever calls, or at an account by its name, which is known of our own."""
    return _named(operation) and http.purpose(operation) not in {"register", "login"}


def _named(operation: Operation) -> bool:
    return all(squeezed(each) in _ACCOUNT for each in _HOLE.findall(operation.path))


def _reader(http: Http, operation: Operation) -> Operation | None:
    """The read that shows what the operation changed: on its path, above it, or the profile of whoever calls."""
    reads = [each for each in http.operations if each.method == "GET" and _named(each)]
    path = operation.path.rstrip("/")
    same = [each for each in reads if each.path.rstrip("/") == path]
    above = [each for each in reads if each.path.rstrip("/") == path.rpartition("/")[0] and "{" in each.path]
    return next(iter([*same, *above, *(each for each in reads if http.purpose(each) == "me")]), None)


async def _tried(http: Http, account: Account, change: _Change, kept: list[tuple[str, Answer]]) -> Finding | None:
    before = await flows.sent(http, change.read, account, identity=account.name)
    old = next((value for key, value in _texts(parse(before.body), 0) if squeezed(key) in CONTACTS and value), "")
    if not granted(before) or not old:
        raise Unanswerable("the profile shows no address before the change")
    new = like(old, 1)
    changed = await flows.sent(http, change.operation, account, more={change.field.key: new}, identity=account.name)
    if not granted(changed):
        changed = await _alone(http, account, change, new, changed.asked.target)
    after = await flows.sent(http, change.read, account, identity=account.name)
    where = change.operation.key
    if not granted(changed):
        if changed.status in {401, 403, 428}:
            kept.append((f"{where} does not change an address by itself ({changed.status})", after))
            return None
        raise Unanswerable(f"it answered {changed.status}")
    shows = {value for key, value in _texts(parse(after.body), 0) if squeezed(key) in CONTACTS}
    if not granted(after) or new not in shows:
        if old in shows:
            kept.append((f"{where} takes a new address, and the old one stays in force until it is proven", after))
        return None
    signs_in, held = await _signs_in(http, account, old, new)
    how = "and signs in at once" if signs_in else "at once"
    return failed(
        f"{where} puts a new address in force {how}: nothing proves that its owner agreed",
        http.show(changed, "the change, without a proof"),
        http.show(after, "the profile, read back: the new address"),
        *((http.show(held, "signing in under the new address"),) if held is not None and signs_in else ()),
        severity=None if signs_in else Severity.MEDIUM,
        confidence=Confidence.CERTAIN,
        proof="The profile read back has the new address, to which nothing was sent that came back.",
        places=(where,),
        facts={"operation": where, "fields": [change.field.path[-1]], "signs-in": signs_in},
    )


async def _alone(http: Http, account: Account, change: _Change, new: str, target: str) -> Answer:
    """The change with nothing else in the body: other members may be what was refused."""
    document: Any = new
    for name in reversed(change.field.path):
        document = {name: document}
    headers = [("Content-Type", "application/json")]
    body = json.dumps(document).encode()
    return await http.send_to(
        change.operation, target=target, headers=headers, body=body, identity=account.name, fresh=True
    )


async def _signs_in(http: Http, account: Account, old: str, new: str) -> tuple[bool, Answer | None]:
    if account.user != old:
        return False, None
    try:
        answer = await http.sign_in(new, account.password)
    except Unanswerable:
        return False, None
    return http.signed_in(answer), answer


def _texts(node: Any, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict) and depth < _DEEPEST:
        for key, value in node.items():
            if isinstance(value, str):
                yield str(key), value
            else:
                yield from _texts(value, depth + 1)
