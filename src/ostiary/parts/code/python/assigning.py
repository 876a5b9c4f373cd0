"""Names get values: by assignments of every form, and by imports; each one is a fact, too."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from ostiary.evidence.code import Assignment, Call, Value
from ostiary.parts.code.python.annotations import INJECTING
from ostiary.parts.code.python.expressions import Expressions
from ostiary.parts.code.python.results import element
from ostiary.parts.code.python.scopes import NO_NAMES, Read, Scope, changed, joined

_MOST_WITH_MEMBERS: Final = 50_000  # assignments of a file: dictionaries that hold one another have members without end
_MOST_MEMBERS: Final = 200  # of a dictionary that count as assignments
_DEEPEST: Final = 4


class Assigning(Expressions):
    """Reads what gives values to names.

    :param path: of the file.
    :param lines: of the file.
    """

    def __init__(self, path: str, lines: Sequence[str]) -> None:
        super().__init__(path, lines)
        self.assignments: list[Assignment] = []
        self.imports: dict[str, int] = {}
        self.short_calls: dict[str, list[Call]] = {}  # what is injected by names for annotations

    def _assign(self, node: ast.Assign) -> None:
        before = len(self.calls)
        value = self.value(node.value)
        for target in node.targets:
            self._bind(target, value, node)
        if (
            self.scope.parent is None
            and isinstance(node.value, ast.Subscript)
            and isinstance(node.targets[0], ast.Name)
        ):
            name = node.targets[0].id
            self.shorts[name] = node.value
            self.short_calls[name] = [each for each in self.calls[before:] if each.method in INJECTING]

    def _bind(self, target: ast.expr, value: Read, node: ast.stmt) -> None:
        if isinstance(target, ast.Name):
            self.scope.bind(target.id, value)
            self._record(target.id, value, node)
        elif isinstance(target, ast.Attribute):
            base = self.value(target.value)
            if base.written:
                self._member_bound(base, target.attr, value)
                self._record(f"{base.written}.{target.attr}", value, node)
        elif isinstance(target, ast.Subscript):
            self._item(target, value, node)
        elif isinstance(target, (ast.Tuple, ast.List)) and len(value.parts) == len(target.elts) and not value.built:
            for each, part in zip(target.elts, value.parts, strict=True):
                self._bind(each, part if isinstance(part, Read) else value, node)
        elif isinstance(target, (ast.Tuple, ast.List)):
            share = element(value, "", node.lineno)
            share = changed(share, call=value.call)
            for each in target.elts:
                self._bind(each, share, node)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, value, node)

    def _member_bound(self, base: Read, member: str, value: Read) -> None:
        written = f"{base.written}.{member}"
        self.scope.bind(written, value)
        if base.written in {"self", "cls"}:
            scope: Scope | None = self.scope
            while scope is not None and "self" not in scope.values and "cls" not in scope.values:
                scope = scope.parent
            if scope is not None:
                kept = changed(value, tainted="", parameters=NO_NAMES)
                before = scope.members.get(member)
                if before is None or before.literal is None:
                    scope.members[member] = kept
                elif before.path != kept.path or before.literal != kept.literal:
                    scope.members[member] = joined(before, kept)

    def _item(self, target: ast.Subscript, value: Read, node: ast.stmt) -> None:
        base = self.value(target.value)
        key = self.value(target.slice) if not isinstance(target.slice, ast.Slice) else None
        if not base.written or key is None:
            return
        if isinstance(key.literal, str):
            self.scope.bind(f"{base.written}.{key.literal}", value)
            self._record(f"{base.written}.{key.literal}", value, node)
            if self.scope.value(base.written) is not None:
                self.add(base, {key.literal: value}, ())
        elif self.scope.value(base.written) is not None:
            self.add(base, {}, [value])

    def _record(self, name: str, value: Value, node: ast.stmt, depth: int = 0) -> None:
        if self.owner is not None and self.function is None:
            name = f"{self.owner.name}.{name}" if depth == 0 else name
        self.assignments.append(
            Assignment(
                path=self.path,
                line=value.line or node.lineno if depth else node.lineno,
                name=name,
                value=value,
                function=self.function,
                owner=self.owner,
                text=self.line(value.line if depth and value.line else node.lineno),
            )
        )
        if value.pairs and depth < _DEEPEST and not value.call and len(self.assignments) < _MOST_WITH_MEMBERS:
            for key, each in list(value.pairs.items())[:_MOST_MEMBERS]:
                self._record(f"{name}.{key}", each, node, depth + 1)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if self.owner is not None and self.function is None and isinstance(node.target, ast.Name):
            fields = self.fields.setdefault(self.owner.name, {})
            if isinstance(fields, dict):
                fields[node.target.id] = self._type(node.annotation)
        if node.value is not None:
            value = self.value(node.value)
            type_name = self._type(node.annotation)
            if type_name and not value.path and not value.known:
                value = changed(value, path=f"{type_name}()")
            self._bind(node.target, value, node)

    def _augmented(self, node: ast.AugAssign) -> None:
        before = self.value(node.target)
        value = self.combined(type(node.op), before, self.value(node.value), node)
        self._bind(node.target, changed(value, text=before.text), node)

    # Imports

    def _import(self, node: ast.Import) -> None:
        for each in node.names:
            self.imports.setdefault(each.name, node.lineno)
            first = each.name.partition(".")[0]
            self.scope.import_as(each.asname or first, each.name if each.asname else first)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for each in node.names:
            name = f"{module}{'' if module.endswith('.') else '.'}{each.name}"
            self.imports.setdefault(name, node.lineno)
            if each.name != "*":
                self.scope.import_as(each.asname or each.name, name)
