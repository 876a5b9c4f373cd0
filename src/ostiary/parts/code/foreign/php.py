"""PHP: which syntax is which form; markup around the code is no code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ostiary.evidence.code import Language
from ostiary.parts.code.foreign import pages
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
from ostiary.parts.code.foreign.literals import number, unescaped
from ostiary.parts.code.foreign.parsing import Node


def _dotted(name: str) -> str:
    return name.strip("\\?").replace("\\", ".")


def _variable(node: Node) -> str:
    return node.text().lstrip("$&").strip("{}")


def _string(node: Node) -> Form:
    return Constant(node.text()[1:-1].replace("\\'", "'").replace("\\\\", "\\"))


def _encapsed(node: Node) -> Form:
    body = first(node, "heredoc_body", "nowdoc_body") or node
    held: list[Node | str] = []
    for part in body.named_children():
        if part.kind() in {"string_content", "nowdoc_string"}:
            held.append(part.text())
        elif part.kind() == "escape_sequence":
            held.append(unescaped(part.text()))
        else:
            held.append(part)
    return Text(held) if any(not isinstance(each, str) for each in held) else Constant("".join(map(str, held)))


def _member(node: Node) -> Form | None:
    of, name = node.field("object"), node.field("name")
    return Member(of, _variable(name)) if of is not None and name is not None else None


def _static(node: Node) -> Form | None:
    inside = parts(node)
    if len(inside) < 2:  # noqa: PLR2004 - the class and the name
        return None
    return Member(inside[0], _variable(inside[-1]))


def _index(node: Node) -> Form | None:
    inside = parts(node)
    return Index(inside[0], inside[1] if len(inside) > 1 else None) if inside else None


def _arguments(node: Node | None) -> tuple[list[Argument], bool]:
    given: list[Argument] = []
    spread = False
    for part in every(node, "argument") if node is not None else []:
        inside = parts(part)
        if not inside:
            continue
        if inside[0].kind() == "variadic_unpacking":
            spread = True
            continue
        named = len(inside) > 1 and inside[0].kind() == "name"
        given.append(Argument(inside[-1], inside[0].text() if named else ""))
    return given, spread


def _call(node: Node) -> Form | None:
    function = node.field("function")
    arguments, spread = _arguments(node.field("arguments"))
    if function is None:
        return None
    if function.kind() in {"name", "qualified_name"}:
        return Calling(None, _dotted(function.text()), arguments, spread=spread)
    return Calling(function, "", arguments, spread=spread)


def _method(node: Node) -> Form | None:
    of = node.field("object") or node.field("scope")
    arguments, spread = _arguments(node.field("arguments"))
    return Calling(of, _variable(name) if (name := node.field("name")) is not None else "", arguments, spread=spread)


def _new(node: Node) -> Form | None:
    inside = parts(node)
    arguments, spread = _arguments(first(node, "arguments"))
    if not inside:
        return None
    if inside[0].kind() in {"name", "qualified_name"}:
        return Calling(None, _dotted(inside[0].text()), arguments, made=True, spread=spread)
    return Several([Within(inside, flat=True)])


def _command(node: Node) -> Form:
    """What backticks run, which is what ``shell_exec`` runs."""
    return Calling(
        None,
        "shell_exec",
        [Argument(each) for each in node.named_children() if each.kind() != "string_content"]
        or [Argument(node, "none")],
    )


def _shows(name: str) -> Callable[[Node], Form]:
    def shown(node: Node) -> Form:
        inside = parts(node)
        if len(inside) == 1 and inside[0].kind() == "sequence_expression":
            inside = parts(inside[0])
        return Calling(None, name, [Argument(each) for each in inside])

    return shown


def _marks(node: Node) -> list[Node]:
    held = first(node, "attribute_list")
    return list(held.find_all(kind="attribute")) if held is not None else []


def _attribute(node: Node) -> Form:
    arguments, spread = _arguments(first(node, "arguments"))
    return Calling(None, _dotted(words(first(node, "name", "qualified_name"))), arguments, made=True, spread=spread)


def _typed(node: Node) -> str:
    return _dotted(words(node.field("type") or first(node, "named_type", "primitive_type", "optional_type")))


def _parameters(node: Node | None) -> list[Parameter]:
    found: list[Parameter] = []
    for part in parts(node) if node is not None else []:
        name = part.field("name") or first(part, "variable_name")
        if name is not None:
            promoted = part.kind() == "property_promotion_parameter"
            found.append(Parameter(_variable(name), _typed(part), part.field("default_value"), _marks(part), promoted))
    return found


def _function(node: Node) -> Form:
    parameters = _parameters(node.field("parameters"))
    made = Acting(words(node.field("name")), parameters, nodes(node.field("body")), _marks(node))
    fields: list[Form] = [
        Binding([Target(each.name, typed=each.typed)], None, True) for each in parameters if each.field
    ]
    return Several([*fields, made]) if fields else made


def _class(node: Node) -> Form:
    bases = [
        _dotted(each.text())
        for kind in ("base_clause", "class_interface_clause")
        for held in every(node, kind)
        for each in parts(held)
    ]
    body = node.field("body") or first(node, "declaration_list", "enum_declaration_list")
    return Typing(words(node.field("name")), bases, parts(body) if body is not None else [], _marks(node))


def _property(node: Node) -> Form:
    typed = _typed(node)
    made: list[Form] = []
    for each in every(node, "property_element"):
        inside = parts(each)
        value = inside[1] if len(inside) > 1 else None
        if value is not None and value.kind() == "property_initializer":
            value = next(iter(parts(value)), None)
        made.append(Binding([Target(_variable(inside[0]), typed=typed)], value, True, annotations=_marks(node)))
    return Several(made)


def _constants(node: Node) -> Form:
    made: list[Form] = []
    for each in every(node, "const_element"):
        inside = parts(each)
        if len(inside) > 1:
            made.append(Binding([Target(inside[0].text())], inside[1], True))
    return Several(made)


def _assigned(node: Node) -> Form | None:
    left = node.field("left")
    if left is None:
        return None
    adds = node.kind() == "augmented_assignment_expression" and words(node.field("operator")) == ".="
    if left.kind() == "list_literal":
        return Binding(
            [Target(_variable(each)) for each in parts(left) if each.kind() == "variable_name"], node.field("right")
        )
    target = Target(_variable(left)) if left.kind() == "variable_name" else Target(node=left)
    return Binding([target], node.field("right"), adds=adds)


def _binary(node: Node) -> Form | None:
    left, right = node.field("left"), node.field("right")
    operator = words(node.field("operator"))
    if left is None or right is None:
        return None
    if operator in {".", "+"}:
        return Sum(_sides(node, operator))
    return Either([left, right]) if operator in {"??", "||", "?:"} else None


def _sides(node: Node, operator: str) -> list[Node]:
    sides: list[Node] = []
    current = node
    for _ in range(500):
        left, right = current.field("left"), current.field("right")
        if left is None or right is None:
            break
        sides.append(right)
        if left.kind() != "binary_expression" or words(left.field("operator")) != operator:
            sides.append(left)
            break
        current = left
    return sides[::-1]


def _ternary(node: Node) -> Form:
    body = node.field("body")
    chosen = nodes(body, node.field("alternative"))
    condition = nodes(node.field("condition"))
    return Either(chosen, condition) if body is not None else Either([*condition, *chosen])


def _array(node: Node) -> Form:
    entries: list[tuple[str | Node, Node]] = []
    items: list[Node] = []
    for part in every(node, "array_element_initializer"):
        inside = parts(part)
        if len(inside) == 2:  # noqa: PLR2004 - key and value
            entries.append((inside[0], inside[1]))
        else:
            items += inside
    return Entries(entries, items) if entries else Items(items)


def _cast(node: Node) -> Form | None:
    value = node.field("value")
    return Same(value, words(node.field("type"))) if value is not None else None


def _each(node: Node) -> Form:
    inside = parts(node)
    of = inside[0] if inside else None
    held = inside[1] if len(inside) > 1 else None
    variables = (
        [held] if held is not None and held.kind() == "variable_name" else parts(held) if held is not None else []
    )
    names = [(_variable(each), "", of) for each in variables if each.kind() == "variable_name"]
    return Within(inside[2:], names)


def _use(node: Node) -> Form:
    names: list[tuple[str, str]] = []
    prefix = words(first(node, "namespace_name"))
    group = first(node, "namespace_use_group")
    for clause in every(group if group is not None else node, "namespace_use_clause", "namespace_use_group_clause"):
        inside = parts(clause)
        if inside:
            full = _dotted("\\".join(each for each in (prefix if group is not None else "", inside[0].text()) if each))
            local = inside[-1].text() if len(inside) > 1 else full.rpartition(".")[2]
            names.append((local, full))
    return Importing(names)


def _one(node: Node) -> Form | None:
    inside = parts(node)
    return Same(inside[-1]) if len(inside) == 1 else None


_INCLUDES: Final = ("include_expression", "include_once_expression", "require_expression", "require_once_expression")
_BLOCKS: Final = (
    "if_statement",
    "while_statement",
    "do_statement",
    "for_statement",
    "switch_statement",
    "catch_clause",
    "else_clause",
    "else_if_clause",
)
_METHODS: Final = ("member_call_expression", "nullsafe_member_call_expression", "scoped_call_expression")

GRAMMAR: Final = Grammar(
    language=Language.PHP,
    me=frozenset({"this", "self", "static"}),
    assigning=("assignment_expression", "augmented_assignment_expression"),
    resolve=_dotted,
    prepare=pages.php,
    forms={
        **dict.fromkeys(_INCLUDES, _shows("include")),
        **dict.fromkeys(_BLOCKS, lambda node: Within(parts(node))),
        **dict.fromkeys(_METHODS, _method),
        **dict.fromkeys(("encapsed_string", "heredoc", "nowdoc"), _encapsed),
        **dict.fromkeys(("member_access_expression", "nullsafe_member_access_expression"), _member),
        **dict.fromkeys(("class_constant_access_expression", "scoped_property_access_expression"), _static),
        **dict.fromkeys(
            ("function_definition", "method_declaration", "anonymous_function", "arrow_function"), _function
        ),
        **dict.fromkeys(
            ("class_declaration", "interface_declaration", "trait_declaration", "enum_declaration"), _class
        ),
        **dict.fromkeys(
            ("assignment_expression", "augmented_assignment_expression", "reference_assignment_expression"), _assigned
        ),
        **dict.fromkeys(
            ("parenthesized_expression", "by_ref", "error_suppression_expression", "clone_expression"), _one
        ),
        **dict.fromkeys(("integer", "float"), lambda node: Constant(number(node.text()))),
        **dict.fromkeys(("name", "qualified_name", "relative_scope"), lambda node: Name(_dotted(node.text()))),
        "variable_name": lambda node: Name(_variable(node)),
        "string": _string,
        "boolean": lambda node: Constant(node.text().lower() == "true"),
        "null": lambda _: Constant(None),
        "subscript_expression": _index,
        "function_call_expression": _call,
        "object_creation_expression": _new,
        "shell_command_expression": _command,
        "echo_statement": _shows("echo"),
        "print_intrinsic": _shows("print"),
        "exit_statement": _shows("exit"),
        "attribute": _attribute,
        "property_declaration": _property,
        "const_declaration": _constants,
        "binary_expression": _binary,
        "conditional_expression": _ternary,
        "array_creation_expression": _array,
        "cast_expression": _cast,
        "foreach_statement": _each,
        "namespace_use_declaration": _use,
        "return_statement": lambda node: Giving(parts(node)),
        "namespace_definition": lambda node: Within(nodes(node.field("body")), flat=True),
    },
)
