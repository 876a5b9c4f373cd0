"""A syntax tree is walked once, outer scopes before the functions in them, and what it does is noted as facts."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ostiary.evidence.code import Assignment, Call, Class, Function, Return, Value
from ostiary.parts.code.foreign import forms
from ostiary.parts.code.foreign.expressions import NOTHING, Expressions
from ostiary.parts.code.foreign.forms import Form, Grammar
from ostiary.parts.code.foreign.parsing import Node
from ostiary.parts.code.foreign.scopes import Scope, Seen, either
from ostiary.parts.code.foreign.sources import NUMERIC_TYPES
from ostiary.parts.code.foreign.texts import joined

_MOST_FUNCTIONS: Final = 20_000
_ASKED: Final = frozenset({"req", "request", "ctx", "r"})  # what a handler calls what it is asked

_REQUESTS: Final = re.compile(r"(?:Request|Context|Ctx|ApplicationCall|ServerRequest)$")
_MIXED: Final = re.compile(r"([A-Za-z_$][\w$]*)\(([A-Za-z_$][\w$]*)[,)]")


@dataclass(frozen=True, slots=True)
class _Later:
    """A function's body that is read when the scope around it is known."""

    function: Function
    scope: Scope
    body: tuple[Node, ...]


class Reader(Expressions):
    """Reads one file."""

    def __init__(self, path: str, grammar: Grammar, text: str) -> None:
        super().__init__(path, grammar, text.split("\n"))
        self.assignments: list[Assignment] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.returns: list[Return] = []
        self.handlers: dict[int, Function] = {}  # by the identity of the value that holds it
        self._kept: list[Value] = []  # so that identities stay theirs
        self._later: deque[_Later] = deque()
        self._waiting: dict[str, _Later] = {}
        self._by_statement: Mapping[type, Callable[[Any, Node], Seen]] = {
            forms.Acting: self._acting,
            forms.Typing: self._typing,
            forms.Binding: self._binding,
            forms.Importing: self._importing,
            forms.Within: self._within,
            forms.Several: self._several,
            forms.Tag: self._tag,
            forms.Giving: self._giving,
        }

    def read(self, root: Node) -> None:
        """Note all facts below a root."""
        self.changed = self._changed(root)
        self.see(root)
        while self._later:
            later = self._later.popleft()
            self.scope = later.scope
            self._waiting.pop(later.function.name, None)
            self.see_all(later.body)

    def handed(self, call: Call) -> None:
        """What a request fills goes into a function of this file: its parameters are filled by it then."""
        if not any(each.tainted for each in call.args):
            return
        owner = call.name.rpartition(".")[0]
        later = self._waiting.get(call.method)
        if later is None or owner not in {"", *self.grammar.me}:
            return
        for name, given in zip(later.function.parameters, call.args, strict=False):
            seen = later.scope.names.get(name)
            if given.tainted and seen is not None and not seen.value.numeric and not seen.value.tainted:
                later.scope.names[name] = replace(seen, value=replace(seen.value, tainted=given.tainted))

    def _changed(self, root: Node) -> frozenset[str]:
        names: set[str] = set()
        for kind in self.grammar.assigning:
            for node in root.find_all(kind=kind):
                head = node.child(0)
                if head is not None:
                    text = head.text()
                    if len(text) < 100:  # noqa: PLR2004 - a name
                        names.add(text.rpartition(".")[2].rpartition(">")[2].strip("$@ "))
        return frozenset(names)

    def statement(self, form: Form, node: Node) -> Seen:
        """Note what is no expression."""
        handle = self._by_statement.get(type(form))
        return handle(form, node) if handle is not None else NOTHING

    def _several(self, form: forms.Several, node: Node) -> Seen:
        for each in form.forms:
            self.shape(each, node)
        return NOTHING

    def _giving(self, form: forms.Giving, node: Node) -> Seen:
        for each in form.nodes:
            self._returned(node, self.see(each).value)
        return NOTHING

    def _importing(self, form: forms.Importing, node: Node) -> Seen:
        line = self.line(node)
        for local, full in form.names:
            self.imports.setdefault(full, line)
            if local:
                self.scope.declare(local, Seen(Value(name=full), full))
        return NOTHING

    def _within(self, form: forms.Within, _: Node) -> Seen:
        scope = self.scope
        if not form.flat:
            scope.enter()
        for name, typed, of in form.names:
            seen = self.see(of) if of is not None else NOTHING
            element = Value(name=name, tainted=seen.value.tainted, parameters=seen.value.parameters)
            if seen.value.parts and not seen.value.built and all(each.known for each in seen.value.parts):
                element = Value(name=name, parts=seen.value.parts)
            self.scope.declare(name, self._as_typed(Seen(element, name), typed))
        self.see_all(form.nodes)
        if not form.flat:
            scope.leave()
        return NOTHING

    def _as_typed(self, seen: Seen, typed: str) -> Seen:
        if not typed or typed in {"var", "val", "auto", "any", "Any", "unknown", "Object", "mixed"}:
            return seen
        full = self.grammar.resolve(typed)
        head, dot, rest = full.partition(".")
        found = self.scope.find(head)
        if found is not None and found[0].chain:
            full = f"{found[0].chain}{dot}{rest}"
        value = replace(seen.value, numeric=True, tainted="") if full in NUMERIC_TYPES else seen.value
        return Seen(value, full, True, full if full in self.members else typed if typed in self.members else "")

    def _decorators(self, nodes: Iterable[Node]) -> tuple[Call, ...]:
        found: list[Call] = []
        for node in nodes:
            before = len(self.calls)
            seen = self.see(node)
            call = seen.value.call or next(iter(self.calls[before:][-1:]), None)
            if call is None and seen.value.name:
                line = self.line(node)
                language = self.grammar.language
                call = Call(path=self.path, line=line, language=language, name=seen.chain, text=self.written(line))
                self.calls.append(call)
            if call is not None:
                found.append(call)
        return tuple(found)

    def _acting(self, form: forms.Acting, node: Node) -> Seen:
        name, self.hint = form.name or self.hint, ""
        decorators = self._decorators(form.annotations)
        defaults = {each.name: self.see(each.default).value for each in form.parameters if each.default is not None}
        span = node.range()
        owner = next((scope.owner for scope in self.scope.chain() if scope.owner or scope.function), None)
        if owner is None and form.owner:
            owner = next((each for each in self.classes if each.name == form.owner), None)
        function = Function(
            path=self.path,
            line=span.start.line + 1,
            language=self.grammar.language,
            name=name,
            parameters={each.name: each.typed for each in form.parameters},
            defaults=defaults,
            decorators=decorators,
            owner=owner,
            end=span.end.line + 1,
        )
        scope = Scope(parent=self.scope, function=function, owner=None)
        for parameter in form.parameters:
            self._bind_parameter(scope, parameter)
        if len(self.functions) < _MOST_FUNCTIONS:
            self.functions.append(function)
            later = _Later(function, scope, tuple(form.body))
            first = any(seen.value.tainted for seen in scope.names.values()) or any(
                name in _ASKED or _REQUESTS.search(typed) for name, typed in function.parameters.items()
            )
            (self._later.appendleft if first else self._later.append)(later)
            self._waiting.setdefault(name, later)
        value = Value(text=name or "(function)", name=name, line=function.line)
        self.handlers[id(value)] = function
        self._kept.append(value)
        seen = Seen(value, name)
        if form.name and self.scope.owner is None:
            self.scope.names.setdefault(form.name, seen)
        return seen

    def _bind_parameter(self, scope: Scope, parameter: forms.Parameter) -> None:
        annotations = self._decorators(parameter.annotations)
        marked = next((each.method for each in annotations if each.method in self.sources.annotations), "")
        source = f"{marked} {parameter.name}" if marked else ""
        if not source and parameter.typed and self.sources.types.search(parameter.typed):
            source = parameter.name
        value = Value(text=parameter.name, name=parameter.name, tainted=source, parameters=frozenset({parameter.name}))
        scope.declare(parameter.name, self._as_typed(Seen(value, parameter.name), parameter.typed))

    def _typing(self, form: forms.Typing, node: Node) -> Seen:
        span = node.range()
        decorators = self._decorators(form.annotations)
        bases = tuple(self._base(each, node) for each in form.bases)
        made = Class(
            path=self.path,
            line=span.start.line + 1,
            language=self.grammar.language,
            name=form.name,
            bases=bases,
            decorators=decorators,
            end=span.end.line + 1,
        )
        self.classes.append(made)
        fields = self.members.setdefault(form.name, {})
        outer = self.scope
        self.scope = Scope(parent=outer, owner=made, path=form.name)
        for parameter in form.parameters:
            self._bind_parameter(self.scope, parameter)
            fields.setdefault(parameter.name, self.scope.names[parameter.name])
            if parameter.default is not None:
                self._note(joined(form.name, parameter.name), self.see(parameter.default).value, node)
        self.see_all(form.body)
        self.scope = outer
        return NOTHING

    def _base(self, written: str, node: Node) -> str:
        """A base; of one that a function makes (``Mixin(Strategy)``) both names are resolved."""
        if written.isidentifier():
            return self.named(written, node).chain
        made = _MIXED.match(written)
        if made is None:
            return self.grammar.resolve(written)
        return f"{self.named(made[1], node).chain}({self.named(made[2], node).chain})"

    def _binding(self, form: forms.Binding, node: Node) -> Seen:
        self._decorators(form.annotations)
        self.hint = _called(form.targets[0]) if form.targets else ""
        seen = self.see(form.value) if form.value is not None else None
        self.hint = ""
        for target in form.targets:
            self._bind(target, seen, form, node)
        return seen or NOTHING

    def _bind(self, target: forms.Target, seen: Seen | None, form: forms.Binding, node: Node) -> None:
        if seen is not None and target.pick:
            seen = self.member(seen, target.pick, node)
            if target.default is not None:
                seen = either(Seen(self.see(target.default).value), seen)
        given = seen or Seen(Value(name=target.name), target.name)
        if target.node is not None:
            before = self.see(target.node)
            name, simple = before.value.name, ""
        else:
            found = self.scope.find(target.name) if not form.declares else None
            before = found[0] if found is not None else Seen(Value(name=target.name), target.name)
            name, simple = target.name, target.name
        if form.adds:
            given = Seen(self.together(node, [before.value, given.value]), before.chain, before.typed)
        typed = self._as_typed(given, target.typed)
        if not name:
            return
        member = self._member_of(name, declares=form.declares)
        if member:
            fields = self.members.setdefault(member, {})
            field = name.rpartition(".")[2]
            fields[field] = typed if field not in fields else either(fields[field], typed)
        elif simple:
            self._keep(simple, typed, declares=form.declares)
        if seen is not None:
            self._note(joined(self.scope.path, name) if form.declares and self.scope.path else name, given.value, node)

    def _member_of(self, name: str, *, declares: bool) -> str:
        """The class whose field a name is."""
        if declares:
            return self.scope.owner.name if self.scope.owner is not None else ""
        head, dot, field = name.rpartition(".")
        if dot and head in self.grammar.me:
            return self._owner()
        owner = self._owner()
        if (
            not dot
            and self.grammar.bare_fields
            and owner
            and self.scope.find(name) is None
            and field in self.members.get(owner, {})
        ):
            return owner
        return ""

    def _keep(self, name: str, seen: Seen, *, declares: bool) -> None:
        value = seen.value
        if not value.name or value.call is not None or value.tainted or value.parameters:
            chain = seen.chain if seen.typed or value.name or value.call is not None else name
            seen = Seen(replace(value, name=name), chain, seen.typed, seen.members)
        if declares:
            self.scope.declare(name, seen)
        else:
            self.scope.assign(name, seen)

    def _note(self, name: str, value: Value, node: Node) -> None:
        line = self.line(node)
        owner = self.scope.owner
        self.assignments.append(
            Assignment(
                path=self.path,
                line=line,
                language=self.grammar.language,
                name=name,
                value=value,
                function=self.scope.function,
                owner=owner,
                text=self.written(line),
            )
        )
        for key, inside in value.pairs.items():
            self._note_entry(f"{name}.{key}", inside, owner, 0)

    def _note_entry(self, name: str, value: Value, owner: Class | None, deep: int) -> None:
        self.assignments.append(
            Assignment(
                path=self.path,
                line=value.line,
                language=self.grammar.language,
                name=name,
                value=value,
                function=self.scope.function,
                owner=owner,
                text=self.written(value.line),
            )
        )
        if deep < 6:  # noqa: PLR2004 - objects within objects
            for key, inside in value.pairs.items():
                self._note_entry(f"{name}.{key}", inside, owner, deep + 1)

    def _tag(self, form: forms.Tag, node: Node) -> Seen:
        for name, inside in form.attributes:
            self._note(f"{form.name}.{name}", self.see(inside).value, node)
        self.see_all(form.others)
        return NOTHING

    def _returned(self, node: Node, value: Value) -> None:
        line = self.line(node)
        self.returns.append(
            Return(
                path=self.path,
                line=line,
                language=self.grammar.language,
                value=value,
                function=self.scope.function,
                text=self.written(line),
            )
        )


def _called(target: forms.Target) -> str:
    """What a function would be called that is assigned to this."""
    text = target.name or (target.node.text() if target.node is not None else "")
    name = text.rpartition(".")[2]
    return name if name.isidentifier() else ""
