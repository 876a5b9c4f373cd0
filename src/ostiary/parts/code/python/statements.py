"""Statements are read in their order, bodies of functions after everything around them, so that constants are known there."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ostiary.evidence.code import Assignment, Call, Class, Function, Return, Value
from ostiary.parts.code.python import checked, inputs
from ostiary.parts.code.python.annotations import INJECTING, injected, type_of
from ostiary.parts.code.python.expressions import Expressions
from ostiary.parts.code.python.handlers import handed
from ostiary.parts.code.python.results import element
from ostiary.parts.code.python.scopes import NO_NAMES, NOTHING, Read, Scope, changed, joined

_MOST_MEMBERS: Final = 200  # of a dictionary that count as assignments
_DEEPEST: Final = 4
_ENUMS: Final = ("Enum", "IntEnum", "StrEnum", "IntFlag", "Flag")


@dataclass(slots=True, eq=False)
class _Body:
    """A function whose body is still to be read."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    function: Function
    scope: Scope
    owner: Class | None


class Statements(Expressions):
    """Reads statements of one module.

    :param open_names: names that functions assign anew with ``global``.
    """

    def __init__(self, path: str, lines: Sequence[str], open_names: frozenset[str] = NO_NAMES) -> None:
        super().__init__(path, lines)
        self.scope.open_names = open_names
        self.assignments: list[Assignment] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.returns: list[Return] = []
        self.imports: dict[str, int] = {}
        self.skipped: list[int] = []  # lines of statements too deep to be read
        self.depends: dict[Function, list[Call]] = {}  # what is injected into a function
        self.short_calls: dict[str, list[Call]] = {}  # what is injected by names for annotations
        self._waiting: deque[_Body] = deque()
        self._statements: Mapping[type[ast.AST], Callable[[Any], None]] = {
            ast.Expr: self._expression,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augmented,
            ast.Return: self._return,
            ast.If: self._if,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Try: self._try,
            ast.FunctionDef: self._define,
            ast.AsyncFunctionDef: self._define,
            ast.ClassDef: self._class,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Match: self._match,
        }
        if hasattr(ast, "TryStar"):
            self._statements = {**self._statements, ast.TryStar: self._try}

    def run(self, tree: ast.Module) -> None:
        """Read a whole module."""
        self.block(tree.body)
        while self._waiting:
            self._body(self._waiting.popleft())

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Statements in their order; one that is too deep to be read is left out."""
        for each in statements:
            try:
                reader = self._statements.get(type(each))
                if reader is not None:
                    reader(each)
                else:
                    self._rest(each)
            except RecursionError:
                self.skipped.append(each.lineno)

    def _branch(self, statements: Sequence[ast.stmt]) -> None:
        if statements:
            self.scope.enter()
            self.block(statements)
            self.scope.leave()

    def _rest(self, node: ast.stmt) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)

    def _expression(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.value(node.value)

    # Names get values

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
        if value.pairs and depth < _DEEPEST and not value.call:
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

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            value = self.value(node.value)
            self.returns.append(
                Return(
                    path=self.path,
                    line=node.lineno,
                    value=value,
                    function=self.function,
                    text=self.line(node.lineno),
                )
            )

    # Branches and loops

    def _if(self, node: ast.If) -> None:
        current: ast.If | None = node
        while current is not None:  # a chain of `elif` of any length
            self.value(current.test)
            certain, after = checked.names(current)
            self.scope.enter()
            before = self._clean(certain)
            self.block(current.body)
            self.scope.values.update(
                {name: old for name, (old, new) in before.items() if self.scope.values.get(name) is new}
            )
            self.scope.leave()
            self._clean(after)
            following = current.orelse
            if len(following) == 1 and isinstance(following[0], ast.If):
                current = following[0]
            else:
                current = None
                self._branch(following)

    def _clean(self, names: Sequence[str]) -> dict[str, tuple[Read, Read]]:
        """Names that were looked at are nobody's text any more; what they were and what they are."""
        cleaned = {}
        for name in names:
            bound = self.scope.values.get(name)
            if bound is not None and (bound.tainted or bound.parameters):
                self.scope.values[name] = changed(bound, tainted="", parameters=NO_NAMES)
                cleaned[name] = (bound, self.scope.values[name])
        return cleaned

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        values = self.value(node.iter)
        self.scope.enter()
        self.bind_target(node.target, element(values, "", node.lineno))
        self.block(node.body)
        self.scope.leave()
        self._branch(node.orelse)

    def _while(self, node: ast.While) -> None:
        self.value(node.test)
        self._branch(node.body)
        self._branch(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.bind_target(item.optional_vars, value)
        self.block(node.body)

    def _try(self, node: ast.Try) -> None:
        self.block(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self.value(handler.type)
            self._branch(handler.body)
        self._branch(node.orelse)
        self.block(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        subject = self.value(node.subject)
        for case in node.cases:
            self.scope.enter()
            for each in ast.walk(case.pattern):
                if isinstance(each, (ast.MatchAs, ast.MatchStar)) and each.name:
                    self.scope.bind(each.name, element(subject, each.name, node.lineno))
            if case.guard is not None:
                self.value(case.guard)
            self.block(case.body)
            self.scope.leave()

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

    # Functions and classes

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: dict[str, Value] = {}
        for each, given in zip(reversed(positional), reversed(arguments.defaults), strict=False):
            defaults[each.arg] = self.value(given)
        for each, kw in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if kw is not None:
                defaults[each.arg] = self.value(kw)
        depends = [
            value.call for value in defaults.values() if value.call is not None and value.call.method in INJECTING
        ]
        for each in every:
            for node_of_call in injected(each.annotation, {}):
                made = self.value(node_of_call).call
                depends += [made] if made is not None else []
        function = Function(
            path=self.path,
            line=node.lineno,
            name=node.name,
            parameters={each.arg: self.text(each.annotation) if each.annotation else "" for each in every},
            defaults=defaults,
            decorators=tuple(self.decorator(each) for each in node.decorator_list),
            owner=self.owner if self.function is None else None,
            end=node.end_lineno or node.lineno,
        )
        self.functions.append(function)
        if depends:
            self.depends[function] = depends
        self.scope.values.pop(node.name, None)
        self.scope.aliases.pop(node.name, None)
        waiting = _Body(node, function, self.scope, self.owner if self.function is None else None)
        if node.name == "__init__":
            self._waiting.appendleft(waiting)
        else:
            self._waiting.append(waiting)

    def decorator(self, node: ast.expr) -> Call:
        """A decorator as a call, also where it stands without parentheses."""
        receiver = self.value(node.value) if isinstance(node, ast.Attribute) else None
        value = self.value(node)
        if isinstance(node, ast.Call) and value.call is not None:
            return value.call
        return Call(
            path=self.path,
            line=node.lineno,
            name=value.path or value.text,
            receiver=receiver,
            function=self.function,
            keywords=NOTHING,
            text=self.line(node.lineno),
        )

    def _body(self, waiting: _Body) -> None:
        node, function = waiting.node, waiting.function
        parent = waiting.scope
        if waiting.owner is not None:
            members = parent.members
            parent = parent.parent or parent
        else:
            members = {}
        self.scope = Scope(parent=parent, members=members)
        self.function, self.owner = function, waiting.owner
        try:
            self._parameters(node, function)
            self.block(node.body)
        except RecursionError:
            self.skipped.append(node.lineno)
        while self.scope.parent is not None:
            self.scope = self.scope.parent
        self.function = self.owner = None

    def _parameters(self, node: ast.FunctionDef | ast.AsyncFunctionDef, function: Function) -> None:
        arguments = node.args
        given = handed(function, self.imports)
        first = True
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            name = each.arg
            if first and name in {"self", "cls"}:
                self.scope.values[name] = Read(text=name, name=name, path=name, written=name, pairs=NOTHING)
                first = False
                continue
            first = False
            type_name = self._type(each.annotation)
            default = function.defaults.get(name)
            is_injected = any(True for _ in injected(each.annotation, self.shorts)) or (
                default is not None and default.call is not None and default.call.method in INJECTING
            )
            harmless = inputs.is_harmless(type_name) or is_injected
            self.scope.values[name] = Read(
                text=name,
                name=name,
                pairs=NOTHING,
                tainted="" if harmless else given.taint(name, type_name),
                parameters=NO_NAMES if inputs.is_harmless(type_name) else frozenset([name]),
                numeric=inputs.is_harmless(type_name),
                path=f"{type_name}()"
                if type_name and type_name not in {"str", "bytes", "dict", "list", "Any"}
                else name,
                line=node.lineno,
            )
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                self.scope.values[rest.arg] = Read(
                    text=rest.arg, name=rest.arg, path=rest.arg, pairs=NOTHING, parameters=frozenset([rest.arg])
                )

    def _type(self, node: ast.expr | None) -> str:
        name = type_of(node, lambda each: self.scope.alias(each) or each, self.shorts)
        return "int" if self._is_enumeration(name) else name

    def _is_enumeration(self, name: str) -> bool:
        scope = self.class_scopes.get(name)
        return scope is not None and "__enum__" in scope.aliases

    def _class(self, node: ast.ClassDef) -> None:
        bases = tuple(value.path or value.text for value in map(self.value, node.bases))
        for keyword in node.keywords:
            self.value(keyword.value)
        owner = Class(
            path=self.path,
            line=node.lineno,
            name=node.name,
            bases=bases,
            decorators=tuple(self.decorator(each) for each in node.decorator_list),
            end=node.end_lineno or node.lineno,
        )
        self.classes.append(owner)
        around = self.scope, self.function, self.owner
        self.scope.values.pop(node.name, None)
        scope = Scope(parent=self.scope)
        for base in bases:
            inherited = self.class_scopes.get(base)
            if inherited is not None:
                scope.members.update(inherited.members)
            if base.rpartition(".")[2] in _ENUMS:
                scope.aliases["__enum__"] = "1"
            if base.rpartition(".")[2] == "BaseSettings" or (
                inherited is not None and "__environment__" in inherited.aliases
            ):
                scope.aliases["__environment__"] = "1"
        self.class_scopes[node.name] = scope
        self.scope, self.function, self.owner = scope, None, owner
        try:
            self.block(node.body)
        finally:
            scope.members.update({name: value for name, value in scope.values.items() if name not in scope.members})
            self.scope, self.function, self.owner = around
        for name, value in scope.values.items():
            if "." not in name:
                self.scope.values[f"{node.name}.{name}"] = value
