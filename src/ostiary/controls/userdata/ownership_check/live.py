"""Two users own something each; what one of them owns is read, listed, written and deleted by the other, and looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from ostiary.controls.userdata.ownership_check import lists
from ostiary.errors import Unanswerable
from ostiary.evidence import Http, Thing
from ostiary.model import Confidence, Finding, Operation, Outcome, failed, passed, unknown
from ostiary.parts.seen import crossing, owners, passwords
from ostiary.parts.seen.bodies import NOT_JSON, parse
from ostiary.parts.seen.crossing import CROSSED, KEPT, PUBLIC, SHARED, UNDECIDED, Cell

MOST_THINGS = 12  # of the owner's: at most 5 requests for each read of one, 8 for each write, 6 for its deletion
MOST_WRITES = 8
MOST_DELETES = 4
MOST_PROFILES = 3  # writes to a profile, between two throwaway accounts
_SHOWN = 4
_REPLACES = frozenset({"PUT", "PATCH"})


@dataclass
class Matrix:
    """What was tried, and what came of it."""

    cells: list[Cell] = field(default_factory=list)
    writes: int = 0
    deletes: int = 0

    def of(self, verdict: str) -> list[Cell]:
        """The cells with a verdict."""
        return [each for each in self.cells if each.verdict == verdict]


async def audit_live(http: Http) -> Finding:
    """Try what belongs to one user as another; what is written and deleted was created for it."""
    matrix = Matrix()
    own = [each for each in await http.things() if each.owner == http.owner and each.holes][:MOST_THINGS]
    if http.other:
        for thing in own:
            await _look(http, thing, matrix)
        for thing in own:
            await _change(http, thing, matrix)
        await _profiles(http, own, matrix)
    if matrix.of(CROSSED):
        return _accused(http, matrix)
    if any(each.operation.method != "GET" for each in matrix.of(SHARED)):
        return _common(matrix)
    if matrix.of(KEPT) and not matrix.of(SHARED):
        return _kept(matrix)
    rest = await lists.compare(http)
    if rest.outcome is Outcome.UNKNOWN and matrix.of(SHARED):
        shared = matrix.of(SHARED)
        why = f"{len(shared)} operations show one user what is another's, but so do lists for all: shared on purpose?"
        return unknown(why, *[shown for each in shared for shown in each.evidence][:_SHOWN])
    if rest.outcome is not Outcome.FAIL and matrix.of(KEPT):
        return _kept(matrix)
    return rest


def _accused(http: Http, matrix: Matrix) -> Finding:
    crossed = matrix.of(CROSSED)
    places = tuple(dict.fromkeys(each.operation.key for each in crossed))
    does = " and ".join(_deeds(crossed))
    return failed(
        f"{http.other} {does} what belongs to {http.owner}: {', '.join(places[:3])}",
        *[shown for each in crossed for shown in each.evidence][:_SHOWN],
        proof=crossed[0].proof,
        places=places,
        confidence=Confidence.CERTAIN,
        facts={"fields": _parameters(crossed), "refused": len(matrix.of(KEPT))},
    )


def _deeds(cells: Sequence[Cell]) -> list[str]:
    methods = {each.operation.method for each in cells}
    found = ["reads"] if "GET" in methods else []
    found += ["changes"] if methods & {"PUT", "PATCH", "POST"} else []
    return found + (["deletes"] if "DELETE" in methods else [])


def _parameters(cells: Sequence[Cell]) -> dict[str, str]:
    """The last path parameter of each place: by it the object is named."""
    return {
        each.operation.key: each.operation.path.rpartition("{")[2].partition("}")[0]
        for each in cells
        if "{" in each.operation.path
    }


def _common(matrix: Matrix) -> Finding:
    cells = [each for each in matrix.of(SHARED) if each.operation.method != "GET"]
    places = ", ".join(list(dict.fromkeys(each.operation.key for each in cells))[:3])
    why = f"two users write alike to what lists show to all and what names no owner: shared on purpose? {places}"
    return unknown(why, *[shown for each in cells for shown in each.evidence][:_SHOWN])


def _kept(matrix: Matrix) -> Finding:
    kept = matrix.of(KEPT)
    public = f"; {len(matrix.of(PUBLIC))} show the same to nobody as well" if matrix.of(PUBLIC) else ""
    why = f"{len(kept)} operations do for their owner what they do not for the other user{public}"
    return passed(why, *[shown for each in kept for shown in each.evidence][:2])


async def _look(http: Http, thing: Thing, matrix: Matrix) -> None:
    hidden = False
    for operation in [each for each in (thing.read, *thing.reads) if each is not None]:
        with contextlib.suppress(Unanswerable):
            cell = await crossing.read(http, thing, operation, http.other)
            if cell.verdict == CROSSED and not thing.ours and not cell.private:
                cell = cell._replace(verdict=PUBLIC)  # a profile for others to read
            hidden = hidden or (operation is thing.read and cell.verdict == KEPT)
            matrix.cells.append(cell)
    with contextlib.suppress(Unanswerable):
        listed = await crossing.listed(http, thing, http.other, hidden=hidden)
        if listed is not None:
            matrix.cells.append(listed)


def _is_common(thing: Thing, matrix: Matrix, tried: Sequence[Cell]) -> bool:
    """Whether nothing tells that an object is its creator's: lists show it to all, it names nobody, nothing is kept for him."""
    reads = {each.verdict for each in matrix.cells if each.operation in {thing.read, thing.lists, *thing.reads}}
    if thing.seen is None or SHARED not in reads or not reads <= {SHARED, UNDECIDED}:
        return False
    document = parse(thing.seen.body)
    alike = all(each.verdict in {CROSSED, UNDECIDED} for each in tried)
    return alike and document is not NOT_JSON and not owners.names_somebody(document)


