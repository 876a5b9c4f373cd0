"""Objects that are one person's by their nature, of people whom nobody here knows: read by number, and told apart by the owner they name."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Operation
from ostiary.parts.role_words import listed
from ostiary.parts.seen import callers, things
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.callers import Caller
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.owners import names_owner, owners_in, spelt
from ostiary.parts.seen.privileges import is_privileged

MOST: Final = 3  # operations, at most 8 requests each
NUMBERS: Final = ("1", "2", "3", "4", "5")  # what counts up begins there
_TRIED: Final = 2  # refusals in a row after which the rest would be refused too
_TWO: Final = 2
_OWN: Final = frozenset(
    listed(
        "basket cart order purchase invoice receipt payment card creditcard address wallet bankaccount transaction"
        " transfer payslip booking reservation prescription appointment diagnosis loan"
    )
)
_WORD: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")


class Read(NamedTuple):
    """A stranger's object that was read, and whose it says it is."""

    operation: Operation
    what: str
    proof: str
    evidence: tuple[Evidence, ...]


def reads(http: Http) -> list[Operation]:
    """Reads of one object by a number, of a kind that nobody shares; none where not anybody may sign up.

    Where accounts are handed out, those who have one may be meant to see everybody's.
    """
    own = [http.account(each) for each in http.identities]
    if not any(each.role == "register" for each in http.operations) and not any(
        each and each.registered for each in own
    ):
        return []
    found = [each for each in http.operations if things.is_read_of_one(each) and each.path.count("{") == 1]
    return [each for each in found if _is_ones_own(each) and not is_privileged(each) and _counts(http, each)][:MOST]


async def tried(http: Http) -> list[Read]:
    """Read the first numbers as an ordinary user: two strangers' objects make a finding, and nobody must be shut out."""
    operations = reads(http)
    if not operations or not http.other:
        return []
    known = await callers.known(http)
    by_name = {each.name: each for each in known}
    owner, other = by_name.get(http.owner), by_name.get(http.other)
    if owner is None or other is None or owner.privileged or other.privileged:
        return []
    found: list[Read | None] = []
    for operation in operations:
        with contextlib.suppress(Unanswerable):
            found.append(await _read(http, operation, owner, other))
    return [each for each in found if each is not None]


async def _read(http: Http, operation: Operation, owner: Caller, other: Caller) -> Read | None:
    target = http.target_of(operation)
    ours = owner.marks | other.marks
    if not any(each.isdecimal() for each in owner.marks) or not any(each.isdecimal() for each in other.marks):
        return None  # a number that names an owner could be either's
    strangers: dict[str, tuple[str, Answer]] = {}
    refused = 0
    for number in NUMBERS:
        if refused >= _TRIED or len({who for who, _ in strangers.values()}) >= _TWO:
            break
        aimed = things.aimed(target, number)
        answer = await http.send_to(operation, target=aimed, identity=owner.name)
        refused = 0 if granted(answer) else refused + 1
        whose = _owner_of(parse(answer.body)) if granted(answer) else ""
        if whose and whose not in ours:
            strangers[aimed] = (whose, answer)
    if len({who for who, _ in strangers.values()}) < _TWO or await _is_common(http, operation, other, ours):
        return None
    aimed, (whose, answer) = next(iter(strangers.items()))
    theirs = await http.send_to(operation, target=aimed, identity=other.name)
    nobody = await http.send_to(operation, target=aimed, identity="")
    if not granted(theirs) or _owner_of(parse(theirs.body)) != whose or not shut(nobody):
        return None
    what = f"{owner.name} and {other.name} read what is neither's: {operation.key} shows objects of other users by their number"
    proof = (
        f"{operation.key}: {len(strangers)} objects that name other owners than the two who ask were shown to them, "
        f"and nobody got {nobody.status}"
    )
    return Read(operation, what, proof, tuple(http.show(each, what) for _, each in list(strangers.values())[:_TWO]))


async def _is_common(http: Http, operation: Operation, other: Caller, ours: frozenset[str]) -> bool:
    """Whether the list above shows everybody's to an ordinary user: then it may be meant so."""
    parent = things.parent_of(operation)
    above = next((each for each in http.operations if each.method == "GET" and each.path.rstrip("/") == parent), None)
    if above is None:
        return False
    with contextlib.suppress(Unanswerable):
        answer = await http.send_to(above, identity=other.name)
        entries = things.listed(parse(answer.body)) if granted(answer) else []
        return any(owners_in(each) and not owners_in(each) & ours for each in entries)
    return False


def _is_ones_own(operation: Operation) -> bool:
    """Whether the path's last noun names something that belongs to one person."""
    words = [each.lower() for each in _WORD.findall(things.parent_of(operation).rpartition("/")[2])]
    last = {words[-1], "".join(words)} if words else set()
    return any(_singular(each) & _OWN for each in last)


def _singular(word: str) -> frozenset[str]:
    return frozenset({word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ss") + "s"})


def _counts(http: Http, operation: Operation) -> bool:
    """Whether the object is named by a number, as the document or a valid request says."""
    hole = things.hole_of(operation)
    declared = next((each for each in operation.parameters if each.name == hole), None)
    fragment = declared.schema.fragment if declared is not None and declared.schema is not None else {}
    if isinstance(fragment, Mapping) and fragment.get("type") in {"integer", "number"}:
        return True
    if http.api is not None and http.api.inferred:
        return True  # nothing says how it is named: two refusals cost little
    return http.target_of(operation).partition("?")[0].rstrip("/").rpartition("/")[2].isdecimal()


def _owner_of(document: Any) -> str:
    """The number by which an object names its owner, also within an envelope."""
    if not isinstance(document, Mapping):
        return ""
    for each in (document, *(value for value in document.values() if isinstance(value, Mapping))):
        for name, value in each.items():
            if names_owner(spelt(str(name))) and isinstance(value, int) and not isinstance(value, bool):
                return str(value)
    return ""
