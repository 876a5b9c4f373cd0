"""An expression becomes a value, and the calls in it become facts, in one pass from the inside out."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ostiary.evidence.code import OPEN, Call, Class, Function, Value
from ostiary.parts.code.python import inputs, results
from ostiary.parts.code.python.annotations import type_of
from ostiary.parts.code.python.folding import folded, negated
from ostiary.parts.code.python.results import element, gathered, put_together, tainting
from ostiary.parts.code.python.scopes import NO_NAMES, NOTHING, Read, Scope, changed, joined

SHOWN: Final = 200  # characters of a text
_LIBRARY: Final = sys.stdlib_module_names
_MUTATING: Final = frozenset(
    ["append", "extend", "insert", "add", "appendleft", "remove", "pop", "clear", "write", "discard"]
)


class Expressions:
    """Reads expressions of one module.

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
        self._readers: Mapping[type[ast.AST], Callable[[Any], Read]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.JoinedStr: self._joined_text,
            ast.FormattedValue: self._formatted,
            ast.BinOp: self._operation,
            ast.BoolOp: self._either,
            ast.IfExp: self._conditional,
            ast.UnaryOp: self._unary,
            ast.Subscript: self._subscript,
            ast.Dict: self._dictionary,
            ast.Tuple: self._sequence,
            ast.List: self._sequence,
            ast.Set: self._sequence,
            ast.Await: self._inner,
            ast.Starred: self._inner,
            ast.NamedExpr: self._named,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._comprehension,
        }

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

    def _field(self, path: str, member: str) -> str:
        """The type of a member of a class of this module, by the path of an instance."""
        fields = self.fields.get(path[:-2]) if path.endswith("()") else None
        return fields.get(member, "") if fields else ""

    # Calls

    def _call(self, node: ast.Call) -> Read:
        receiver: Read | None = None
        if isinstance(node.func, ast.Attribute):
            receiver = self.value(node.func.value)
            name = f"{receiver.path or receiver.text[:80]}.{node.func.attr}"
        else:
            callee = self.value(node.func)
            name = callee.path or callee.text[:80]
        spread = False
        args: list[Read] = []
        for each in node.args:
            spread = spread or isinstance(each, ast.Starred)
            args.append(self.value(each))
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            given = self.value(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = given
            else:
                spread = True
                keywords = {**given.pairs, **keywords}
        call = Call(
            path=self.path,
            line=node.lineno,
            name=name,
            args=tuple(args),
            keywords=keywords or NOTHING,
            receiver=receiver,
            function=self.function,
            spread=spread,
            text=self.line(node.lineno),
        )
        self.calls.append(call)
        self._mutate(call, receiver, args)
        return results.result(call, receiver, args, self.text(node))

    def _mutate(self, call: Call, receiver: Read | None, args: Sequence[Read]) -> None:
        """A dictionary or list that a name stands for gets more entries."""
        if receiver is None or not receiver.written:
            return
        method = call.method
        if method in {"update", "setdefault"} and (call.keywords or any(each.pairs for each in args)):
            pairs = {key: value for each in args for key, value in each.pairs.items()} | dict(call.keywords)
            self.add(receiver, pairs, args)
        elif method in _MUTATING and self.scope.value(receiver.written) is not None and args:
            self.add(receiver, {}, args)

    def add(self, holder: Read, pairs: Mapping[str, Value], parts: Sequence[Read]) -> None:
        """What a name stands for gets entries: it is no constant any more.

        :param holder: the name as it was read.
        """
        bound = self.scope.value(holder.written) or holder
        more = [each for each in parts if not each.pairs]
        self.scope.values[holder.written] = changed(
            bound,
            literal=OPEN,
            pairs={**bound.pairs, **pairs},
            parts=(*bound.parts, *more)[-results.MOST_PARTS :],
            tainted=bound.tainted or tainting(parts),
            parameters=bound.parameters.union(*(each.parameters for each in parts)) if parts else bound.parameters,
        )

    # Texts and operations

    def _joined_text(self, node: ast.JoinedStr) -> Read:
        return put_together([self.value(each) for each in node.values], self.text(node), node.lineno)

    def _formatted(self, node: ast.FormattedValue) -> Read:
        if node.format_spec is not None:
            self.value(node.format_spec)
        return self.value(node.value)

    def _operation(self, node: ast.BinOp) -> Read:
        chain: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):  # `a + b + c + ...` of thousands of parts
            chain.append(left)
            left = left.left
        value = self.value(left)
        for each in reversed(chain):
            value = self.combined(type(each.op), value, self.value(each.right), each)
        return value

    def combined(self, kind: type[ast.operator], left: Read, right: Read, node: ast.expr | ast.stmt) -> Read:
        """What an operator makes of two values."""
        literal = folded(kind, left.literal, right.literal)
        text = self.text(node) if isinstance(node, ast.expr) else ""
        if literal is not OPEN:
            return Read(text=text, literal=literal, path=left.path, pairs=NOTHING, line=node.lineno)
        if kind is ast.Add and (results.is_text(left) or results.is_text(right)):
            return put_together([left, right], text, node.lineno)
        if kind is ast.Mod and results.is_text(left):
            return put_together([left, *(right.parts or right.pairs.values() or (right,))], text, node.lineno)
        if kind is ast.Mult and (results.is_text(left) or results.is_text(right)):
            return gathered([left if results.is_text(left) else right], text, node.lineno)
        if kind is ast.Mult and (left.parts or right.parts):  # `["?"] * n`
            repeated = left if left.parts else right
            return changed(gathered([repeated], text, node.lineno), parts=repeated.parts)
        if kind is ast.BitOr and (left.pairs or right.pairs):
            return changed(gathered([left, right], text, node.lineno), pairs={**left.pairs, **right.pairs})
        value = gathered([left, right], text, node.lineno)
        if kind is ast.Add and (left.parts or right.parts):
            return changed(value, parts=(*(left.parts or (left,)), *(right.parts or (right,)))[: results.MOST_PARTS])
        # pathlib's `folder / name`
        return (
            value
            if kind in {ast.Add, ast.Div}
            else changed(value, tainted="", parameters=NO_NAMES, numeric=left.numeric or right.numeric)
        )

    def _either(self, node: ast.BoolOp) -> Read:
        values = [self.value(each) for each in node.values]
        value = values[0]
        for each in values[1:]:
            value = joined(value, each)
        return changed(value, text=self.text(node), line=node.lineno)

    def _conditional(self, node: ast.IfExp) -> Read:
        self.value(node.test)
        return changed(joined(self.value(node.body), self.value(node.orelse)), text=self.text(node), line=node.lineno)

    def _unary(self, node: ast.UnaryOp) -> Read:
        value = self.value(node.operand)
        return Read(
            text=self.text(node), literal=negated(type(node.op), value.literal), pairs=NOTHING, line=node.lineno
        )

    def _subscript(self, node: ast.Subscript) -> Read:
        base = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            self._other(node.slice)
            return changed(base, text=self.text(node), literal=OPEN, name="", path="", written="", line=node.lineno)
        key = self.value(node.slice)
        if isinstance(key.literal, (str, int)) and str(key.literal) in base.pairs:
            found = base.pairs[str(key.literal)]
            if isinstance(found, Read):
                return changed(found, text=self.text(node), line=node.lineno)
        if isinstance(key.literal, str):
            return self._member(base, key.literal, node)
        if isinstance(key.literal, int) and base.parts and not base.built and 0 <= key.literal < len(base.parts):
            part = base.parts[key.literal]
            return part if isinstance(part, Read) else base
        value = element(base, self.text(node), node.lineno)
        return changed(value, call=base.call, path=f"{base.path}[]" if base.path else "")

    # Collections

    def _dictionary(self, node: ast.Dict) -> Read:
        pairs: dict[str, Value] = {}
        literal: dict[Any, Any] | None = {}
        others: list[Read] = []
        values: list[Read] = []
        for key, each in zip(node.keys, node.values, strict=True):
            value = self.value(each)
            values.append(value)
            known = self.value(key) if key is not None else None
            if known is None:
                pairs.update(value.pairs)
                others.append(value)
            elif isinstance(known.literal, (str, int)):
                pairs[str(known.literal)] = value
            else:
                others.append(value)
            if literal is not None and known is not None and isinstance(known.literal, (str, int)) and value.known:
                literal[known.literal] = value.literal
            else:
                literal = None
        whole = gathered(values, self.text(node), node.lineno)
        return changed(
            whole, literal=OPEN if literal is None else literal, pairs=pairs, parts=tuple(others), path="dict"
        )

    def _sequence(self, node: ast.Tuple | ast.List | ast.Set) -> Read:
        parts = [self.value(each) for each in node.elts]
        value = gathered(parts, self.text(node), node.lineno)
        literal: Any = OPEN
        if all(each.known for each in parts):
            items = [each.literal for each in parts]
            literal = tuple(items) if isinstance(node, ast.Tuple) else items
        return changed(value, literal=literal, parts=tuple(parts), path="list")

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Read:
        around = self.scope
        self.scope = Scope(parent=around)
        try:
            for generator in node.generators:
                values = self.value(generator.iter)
                self.bind_target(generator.target, element(values, "", node.lineno))
                for each in generator.ifs:
                    self.value(each)
            if isinstance(node, ast.DictComp):
                parts = [self.value(node.key), self.value(node.value)]
            else:
                parts = [self.value(node.elt)]
        finally:
            self.scope = around
        return changed(gathered(parts, self.text(node), node.lineno), parts=tuple(parts))

    def bind_target(self, target: ast.expr, value: Read) -> None:
        """Names on the left get what stands on the right, or their share of it."""
        if isinstance(target, ast.Name):
            self.scope.bind(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            whole = value.parts if len(value.parts) == len(target.elts) and not value.built else ()
            for number, each in enumerate(target.elts):
                part = whole[number] if whole else None
                share = part if isinstance(part, Read) else element(value, "", value.line)
                self.bind_target(each, share)
        elif isinstance(target, ast.Starred):
            self.bind_target(target.value, value)
        elif isinstance(target, ast.Attribute):
            base = self.value(target.value)
            if base.written:
                self.scope.bind(f"{base.written}.{target.attr}", value)

    # Others

    def _inner(self, node: ast.Await | ast.Starred) -> Read:
        return self.value(node.value)

    def _named(self, node: ast.NamedExpr) -> Read:
        value = self.value(node.value)
        self.bind_target(node.target, value)
        return value

    def _lambda(self, node: ast.Lambda) -> Read:
        around = self.scope
        self.scope = Scope(parent=around)
        try:
            for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                self.scope.values[each.arg] = Read(text=each.arg, pairs=NOTHING, path=each.arg)
            result = self.value(node.body)
        finally:
            self.scope = around
        return Read(text=self.text(node), parts=(result,), path="lambda", pairs=NOTHING, line=node.lineno)

    def _other(self, node: ast.AST) -> Read:
        """Comparisons and the like: what calls they hold counts, what they give is harmless."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        text = self.text(node) if isinstance(node, ast.expr) else ""
        return Read(text=text, numeric=isinstance(node, ast.Compare), pairs=NOTHING, line=getattr(node, "lineno", 0))
