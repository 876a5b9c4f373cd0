"""Kotlin: which syntax is which form."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.code import Language
from ostiary.parts.code.foreign.forms import (
    Acting,
    Argument,
    Binding,
    Calling,
    Constant,
    Either,
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
    Text,
    Typing,
    Within,
    every,
    first,
    nodes,
    parts,
    words,
)
from ostiary.parts.code.foreign.java import imported, plain
from ostiary.parts.code.foreign.literals import number, unescaped
from ostiary.parts.code.foreign.parsing import Node

_TYPES: Final = ("user_type", "nullable_type", "function_type", "parenthesized_type")
_LAMBDAS: Final = ("lambda_literal", "annotated_lambda", "anonymous_function")


def _import(node: Node) -> Form | None:
    path = first(node, "identifier")
    if path is None:
        return None
    full = path.text()
    alias = first(node, "import_alias")
    if alias is not None:
        return Importing([(words(first(alias, "type_identifier", "simple_identifier")), full)])
    everything = first(node, "wildcard_import") is not None or node.text().rstrip().endswith(".*")
    return Importing(imported(full, everything=everything))


def _string(node: Node) -> Form:
    raw = node.text().startswith('"""')
    held: list[Node | str] = []
    for part in node.named_children():
        if part.kind() == "string_content":
            held.append(part.text() if raw else unescaped(part.text()))
        elif part.kind() == "character_escape_seq":
            held.append(unescaped(part.text()))
        elif part.kind() in {"interpolated_identifier", "interpolated_expression"}:
            held.append(part)
    return Text(held) if any(not isinstance(each, str) for each in held) else Constant("".join(map(str, held)))


def _suffix(node: Node) -> str:
    return words(first(node, "simple_identifier", "this_expression"))


def _member(node: Node) -> Form | None:
    inside = parts(node)
    if len(inside) < 2 or inside[-1].kind() != "navigation_suffix":  # noqa: PLR2004 - the object and the name
        return None
    return Member(inside[0], _suffix(inside[-1]))


def _argument(node: Node) -> Argument | None:
    inside = parts(node)
    if not inside:
        return None
    named = (
        len(inside) > 1 and inside[0].kind() == "simple_identifier" and "=" in [each.text() for each in node.children()]
    )
    return Argument(inside[-1], inside[0].text() if named else "")


def _arguments(node: Node | None) -> list[Argument]:
    given = [_argument(each) for each in every(node, "value_argument")] if node is not None else []
    return [each for each in given if each is not None]


def _call(node: Node) -> Form | None:
    inside = parts(node)
    if not inside:
        return None
    of, suffix = inside[0], first(node, "call_suffix")
    if of.kind() == "object_literal":
        return Typing("object", _bases(of), inside[1:])
    given = _arguments(first(suffix, "value_arguments")) if suffix is not None else []
    blocks = every(suffix, *_LAMBDAS) if suffix is not None else []
    given += [Argument(each) for each in blocks]
    spread = (
        suffix is not None and "*" in suffix.text()[:200] and any(each.node.text().startswith("*") for each in given)
    )
    if of.kind() == "navigation_expression":
        held = parts(of)
        if len(held) > 1 and held[-1].kind() == "navigation_suffix":
            return Calling(held[0], _suffix(held[-1]), given, spread=spread)
    if of.kind() == "simple_identifier":
        return Calling(None, of.text(), given, made=of.text()[:1].isupper(), spread=spread)
    return Calling(of, "", given, spread=spread)


def _built(node: Node) -> Form:
    """An annotation's or a base's constructor."""
    return Calling(None, plain(words(first(node, "user_type"))), _arguments(first(node, "value_arguments")), made=True)


def _annotation(node: Node) -> Form:
    made = first(node, "constructor_invocation")
    if made is not None:
        return _built(made)
    return Calling(None, plain(words(first(node, "user_type"))), [], made=True)


def _marks(node: Node | None) -> list[Node]:
    held = first(node, "modifiers", "parameter_modifiers") if node is not None else None
    return every(held, "annotation") if held is not None else []


def _typed(node: Node | None) -> str:
    return plain(words(first(node, *_TYPES))) if node is not None else ""


