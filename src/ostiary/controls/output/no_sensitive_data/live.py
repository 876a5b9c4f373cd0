"""Operations are walked as each identity, and a marked password is submitted in vain to see whether it comes back."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any, NamedTuple

from ostiary.controls.output.no_sensitive_data.pointers import at_pointer, everywhere, pointers
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Severity, failed, passed, unknown
from ostiary.parts.seen import things
from ostiary.parts.seen.bodies import NOT_JSON, is_json_type, parse
from ostiary.parts.seen.fields import declares, written_back
from ostiary.parts.seen.inputs import inputs
from ostiary.parts.seen.personal import contact_fields, contact_in
from ostiary.parts.seen.secrets import Leak, issues, leaks

_MAKES_HASHES = re.compile(r"/(?:hash|hashes|bcrypt|argon2|digest)(?:/|$)", re.IGNORECASE)
SAMPLED = 12  # operations read
ECHOED = 5  # operations written to in vain
MOST_THINGS = 8  # objects read as their owner, another user and nobody: most was read before
SHOWN = 4
CROWD = 3  # people; of one or two a page may tell on purpose
OURS = "ostiary-"  # what the texts that we keep there begin with
_SELF = re.compile(r"me|self|user|profile|whoami|current[-_]?user", re.IGNORECASE)
MARKER = "Zq7-marked-secret-Xv3"


class _Fault(NamedTuple):
    what: str
    severity: Severity
    evidence: Evidence
    place: str  # the operation
    field: str  # a JSON pointer, with * for places in a list; empty where it is no field


async def audit_live(http: Http) -> Finding:
    """Look for secrets, write-only and undeclared fields in replies, and for echoes of what was submitted."""
    faults: list[_Fault] = []
    read = 0
    operations = sorted(http.operations, key=lambda each: (each.method != "GET", "{" in each.path))
    readable = [each for each in operations if each.method in {"GET", "POST"}]
    for operation in readable[:SAMPLED]:
        for identity in ("", *http.identities[:2]) if operation.method == "GET" else (None,):
            try:
                answer = await http.send_to(operation, identity=identity)
            except Unanswerable:
                continue
            read += answer.accepted
            faults += judge(answer, operation, http)
    for operation, answer in await _of_things(http):
        read += answer.accepted
        faults += judge(answer, operation, http)
    known = {_asked_for(each.method, http.target_of(each)): each for each in http.operations}
    for answer in await http.samples():
        read += answer.accepted
        faults += judge(answer, known.get(_asked_for(answer.asked.method, answer.asked.target)), http)
    echoed, tried = await _echoes(http)
    faults += echoed
    if faults:
        return _accused(faults)
    if not read:
        return unknown("no successful reply was seen")
    mistakes = f"; {tried} errors do not repeat what was submitted" if tried else ""
    return passed(f"{read} replies hold no secret and no field they must not{mistakes}")


def _asked_for(method: str, target: str) -> tuple[str, str]:
    """What a request asks for: a final slash, which many routers take or leave, makes no other operation of it."""
    path, mark, query = target.partition("?")
    return method, f"{path.rstrip('/')}{mark}{query}"


def _accused(faults: list[_Fault]) -> Finding:
    order = sorted(faults, key=lambda each: -each.severity.rank)
    fields: dict[str, list[str]] = {}
    for each in order:
        known = fields.setdefault(each.place, [])
        if each.field and each.field not in known:
            known.append(each.field)
    shown = {each.place: each.evidence for each in reversed(order)}  # one for each operation
    return failed(
        order[0].what,
        *[shown[place] for place in fields][:SHOWN],
        severity=order[0].severity,
        proof=f"the reply holds it: {order[0].what}",
        places=tuple(fields),
        facts={"fields": {place: tuple(names) for place, names in fields.items() if names}},
    )


async def _of_things(http: Http) -> list[tuple[Operation, Answer]]:
    """What is known to be somebody's, as he reads it and as others do."""
    found = []
    for thing in [each for each in await http.things() if each.read is not None][:MOST_THINGS]:
        for identity in dict.fromkeys((thing.owner, http.other, "")):
            with contextlib.suppress(Unanswerable):
                if thing.read is not None and (identity or not thing.ours):
                    target = http.aim(thing.read, thing)
                    found.append((thing.read, await http.send_to(thing.read, target=target, identity=identity)))
    return found


