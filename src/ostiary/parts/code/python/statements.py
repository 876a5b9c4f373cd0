"""Statements are read in their order, bodies of functions after everything around them, so that constants are known there."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ostiary.evidence.code import Call, Class, Function, Return, Value
from ostiary.parts.code.python import checked, inputs
from ostiary.parts.code.python.annotations import INJECTING, injected
from ostiary.parts.code.python.assigning import Assigning
from ostiary.parts.code.python.handed import handed
from ostiary.parts.code.python.results import element
from ostiary.parts.code.python.scopes import NO_NAMES, NOTHING, Read, Scope, changed, joined

_ENUMS: Final = ("Enum", "IntEnum", "StrEnum", "IntFlag", "Flag")


@dataclass(slots=True, eq=False)
class _Body:
    """A function whose body is still to be read."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    function: Function
    scope: Scope
    owner: Class | None


class Statements(Assigning):
    """Reads statements of one module.

    :param open_names: names that functions assign anew with ``global``.
    """

    def __init__(self, path: str, lines: Sequence[str], open_names: frozenset[str] = NO_NAMES) -> None:
        super().__init__(path, lines)
        self.scope.open_names = open_names
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.returns: list[Return] = []
        self.skipped: list[int] = []  # lines of statements too deep to be read
        self.depends: dict[Function, list[Call]] = {}  # what is injected into a function
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
            for name, (old, new) in before.items():  # where the branch is not taken, nobody looked at it
                now = self.scope.values.get(name, new)
                self.scope.values[name] = old if now is new else joined(old, now)
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
