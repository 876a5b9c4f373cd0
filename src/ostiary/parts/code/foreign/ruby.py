"""Ruby: which syntax is which form; ``A::B`` is named ``A.B``, what backticks run is a call of ``%x``."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.code import Call, Language
from ostiary.parts.code.foreign.forms import (
    Acting,
    Argument,
    Binding,
    Calling,
    Constant,
    Either,
    Entries,
    Form,
    Giving,
    Grammar,
    Index,
    Items,
    Member,
    Name,
    Parameter,
    Same,
    Sum,
    Target,
    Text,
    Typing,
    Within,
    every,
    first,
    nodes,
    parts,
    words,
)
from ostiary.parts.code.foreign.literals import number, spine, unescaped
from ostiary.parts.code.foreign.parsing import Node


def _pattern(node: Node) -> Form:
    """``/a+/`` is the making of a ``Regexp``; the sign that opens it stands for what is between the signs."""
    opens = [each for each in node.children() if each.kind() in _SLASHES][:1]
    return Calling(None, "Regexp", [Argument(each) for each in opens], made=True, inside=every(node, "interpolation"))


def _within_slashes(node: Node) -> Form | None:
    held = node.parent()
    if held is None or first(held, "interpolation") is not None:
        return None
    return Constant(held.text()[len(node.text()) :].rstrip("abcdefghijklmnopqrstuvwxyz")[:-1])


def _string(node: Node) -> Form:
    held: list[Node | str] = []
    for part in node.named_children():
        if part.kind() in {"string_content", "heredoc_content"}:
            held.append(part.text())
        elif part.kind() == "escape_sequence":
            held.append(unescaped(part.text()))
        elif part.kind() == "interpolation":
            held.append(part)
    return Text(held) if any(not isinstance(each, str) for each in held) else Constant("".join(map(str, held)))


def _heredoc(node: Node) -> Form | None:
    """Where a text begins; its body stands later in the tree, after this statement."""
    at: Node | None = node
    for _ in range(12):
        at = at.parent() if at is not None else None
        if at is None:
            return None
        body = first(at, "heredoc_body")
        after = at.next()
        if body is None and after is not None and after.kind() == "heredoc_body":
            body = after
        if body is not None:
            return _string(body)
    return None


def _key(node: Node) -> str | Node:
    text = node.text()
    if node.kind() in {"hash_key_symbol", "simple_symbol"}:
        return text.lstrip(":").rstrip(":")
    return node


def _arguments(node: Node | None) -> tuple[list[Argument], bool]:
    given: list[Argument] = []
    spread = False
    for part in parts(node) if node is not None else []:
        kind = part.kind()
        if kind == "pair":
            key, value = part.field("key"), part.field("value")
            name = _key(key) if key is not None else ""
            if value is not None:
                given.append(Argument(value, name if isinstance(name, str) else name.text().strip("'\"")))
        elif kind in {"splat_argument", "hash_splat_argument"}:
            spread = True
            given += [Argument(each) for each in parts(part)]
        elif kind == "block_argument":
            continue
        else:
            given.append(Argument(part))
    return given, spread


def _call(node: Node) -> Form | None:
    of, method = node.field("receiver"), node.field("method")
    arguments, spread = _arguments(node.field("arguments"))
    block = node.field("block")
    inside = nodes(block)
    name = words(method)
    if of is not None and not name:  # f.(x)
        name = "call"
    if of is not None and name == "new" and of.kind() in {"constant", "scope_resolution"}:
        return Calling(of, "", arguments, made=True, spread=spread, inside=inside)
    return Calling(of, name, arguments, spread=spread, inside=inside)


def _block(node: Node) -> Form:
    names = _names(node.field("parameters"))
    body = [each for each in parts(node) if each.kind() != "block_parameters"]
    return Within(body, [(each.name, "", None) for each in names])


def _names(node: Node | None) -> list[Parameter]:
    found: list[Parameter] = []
    for part in parts(node) if node is not None else []:
        name = part if part.kind() == "identifier" else part.field("name") or first(part, "identifier")
        if name is not None:
            found.append(Parameter(name.text(), default=part.field("value")))
    return found


def _method(node: Node) -> Form:
    body = [each for each in parts(node) if each.kind() == "body_statement"] or nodes(node.field("body"))
    return Acting(words(node.field("name")), _names(node.field("parameters")), body)


def _class(node: Node) -> Form:
    base = node.field("superclass")
    bases = [each.text().replace("::", ".") for each in parts(base)] if base is not None else []
    body = node.field("body") or first(node, "body_statement")
    return Typing(words(node.field("name")).replace("::", "."), bases, parts(body) if body is not None else [])


def _assigned(node: Node) -> Form | None:
    left = node.field("left")
    if left is None:
        return None
    operator = words(node.field("operator"))
    simple = left.kind() in {"identifier", "constant", "instance_variable", "class_variable", "global_variable"}
    if left.kind() == "left_assignment_list":
        return Binding(
            [Target(each.text()) for each in parts(left) if each.kind() == "identifier"], node.field("right")
        )
    target = Target(_bare(left.text())) if simple else Target(node=left)
    return Binding([target], node.field("right"), declares=left.kind() == "constant", adds=operator == "+=")


def _bare(name: str) -> str:
    return f"self.{name.lstrip('@')}" if name.startswith("@") else name


def _binary(node: Node) -> Form | None:
    left, right = node.field("left"), node.field("right")
    operator = words(node.field("operator"))
    if left is None or right is None:
        return None
    if operator == "+":
        return Sum(spine(node, "binary", "+"))
    if operator == "%" and left.kind() == "string":
        return Calling(
            left, "format", [Argument(each) for each in (parts(right) if right.kind() == "array" else [right])]
        )
    if operator == "<<":
        return Calling(left, "concat", [Argument(right)])
    return Either([left, right]) if operator in {"||", "or", "&&", "and"} else None


def _conditional(node: Node) -> Form:
    return Either(nodes(node.field("consequence"), node.field("alternative")), nodes(node.field("condition")))


def _hash(node: Node) -> Form:
    entries: list[tuple[str | Node, Node]] = []
    for part in every(node, "pair"):
        key, value = part.field("key"), part.field("value")
        if key is not None and value is not None:
            entries.append((_key(key), value))
    return Entries(entries, [each for each in parts(node) if each.kind() != "pair"])


def _index(node: Node) -> Form | None:
    inside = parts(node)
    return Index(inside[0], inside[1] if len(inside) > 1 else None) if inside else None


def _scope(node: Node) -> Form:
    of, name = node.field("scope"), words(node.field("name"))
    return Member(of, name) if of is not None else Name(name)


def _command(node: Node) -> Form:
    holes = every(node, "interpolation")
    return Calling(None, "%x", [Argument(each) for each in holes], inside=[])


def _one(node: Node) -> Form | None:
    inside = parts(node)
    return Same(inside[0]) if len(inside) == 1 else None


def _unless(node: Node) -> Form:
    return Within(parts(node))


def _instance(node: Node) -> Form:
    return Name(_bare(node.text()))


def _loaded(call: Call) -> str:
    if call.name in {"require", "require_relative"} and call.args and isinstance(call.args[0].literal, str):
        return call.args[0].literal
    return ""


_SLASHES: Final = ("/",)  # also of ``%r{``
_TEXTS: Final = ("string", "bare_string", "string_array_element")
_BLOCKS: Final = (
    "if",
    "unless",
    "elsif",
    "else",
    "while",
    "until",
    "case",
    "when",
    "rescue",
    "if_modifier",
    "unless_modifier",
    "for",
)

GRAMMAR: Final = Grammar(
    language=Language.RUBY,
    me=frozenset({"self"}),
    assigning=("assignment", "operator_assignment"),
    resolve=lambda name: name.replace("::", "."),
    gives=_loaded,
    forms={
        **dict.fromkeys(_TEXTS, _string),
        **dict.fromkeys(_SLASHES, _within_slashes),
        "regex": _pattern,
        **dict.fromkeys(_BLOCKS, _unless),
        **dict.fromkeys(("identifier", "constant", "self", "super", "global_variable"), lambda node: Name(node.text())),
        **dict.fromkeys(("instance_variable", "class_variable"), _instance),
        **dict.fromkeys(("integer", "float"), lambda node: Constant(number(node.text()))),
        **dict.fromkeys(("do_block", "block"), _block),
        **dict.fromkeys(("method", "singleton_method", "lambda"), _method),
        **dict.fromkeys(("class", "module"), _class),
        **dict.fromkeys(("assignment", "operator_assignment"), _assigned),
        **dict.fromkeys(("parenthesized_statements", "interpolation"), _one),
        **dict.fromkeys(("array", "string_array", "symbol_array"), lambda node: Items(parts(node))),
        "chained_string": lambda node: Sum(parts(node)),
        "heredoc_beginning": _heredoc,
        "simple_symbol": lambda node: Constant(node.text().lstrip(":")),
        "bare_symbol": lambda node: Constant(node.text()),
        "true": lambda _: Constant(True),
        "false": lambda _: Constant(False),
        "nil": lambda _: Constant(None),
        "call": _call,
        "element_reference": _index,
        "scope_resolution": _scope,
        "subshell": _command,
        "binary": _binary,
        "conditional": _conditional,
        "hash": _hash,
        "return": lambda node: Giving([each for part in parts(node) for each in parts(part)]),
    },
)
