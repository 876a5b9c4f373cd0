"""A value answers to several schemas at once: what its schema refers to, joins and chooses from is laid out flat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

Layer = Mapping[str, Any]
_PLAIN_CONDITION: Final = frozenset({"type", "required", "properties"})
_PLAIN_MEMBER: Final = frozenset({"const", "enum", "type", "default", "examples", "x-format", "maxLength", "minLength"})


class Branch(NamedTuple):
    """One of several ways to read an object: the schema, and what an object must have for it to be meant.

    ``sure`` says that `required` and `constants` are all that decides.
    """

    schema: Any
    required: frozenset[str] = frozenset()
    constants: tuple[tuple[str, frozenset[Any]], ...] = ()
    sure: bool = False

    def may_be(self, value: Mapping[str, Any], *, partly: bool = False) -> bool:
        """Whether an object can be read this way; `partly`: it is a patch, which may leave out what is required."""
        if not partly and not self.required <= value.keys():
            return False
        return all(_among(value[name], allowed) for name, allowed in self.constants if name in value)


class Layers(NamedTuple):
    """The schemas that hold in any case, the unions of which a branch is chosen, and (if, then, else)."""

    sure: list[Layer]
    unions: list[list[Branch]]
    conditions: list[tuple[Branch, Any, Any]]


def layers_of(schemas: list[Any], definitions: Mapping[str, Any]) -> Layers:
    """Lay schemas that hold for one value out flat, one level deep: branches of unions are not entered."""
    found = Layers([], [], [])
    seen: set[int] = set()
    stack = list(reversed(schemas))
    while stack:
        node = stack.pop()
        if not isinstance(node, Mapping) or id(node) in seen:
            continue
        seen.add(id(node))
        found.sure.append(node)
        stack += reversed(node.get("allOf", ()))
        stack += node.get("dependentSchemas", {}).values()
        if isinstance(node.get("$ref"), str):
            stack.append(target(node["$ref"], definitions))
        for key in ("anyOf", "oneOf"):
            branches = [each for each in node.get(key, ()) if _may_be_container(each, definitions)]
            if len(branches) == 1:
                stack.append(branches[0])
            elif branches:
                found.unions.append([_branch(each, definitions) for each in branches])
        if "if" in node:
            found.conditions.append((_condition(node["if"]), node.get("then"), node.get("else")))
            found.sure.append(
                {"properties": node["if"].get("properties", {})} if isinstance(node["if"], Mapping) else {}
            )
    return found


def every_layer(schema: Any, definitions: Mapping[str, Any]) -> list[Layer]:
    """All schemas that may hold for a value, whatever branch is chosen."""
    return list(_every([schema], definitions))


def _every(schemas: list[Any], definitions: Mapping[str, Any]) -> Iterator[Layer]:
    seen: set[int] = set()
    stack = list(reversed(schemas))
    while stack:
        node = stack.pop()
        if not isinstance(node, Mapping) or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        for key in ("oneOf", "anyOf", "allOf"):
            stack += reversed(node.get(key, ()))
        stack += node.get("dependentSchemas", {}).values()
        stack += [node.get(key) for key in ("else", "then", "if")]
        if isinstance(node.get("$ref"), str):
            stack.append(target(node["$ref"], definitions))


def all_layers(schemas: list[Any], definitions: Mapping[str, Any]) -> list[Layer]:
    """`every_layer` of several schemas at once."""
    return list(_every(schemas, definitions))


def target(reference: str, definitions: Mapping[str, Any]) -> Any:
    """What a reference of a translated document stands for."""
    return definitions.get(reference.removeprefix("#/$defs/"))


def named(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema, or what it stands for where it is nothing but a reference: many places, one object."""
    for _ in range(8):
        if not (isinstance(schema, Mapping) and len(schema) == 1 and isinstance(schema.get("$ref"), str)):
            break
        schema = target(schema["$ref"], definitions)
    return schema


def _may_be_container(schema: Any, definitions: Mapping[str, Any]) -> bool:
    """Whether a branch may be an object or a list; `null` and texts beside one object are no choice."""
    schema = named(schema, definitions)
    if not isinstance(schema, Mapping):
        return False
    kinds = schema.get("type")
    if kinds is None:
        return "enum" not in schema and "const" not in schema
    return not {"object", "array"}.isdisjoint([kinds] if isinstance(kinds, str) else kinds)


def _branch(schema: Any, definitions: Mapping[str, Any]) -> Branch:
    sure = layers_of([schema], definitions).sure
    required: frozenset[str] = frozenset().union(*(each.get("required", ()) for each in sure))
    return Branch(schema, required, tuple(pair for each in sure for pair in _constants(each)))


def _condition(schema: Any) -> Branch:
    if not isinstance(schema, Mapping):
        return Branch(schema)
    plain = schema.keys() <= _PLAIN_CONDITION and all(
        isinstance(each, Mapping) and each.keys() <= _PLAIN_MEMBER for each in schema.get("properties", {}).values()
    )
    return Branch(schema, frozenset(schema.get("required", ())), tuple(_constants(schema)), sure=plain)


def _constants(layer: Layer) -> Iterator[tuple[str, frozenset[Any]]]:
    for name, each in layer.get("properties", {}).items():
        if isinstance(each, Mapping) and ("const" in each or "enum" in each):
            values = [each["const"]] if "const" in each else each["enum"]
            if all(isinstance(one, (str, int, float, bool, type(None))) for one in values):
                yield name, frozenset(values)


def _among(value: Any, allowed: frozenset[Any]) -> bool:
    return value.__class__ in {dict, list} or value in allowed or value is None
