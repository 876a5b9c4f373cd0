"""JavaScript's patterns: what parameters and destructuring bind."""

from __future__ import annotations

import re

from ostiary.parts.code.foreign.forms import Parameter, Target, every, first, parts, words
from ostiary.parts.code.foreign.parsing import Node


def targets(node: Node, typed: str = "") -> list[Target]:
    """What a pattern assigns to."""
    kind = node.kind()
    if kind in {"identifier", "shorthand_property_identifier_pattern"}:
        return [Target(node.text(), typed=typed)]
    if kind == "object_pattern":
        found: list[Target] = []
        for part in parts(node):
            name = part.text()
            if part.kind() == "shorthand_property_identifier_pattern":
                found.append(Target(name, pick=name))
            elif part.kind() == "object_assignment_pattern":
                left = words(part.field("left"))
                found.append(Target(left, pick=left, default=part.field("right")))
            elif part.kind() == "pair_pattern":
                value, key = part.field("value"), words(part.field("key")).strip("'\"")
                if value is not None and value.kind() == "identifier":
                    found.append(Target(value.text(), pick=key))
        return found
    if kind == "array_pattern":
        return [Target(each.text()) for each in parts(node) if each.kind() == "identifier"]
    return [Target(node=node)]


def typed(node: Node | None) -> str:
    """The simple name of a type annotation."""
    if node is None or node.text().rstrip().endswith("[]"):
        return ""
    return re.sub(r"<.*|\s*\|\s*(?:null|undefined)", "", node.text().lstrip(": "), flags=re.DOTALL).strip()


def parameters(node: Node | None) -> list[Parameter]:
    """A function's parameters; those of patterns are the names in them."""
    if node is None:
        return []
    if node.kind() == "identifier":
        return [Parameter(node.text())]
    found: list[Parameter] = []
    for part in parts(node):
        kind = part.kind()
        if kind in {"required_parameter", "optional_parameter"}:
            pattern = part.field("pattern")
            names = pattern_names(pattern)
            field = first(part, "accessibility_modifier") is not None or "readonly" in part.text()[:30].split()
            marks = every(part, "decorator")
            found += [Parameter(each, typed(part.field("type")), part.field("value"), marks, field) for each in names]
        elif kind == "assignment_pattern":
            found += [Parameter(each, default=part.field("right")) for each in pattern_names(part.field("left"))]
        else:
            found += [Parameter(each) for each in pattern_names(part)]
    return found


def pattern_names(node: Node | None) -> list[str]:
    """The names that a pattern binds."""
    if node is None:
        return []
    if node.kind() in {"rest_pattern", "object_pattern", "array_pattern"}:
        kinds = ("identifier", "shorthand_property_identifier_pattern")
        return [each.text() for kind in kinds for each in node.find_all(kind=kind)][:30]
    return [node.text()]
