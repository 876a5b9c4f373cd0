"""Every operation that names an object is tried by a second user; also where its owner is named in a query or a body."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from ostiary.controls.beyond.bola_differential_test import named, strangers
from ostiary.errors import Unanswerable
from ostiary.evidence import Http, Thing
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen import crossing
from ostiary.parts.seen.crossing import CROSSED, KEPT, UNDECIDED, Cell

MOST_THINGS = 24  # of both users; most requests are those of userdata.ownership-check, which cost nothing again
FLOOR = 0.5  # of the operations that name an object: with fewer the matrix is not complete
_SHOWN = 4


@dataclass
class Matrix:
    """Operations that name an object, and what came of those that were tried."""

    operations: list[Operation]
    decided: set[str] = field(default_factory=set)
    crossed: list[Cell] = field(default_factory=list)  # by path: those are userdata.ownership-check's
    kept: list[Evidence] = field(default_factory=list)

    @property
    def covered(self) -> int:
        """How many of them were decided."""
        return len(self.decided)


async def audit_live(http: Http) -> Finding:
    """Fill the matrix with reads by both users, and try the other ways to say whose an object is."""
    objects = [each for each in http.operations if each.declared and "{" in each.path]
    ways = named.ways(http)
    if http.operations and not objects and not ways:
        return not_applicable("no operation names an object or its owner")
    if not http.other:
        return unknown("two users are needed: give both (--identity alice=TOKEN --identity bob=TOKEN)")
    things = await http.things()
    matrix = Matrix(objects)
    for thing in [each for each in things if each.holes][:MOST_THINGS]:
        await _fill(http, thing, matrix)
    faults = await named.tried(http, things, ways, matrix.kept)
    if faults:
        return _accused(faults, matrix)
    foreign = await strangers.tried(http)
    if foreign:
        return failed(
            foreign[0].what,
            *[shown for each in foreign for shown in each.evidence][:_SHOWN],
            proof=foreign[0].proof,
            places=tuple(each.operation.key for each in foreign),
            facts={"covered": matrix.covered, "operations": len(matrix.operations)},
        )
    return _finding(matrix)


def _accused(faults: Sequence[named.Fault], matrix: Matrix) -> Finding:
    places = tuple(dict.fromkeys(each.operation.key for each in faults))
    return failed(
        faults[0].what,
        *[shown for each in faults for shown in each.evidence][:_SHOWN],
        proof=faults[0].proof,
        places=places,
        facts={
            "fields": {each.operation.key: each.field for each in faults},
            "covered": matrix.covered,
            "operations": len(matrix.operations),
        },
    )


def _finding(matrix: Matrix) -> Finding:
    said = f"{matrix.covered} of {len(matrix.operations)} operations that name an object could be compared"
    if matrix.crossed:
        keys = ", ".join(dict.fromkeys(each.operation.key for each in matrix.crossed))
        return unknown(f"{said}; {keys} let the other user in, which userdata.ownership-check judges")
    if not matrix.kept:
        return unknown(f"{said}: nothing was found that one user is given and the other is not")
    if matrix.covered < FLOOR * len(matrix.operations):
        return unknown(f"{said}: too few for a matrix", *matrix.kept[:2])
    return passed(f"{said}, and none gives one user what is another's", *matrix.kept[:2])


async def _fill(http: Http, thing: Thing, matrix: Matrix) -> None:
    attacker = http.other if thing.owner == http.owner else http.owner
    for operation in [each for each in (thing.read, *thing.reads) if each is not None]:
        with contextlib.suppress(Unanswerable):
            cell = await crossing.read(http, thing, operation, attacker)
            if cell.verdict != UNDECIDED:
                matrix.decided.add(operation.key)
            if cell.verdict == CROSSED and (thing.ours or cell.private):
                matrix.crossed.append(cell)
            if cell.verdict == KEPT:
                matrix.kept += cell.evidence
                for write in (*thing.writes, thing.delete):  # an object that is not there to be read: see below
                    matrix.decided |= {write.key} if write is not None and write.path == operation.path else set()
