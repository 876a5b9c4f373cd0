"""What an API tells a user about himself: the claims of his token, and the profile that he alone is meant to read."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Thing
from ostiary.model import Operation
from ostiary.parts.seen import tokens
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.changes import members
from ostiary.parts.seen.doors import granted

MOST: Final = 3  # reads of oneself
SELF: Final = re.compile(
    r"me|self|user|profile|whoami|account|userinfo|current[-_]?user|my[-_]?(?:profile|account)", re.IGNORECASE
)


@dataclass
class Self:
    """What was told: fields by name, the claims of the token last; and the replies that told it."""

    fields: dict[str, Any] = field(default_factory=dict)
    answers: list[tuple[Operation, Answer]] = field(default_factory=list)


def reads(http: Http) -> list[Operation]:
    """Operations that read the caller's own profile."""
    found = [each for each in http.operations if each.method == "GET" and each.declared and "{" not in each.path]
    return [
        each for each in found if http.purpose(each) == "me" or SELF.fullmatch(each.path.rstrip("/").rpartition("/")[2])
    ]


def writes(http: Http) -> list[Operation]:
    """Operations that change the caller's own profile: where it is read, or on a path that is called for it."""
    paths = {each.path.rstrip("/") for each in reads(http)}
    changes = [each for each in http.operations if each.method in {"PUT", "PATCH"} and "{" not in each.path]
    return [
        each
        for each in changes
        if each.path.rstrip("/") in paths or SELF.fullmatch(each.path.rstrip("/").rpartition("/")[2])
    ]


async def told(http: Http, identity: str, profile: Thing | None = None, *, by_login: bool = False) -> Self:
    """Ask who somebody is, freshly.

    :param profile: his entry among the users, where one is known.
    :param by_login: whether he may sign in anew, to hear it from that reply too: it may tell what no profile does.
    """
    found = Self()
    asks = [(each, http.target_of(each)) for each in reads(http)]
    if profile is not None and profile.read is not None:
        asks.append((profile.read, http.aim(profile.read, profile)))
    for operation, target in asks[:MOST]:
        with contextlib.suppress(Unanswerable):
            answer = await http.send_to(operation, target=target, identity=identity, fresh=True)
            if not granted(answer):
                continue
            found.answers.append((operation, answer))
            document = parse(answer.body)
            if isinstance(document, Mapping):
                for name, value in members(document):
                    found.fields.setdefault(name, value)
    if by_login:
        await _signed_in(http, identity, found)
    for _, answer in found.answers[:1]:
        for _, value in answer.asked.headers:
            _claimed(found, value)
    return found


def _claimed(found: Self, text: str) -> None:
    token = tokens.find(text)
    for name, claim in token.claims.items() if token is not None else ():
        found.fields.setdefault(name, claim)


async def _signed_in(http: Http, identity: str, found: Self) -> None:
    """Where nothing reads a profile: what the reply to signing in says of whoever does, and the claims of its token."""
    account = http.account(identity)
    login = next((each for each in http.operations if each.role == "login" and each.method == "POST"), None)
    if account is None or not account.password or login is None:
        return
    with contextlib.suppress(Unanswerable):
        answer = await http.sign_in(account.user, account.password)
        document = parse(answer.body)
        if not http.signed_in(answer) or not isinstance(document, Mapping):
            return
        found.answers.append((login, answer))
        for name, value in members(document):
            found.fields.setdefault(name, value)
            if isinstance(value, str):
                _claimed(found, value)
