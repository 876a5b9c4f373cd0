"""Swift: which syntax is which form; labels of arguments are names and positions at once."""

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
from ostiary.parts.code.foreign.java import plain
from ostiary.parts.code.foreign.literals import number, unescaped
from ostiary.parts.code.foreign.parsing import Node

_TYPES: Final = ("user_type", "optional_type", "array_type", "dictionary_type")


def _string(node: Node) -> Form:
    held: list[Node | str] = []
    for part in node.named_children():
        kind = part.kind()
        if kind in {"line_str_text", "multi_line_str_text", "raw_str_part"}:
            held.append(part.text())
        elif kind == "str_escaped_char":
            held.append(unescaped(part.text()))
        elif kind == "interpolated_expression":
            held.append(part)
        elif kind == "raw_str_end_part":
            held.append(part.text().strip("#").strip('"'))
    return Text(held) if any(not isinstance(each, str) for each in held) else Constant("".join(map(str, held)))


def _member(node: Node) -> Form | None:
    inside = parts(node)
    if len(inside) < 2:  # noqa: PLR2004 - the object and the name
        return None
    return Member(
        inside[0], words(first(inside[-1], "simple_identifier", "integer_literal")) or inside[-1].text().lstrip(".")
    )


def _arguments(node: Node | None) -> list[Argument]:
    given: list[Argument] = []
    for part in every(node, "value_argument") if node is not None else []:
        label = first(part, "value_argument_label")
        inside = [each for each in parts(part) if each.kind() != "value_argument_label"]
        inside += [each for each in part.children() if each.kind() == "nil"]  # a word of the grammar, not a node of it
        if inside:
            given.append(Argument(inside[-1], words(label).rstrip(":"), both=True))
    return given


def _call(node: Node) -> Form | None:
    inside = parts(node)
    if not inside:
        return None
    of, suffix = inside[0], first(node, "call_suffix")
    held = first(suffix, "value_arguments") if suffix is not None else None
    given = _arguments(held)
    blocks = every(suffix, "lambda_literal") if suffix is not None else []
    if held is not None and held.text().startswith("[") and given:
        return Index(of, given[0].node)
    given += [Argument(each) for each in blocks]
    if of.kind() == "navigation_expression":
        chain = parts(of)
        if len(chain) > 1:
            return Calling(
                chain[0], words(first(chain[-1], "simple_identifier")) or chain[-1].text().lstrip("."), given
            )
    if of.kind() == "simple_identifier":
        return Calling(None, of.text(), given, made=of.text()[:1].isupper())
    return Calling(of, "", given)


def _typed(node: Node | None) -> str:
    return plain(words(first(node, *_TYPES))) if node is not None else ""


def _parameters(node: Node) -> list[Parameter]:
    found: list[Parameter] = []
    for part in parts(node):
        if part.kind() == "parameter":
            names = every(part, "simple_identifier")
            if names:
                found.append(Parameter(names[-1].text(), _typed(part)))
        elif found and part.kind() not in {"function_body", "modifiers", "type_constraints", "throws", *_TYPES}:
            found[-1].default = found[-1].default or (part if "literal" in part.kind() else None)
    return found


def _marks(node: Node) -> list[Node]:
    held = first(node, "modifiers")
    return every(held, "attribute") if held is not None else []


def _attribute(node: Node) -> Form:
    inside = [each for each in parts(node) if each.kind() != "user_type"]
    return Calling(None, plain(words(first(node, "user_type"))), [Argument(each) for each in inside], made=True)


def _function(node: Node) -> Form:
    name = words(first(node, "simple_identifier")) or ("init" if node.kind() == "init_declaration" else "deinit")
    return Acting(name, _parameters(node), nodes(first(node, "function_body")), _marks(node))


def _lambda(node: Node) -> Form:
    held = first(node, "lambda_function_type")
    names: list[Parameter] = []
    if held is not None:
        names = [Parameter(words(first(each, "simple_identifier"))) for each in held.find_all(kind="lambda_parameter")]
    return Acting("", names, [each for each in parts(node) if each.kind() != "lambda_function_type"])


def _class(node: Node) -> Form:
    bases = [plain(words(first(each, "user_type"))) for each in every(node, "inheritance_specifier")]
    body = first(node, "class_body", "enum_class_body", "protocol_body")
    name = plain(words(first(node, "type_identifier", "user_type")))
    return Typing(name, bases, parts(body) if body is not None else [], _marks(node))


