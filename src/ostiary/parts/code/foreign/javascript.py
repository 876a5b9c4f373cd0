"""JavaScript and TypeScript, with JSX: which syntax is which form."""

from __future__ import annotations

import re
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
    Importing,
    Index,
    Items,
    Member,
    Name,
    Same,
    Several,
    Sum,
    Tag,
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
from ostiary.parts.code.foreign.javascript_patterns import parameters, pattern_names, targets, typed
from ostiary.parts.code.foreign.literals import number, spine, unescaped
from ostiary.parts.code.foreign.parsing import Node


def package(path: str) -> str:
    """A module's name as code imports it, without what only says where it lies."""
    path = path.removeprefix("node:")
    if path.startswith("."):
        return re.sub(r"\.(?:c|m)?[jt]sx?$", "", path)
    return path


def _string(node: Node) -> Form:
    return Constant(unescaped(node.text()[1:-1]))


def _template(node: Node) -> Form:
    held: list[Node | str] = []
    for part in node.named_children():
        if part.kind() == "template_substitution":
            held += parts(part)[:1]
        elif part.kind() == "string_fragment":
            held.append(part.text())
        else:
            held.append(unescaped(part.text()))
    return Text(held) if any(not isinstance(each, str) for each in held) else Constant("".join(map(str, held)))


def _pattern(node: Node) -> Form:
    """``/a+/i`` is the making of a ``RegExp``."""
    return Calling(None, "RegExp", [Argument(each) for each in every(node, "regex_pattern")], made=True)


def _member(node: Node) -> Form | None:
    of, name = node.field("object"), node.field("property")
    return Member(of, name.text()) if of is not None and name is not None else None


def _index(node: Node) -> Form | None:
    of = node.field("object")
    return Index(of, node.field("index")) if of is not None else None


def _arguments(node: Node | None) -> tuple[list[Argument], bool]:
    if node is None:
        return [], False
    if node.kind() == "template_string":
        return [Argument(node)], False
    given = parts(node)
    return [Argument(each) for each in given if each.kind() != "spread_element"], any(
        each.kind() == "spread_element" for each in given
    )


def _call(node: Node) -> Form | None:
    function = node.field("function")
    given = node.field("arguments")
    if function is None:
        return None
    arguments, spread = _arguments(given)
    inside = [each for each in parts(given) if each.kind() == "spread_element"] if given is not None and spread else []
    if function.kind() == "member_expression":
        of, name = function.field("object"), function.field("property")
        if of is not None and name is not None:
            return Calling(of, name.text(), arguments, spread=spread, inside=inside)
    return Calling(function, "", arguments, spread=spread, inside=inside)


def _new(node: Node) -> Form | None:
    made = node.field("constructor")
    arguments, spread = _arguments(node.field("arguments"))
    return Calling(made, "", arguments, made=True, spread=spread) if made is not None else None


def _binary(node: Node) -> Form | None:
    left, right = node.field("left"), node.field("right")
    operator = words(node.field("operator"))
    if left is None or right is None:
        return None
    if operator == "+":
        return Sum(spine(node, "binary_expression", "+"))
    return Either([left, right]) if operator in {"||", "??", "&&"} else None


def _ternary(node: Node) -> Form:
    return Either(nodes(node.field("consequence"), node.field("alternative")), nodes(node.field("condition")))


def _object(node: Node) -> Form:
    entries: list[tuple[str | Node, Node]] = []
    others: list[Node] = []
    for part in parts(node):
        key, value = part.field("key"), part.field("value")
        if part.kind() == "pair" and key is not None and value is not None:
            named: str | Node = key.text() if key.kind() in {"property_identifier", "number"} else key
            entries.append((parts(key)[0] if key.kind() == "computed_property_name" and parts(key) else named, value))
        elif part.kind() == "shorthand_property_identifier":
            entries.append((part.text(), part))
        else:
            others.append(part)
    return Entries(entries, others)


def _declarator(node: Node) -> Form | None:
    name = node.field("name")
    if name is None:
        return None
    return Binding(targets(name, typed(node.field("type"))), node.field("value"), declares=True)


def _assigned(node: Node) -> Form | None:
    left = node.field("left")
    if left is None:
        return None
    adds = node.kind() == "augmented_assignment_expression"
    return Binding(targets(left), node.field("right"), adds=adds and words(node.field("operator")) == "+=")


def _function(node: Node) -> Form:
    given = parameters(node.field("parameters") or node.field("parameter"))
    marks = _marks_before(node) if node.kind() == "method_definition" else []
    return Acting(words(node.field("name")), given, nodes(node.field("body")), marks)


def _method(node: Node) -> Form:
    made = _function(node)
    fields = [each for each in getattr(made, "parameters", []) if each.field]
    if not fields:
        return made
    bound: list[Form] = [Binding([Target(each.name, typed=each.typed)], None, declares=True) for each in fields]
    return Several([*bound, made])


def _marks_before(node: Node) -> list[Node]:
    found: list[Node] = []
    before = node.prev()
    while before is not None and before.kind() in {"decorator", "comment"}:
        if before.kind() == "decorator":
            found.append(before)
        before = before.prev()
    return found[::-1]


def _class(node: Node) -> Form:
    heritage = first(node, "class_heritage")
    bases: list[str] = []
    if heritage is not None:
        for part in parts(heritage):
            clause = part.kind() in {"extends_clause", "implements_clause"}
            bases += [typed(each) for each in (parts(part) if clause else [part]) if each.kind() != "type_arguments"]
    outer = node.parent()
    marks = every(node, "decorator")
    if outer is not None and outer.kind() == "export_statement":
        marks += every(outer, "decorator")
    body = node.field("body")
    inside = [each for each in parts(body) if each.kind() != "decorator"] if body is not None else []
    return Typing(words(node.field("name")), bases, inside, marks)


