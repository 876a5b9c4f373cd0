"""Handlers that put a new address or number into an account at once, without a word of proof from its new owner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Function, Route, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import excerpts
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.serving import called, handler_of

_CONTACT: Final = re.compile(
    r"(?i)^(?:user_?)?(?:e_?mail|mail|email_?address|phone|phone_?number|mobile(?:_?number)?|msisdn)$"
)
_ACCOUNT: Final = re.compile(
    r"(?i)(?:^|[_.$@>])(?:current_?)?(?:user|account|member|me|profile|customer|person|self|identity|login)\w*$"
)
_NEW: Final = re.compile(
    r"(?i)regist|sign-?_?up|create|invit|join|contact-?_?us|subscri|newsletter|import|seed|webhook|callback|order|checkout|message|ticket|lead|admin|reset|"
    r"verify|confirm|forgot|login"
)
_PROVEN: Final = re.compile(
    r"(?i)verif|confirm|pending|\botp\b|one_?time|unconfirmed|new_?(?:e_?mail|phone)|send_?(?:mail|email|code|sms|message)|mailer|check_?password|"
    r"password_?verify|bcrypt|compare_?(?:hash|password)|authenticate\(|current_?password|old_?password|reauth|sudo|challenge"
)
_WRITES: Final = frozenset({"PUT", "PATCH", "POST", "*"})
_SETTERS: Final = (".update", ".findByIdAndUpdate", ".updateOne", ".findOneAndUpdate", ".update_one", ".update!", ".update_columns", ".fill",
                   ".update_attributes", ".setEmail", ".setPhone", ".setPhoneNumber", ".Updates", ".Update")  # fmt: skip
AT_ONCE: Final = "a new address or number is taken over at once, without proof that its owner agrees"


async def audit_source(tree: Tree) -> Finding:
    """Read what handlers of changes set."""
    faults, sound = [], list[Spot]()
    for route, spot, handler in _changes(tree):
        texts = [
            excerpts.text(tree, handler),
            *(excerpts.text(tree, each) for each in called(tree, handler)),
            *route.guards,
        ]
        if any(map(_PROVEN.search, texts)):
            sound.append(spot)
        else:
            faults.append(Fault(spot, AT_ONCE, Confidence.FIRM))
    unclear = (
        "where an address is changed, something is verified or confirmed; whether it is the new address is not read"
    )
    return judged(
        tree,
        faults,
        undecided=unclear if sound else "",
        nothing="handler that changes the address or number of an account",
        proof="The value of the request is set, and neither the handler nor what it calls here verifies or confirms anything.",
    )


def _changes(tree: Tree) -> Iterator[tuple[Route, Spot, Function]]:
    set_at: dict[str, list[Spot]] = {}
    for each in tree.code.assignments("*"):
        owner, _, last = each.name.rpartition(".")
        if (
            owner
            and each.function is not None
            and _CONTACT.match(last)
            and each.value.tainted
            and _ACCOUNT.search(owner)
        ):
            set_at.setdefault(each.path, []).append(each)
    for call in tree.code.calls(*_SETTERS):
        values = [*call.args, *call.keywords.values()]
        named = [*call.keywords.items(), *(pair for value in values for pair in _pairs(value))]
        by_name = call.method.startswith("set") and bool(call.args) and bool(call.args[0].tainted)
        if by_name or any(_CONTACT.match(name) and value.tainted for name, value in named):
            set_at.setdefault(call.path, []).append(call)
    seen: set[str] = set()
    for route in tree.code.routes if set_at else ():
        handler = handler_of(tree, route)
        if handler is None or not _WRITES & set(route.methods) or _NEW.search(f"{route.route} {handler.name}"):
            continue
        for spot in set_at.get(handler.path, ()):
            if handler.line <= spot.line <= (handler.end or handler.line) and spot.place not in seen:
                seen.add(spot.place)
                yield route, spot, handler


def _pairs(value: Value) -> Iterator[tuple[str, Value]]:
    for name, member in value.pairs.items():
        yield name, member
        yield from member.pairs.items()
