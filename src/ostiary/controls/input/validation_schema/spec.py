"""Inputs that the document leaves open: without a type nothing can be checked, without bounds not everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.controls.input.validation_schema.declared import Said, said, said_by
from ostiary.evidence import Spec
from ostiary.model import Evidence, Finding, Operation, Severity, failed, not_applicable, passed

MOST_DEPTH: Final = 6
_BOUNDING: Final = frozenset({"maxLength", "pattern", "enum", "const", "format", "x-format"})
_STRUCTURED: Final = ("json", "x-www-form-urlencoded", "multipart/form-data")

Gap = tuple[str, str]  # what is missing, a pointer


async def audit_spec(spec: Spec) -> Finding:
    """Lint the inputs: untyped ones count, unbounded ones are noted."""
    operations = [each for each in spec.api.operations if each.parameters or each.consumes]
    if not operations:
        return not_applicable("no operation of the document takes parameters or a body")
    untyped: dict[Gap, Evidence] = {}
    unbounded: dict[Gap, Evidence] = {}
    seen: set[int] = set()  # a schema that many refer to is walked, and told, once
    for operation in operations:
        for what, pointer in _untyped(operation):
            untyped.setdefault((what, pointer), spec.at(pointer, f"{what} ({operation.key})"))
        for what, pointer in _unbounded(operation, seen):
            unbounded.setdefault((what, pointer), spec.at(pointer, f"{what} ({operation.key})"))
    if untyped:
        why = f"{len(untyped)} inputs have no type, so nothing of them can be checked"
        return failed(why, *list(untyped.values())[:5], severity=Severity.MEDIUM)
    if unbounded:
        why = f"every input has a type; {len(unbounded)} have no bound"
        return failed(why, *list(unbounded.values())[:5], severity=Severity.INFO)
    return passed(f"the inputs of all {len(operations)} operations that take any have types and bounds")


def _untyped(operation: Operation) -> Iterator[Gap]:
    for parameter in operation.parameters:
        if parameter.schema is None or not _says(said_by(parameter.schema)):
            pointer = parameter.schema.pointer if parameter.schema is not None else operation.pointer
            yield f"the {parameter.place} parameter {parameter.name} has no type", pointer
    for name, media in operation.consumes.items():
        if name.endswith(_STRUCTURED) and (media.schema is None or not _says(said_by(media.schema))):
            pointer = media.schema.pointer if media.schema is not None else operation.pointer
            yield f"the {name} body has no schema", pointer


def _says(found: Said) -> bool:
    return bool(found.kind) or bool(found.node.keys() - {"examples", "default", "nullable"})


def _unbounded(operation: Operation, seen: set[int]) -> Iterator[Gap]:
    for parameter in operation.parameters:
        if parameter.schema is not None:
            for what, inner in _open(said_by(parameter.schema), 0, seen):
                yield f"{parameter.place} parameter {parameter.name}: {what}", parameter.schema.pointer + inner
    for name, media in operation.consumes.items():
        if media.schema is not None and name.endswith(_STRUCTURED):
            for what, inner in _open(said_by(media.schema), 0, seen):
                yield f"{name} body{inner}: {what}", media.schema.pointer


def _open(found: Said, depth: int, seen: set[int]) -> Iterator[Gap]:
    node = found.node
    if depth > MOST_DEPTH or id(node) in seen or node.get("readOnly") is True:
        return
    seen.add(id(node))
    if found.kind == "string" and _BOUNDING.isdisjoint(node):
        yield "text without maxLength, pattern, enum or format", ""
    elif found.kind in {"integer", "number"} and not (_below(found) and _above(found)) and "enum" not in node:
        yield "a number without minimum and maximum", ""
    elif found.kind == "array":
        if "maxItems" not in node:
            yield "a list without maxItems", ""
        yield from _open(said(node.get("items", True), found.definitions), depth + 1, seen)
    elif found.kind == "object":
        names = node.get("properties", {})
        if not names and not isinstance(node.get("additionalProperties"), dict):
            yield "an object that may hold anything", ""
        for name in names:
            for what, inner in _open(found.inside(name), depth + 1, seen):
                yield what, f"/{name}{inner}"


def _below(found: Said) -> bool:
    return not {"maximum", "exclusiveMaximum"}.isdisjoint(found.node)


def _above(found: Said) -> bool:
    return not {"minimum", "exclusiveMinimum"}.isdisjoint(found.node)
