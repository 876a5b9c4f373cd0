"""Which patterns a backtracking engine can be made to run forever on: loops whose rounds can be cut in two ways.

One question is asked of every loop without end: can a round of it be split differently over the same text? Then each
character doubles the work, once something after the loop fails.
"""

from __future__ import annotations

from typing import NamedTuple

from ostiary.controls.beyond.redos.syntax import ANY, Malformed, Node, parse

__all__ = ["Malformed", "Pump", "pump_of"]

_PREFERRED = (*range(97, 123), *range(48, 58), *range(65, 91), *range(33, 48), 32, *range(128))
_SPOILERS = "!~|,;\n\u00e9"


class Pump(NamedTuple):
    """How to drive a loop: `prefix` leads to it, `char` keeps it busy, `suffix` makes it fail."""

    prefix: str
    char: str
    suffix: str

    def text(self, length: int) -> str:
        """An input that keeps the loop busy for `length` characters."""
        return self.prefix + self.char * length + self.suffix


def pump_of(pattern: str) -> Pump | None:
    """How to make a loop of the pattern ambiguous and fail, or None when no loop can be.

    :raises Malformed: for what cannot be read.
    """
    try:
        whole = parse(pattern)
        return _search(whole, "", whole.alphabet, fails=False)
    except RecursionError:
        raise Malformed("nests too deep") from None


def _search(node: Node, prefix: str, used: int, *, fails: bool) -> Pump | None:
    """An endless ambiguous loop inside, if what follows it can `fail`: else nothing is ever tried again."""
    if node.inner is not None:
        mask = _ambiguous(node.inner) if node.endless and fails else 0
        suffix = _outside(used) or _outside(node.alphabet)
        if mask and suffix:
            return Pump(prefix, _sample(mask), suffix)
        return _search(node.inner, prefix, used, fails=fails)
    for each in node.choices:
        found = _search(each, prefix, used, fails=fails)
        if found is not None:
            return found
    before = [_shortest(each) for each in node.parts]
    for n in range(len(node.parts) - 1, -1, -1):
        found = _search(node.parts[n], prefix + "".join(before[:n]), used, fails=fails)
        if found is not None:
            return found
        fails = fails or not node.parts[n].empty
    return None


def _outside(chars: int) -> str:
    return next((each for each in _SPOILERS if not chars >> min(ord(each), 128) & 1), "")


def _shortest(node: Node) -> str:
    """Some short text that a piece matches; cut off where it would be long."""
    if node.chars:
        return _sample(node.chars)
    if node.inner is not None:
        return (_shortest(node.inner) * node.least)[:100]
    if node.choices:
        return min((_shortest(each) for each in node.choices), key=len)
    return "".join(_shortest(each) for each in node.parts)[:100]


def _ambiguous(body: Node) -> int:
    """Characters of which a run can be cut into rounds of the loop's body in more than one way."""
    for row in _rows(body):
        for n, part in enumerate(row):
            if not part.endless or part.inner is None:
                continue
            run = part.inner.alphabet if _single(part.inner) else 0
            others = [each for m, each in enumerate(row) if m != n]
            for each in others:
                if not each.empty:
                    run &= _within(each)
            if run:
                return run
    alone = [_alone(row) for row in _rows(body)]
    for n, one in enumerate(alone):
        for other in alone[n + 1 :]:
            if one & other:
                return one & other
    return 0


def _alone(row: list[Node]) -> int:
    """Characters of which alone a match of the whole row can consist."""
    wanted = [each for each in row if not each.empty]
    found = ANY if wanted else 0
    for each in wanted:
        found &= _within(each)
    return found


def _rows(body: Node) -> list[list[Node]]:
    """The body as alternatives, each a row of pieces; groups that stand alone are opened."""
    if body.choices:
        return [row for each in body.choices for row in _rows(each)]
    if body.parts:
        if len(body.parts) == 1:
            return _rows(body.parts[0])
        row: list[Node] = []
        for part in body.parts:
            row += _rows(part)[0] if part.parts and len(_rows(part)) == 1 else [part]
        return [row]
    if body.inner is not None and body.least == body.most == 1:
        return _rows(body.inner)
    return [[body]]


def _single(node: Node) -> bool:
    """Whether one round can be one character."""
    if node.chars:
        return True
    if node.choices:
        return any(_single(each) for each in node.choices)
    if node.inner is not None:
        return node.least <= 1 and _single(node.inner)
    wanted = [each for each in node.parts if not each.empty]
    return (len(wanted) == 1 and _single(wanted[0])) or (not wanted and any(_single(each) for each in node.parts))


def _within(node: Node) -> int:
    """Characters of which alone some match of this piece consists."""
    if node.chars:
        return node.chars
    if node.inner is not None:
        return _within(node.inner)
    if node.choices:
        found = 0
        for each in node.choices:
            found |= _within(each)
        return found
    found = ANY
    wanted = [each for each in node.parts if not each.empty]
    for each in wanted or node.parts:
        found &= _within(each)
    return found if node.parts else 0


def _sample(chars: int) -> str:
    return next((chr(code) for code in _PREFERRED if chars >> code & 1), "\u00e9")