def _property(node: Node) -> Form | None:
    pattern = first(node, "pattern")
    if pattern is None:
        return None
    names = [each.text() for each in pattern.find_all(kind="simple_identifier")][:10] or [pattern.text()]
    skipped = {
        "modifiers",
        "value_binding_pattern",
        "pattern",
        "type_annotation",
        "computed_property",
        "type_constraints",
    }
    skipped |= {"willset_didset_block"}
    values = [each for each in parts(node) if each.kind() not in skipped]
    typed = _typed(first(node, "type_annotation"))
    body = first(node, "computed_property")
    if body is not None:
        return Acting(names[0], [], [body], _marks(node))
    return Binding(
        [Target(each, typed=typed) for each in names], values[-1] if values else None, True, annotations=_marks(node)
    )


def _assigned(node: Node) -> Form | None:
    inside = parts(node)
    if len(inside) != 2:  # noqa: PLR2004 - two sides
        return None
    held = parts(inside[0])
    adds = any(each.text() == "+=" for each in node.children())
    if len(held) == 1 and held[0].kind() == "simple_identifier":
        return Binding([Target(held[0].text())], inside[1], adds=adds)
    return Binding([Target(node=inside[0])], inside[1], adds=adds)


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


def _one(node: Node) -> Form | None:
    inside = [each for each in parts(node) if each.kind() not in {"try_operator", "bang"}]
    return Same(inside[0]) if len(inside) == 1 else None


def _cast(node: Node) -> Form | None:
    inside = parts(node)
    return Same(inside[0], plain(words(inside[-1]))) if inside else None


def _dictionary(node: Node) -> Form:
    inside = parts(node)
    return Entries(list(zip(inside[::2], inside[1::2], strict=False)))


def _guard(node: Node) -> Form:
    return _bound(node, flat=True)


def _if(node: Node) -> Form:
    return _bound(node, flat=False)


def _bound(node: Node, *, flat: bool) -> Within:
    """``if let x = y``: the name becomes known by the value right after it."""
    inside = parts(node)
    names: list[tuple[str, str, Node | None]] = []
    skipped: set[int] = set()
    for index, part in enumerate(inside[:-2]):
        if part.kind() == "value_binding_pattern" and inside[index + 1].kind() == "simple_identifier":
            names.append((inside[index + 1].text(), "", inside[index + 2]))
            skipped |= {index, index + 1, index + 2}
    return Within([each for index, each in enumerate(inside) if index not in skipped], names, flat=flat)


def _enum(node: Node) -> Form | None:
    inside = parts(node)
    name = first(node, "simple_identifier")
    if name is None or len(inside) < 2 or "literal" not in inside[-1].kind():  # noqa: PLR2004 - a name and a value
        return None
    return Binding([Target(name.text())], inside[-1], declares=True)


def _ternary(node: Node) -> Form:
    inside = parts(node)
    return Either(inside[1:], inside[:1])


def _returned(node: Node) -> Form | None:
    return Giving(parts(node)) if node.text().startswith("return") else None


_NUMBERS: Final = ("integer_literal", "hex_literal", "bin_literal", "oct_literal", "real_literal")
_STRINGS: Final = ("line_string_literal", "multi_line_string_literal", "raw_string_literal")
_ONES: Final = (
    *("tuple_expression", "try_expression", "await_expression", "postfix_expression", "interpolated_expression"),
    *("directly_assignable_expression", "prefix_expression"),
)

GRAMMAR: Final = Grammar(
    language=Language.SWIFT,
    me=frozenset({"self"}),
    assigning=("assignment",),
    bare_fields=True,
    forms={
        **dict.fromkeys(
            ("simple_identifier", "type_identifier", "self_expression", "super_expression"),
            lambda node: Name(node.text()),
        ),
        **dict.fromkeys(_NUMBERS, lambda node: Constant(number(node.text()))),
        **dict.fromkeys(_STRINGS, _string),
        **dict.fromkeys(_ONES, _one),
        **dict.fromkeys(("class_declaration", "protocol_declaration"), _class),
        **dict.fromkeys(("function_declaration", "init_declaration", "deinit_declaration"), _function),
        **dict.fromkeys(
            ("for_statement", "while_statement", "switch_statement", "catch_block"), lambda node: Within(parts(node))
        ),
        "import_declaration": lambda node: Importing([("", words(first(node, "identifier")))]),
        "boolean_literal": lambda node: Constant(node.text() == "true"),
        "nil": lambda _: Constant(None),
        "navigation_expression": _member,
        "call_expression": _call,
        "attribute": _attribute,
        "lambda_literal": _lambda,
        "property_declaration": _property,
        "assignment": _assigned,
        "additive_expression": _sum,
        "as_expression": _cast,
        "ternary_expression": _ternary,
        "nil_coalescing_expression": lambda node: Either(parts(node)),
        "array_literal": lambda node: Items(parts(node)),
        "dictionary_literal": _dictionary,
        "guard_statement": _guard,
        "if_statement": _if,
        "enum_entry": _enum,
        "control_transfer_statement": _returned,
    },
)