def _field(node: Node) -> Form:
    name = words(node.field("name") or node.field("property"))
    return Binding(
        [Target(name, typed=typed(node.field("type")))],
        node.field("value"),
        declares=True,
        annotations=every(node, "decorator"),
    )


def _import(node: Node) -> Form | None:
    source = node.field("source")
    if source is None:
        required = first(node, "import_require_clause")
        if required is None:
            return None
        source = required.field("source") or first(required, "string")
        return Importing([(words(first(required, "identifier")), package(words(source)[1:-1]))])
    full = package(source.text()[1:-1])
    names = [("", full)]
    clause = first(node, "import_clause")
    for part in parts(clause) if clause is not None else []:
        if part.kind() == "identifier":
            names.append((part.text(), full))
        elif part.kind() == "namespace_import":
            names.append((words(first(part, "identifier")), full))
        else:
            for each in parts(part):
                name = words(each.field("name"))
                names.append((words(each.field("alias")) or name, f"{full}.{name}" if name != "default" else full))
    return Importing(names)


def _enum(node: Node) -> Form:
    body = node.field("body")
    made: list[Form] = [
        Binding(
            [Target(f"{words(node.field('name'))}.{words(each.field('name'))}")], each.field("value"), declares=True
        )
        for each in (every(body, "enum_assignment") if body is not None else [])
    ]
    return Several(made)


def _element(node: Node) -> Form | None:
    opening = node.field("open_tag") or first(node, "jsx_opening_element") if node.kind() == "jsx_element" else node
    if opening is None:
        return None
    name = opening.field("name") or first(opening, "identifier", "member_expression", "nested_identifier")
    attributes: list[tuple[str, Node]] = []
    others = (
        [each for each in parts(node) if each.kind() not in {"jsx_opening_element", "jsx_closing_element"}]
        if opening is not node
        else []
    )
    for part in parts(opening):
        if part.kind() == "jsx_attribute" and len(parts(part)) > 1:
            key, value = parts(part)[:2]
            attributes.append((key.text(), value))
        elif part.kind() == "jsx_expression":
            others.append(part)
    return Tag(words(name), attributes, others)


def _one(node: Node) -> Form | None:
    inside = parts(node)
    return Same(inside[0]) if len(inside) == 1 else None


def _cast(node: Node) -> Form | None:
    inside = parts(node)
    return Same(inside[0], typed(inside[1]) if len(inside) > 1 else "") if inside else None


def _each(node: Node) -> Form:
    left, right, body = node.field("left"), node.field("right"), node.field("body")
    names = [(each, "", right) for each in pattern_names(left)] if words(node.field("operator")) == "of" else []
    return Within(nodes(None if names else right, body), names)


def _block(node: Node) -> Form:
    return Within(parts(node))


_NAMES: Final = (
    "identifier",
    "this",
    "super",
    "shorthand_property_identifier",
    "type_identifier",
    "private_property_identifier",
)
_FUNCTIONS: Final = (
    "function_declaration",
    "function_expression",
    "arrow_function",
    "generator_function",
    "generator_function_declaration",
)
_BLOCKS: Final = (
    "if_statement",
    "else_clause",
    "while_statement",
    "do_statement",
    "switch_statement",
    "catch_clause",
    "for_statement",
)


def _required(call: Call) -> str:
    if call.name in {"require", "import"} and call.args and isinstance(call.args[0].literal, str):
        return package(call.args[0].literal)
    return ""


GRAMMAR: Final = Grammar(
    language=Language.JAVASCRIPT,
    gives=_required,
    assigning=("assignment_expression", "augmented_assignment_expression", "update_expression"),
    forms={
        **dict.fromkeys(_NAMES, lambda node: Name(node.text())),
        **dict.fromkeys(_FUNCTIONS, _function),
        **dict.fromkeys(_BLOCKS, _block),
        **dict.fromkeys(
            ("parenthesized_expression", "await_expression", "non_null_expression", "jsx_expression", "decorator"), _one
        ),
        **dict.fromkeys(("as_expression", "satisfies_expression"), _cast),
        **dict.fromkeys(("class_declaration", "class", "abstract_class_declaration"), _class),
        **dict.fromkeys(("field_definition", "public_field_definition"), _field),
        **dict.fromkeys(("assignment_expression", "augmented_assignment_expression"), _assigned),
        **dict.fromkeys(("jsx_element", "jsx_self_closing_element"), _element),
        "string": _string,
        "template_string": _template,
        "regex": _pattern,
        "regex_pattern": lambda node: Constant(node.text()),
        "number": lambda node: Constant(number(node.text())),
        "true": lambda _: Constant(True),
        "false": lambda _: Constant(False),
        "null": lambda _: Constant(None),
        "undefined": lambda _: Constant(None),
        "member_expression": _member,
        "subscript_expression": _index,
        "call_expression": _call,
        "new_expression": _new,
        "binary_expression": _binary,
        "ternary_expression": _ternary,
        "object": _object,
        "array": lambda node: Items(parts(node)),
        "variable_declarator": _declarator,
        "method_definition": _method,
        "import_statement": _import,
        "enum_declaration": _enum,
        "export_statement": lambda node: Within(
            [each for each in parts(node) if each.kind() != "decorator"], flat=True
        ),
        "return_statement": lambda node: Giving(parts(node)),
        "for_in_statement": _each,
    },
)
