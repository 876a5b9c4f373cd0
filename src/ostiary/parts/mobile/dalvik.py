"""Dalvik code is read instruction by instruction, once: which constants reach which calls and fields. Nothing is run.

Registers are followed in the order of the code, jumps are not: a constant that was last written to a register counts as
what a call gets. That is how compilers lay out ``put("token", "abc")``; what comes out of branches is not told.

Source: "Dalvik bytecode" and "Dalvik executable instruction formats" of the Android Open Source Project.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ostiary.parts.mobile.cutting import Budget, Malformed
from ostiary.parts.mobile.dex import Dex

Known = str | int | None  # what a register holds, as far as it is known


@dataclass(frozen=True, slots=True)
class Invoked:
    """A call: the method's place in its table, and what is known of its arguments (the receiver is the first)."""

    method: int
    args: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A text is written to a field."""

    field: int
    value: str


# Lengths of instructions in code units by opcode; 0x00 may be data, whose length it says itself.
_WIDTHS: Final = bytes(
    [1, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 1, 1, 1, 1, 1]  # nop, moves, results, return-void, return
    + [1, 1, 1, 2, 3, 2, 2, 3, 5, 2, 2, 3, 2, 1, 1, 2]  # returns, constants, monitors, check-cast
    + [2, 1, 2, 2, 3, 3, 3, 1, 1, 2, 3, 3, 3, 2, 2, 2]  # instance-of, arrays, throw, jumps, switches, comparisons
    + [2, 2, *([2] * 12), 1, 1]
    + [1] * 4
    + [2] * 42  # 0x44-0x6d: arrays' elements and fields
    + [3] * 5
    + [1]
    + [3] * 5
    + [1, 1]
    + [1] * 21  # 0x7b-0x8f: one operand
    + [2] * 32  # 0x90-0xaf
    + [1] * 32  # 0xb0-0xcf
    + [2] * 19  # 0xd0-0xe2
    + [1] * 23
    + [4, 4, 3, 3, 2, 2]
)
_TO_NIBBLE: Final = frozenset(
    [0x01, 0x04, 0x07, 0x12, 0x20, 0x21, 0x23, *range(0x52, 0x59), *range(0x7B, 0x90), *range(0xB0, 0xD8)]
)
_TO_BYTE: Final = frozenset(
    [0x02, 0x05, 0x08, 0x22, 0xFE, 0xFF, *range(0x0A, 0x0E), *range(0x13, 0x1D), *range(0x2D, 0x32), *range(0x44, 0x4B),
     *range(0x60, 0x67), *range(0x90, 0xB0), *range(0xD8, 0xE3)]
)  # fmt: skip
_PASSES_ON: Final = frozenset(
    {"getBytes", "toCharArray", "toString", "valueOf", "trim", "decode", "concat", "parse", "encodeToByteArray"}
)  # what these give is what they got, for who asks where a constant ends
RETURN_VOID, RETURN = 0x0E, frozenset({0x0F, 0x11})


class Reader:
    """Reads the code of one file.

    :param dex: the file.
    :param budget: how many code units may still be read in all.
    :param kept: methods whose calls are told even where no constant text reaches them; None: all are.
    """

    def __init__(self, dex: Dex, budget: Budget, kept: Collection[int] | None = None) -> None:
        self._dex = dex
        self._budget = budget
        self._kept = kept
        self._passing: dict[int, bool] = {}
        self._loaded: dict[str, None] = {}

    def taken(self) -> list[str]:
        """Every text that code loaded since this was last asked."""
        found = list(self._loaded)
        self._loaded.clear()
        return found

    def uses(self, at: int) -> Iterator[Invoked | Stored]:
        """Calls, and texts that are written to fields, of the code at an offset.

        :raises Malformed: when the code does not fit, or the budget is spent.
        """
        units = self._dex.code(at)
        self._budget.spend(len(units))
        registers: dict[int, Known] = {}
        got: Known = None  # what the call before gave
        kept = self._kept
        place, end = 0, len(units)
        while place < end:
            unit = units[place]
            op = unit & 0xFF
            width = _WIDTHS[op] if unit not in {0x0100, 0x0200, 0x0300} else _data(units, place)
            if place + width > end:
                return
            if 0x6E <= op <= 0x78 and op != 0x73:  # noqa: PLR2004 - the invokes
                args = tuple([registers.get(each) for each in _arguments(units, place, op)])
                method = units[place + 1]
                texts = [each for each in args if isinstance(each, str)]
                if texts or kept is None or method in kept:
                    yield Invoked(method, args)
                got = texts[0] if texts and self._passes(method) else None
            elif op in {0x5B, 0x69}:  # a field gets an object
                value = registers.get(unit >> 8 & 0xF if op == 0x5B else unit >> 8)  # noqa: PLR2004 - iput-object
                if isinstance(value, str):
                    yield Stored(units[place + 1], value)
            else:
                self._write(registers, units, place, op, got)
            place += width

    def _write(self, registers: dict[int, Known], units: Sequence[int], place: int, op: int, got: Known) -> None:
        """What an instruction leaves in its register."""
        unit = units[place]
        if op in _TO_NIBBLE:
            if op == 0x07:  # noqa: PLR2004 - move-object
                registers[unit >> 8 & 0xF] = registers.get(unit >> 12)
            elif op == 0x12:  # noqa: PLR2004 - const/4, signed
                registers[unit >> 8 & 0xF] = (unit >> 12) - (16 if unit >> 15 else 0)
            else:
                registers.pop(unit >> 8 & 0xF, None)
        elif op in _TO_BYTE:
            if op == 0x0C:  # noqa: PLR2004 - move-result-object
                registers[unit >> 8] = got
            elif op == 0x08:  # noqa: PLR2004 - move-object/from16
                registers[unit >> 8] = registers.get(units[place + 1])
            else:
                registers[unit >> 8] = self._constant(units, place, op)
        elif op in {0x03, 0x06, 0x09}:
            moved = registers.get(units[place + 2]) if op == 0x09 else None  # noqa: PLR2004 - move-object/16
            registers[units[place + 1]] = moved

    def _constant(self, units: Sequence[int], place: int, op: int) -> Known:
        """The constant that an instruction loads, or None when it is none that counts."""
        if op in {0x1A, 0x1B}:  # const-string, and its jumbo form
            text = self._dex.text(units[place + 1] | (units[place + 2] << 16 if op == 0x1B else 0))  # noqa: PLR2004 - jumbo
            self._loaded[text] = None
            return text
        if op == 0x13:  # noqa: PLR2004 - const/16, signed
            return units[place + 1] - (0x10000 if units[place + 1] >> 15 else 0)
        if op == 0x14:  # noqa: PLR2004 - const
            return units[place + 1] | units[place + 2] << 16
        return None

    def _passes(self, method: int) -> bool:
        """Whether what a call gives is the text that it got, in another form."""
        passes = self._passing.get(method)
        if passes is None:
            passes = self._passing[method] = self._dex.method(method)[1] in _PASSES_ON
        return passes

    def trivial(self, at: int) -> str:
        """What a body does that does nothing else: ``nothing``, ``true``, ``false`` or ``null``; empty: something else."""
        try:
            units = [each for each in self._dex.code(at)[:4] if each]  # without padding
        except Malformed:
            return ""
        if units == [RETURN_VOID]:
            return "nothing"
        if len(units) != 2 or units[0] & 0xFF != 0x12 or units[1] & 0xFF not in RETURN:  # noqa: PLR2004 - const/4, return
            return ""
        if units[0] >> 8 & 0xF != units[1] >> 8:
            return ""
        nothing = "null" if units[1] & 0xFF == 0x11 else "false"  # noqa: PLR2004 - return-object
        return {1: "true", 0: nothing}.get(units[0] >> 12, "")


def _arguments(units: Sequence[int], place: int, op: int) -> Iterator[int] | tuple[int, ...]:
    """The registers that an invoke passes."""
    unit = units[place]
    if op >= 0x74:  # noqa: PLR2004 - a range of them
        first = units[place + 2]
        return iter(range(first, first + min(unit >> 8, 64)))
    count, packed = min(unit >> 12, 5), units[place + 2]
    last = unit >> 8 & 0xF
    return (packed & 0xF, packed >> 4 & 0xF, packed >> 8 & 0xF, packed >> 12, last)[:count]


def _data(units: Sequence[int], place: int) -> int:
    """The length of tables of switches and arrays that lie between instructions."""
    size = units[place + 1] if place + 1 < len(units) else 0
    if units[place] == 0x0100:  # noqa: PLR2004 - a packed switch
        return 4 + 2 * size
    if units[place] == 0x0200:  # noqa: PLR2004 - a sparse switch
        return 2 + 4 * size
    count = (units[place + 2] | units[place + 3] << 16) if place + 3 < len(units) else 0
    return 4 + (size * count + 1) // 2
