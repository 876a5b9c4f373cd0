"""A user asks for his own by his id, and by the word for himself; where only the id leads there, it is what an attacker changes."""

from __future__ import annotations

import contextlib

from ostiary.controls.processing.me_not_user_id.paths import is_own, is_private, names_a_person
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen import crossing
from ostiary.parts.seen.bodies import kind_of
from ostiary.parts.seen.crossing import CROSSED, Cell
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.privileges import is_privileged, roles_of

MOST_OWN = 3  # reads of oneself
MOST_THINGS = 8  # most was read before
_SHOWN = 4


async def audit_live(http: Http) -> Finding:
    """Look for what a user reaches by his id, and whether he reaches himself without it."""
    named = [each for each in http.operations if _is_self_service(each)]
    if http.operations and not named:
        return not_applicable("no operation names a user in its path")
    if not http.owner:
        return unknown("no credentials were given: who the caller is, is not known")
    if not http.other:
        return unknown("two users are needed to see whether an id opens what is another's: give both (--identity)")
    open_to = await _open(http, named)
    if open_to is not None:
        key = open_to.operation.key
        return failed(
            f"a user's own is given to whoever names him: {key}",
            *open_to.evidence[:_SHOWN],
            proof=open_to.proof,
            places=(key,),
            facts={"fields": {key: open_to.operation.path.rpartition("{")[2].partition("}")[0]}},
        )
    found = await _by_id(http, named)
    own = await _by_word(http)
    if own is not None:
        return passed(f"a caller reaches his own without an id: {own[0].key}", http.show(own[1], own[0].key))
    private = [(each, answer) for each, answer in found if is_private(each)]
    if private:
        places = tuple(dict.fromkeys(each.key for each, _ in private))
        return failed(
            f"a user reaches his own only by an id that he sends: {places[0]} ({len(places)} operations)",
            *[http.show(answer, f"{each.key} takes the owner from the path") for each, answer in private[:_SHOWN]],
            proof=f"{places[0]} gave a user his own, named by his id in the path, and no operation answers for the caller alone",
            places=places,
        )
    if found:
        return unknown(
            "users are read by id, and nothing answers for the caller alone; a profile may be for others to read"
        )
    return unknown("no operation that names a user gave one what is his own")


def _is_self_service(operation: Operation) -> bool:
    return operation.declared and names_a_person(operation) and not is_privileged(operation) and not roles_of(operation)


async def _by_id(http: Http, named: list[Operation]) -> list[tuple[Operation, Answer]]:
    keys = {each.key for each in named if each.method == "GET"}
    found = []
    for thing in [each for each in await http.things() if each.owner == http.owner and each.holes][:MOST_THINGS]:
        for operation in (thing.read, *thing.reads, thing.lists):
            if operation is None or operation.key not in keys:
                continue
            with contextlib.suppress(Unanswerable):
                answer = await http.send_to(operation, target=http.aim(operation, thing), identity=http.owner)
                if granted(answer):
                    found.append((operation, answer))
    return found


async def _open(http: Http, named: list[Operation]) -> Cell | None:
    """A user's profile that another one is shown by its id, with more in it than is for others."""
    keys = {each.key for each in named if each.method == "GET"}
    profiles = [
        each for each in await http.things() if each.owner == http.owner and not each.ours and each.read is not None
    ]
    for thing in profiles:
        if thing.read is not None and thing.read.key in keys:
            with contextlib.suppress(Unanswerable):
                cell = await crossing.read(http, thing, thing.read, http.other)
                if cell.verdict == CROSSED and cell.private:
                    return cell
    return None


async def _by_word(http: Http) -> tuple[Operation, Answer] | None:
    reads = [each for each in http.operations if each.method == "GET" and is_own(each) and "{" not in each.path]
    for operation in reads[:MOST_OWN]:
        with contextlib.suppress(Unanswerable):
            answer = await http.send_to(operation, identity=http.owner)
            if granted(answer) and kind_of(answer.body) == "json":
                return operation, answer
    return None