def _parameters(node: Node | None) -> list[Parameter]:
    found: list[Parameter] = []
    marks: list[Node] = []
    for part in parts(node) if node is not None else []:
        if part.kind() == "parameter_modifiers":
            marks = every(part, "annotation")
        elif part.kind() == "parameter":
            found.append(Parameter(words(first(part, "simple_identifier")), _typed(part), annotations=marks))
            marks = []
        elif found:
            found[-1].default = part
    return [each for each in found if each.name]


def _function(node: Node) -> Form:
    held = first(node, "function_value_parameters")
    body = first(node, "function_body")
    return Acting(words(first(node, "simple_identifier")), _parameters(held), nodes(body), _marks(node))


def _body(node: Node) -> Form | None:
    inside = parts(node)
    if len(inside) == 1 and inside[0].kind() != "statements":
        return Giving(inside)
    return None


def _lambda(node: Node) -> Form:
    held = first(node, "lambda_parameters")
    names = (
        [Parameter(words(first(each, "simple_identifier"))) for each in every(held, "variable_declaration")]
        if held
        else []
    )
    body = [each for each in parts(node) if each.kind() != "lambda_parameters"]
    return Acting("", names or [Parameter("it")], body)


def _bases(node: Node) -> list[str]:
    found: list[str] = []
    for each in every(node, "delegation_specifier"):
        held = first(each, "constructor_invocation") or each
        found.append(plain(words(first(held, "user_type"))))
    return [each for each in found if each]


def _class(node: Node) -> Form:
    fields: list[Parameter] = []
    made = first(node, "primary_constructor")
    for part in every(made, "class_parameter") if made is not None else []:
        name = words(first(part, "simple_identifier"))
        values = [
            each
            for each in parts(part)
            if each.kind() not in {*_TYPES, "modifiers", "binding_pattern_kind", "simple_identifier"}
        ]
        fields.append(Parameter(name, _typed(part), values[-1] if values else None, _marks(part), field=True))
    body = first(node, "class_body", "enum_class_body")
    name = words(first(node, "type_identifier", "simple_identifier")) or "companion"
    return Typing(name, _bases(node), parts(body) if body is not None else [], _marks(node), fields)


def _companion(node: Node) -> Form:
    body = first(node, "class_body")
    return Within(parts(body) if body is not None else [], flat=True)


def _infix(node: Node) -> Form | None:
    """An object right after an expression's body is not told apart by the parser."""
    inside = parts(node)
    if len(inside) == 3 and inside[0].kind() == "object_literal":  # noqa: PLR2004 - object, its name, its body
        return Typing(inside[1].text(), [], parts(inside[2]))
    if len(inside) == 3 and inside[1].text() == "to":  # noqa: PLR2004 - a pair
        return Items([inside[0], inside[2]])
    return None


def _property(node: Node) -> Form | None:
    held = first(node, "variable_declaration")
    several = first(node, "multi_variable_declaration")
    skipped = {
        "modifiers",
        "binding_pattern_kind",
        "variable_declaration",
        "multi_variable_declaration",
        "getter",
        "setter",
    }
    skipped |= {"property_delegate", "type_parameters", *_TYPES}
    values = [each for each in parts(node) if each.kind() not in skipped]
    names = every(several, "variable_declaration") if several is not None else nodes(held)
    targets = [Target(words(first(each, "simple_identifier")), typed=_typed(each)) for each in names]
    if not targets:
        return None
    made: list[Form] = [Binding(targets, values[-1] if values else None, declares=True, annotations=_marks(node))]
    others = every(node, "getter", "setter", "property_delegate")
    return Several([*made, Within(others)]) if others else made[0]


def _assigned(node: Node) -> Form | None:
    inside = parts(node)
    if len(inside) != 2:  # noqa: PLR2004 - two sides
        return None
    left = inside[0]
    held = parts(left)
    adds = any(each.text() == "+=" for each in node.children())
    if len(held) == 1 and held[0].kind() == "simple_identifier":
        return Binding([Target(held[0].text())], inside[1], adds=adds)
    return Binding([Target(node=left)], inside[1], adds=adds)