async def _change(http: Http, thing: Thing, matrix: Matrix) -> None:
    """Writes and deletion of what this audit made, each on an object of its own."""
    if not thing.ours or thing.create is None:
        return
    began = len(matrix.cells)
    for operation in [each for each in thing.writes if each.method in _REPLACES]:
        if matrix.writes < MOST_WRITES:
            matrix.writes += 1
            with contextlib.suppress(Unanswerable):
                fresh = await http.make(thing.kind, http.owner)
                matrix.cells.append(await crossing.written(http, fresh, operation, http.other, _text(operation, fresh)))
    if thing.delete is not None and matrix.deletes < MOST_DELETES:
        matrix.deletes += 1
        with contextlib.suppress(Unanswerable):
            cell = await crossing.deleted(http, await http.make(thing.kind, http.owner), http.other)
            if cell is not None and cell.verdict == CROSSED:
                nobody = await crossing.deleted(http, await http.make(thing.kind, http.owner), "")
                if nobody is not None and nobody.verdict == CROSSED:  # it asks nobody who they are
                    cell = cell._replace(verdict=PUBLIC)
            if cell is not None:
                matrix.cells.append(cell)
    if _is_common(thing, matrix, matrix.cells[began:]):
        matrix.cells[began:] = [
            each._replace(verdict=SHARED) if each.verdict == CROSSED else each for each in matrix.cells[began:]
        ]


async def _profiles(http: Http, own: Sequence[Thing], matrix: Matrix) -> None:
    """What a user may change of himself, tried between two accounts that may be lost."""
    found = [
        (each, write) for each in own if not each.ours for write in each.writes if write.method in {*_REPLACES, "POST"}
    ]
    found = [(each, write) for each, write in found if write.consumes and "{" in write.path][:MOST_PROFILES]
    leaves = next((each for each in own if not each.ours and each.delete is not None and each.read is not None), None)
    if not found and leaves is None:
        return
    with contextlib.suppress(Unanswerable):
        victim, attacker = await http.throwaway(), await http.throwaway()
        for thing, operation in found:
            with contextlib.suppress(Unanswerable):
                profile = await http.make(thing.kind, victim.name)
                if passwords.field_of(http, operation):
                    cell = await passwords.overwritten(http, operation, profile, victim, attacker)
                elif operation.method in _REPLACES:
                    cell = await crossing.written(http, profile, operation, attacker.name, _text(operation, profile))
                else:
                    continue
                matrix.cells.append(cell)
        if leaves is not None:
            left = await crossing.deleted(http, await http.make(leaves.kind, victim.name), attacker.name)
            matrix.cells += [left] if left is not None else []


def _text(operation: Operation, thing: Thing) -> str:
    """Letters and digits that nobody else sends: part of the marker, or of the id."""
    seed = thing.marker or thing.id or operation.key
    return "".join(each for each in seed.lower() if each.isalnum())[-10:]
