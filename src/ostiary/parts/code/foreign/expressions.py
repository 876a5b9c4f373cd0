"""Expressions become values: what they stand for, what they are put together from, and whether a request fills them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ostiary.evidence.code import OPEN, Call, Value
from ostiary.parts.code.foreign import forms
from ostiary.parts.code.foreign.forms import Form, Grammar
from ostiary.parts.code.foreign.literals import multiplied
from ostiary.parts.code.foreign.maps import entries_of
from ostiary.parts.code.foreign.parsing import Node
from ostiary.parts.code.foreign.scopes import Seen
from ostiary.parts.code.foreign.sources import CLEAN, FORMATS, HANDS_ON, NUMBERS, NUMERIC_TYPES, SOURCES
from ostiary.parts.code.foreign.texts import MOST_PARTS, MOST_TEXT, Texts, holds_text, joined, shortened

MOST_TIMES: Final = 100  # that a character is looked at, on average; damaged texts nest without end
MOST_CHARACTERS: Final = 500_000  # that may be looked at beside
_VISIT: Final = 150  # what a node costs, in characters
MOST_DEEP: Final = 90  # forms within forms; beyond that nothing is looked at
_BUILDERS: Final = ("StringBuilder", "StringBuffer", "strings.Builder", "bytes.Buffer")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*")
NOTHING: Final = Seen(Value())


class Expressions(Texts):
    """Evaluates nodes in the scope where they stand, and notes every call.

    :param lines: the text's lines.
    """

    def __init__(self, path: str, grammar: Grammar, lines: Sequence[str]) -> None:
        super().__init__(lines)
        self.path = path
        self.grammar = grammar
        self.sources = SOURCES[grammar.language]
        self.calls: list[Call] = []
        self.imports: dict[str, int] = {}
        self.members: dict[str, dict[str, Seen]] = {}  # of the classes here, their fields
        self.changed: frozenset[str] = frozenset()  # names that are assigned again somewhere
        self.cut = False  # something stood too deep to be looked at
        self.hint = ""  # what a function without a name is called, by what it is assigned to
        self._deep = 0
        self._looked_at = 0  # characters; those of a node count for each that it stands in
        self._most = MOST_TIMES * sum(map(len, lines)) + MOST_CHARACTERS
        self._by_form: Mapping[type, Callable[[Any, Node], Seen]] = {
            forms.Constant: self._constant,
            forms.Name: self._name,
            forms.Member: self._member,
            forms.Index: self._index,
            forms.Calling: self._calling,
            forms.Text: self._text,
            forms.Sum: self._sum,
            forms.Entries: self._entries,
            forms.Items: self._items,
            forms.Same: self._same,
            forms.Either: self._either,
        }

    def see(self, node: Node) -> Seen:
        """What a node is, as far as can be known; calls and assignments in it are noted."""
        extent = node.range()
        self._looked_at += extent.end.index - extent.start.index + _VISIT
        if self._deep > MOST_DEEP or self._looked_at > self._most:
            self.cut = True
            return NOTHING
        lower = self.grammar.forms.get(node.kind())
        form = lower(node) if lower is not None else None
        self._deep += 1
        try:
            if form is None:
                for child in node.named_children():
                    self.see(child)
                product = multiplied(node)
                return NOTHING if product is None else Seen(self.value(node, literal=product))
            return self.shape(form, node)
        finally:
            self._deep -= 1

    def shape(self, form: Form, node: Node) -> Seen:
        """What a form is that a node has."""
        handle = self._by_form.get(type(form))
        return self.statement(form, node) if handle is None else handle(form, node)

    def statement(self, form: Form, node: Node) -> Seen:
        """What is no expression."""
        raise NotImplementedError

    def see_all(self, nodes: Iterable[Node]) -> None:
        """Look at several nodes."""
        for node in nodes:
            self.see(node)

    def _constant(self, form: forms.Constant, node: Node) -> Seen:
        return Seen(self.value(node, literal=form.value), shortened(node.text()))

    def _name(self, form: forms.Name, node: Node) -> Seen:
        return self.named(form.name, node)

    def named(self, name: str, node: Node) -> Seen:
        """What a name stands for here."""
        if name in self.grammar.me:
            owner = self._owner()
            return Seen(self.value(node, name=name), name, members=owner)
        found = self.scope.find(name)
        if (
            found is None
            and self.grammar.bare_fields
            and (owner := self._owner())
            and name in self.members.get(owner, {})
        ):
            return self._field(self.members[owner][name], name, name, node)
        if found is None:
            full = self.grammar.exported.get(name) or self.grammar.resolve(name)
            value = self.value(node, name=full)
            source = full if self._is_source(full, value) else ""
            return Seen(replace(value, tainted=source) if source else value, full)
        seen, scope = found
        value = seen.value
        if scope.function is not self.scope.function and name in self.changed and (value.known or value.call):
            value = replace(value, literal=OPEN, call=None, pairs={})
        value = replace(value, text=node.text()[:MOST_TEXT], line=self.line(node), name=value.name or name)
        return Seen(value, seen.chain or name, seen.typed, seen.members)

    def _owner(self) -> str:
        return next((scope.owner.name for scope in self.scope.chain() if scope.owner is not None), "")

    def _field(self, known: Seen, name: str, full: str, node: Node) -> Seen:
        value = known.value
        if name in self.changed:
            value = replace(value, literal=OPEN, pairs={})
        value = replace(value, text=node.text()[:MOST_TEXT], line=self.line(node), name=full)
        return Seen(value, known.chain or full, known.typed, known.members)

    def _member(self, form: forms.Member, node: Node) -> Seen:
        return self.member(self.see(form.of), form.name, node)

    def member(self, of: Seen, name: str, node: Node) -> Seen:
        """``of.name``."""
        full = joined(of.value.name, name)
        if of.members and name in self.members.get(of.members, {}):
            return self._field(self.members[of.members][name], name, full, node)
        if name in of.value.pairs:
            value = of.value.pairs[name]
            return Seen(replace(value, name=full, text=node.text()[:MOST_TEXT], line=self.line(node)), full)
        constant = self.members.get(of.value.name, {}).get(name)
        if constant is not None:
            return self._field(constant, name, full, node)
        value = self.value(
            node, name=full, tainted=of.value.tainted, parameters=of.value.parameters, numeric=name in NUMBERS
        )
        if value.numeric:
            value = replace(value, tainted="")
        elif not value.tainted and self._is_source(full, value):
            value = replace(value, tainted=full)
        return Seen(value, joined(of.chain, name))

    def _is_source(self, name: str, value: Value) -> bool:
        sources = self.sources
        return bool(name) and sources.names.search(name) is not None and (bool(value.parameters) or not sources.rooted)

    def _index(self, form: forms.Index, node: Node) -> Seen:
        of = self.see(form.of)
        key = self.see(form.key) if form.key is not None else NOTHING
        if isinstance(key.value.literal, str) and _IDENTIFIER.fullmatch(key.value.literal.replace("-", "_")):
            return self.member(of, key.value.literal, node)
        choices = tuple(of.value.pairs.values()) or (of.value.parts if not of.value.built else ())
        if choices and not of.value.tainted:
            return Seen(self.value(node, parts=choices[:MOST_PARTS]), joined(of.chain, "[]"))
        value = self.value(node, tainted=of.value.tainted, parameters=of.value.parameters | key.value.parameters)
        return Seen(value, shortened(f"{of.chain}[]"))

    def _calling(self, form: forms.Calling, node: Node) -> Seen:
        receiver: Seen | None = None
        if form.of is not None and form.name:
            receiver = self.see(form.of)
            name = joined(receiver.chain, form.name)
        elif form.of is not None:
            name = self.see(form.of).chain
        else:
            name = self.named(form.name, node).chain if not form.made else self.grammar.resolve(form.name)
        call = self._noted(form, node, name, receiver)
        for inside in form.inside:
            self.see(inside)
        given = self.grammar.gives(call)
        if given:
            self.imports.setdefault(given, call.line)
            return Seen(self.value(node, name=given), given)
        return self._result(form, node, call)

    def _noted(self, form: forms.Calling, node: Node, name: str, receiver: Seen | None) -> Call:
        args: list[Value] = []
        keywords: dict[str, Value] = {}
        self.hint = ""
        for argument in form.arguments:
            value = self.see(argument.node).value
            if not value.text:  # an operation that has no form
                value = replace(value, text=argument.node.text()[:MOST_TEXT], line=self.line(argument.node))
            if not argument.name or argument.both:
                args.append(value)
                if not argument.name:
                    keywords.update(value.pairs)
            if argument.name:
                keywords[argument.name] = value
        line = self.line(node)
        call = Call(
            path=self.path,
            line=line,
            language=self.grammar.language,
            name=name,
            args=tuple(args),
            keywords=keywords,
            receiver=receiver.value if receiver is not None else None,
            function=self.scope.function,
            spread=form.spread,
            text=self.written(line),
        )
        self.calls.append(call)
        self.handed(call)
        return call

    def handed(self, call: Call) -> None:
        """A call hands its arguments to a function that may stand in the same file."""

    def _result(self, form: forms.Calling, node: Node, call: Call) -> Seen:
        method = call.method
        args = list(call.args) or list(call.keywords.values())
        given = [call.receiver, *args] if call.receiver is not None else args
        parameters = frozenset[str]().union(*(each.parameters for each in given))
        short = ".".join(call.name.split(".")[-2:])
        if (
            call.name in FORMATS
            or short in FORMATS
            or (method in {"format", "formatted"} and holds_text(call.receiver))
        ):
            return self.formatted(node, call, args)
        if (form.made and method in _BUILDERS) or short in _BUILDERS:
            return Seen(self.value(node, parts=tuple(args), call=call), call.name, True)
        if call.receiver is not None and (method in {"append", "WriteString"} and _is_builder(call.name)):
            return self.appended(node, call, args)
        if (
            method in {"toString", "String", "trim", "to_s", "freeze", "stripMargin", "trimIndent", "trimMargin"}
            and call.receiver
            and (call.receiver.built or call.receiver.known)
        ):
            kept = replace(call.receiver, text=node.text()[:MOST_TEXT], name="", line=self.line(node))
            return Seen(kept, f"{call.name}()")
        if method in {"join", "implode", "concat"} and (built := self.put_together(node, call, given)) is not None:
            return Seen(built, f"{call.name}()")
        numeric = method in NUMBERS or call.name in NUMERIC_TYPES
        tainted = "" if numeric else self._taint(call, method, args, made=form.made)
        value = self.value(
            node, call=call, pairs=entries_of(call), tainted=tainted, parameters=parameters, numeric=numeric
        )
        if form.made:
            return Seen(value, call.name, True, call.name if call.name in self.members else "")
        return Seen(value, shortened(f"{call.name}()"))

    def _taint(self, call: Call, method: str, args: Sequence[Value], *, made: bool) -> str:
        if self.sources.calls.search(call.name):
            return call.name
        if CLEAN.search(method):
            return ""
        if call.receiver is not None and call.receiver.tainted:
            return call.receiver.tainted
        if method in HANDS_ON or (made and method in HANDS_ON):
            return next((each.tainted for each in args if each.tainted), "")
        return ""

    def _text(self, form: forms.Text, node: Node) -> Seen:
        held = [
            Value(text=part[:MOST_TEXT], literal=part) if isinstance(part, str) else self.see(part).value
            for part in form.parts
        ]
        return Seen(self.together(node, held), shortened(node.text()))

    def _sum(self, form: forms.Sum, node: Node) -> Seen:
        return Seen(self.together(node, [self.see(each).value for each in form.sides]), shortened(node.text()))

    def _entries(self, form: forms.Entries, node: Node) -> Seen:
        pairs: dict[str, Value] = {}
        for key, inside in form.entries:
            known = key if isinstance(key, str) else self.see(key).value.literal
            self.hint = known if isinstance(known, str) else ""
            value = self.see(inside).value
            if isinstance(known, str):
                pairs[known] = value
        self.see_all(form.others)
        literal: Any = OPEN
        if len(pairs) == len(form.entries) and not form.others and all(each.known for each in pairs.values()):
            literal = {key: each.literal for key, each in pairs.items()}
        tainted = next((each.tainted for each in pairs.values() if each.tainted), "")
        return Seen(self.value(node, pairs=pairs, literal=literal, tainted=tainted), shortened(node.text()))

    def _items(self, form: forms.Items, node: Node) -> Seen:
        held = tuple(self.see(each).value for each in form.nodes)
        literal: Any = [each.literal for each in held] if all(each.known for each in held) else OPEN
        tainted = next((each.tainted for each in held if each.tainted), "")
        return Seen(self.value(node, parts=held[:MOST_PARTS], literal=literal, tainted=tainted), "[]")

    def _same(self, form: forms.Same, _: Node) -> Seen:
        seen = self.see(form.node)
        if form.typed in NUMERIC_TYPES:
            return Seen(replace(seen.value, numeric=True, tainted=""), seen.chain)
        if form.typed and not seen.typed and form.typed not in {"any", "unknown", "Any", "Object"}:
            return Seen(seen.value, self.grammar.resolve(form.typed), True)
        return seen

    def _either(self, form: forms.Either, node: Node) -> Seen:
        self.see_all(form.tests)
        seen = [self.see(each) for each in form.nodes]
        held = [part for each in seen for part in (each.value.parts if _is_choice(each.value) else (each.value,))]
        value = self.value(
            node,
            parts=tuple(held[:MOST_PARTS]),
            tainted=next((each.tainted for each in held if each.tainted), ""),
            parameters=frozenset[str]().union(*(each.parameters for each in held)),
            numeric=bool(held) and all(each.numeric or isinstance(each.literal, (int, float)) for each in held),
        )
        return Seen(value, seen[0].chain if seen else "")


def _is_choice(value: Value) -> bool:
    return bool(value.parts) and not value.built and not value.known and value.call is None and not value.name


def _is_builder(name: str) -> bool:
    return name.rpartition(".")[0].endswith(_BUILDERS)