def judge(answer: Answer, operation: Operation | None, http: Http) -> list[_Fault]:
    """What one reply gives away."""
    document = parse(answer.body) if is_json_type(answer.media_type) else NOT_JSON
    if document is NOT_JSON or _is_description(document):
        return []
    target = operation.path if operation else answer.asked.target
    place = operation.key if operation else f"{answer.asked.method} {target.partition('?')[0]}"
    issuing = issues(answer.asked.method, target, operation.id if operation else "")
    for_all = (
        answer.asked.method == "GET" and not answer.asked.identity
    )  # to whom nothing secret is handed out on purpose
    found = []
    for leak in leaks(document, issuing=issuing and not for_all):
        if leak.kind == "token" and issuing:
            continue
        if leak.kind == "token" and operation and declares(operation, answer.status, leak.pointer):
            continue  # the caller's own, on purpose: "who am I" renews it
        if leak.kind == "token" and operation and _renews(operation, leak, answer, http):
            continue
        if leak.kind == "shape" and answer.asked.method == "POST" and _MAKES_HASHES.search(target):
            continue  # of what was sent to be hashed
        if leak.kind == "secret" and _is_content(leak, document, answer):
            continue
        what = f"{answer.asked.method} {target}: {leak.what} ({leak.pointer})"
        grave = leak.kind in {"password", "shape"} or (for_all and leak.kind in {"secret", "issued"})
        severity = Severity.HIGH if grave else Severity.MEDIUM
        found.append(_Fault(what, severity, http.show(answer, what), place, everywhere(leak.pointer)))
    for pointer, why in written_back(document, operation, answer.status) if operation else ():
        what = f"{answer.asked.method} {target}: {pointer} is {why}"
        found.append(_Fault(what, Severity.MEDIUM, http.show(answer, what), place, everywhere(pointer)))
    if not answer.asked.identity and answer.accepted:
        found += _crowd(answer, document, place, http)
    return found


def _renews(operation: Operation, leak: Leak, answer: Answer, http: Http) -> bool:
    """The same where no document could declare it: a caller's own profile, and one token, not one of a list's."""
    own = _SELF.fullmatch(operation.path.rstrip("/").rpartition("/")[2]) is not None
    inferred = http.api is not None and http.api.inferred
    return inferred and own and bool(answer.asked.identity) and not re.search(r"/\d+(?:/|$)", leak.pointer)


def _is_content(leak: Leak, document: Any, answer: Answer) -> bool:
    """A text called ``secret`` that a user keeps there, and reads himself, is what the operation is for."""
    value = at_pointer(document, leak.pointer)
    named = leak.pointer.rpartition("/")[2].lower() == "secret"
    return isinstance(value, str) and (OURS in value or (named and bool(answer.asked.identity)))


def _crowd(answer: Answer, document: Any, place: str, http: Http) -> list[_Fault]:
    """Contact data of several people, for whoever asks."""
    people = [each for each in things.listed(document) if (found := contact_in(each)) and OURS[:-1] not in found]
    if len(people) < CROWD:
        return []
    fields = sorted({name for each in people for name in contact_fields(each)})
    what = f"{place} tells nobody how to reach {len(people)} people ({', '.join(fields)})"
    shown = http.show(answer, what)
    return [_Fault(what, Severity.MEDIUM, shown, place, each) for each in pointers(document, frozenset(fields))]


def _is_description(document: Any) -> bool:
    """An API's own description shows names and examples, not secrets."""
    return isinstance(document, dict) and "paths" in document and bool({"openapi", "swagger"} & document.keys())


async def _echoes(http: Http) -> tuple[list[_Fault], int]:
    faults = []
    tried = 0
    writers = [each for each in http.operations if each.method in {"POST", "PUT", "PATCH"}]
    writers = [each for each in writers if any("json" in media for media in each.consumes)]
    for operation in sorted(writers, key=lambda each: not _takes_a_secret(http, each))[:ECHOED]:
        body = wrong_body(http.body_of(operation))
        try:
            answer = await http.send_to(operation, body=body, headers=[("content-type", "application/json")])
        except Unanswerable:
            continue
        if answer.status < 400:  # noqa: PLR2004
            continue
        tried += 1
        if MARKER in answer.text:
            secret = _takes_a_secret(http, operation)
            told = "the submitted password" if secret else "what was submitted, a password that it does not ask for too"
            what = f"{operation.key}: a {answer.status} repeats {told}"
            severity = Severity.HIGH if secret else Severity.LOW
            faults.append(_Fault(what, severity, http.show(answer, what), operation.key, ""))
    return faults, tried


def _takes_a_secret(http: Http, operation: Operation) -> bool:
    """Whether its body has a password: what a refusal repeats of others is no secret by its name."""
    return any(each.place is None and _is_secret(each.name) for each in inputs(http, operation))


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in ("pass", "pwd", "secret"))


def wrong_body(made: tuple[str, bytes] | None) -> bytes:
    """A body that no schema accepts, with marked passwords in it: half of a valid one, the rest of odd types."""
    valid = parse(made[1]) if made else {}
    wrong: dict[str, Any] = {}
    if isinstance(valid, dict):
        for at, (name, value) in enumerate(sorted(valid.items())):
            if isinstance(value, str) and _is_secret(name):
                wrong[name] = MARKER
            elif at % 2:
                wrong[name] = {"unexpected": True}
    wrong.setdefault("password", MARKER)
    return json.dumps(wrong).encode()
