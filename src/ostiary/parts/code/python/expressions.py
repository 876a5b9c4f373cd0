"""An expression becomes a value, and the calls in it become facts, in one pass from the inside out."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ostiary.evidence.code import OPEN, Call, Value
from ostiary.parts.code.python import results
from ostiary.parts.code.python.folding import folded, negated
from ostiary.parts.code.python.names import Names
from ostiary.parts.code.python.results import element, gathered, put_together, tainting
from ostiary.parts.code.python.scopes import NO_NAMES, NOTHING, Read, Scope, changed, joined

_MUTATING: Final = frozenset(
    ["append", "extend", "insert", "add", "appendleft", "remove", "pop", "clear", "write", "discard"]
)


class Expressions(Names):
    """Reads expressions of one module.

    :param path: of the file.
    :param lines: of the file.
    """

    def __init__(self, path: str, lines: Sequence[str]) -> None:
        super().__init__(path, lines)
        self._readers = {
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
