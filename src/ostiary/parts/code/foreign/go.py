"""Go: which syntax is which form; what a package gives is named by its whole path (``crypto/md5.New``)."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Language
from ostiary.parts.code.foreign.forms import (
    Acting,
    Argument,
    Binding,
    Calling,
    Constant,
    Entries,
    Form,
    Giving,
    Grammar,
    Importing,
    Index,
    Items,
    Member,
    Name,
    Parameter,
    Same,
    Several,
    Sum,
    Target,
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


def _import(node: Node) -> Form | None:
    path = first(node, "interpreted_string_literal", "raw_string_literal")
    if path is None:
        return None
    full = path.text()[1:-1]
    local = first(node, "package_identifier", "dot", "blank_identifier")
    if local is not None:
        return Importing([(local.text() if local.kind() == "package_identifier" else "", full)])
    last = re.sub(r"/v\d+$", "", full).rpartition("/")[2]
    names = {last, re.sub(r"\.v\d+$", "", last), last.removeprefix("go-").removesuffix("-go"), last.replace("-", "")}
    return Importing([(each, full) for each in sorted(names)])


def _plain(node: Node | None) -> str:
    return re.sub(r"^(?:\*|\[\w*\]|\.\.\.)+|\[.*", "", words(node)).strip()


def _type_node(node: Node | None) -> str:
    if words(node).startswith("["):
        return ""
    text = _plain(node)
    return "" if text.startswith(("struct", "func", "map", "interface", "chan")) else text


def _arguments(node: Node | None) -> tuple[list[Argument], bool]:
    given = parts(node) if node is not None else []
    spread = any(each.kind() == "variadic_argument" for each in given)
    return [Argument(each) for each in given if each.kind() != "variadic_argument"], spread


def _call(node: Node) -> Form | None:
    function = node.field("function")
    arguments, spread = _arguments(node.field("arguments"))
    if function is None:
        return None
    if function.kind() == "selector_expression":
        of = function.field("operand")
        return Calling(of, words(function.field("field")), arguments, spread=spread) if of is not None else None
    return Calling(function, "", arguments, spread=spread)


def _literal(node: Node) -> Form:
    body = node.field("body")
    typed = node.field("type")
    if typed is not None and typed.kind() in {"type_identifier", "qualified_type", "generic_type"}:
        return Calling(typed, "", [Argument(body)] if body is not None else [], made=True)
    return _plain_body(body) if body is not None else Items([])


def _plain_body(node: Node) -> Form:
    entries: list[tuple[str | Node, Node]] = []
    items: list[Node] = []
    for part in parts(node):
        pair = parts(part)
        if part.kind() == "keyed_element" and len(pair) == 2:  # noqa: PLR2004 - key and value
            key = (parts(pair[0]) or [pair[0]])[0]
            entries.append((key.text() if key.kind() in {"identifier", "field_identifier"} else key, pair[1]))
        else:
            items.append(part)
    return Entries(entries, items) if entries or not items else Items(items)


def _qualified(node: Node) -> Form | None:
    package, name = node.field("package"), node.field("name")
    return Member(package, name.text()) if package is not None and name is not None else None


def _parameters(node: Node | None) -> list[Parameter]:
    found: list[Parameter] = []
    for part in every(node, "parameter_declaration", "variadic_parameter_declaration") if node is not None else []:
        typed = _type_node(part.field("type"))
        found += [Parameter(each.text(), typed) for each in every(part, "identifier")]
    return found


def _function(node: Node) -> Form:
    receiver = node.field("receiver")
    held = _parameters(receiver)
    owner = held[0].typed if held else ""
    name = words(node.field("name"))
    parameters = [*held, *_parameters(node.field("parameters"))]
    return Acting(name, parameters, nodes(node.field("body")), owner=owner)


def _type(node: Node) -> Form | None:
    held = node.field("type")
    if held is None or held.kind() != "struct_type":
        return None
    fields: list[Parameter] = []
    bases: list[str] = []
    for part in every(first(held, "field_declaration_list") or held, "field_declaration"):
        names = every(part, "field_identifier")
        typed = _type_node(part.field("type"))
        fields += [Parameter(each.text(), typed) for each in names]
        if not names:
            bases.append(typed)
    return Typing(words(node.field("name")), bases, [], parameters=fields)


def _values(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return parts(node) if node.kind() == "expression_list" else [node]


def _spec(node: Node) -> Form:
    names = [Target(each.text(), typed=_type_node(node.field("type"))) for each in every(node, "identifier")]
    return _bound(names, _values(node.field("value")), declares=True)


def _bound(targets: list[Target], values: list[Node], *, declares: bool, adds: bool = False) -> Form:
    if len(values) == len(targets):
        pairs = zip(targets, values, strict=True)
        return Several([Binding([target], value, declares=declares, adds=adds) for target, value in pairs])
    if not values:
        return Several([Binding([target], None, declares=declares) for target in targets])
    made: list[Form] = [Binding(targets[:1], values[0], declares=declares)]
    made += [Binding([each], None, declares=True) for each in targets[1:] if each.name and each.name != "_"]
    return Several(made)


def _short(node: Node) -> Form:
    targets = [_target(each) for each in _values(node.field("left"))]
    return _bound(targets, _values(node.field("right")), declares=True)


def _target(node: Node) -> Target:
    return Target(node.text()) if node.kind() == "identifier" else Target(node=node)


def _assigned(node: Node) -> Form:
    targets = [_target(each) for each in _values(node.field("left"))]
    adds = words(node.field("operator")) == "+="
    return _bound(targets, _values(node.field("right")), declares=False, adds=adds)


def _binary(node: Node) -> Form | None:
    return Sum(spine(node, "binary_expression", "+")) if words(node.field("operator")) == "+" else None


def _each(node: Node) -> Form:
    clause = first(node, "range_clause")
    if clause is None:
        return Within(parts(node))
    right = clause.field("right")
    names = _values(clause.field("left"))
    held = [(each.text(), "", right if index == len(names) - 1 else None) for index, each in enumerate(names)]
    return Within(nodes(node.field("body")), [each for each in held if each[0] != "_"])


def _one(node: Node) -> Form | None:
    inside = parts(node)
    return Same(inside[0]) if inside else None


def _cast(node: Node) -> Form | None:
    value = node.field("operand")
    return Same(value, _type_node(node.field("type"))) if value is not None else None


def _converted(node: Node) -> Form | None:
    value = node.field("operand")
    return Same(value) if value is not None else None


def _selector(node: Node) -> Form | None:
    of = node.field("operand")
    return Member(of, words(node.field("field"))) if of is not None else None


def _index(node: Node) -> Form | None:
    of = node.field("operand")
    return Index(of, node.field("index")) if of is not None else None


_BLOCKS: Final = ("if_statement", "expression_case", "default_case", "type_case", "communication_case")

GRAMMAR: Final = Grammar(
    language=Language.GO,
    me=frozenset(),
    assigning=("assignment_statement",),
    forms={
        **dict.fromkeys(
            ("identifier", "type_identifier", "package_identifier", "nil_value"), lambda node: Name(node.text())
        ),
        **dict.fromkeys(
            ("int_literal", "float_literal", "imaginary_literal"), lambda node: Constant(number(node.text()))
        ),
        **dict.fromkeys(_BLOCKS, lambda node: Within(parts(node))),
        **dict.fromkeys(("function_declaration", "method_declaration", "func_literal"), _function),
        **dict.fromkeys(("const_spec", "var_spec"), _spec),
        **dict.fromkeys(("parenthesized_expression", "unary_expression", "literal_element"), _one),
        "import_spec": _import,
        "interpreted_string_literal": lambda node: Constant(unescaped(node.text()[1:-1])),
        "raw_string_literal": lambda node: Constant(node.text()[1:-1]),
        "rune_literal": lambda node: Constant(unescaped(node.text()[1:-1])),
        "true": lambda _: Constant(True),
        "false": lambda _: Constant(False),
        "nil": lambda _: Constant(None),
        "selector_expression": _selector,
        "qualified_type": _qualified,
        "index_expression": _index,
        "slice_expression": lambda node: Same(of) if (of := node.field("operand")) is not None else None,
        "call_expression": _call,
        "composite_literal": _literal,
        "literal_value": _plain_body,
        "type_spec": _type,
        "short_var_declaration": _short,
        "assignment_statement": _assigned,
        "binary_expression": _binary,
        "for_statement": _each,
        "type_assertion_expression": _cast,
        "type_conversion_expression": _converted,
        "return_statement": lambda node: Giving([each for part in parts(node) for each in _values(part)]),
        "package_clause": lambda _: Several([]),
    },
)
