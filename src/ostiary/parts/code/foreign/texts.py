"""Texts that are put together from parts: by signs, by formats, by builders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

from ostiary.evidence.code import OPEN, Call, Value
from ostiary.parts.code.foreign.parsing import Node
from ostiary.parts.code.foreign.scopes import Scope, Seen

MOST_TEXT: Final = 200
MOST_PARTS: Final = 64
_MOST_NAME: Final = 160
_NUMERIC_DIRECTIVES: Final = "dufxXeEgGcbot"
_DIRECTIVE: Final = re.compile(r"%(?:\d+\$)?[-+ 0#,]*\d*(?:\.\d+)?([a-zA-Z@])")


class Texts:
    """Makes values of nodes.

    :param lines: the text's lines.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.scope = Scope()

    def line(self, node: Node) -> int:
        """The line a node begins at, from 1."""
        return node.range().start.line + 1

    def written(self, line: int) -> str:
        """A line as written, shortened."""
        return self.lines[line - 1].strip()[:MOST_TEXT] if 0 < line <= len(self.lines) else ""

    def value(self, node: Node, **facts: Any) -> Value:
        """A value with its text and line."""
        return Value(text=node.text()[:MOST_TEXT], line=self.line(node), **facts)

    def formatted(self, node: Node, call: Call, args: list[Value]) -> Seen:
        """What a format and its arguments give."""
        if call.receiver is not None and call.method in {"format", "formatted"} and holds_text(call.receiver):
            args = [call.receiver, *args]
        head = args[0] if args else Value()
        if not isinstance(head.literal, str) and len(args) > 1 and isinstance(args[1].literal, str):  # a locale first
            head, args = args[1], args[1:]
        rest = args[1:]
        if isinstance(head.literal, str):
            kinds = [each.group(1) for each in _DIRECTIVE.finditer(head.literal.replace("%%", ""))]
            rest = [
                replace(each, numeric=True) if index < len(kinds) and kinds[index] in _NUMERIC_DIRECTIVES else each
                for index, each in enumerate(rest)
            ]
        return Seen(replace(self.together(node, [head, *rest]), call=call), f"{call.name}()")

    def appended(self, node: Node, call: Call, args: list[Value]) -> Seen:
        """A builder gets more text, and gives itself."""
        receiver = cast("Value", call.receiver)
        held = [*receiver.parts, *args]
        value = self.together(node, held[:MOST_PARTS])
        flat = [part for each in held for part in (each.parts if each.built else (each,))]
        value = replace(value, parts=tuple(flat[:MOST_PARTS]), name=receiver.name, literal=OPEN)
        found = self.scope.find(receiver.name)
        if found is not None:
            found[1].names[receiver.name] = Seen(value, found[0].chain, True)
        return Seen(value, call.name.rpartition(".")[0], True)

    def put_together(self, node: Node, call: Call, given: Sequence[Value | None]) -> Value | None:
        """What ``join`` and ``concat`` give; None: no text."""
        held = [each for each in given if each is not None]
        if call.method != "concat" and not any(each.parts for each in held):  # a list of which nothing is known
            return None
        if call.method == "concat" and not (held and (held[0].built or isinstance(held[0].literal, str))):
            return None
        flat = [part for each in held for part in (each.parts if each.parts and not each.built else (each,))]
        return replace(self.together(node, flat), call=call) if len(flat) > 1 else None

    def together(self, node: Node, held: Sequence[Value]) -> Value:
        """A text put together from values."""
        held = [part for each in held for part in (each.parts if each.built else (each,))][:MOST_PARTS]
        if all(each.known for each in held):
            texts = [each.literal for each in held]
            if any(isinstance(each, str) for each in texts):
                return self.value(node, literal="".join(_as_text(each) for each in texts), parts=tuple(held))
            return self.value(node, numeric=True)
        if all(each.numeric or isinstance(each.literal, (int, float)) for each in held):
            return self.value(node, numeric=True)
        return self.value(
            node,
            built=True,
            parts=tuple(held),
            tainted=next((each.tainted for each in held if each.tainted and not each.numeric), ""),
            parameters=frozenset[str]().union(*(each.parameters for each in held)),
        )


def _as_text(literal: object) -> str:
    return literal if isinstance(literal, str) else "" if literal is None else str(literal)


def holds_text(value: Value | None) -> bool:
    """Whether it is a constant text."""
    return value is not None and isinstance(value.literal, str)


def joined(one: str, other: str) -> str:
    """``one.other``."""
    return shortened(f"{one}.{other}") if one else other


def shortened(text: str) -> str:
    """A text on one line, short enough for a name; its end is kept, as that says most."""
    if len(text) > _MOST_NAME or "\n" in text:
        text = " ".join(text[-2000:].split())[-_MOST_NAME:]
    return text