def _target(node: Node) -> Form | None:
    inside = parts(node)
    if len(inside) == 1:
        return Same(inside[0])
    if len(inside) == 2 and inside[1].kind() == "navigation_suffix":  # noqa: PLR2004 - the object and the name
        return Member(inside[0], _suffix(inside[1]))
    if len(inside) == 2 and inside[1].kind() == "indexing_suffix":  # noqa: PLR2004 - the object and the key
        return Index(inside[0], next(iter(parts(inside[1])), None))
    return None


def _sum(node: Node) -> Form | None:
    if not any(each.text() == "+" for each in node.children()):
        return None
    sides: list[Node] = []
    current = node
    for _ in range(500):
        inside = parts(current)
        if len(inside) != 2:  # noqa: PLR2004 - two sides
            break
        sides.append(inside[1])
        current = inside[0]
        if current.kind() != "additive_expression":
            break
    sides.append(current)
    return Sum(sides[::-1])


def _postfix(node: Node) -> Form | None:
    inside = parts(node)
    return Same(inside[0]) if inside else None


def _cast(node: Node) -> Form | None:
    inside = parts(node)
    return Same(inside[0], plain(words(inside[-1]))) if inside else None


def _each(node: Node) -> Form:
    inside = parts(node)
    held = first(node, "variable_declaration")
    of = next((each for each in inside if each.kind() not in {"variable_declaration", "control_structure_body"}), None)
    name = words(first(held, "simple_identifier")) if held is not None else ""
    return Within(every(node, "control_structure_body"), [(name, _typed(held), of)] if name else [])


def _when(node: Node) -> Form:
    inside = every(node, "when_entry")
    bodies = [each for entry in inside for each in every(entry, "control_structure_body")]
    tests = [each for entry in inside for each in every(entry, "when_condition")]
    return Either(bodies, [*nodes(first(node, "when_subject")), *tests])


def _if(node: Node) -> Form:
    inside = every(node, "control_structure_body")
    tests = [each for each in parts(node) if each.kind() != "control_structure_body"]
    return Either(inside, tests)


def _single(node: Node) -> Form | None:
    inside = parts(node)
    if len(inside) == 1 and inside[0].kind() == "statements":
        inside = parts(inside[0])
    return Same(inside[0]) if len(inside) == 1 else Within(inside)


def _jump(node: Node) -> Form | None:
    return Giving(parts(node)) if node.text().startswith("return") else None


_NAMES: Final = (
    "simple_identifier",
    "type_identifier",
    "this_expression",
    "super_expression",
    "interpolated_identifier",
)
_NUMBERS: Final = ("integer_literal", "hex_literal", "bin_literal", "real_literal", "long_literal", "unsigned_literal")

GRAMMAR: Final = Grammar(
    language=Language.KOTLIN,
    assigning=("assignment",),
    bare_fields=True,
    forms={
        **dict.fromkeys(_NAMES, lambda node: Name(node.text())),
        **dict.fromkeys(_NUMBERS, lambda node: Constant(number(node.text()))),
        **dict.fromkeys(("class_declaration", "object_declaration"), _class),
        **dict.fromkeys(("while_statement", "do_while_statement", "catch_block"), lambda node: Within(parts(node))),
        **dict.fromkeys(("parenthesized_expression", "interpolated_expression"), _single),
        "import_header": _import,
        "string_literal": _string,
        "character_literal": lambda node: Constant(unescaped(node.text()[1:-1])),
        "boolean_literal": lambda node: Constant(node.text() == "true"),
        "null": lambda _: Constant(None),
        "null_literal": lambda _: Constant(None),
        "navigation_expression": _member,
        "indexing_expression": _target,
        "call_expression": _call,
        "constructor_invocation": _built,
        "annotation": _annotation,
        "function_declaration": _function,
        "function_body": _body,
        "anonymous_function": _function,
        "lambda_literal": _lambda,
        "companion_object": _companion,
        "infix_expression": _infix,
        "property_declaration": _property,
        "assignment": _assigned,
        "directly_assignable_expression": _target,
        "additive_expression": _sum,
        "postfix_expression": _postfix,
        "as_expression": _cast,
        "elvis_expression": lambda node: Either(parts(node)),
        "if_expression": _if,
        "when_expression": _when,
        "control_structure_body": _single,
        "for_statement": _each,
        "collection_literal": lambda node: Items(parts(node)),
        "jump_expression": _jump,
        "package_header": lambda _: Several([]),
    },
)
