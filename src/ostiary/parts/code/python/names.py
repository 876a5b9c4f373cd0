"""What a name, or a member of what it stands for, is where it is read: a constant, an import, an object, data of a request."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ostiary.evidence.code import OPEN, Call, Class, Function
from ostiary.parts.code.python import inputs
from ostiary.parts.code.python.annotations import type_of
from ostiary.parts.code.python.scopes import NO_NAMES, NOTHING, Read, Scope

SHOWN: Final = 200  # characters of a text
_LIBRARY: Final = sys.stdlib_module_names


class Names:
    """Reads names of one module, and knows what reads the rest.

    :param path: of the file.
    :param lines: of the file.
    """

    def __init__(self, path: str, lines: Sequence[str]) -> None:
        self.path = path
        self.lines = lines
        self.scope = Scope()
        self.function: Function | None = None
        self.owner: Class | None = None
        self.calls: list[Call] = []
        self.resting: dict[Function, list[Read]] = {}  # values that rest on a function's parameters
        self.outside: list[Read] = []  # values with names from other modules
        self.texts: list[Read] = []  # that are put together
        self.class_scopes: dict[str, Scope] = {}
        self.fields: dict[str, Mapping[str, str]] = {}  # of the module's classes: member -> type
        self.shorts: dict[str, ast.expr] = {}  # names for annotations: SessionDep = Annotated[...]
        self._readers: Mapping[type[ast.AST], Callable[[Any], Read]] = {}

    def value(self, node: ast.expr) -> Read:
        """What an expression is."""
        reader = self._readers.get(type(node))
        read = self._other(node) if reader is None else reader(node)
        if read.built:
            self.texts.append(read)
        if read.rooted and read.literal is OPEN and read.name.partition(".")[0] not in _LIBRARY:
            self.outside.append(read)
        if read.parameters and self.function is not None:
            self.resting.setdefault(self.function, []).append(read)
        return read

    def text(self, node: ast.expr) -> str:
        """An expression as written, as far as it stands in one line."""
        first = node.lineno - 1
        if first >= len(self.lines):
            return ""
        line = self.lines[first]
        if not line.isascii():
            line = line.encode("utf-8", "replace").decode("latin-1")
            last = node.end_col_offset if node.end_lineno == node.lineno else None
            return line[node.col_offset : last][:SHOWN].encode("latin-1").decode("utf-8", "replace")
        last = node.end_col_offset if node.end_lineno == node.lineno else None
        return line[node.col_offset : last][:SHOWN]

    def line(self, number: int) -> str:
        """A line as written, without what stands around it."""
        return self.lines[number - 1].strip()[:SHOWN] if number <= len(self.lines) else ""

    # Names

    def _constant(self, node: ast.Constant) -> Read:
        value = node.value
        path = "str" if isinstance(value, (str, bytes)) else ""
        return Read(
            text=self.text(node), literal=OPEN if value is ... else value, path=path, pairs=NOTHING, line=node.lineno
        )

    def _name(self, node: ast.Name) -> Read:
        name = node.id
        alias = self.scope.alias(name)
        if alias:
            return Read(
                text=name,
                name=alias,
                path=alias,
                written=name,
                rooted=True,
                pairs=NOTHING,
                tainted=inputs.source_of(alias, alias),
                line=node.lineno,
            )
        bound = self.scope.value(name)
        if bound is None:
            return Read(text=name, name=name, path=name, written=name, pairs=NOTHING, line=node.lineno)
        return self._bound(bound, name, name, node.lineno)

    def _bound(self, bound: Read, text: str, written: str, line: int) -> Read:
        return Read(
            text=text,
            literal=bound.literal,
            name=bound.name if bound.rooted and bound.name else written,
            call=bound.call,
            built=bound.built,
            numeric=bound.numeric,
            parts=bound.parts,
            pairs=bound.pairs,
            tainted=bound.tainted,
            parameters=bound.parameters,
            line=line,
            path=bound.path or written,
            written=written,
            rooted=bound.rooted,
        )

    def _attribute(self, node: ast.Attribute) -> Read:
        return self._member(self.value(node.value), node.attr, node)

    def _member(self, base: Read, member: str, node: ast.expr) -> Read:
        written = f"{base.written}.{member}" if base.written else ""
        if written:
            bound = self.scope.value(written)
            if bound is None and base.written in {"self", "cls"}:
                bound = self.scope.member(member)
            if bound is not None:
                return self._bound(bound, self.text(node), written, node.lineno)
        bound = self.member_of(base.path, member)
        if bound is not None:
            return self._bound(bound, self.text(node), written, node.lineno)
        path = f"{base.path}.{member}" if base.path else ""
        name = path if base.rooted or not written else written
        tainted = base.tainted
        harmless = bool(tainted or base.parameters) and inputs.is_harmless(self._field(base.path, member))
        return Read(
            text=self.text(node),
            name=name,
            call=base.call,
            numeric=harmless,
            tainted="" if harmless else tainted or (inputs.source_of(name, path) if base.call is None else ""),
            parameters=NO_NAMES if harmless else base.parameters,
            pairs=NOTHING,
            line=node.lineno,
            path=path,
            written=written,
            rooted=base.rooted,
        )

    def member_of(self, path: str, member: str) -> Read | None:
        """A member of an object of a class of this module; one that the environment may set is its default or open."""
        scope = self.class_scopes.get(path[:-2]) if path.endswith("()") else None
        bound = scope.members.get(member) if scope is not None else None
        if bound is None or scope is None:
            return None
        if "__environment__" in scope.aliases:
            default = bound if bound.known or bound.parts else None
            return Read(
                text=member,
                parts=(default,) if default is not None else (),
                call=bound.call,
                pairs=NOTHING,
                line=bound.line,
            )
        return bound

    def type_named(self, name: str) -> str:
        """The class that a name for annotations stands for, if it is such a name."""
        short = self.shorts.get(name)
        return type_of(short, lambda each: self.scope.alias(each) or each, {}) if short is not None else ""

    def _type(self, node: ast.expr | None) -> str:
        name = type_of(node, lambda each: self.scope.alias(each) or each, self.shorts)
        return "int" if self._is_enumeration(name) else name

    def _is_enumeration(self, name: str) -> bool:
        scope = self.class_scopes.get(name)
        return scope is not None and "__enum__" in scope.aliases

    def _field(self, path: str, member: str) -> str:
        """The type of a member of a class of this module, by the path of an instance."""
        fields = self.fields.get(path[:-2]) if path.endswith("()") else None
        return fields.get(member, "") if fields else ""

    def _other(self, node: ast.AST) -> Read:
        """Comparisons and the like: what calls they hold counts, what they give is harmless."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        text = self.text(node) if isinstance(node, ast.expr) else ""
        return Read(text=text, numeric=isinstance(node, ast.Compare), pairs=NOTHING, line=getattr(node, "lineno", 0))
