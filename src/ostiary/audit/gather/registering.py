"""Signing up as a stranger would: the document's own registration, filled in with an invented person."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ostiary.audit.gather import persons, repairs
from ostiary.audit.gather.drafts import Draft, Path, draft, fragment, required, sample
from ostiary.audit.gather.persons import Person
from ostiary.audit.gather.values import MISSING, Taste
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer
from ostiary.model import Operation
from ostiary.parts import role_fields as names
from ostiary.parts.role_words import listed, squeezed
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.owners import speaks_of_privilege
from ostiary.parts.seen.privileges import is_privileged

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

ATTEMPTS: Final = 5  # bodies that are tried until one registration succeeds
MOST_FORMS: Final = 3  # registration operations that are tried
_MARK: Final = "0nonce0"  # stands in a form where each person gets its own
_PEOPLE: Final = frozenset(listed("user users account accounts customer customers member members people persons"))
_CALLED: Final = frozenset(listed("name displayname fullname accountname"))
_LEADS: Final = frozenset({302, 303})
_WRONG: Final = frozenset({400, 409, 422})
_TOO_MANY: Final = 429
_PATIENCE: Final = 5.0  # seconds that a limit on registrations is waited for, once
_AT_LEAST: Final = re.compile(
    r"(?:at least|minimum|min|longer than|more than|>=?|no fewer than)\D{0,30}?(\d{1,3})|(\d{1,3}) or more|between (\d{1,3})",
    re.IGNORECASE,
)
_AT_MOST: Final = re.compile(
    r"(?:at most|maximum|max|shorter than|less than|fewer than|no more than|not exceed|up to|<=?)\D{0,30}?(\d{1,3})"
    r"|(\d{1,3}) or (?:less|fewer)|between \d{1,3}\D{1,8}(\d{1,3})",
    re.IGNORECASE,
)


@dataclass(slots=True)
class SignUp:
    """One registration operation, and what its refusals taught about the body that it takes."""

    operation: Operation
    template: Draft | None = None
    simple: bool = False  # whether only letters and digits are taken
    bounds: dict[str, dict[str, Any]] = field(
        default_factory=dict
    )  # of a kind of field: what refusals said of its size

    def body(self, person: Person) -> Draft:
        """The request that registers this person."""
        if self.template is None:
            self.template = _template(self.operation)
        person = persons.simpler(person) if self.simple else person
        made = Draft(self.operation, self.template.media_type)
        made.value = json.loads(json.dumps(self.template.value).replace(_MARK, person.user.removeprefix("ostiary")))
        for path in made.paths():
            kind = persons.kind_of(squeezed(path[-1]))
            if kind and isinstance(made.get(path), (str, type(None))):
                schema = {**fragment(self.operation, path), **self.bounds.get(kind, {})}
                text = persons.fitted(kind, person.value(kind), schema)
                if text:
                    made.put(path, text)
        nameless = not any(persons.kind_of(squeezed(path[-1])) in {"user", "email"} for path in made.paths())
        for path in made.paths():  # some log in by it
            key = squeezed(path[-1])
            if (key in _CALLED or (nameless and key == "id")) and isinstance(made.get(path), str):
                schema = {**fragment(self.operation, path), **self.bounds.get("user", {})}
                made.put(path, persons.fitted("user", person.user, schema) or made.get(path))
        return made

    def learn(self, made: Draft, answer: Answer, person: Person) -> bool:
        """Change the form by what a refusal says of it; whether anything changed."""
        if self.template is None:
            return False
        changed = self._resize(answer)
        wrong = {squeezed(str(each.at[-1])) for each in repairs.complaints(answer) if each.at}
        if not changed and not self.simple and any(persons.kind_of(each) for each in wrong):
            self.simple = changed = True
        better = repairs.repaired(made.value, answer, Taste(nonce=_MARK, examples=False), {})
        if better is not None:
            text = json.dumps(better)
            for each in (person.user, persons.simpler(person).user):
                text = text.replace(each, f"ostiary{_MARK}")
            self.template = Draft(self.operation, self.template.media_type, json.loads(text))
            changed = True
        return changed

    def _resize(self, answer: Answer) -> bool:
        """Keep names and passwords within the sizes that a refusal speaks of; whether that is another size."""
        before = repr(self.bounds)
        for each in repairs.complaints(answer):
            kind = persons.kind_of(squeezed(str(each.at[-1]))) if each.at else ""
            least, most = _AT_LEAST.search(each.said), _AT_MOST.search(each.said)
            if kind and least:
                self.bounds.setdefault(kind, {})["minLength"] = int(next(filter(None, least.groups())))
            if kind and most:
                self.bounds.setdefault(kind, {})["maxLength"] = int(next(filter(None, most.groups())))
        return repr(self.bounds) != before


def sign_ups(live: Live, most: int = MOST_FORMS) -> list[SignUp]:
    """Registration operations, the likeliest first."""
    operations = live.api.operations if live.api is not None else ()
    found = [each for each in operations if each.role == "register" and each.method == "POST"]
    found += [each for each in operations if each not in found and _is_like_one(each)]
    found.sort(
        key=lambda each: (is_privileged(each), each.role != "register", bool(each.security), each.path.count("/"))
    )
    return [SignUp(each) for each in found[:most]]


def _is_like_one(operation: Operation) -> bool:
    """A POST to a collection of people that takes a name and a password."""
    if operation.method != "POST" or operation.role or "{" in operation.path:
        return False
    last = squeezed(operation.path.rstrip("/").rpartition("/")[2])
    keys = names.keys_of(operation)
    named = any(persons.kind_of(each) in {"user", "email"} for each in keys)
    return last in _PEOPLE and bool(keys & names.PASSWORD) and named and not keys & names.CURRENT


def _template(operation: Operation) -> Draft:
    """What is required, what names the account and its password, and nothing that asks for rights."""
    made = draft(operation, _MARK)
    must = set(required(operation))
    fields = [each for each in names.fields_of(operation) if each.place == "body"]
    if not made.value and not fields:
        made.value = {"username": "", "email": "", "password": ""}
    for each in fields:
        lacking = persons.kind_of(each.key) in {"user", "email", "password"} and made.get(each.path) is MISSING
        if lacking and (each.key in names.PASSWORD | names.REPEATED or not _has_name(made)):
            made.put(each.path, "")
    for path in made.paths():
        if persons.is_right(path):
            if path in must:
                made.put(path, _modest(operation, path))
            else:
                made.drop(path)
    return made


def _has_name(made: Draft) -> bool:
    return any(persons.kind_of(squeezed(path[-1])) in {"user", "email"} for path in made.paths())


def _modest(operation: Operation, path: Path) -> Any:
    """The least that a required field about rights may say."""
    schema = fragment(operation, path)
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return next((each for each in choices if not speaks_of_privilege(str(each))), choices[-1])
    value = sample(operation, path, _MARK)
    if isinstance(value, bool):
        return squeezed(path[-1]) in {"active", "isactive", "enabled"}
    if isinstance(value, (int, float)):
        return schema.get("minimum", 0)
    return (
        "user" if isinstance(value, str) and not value.startswith("ostiary-x") and speaks_of_privilege(value) else value
    )


async def register(
    live: Live, http: LiveHttp, form: SignUp, person: Person, more: Mapping[str, Any] | None = None
) -> tuple[Answer, Draft]:
    """Register a person; the reply that said so, and what was sent.

    :param more: members to send along, beside the name; nothing is learnt of a refusal then.

    :raises Unanswerable: with the last refusal, when none of a few bodies is taken.
    """
    last, waited = "nothing was answered", False
    for _ in range(ATTEMPTS):
        made = form.body(person)
        beside = next((path[:-1] for path in made.paths() if persons.kind_of(squeezed(path[-1]))), ())
        for name, value in (more or {}).items():
            made.put((*beside, name), value)
        answer, _ = await live.forgery.write(live, http, made)
        if answer.status == _TOO_MANY and not waited:
            waited = True
            await asyncio.sleep(min(retry_after(answer), _PATIENCE))
            continue
        if granted(answer) or _led_on(made, answer):
            return answer, made
        last = f"{answer.status}"
        if answer.status not in _WRONG and not answer.accepted:
            break
        if more or not form.learn(made, answer, person):
            break
    raise Unanswerable(f"{form.operation.key} answered {last} to a stranger who wanted an account")


def _led_on(made: Draft, answer: Answer) -> bool:
    """Whether a form was answered as pages do, by leading elsewhere than back to it; signing in shows whether it was taken."""
    place = urlsplit(answer.head("location") or "").path.rstrip("/")
    form = "json" not in made.media_type and answer.status in _LEADS
    return form and bool(answer.head("location")) and place != made.operation.path.rstrip("/")


def retry_after(answer: Answer) -> float:
    """Seconds that a reply asks to wait (RFC 9110 section 10.2.3); one where it does not say."""
    value = answer.head("retry-after") or ""
    return float(value) if value.isascii() and value.isdigit() else 1.0
