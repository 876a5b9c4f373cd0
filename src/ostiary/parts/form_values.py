"""Form fields become the object that the schema describes, and are checked as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ostiary.errors import Denied
from ostiary.model import Media, Schema
from ostiary.parts import body as bodies
from ostiary.parts import schema as schemas
from ostiary.parts.schema import AS_WRITTEN, Fault, Reading
from ostiary.parts.shapes import Shape, shape_of, split_name, tree_of
from ostiary.strict import DecodeError, loads

_DELIMITERS: Final = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}


def form_checker(media: Media, reading: Reading = AS_WRITTEN) -> Callable[[Any], list[Fault]] | None:
    """What asks a parsed form (pairs, or parts of a multipart body) whether it fits; None when nothing is asked.

    :raises ConfigError: when the schema cannot be compiled.
    """
    schema = media.schema
    if schema is None:
        return None
    shape = shape_of(schema)
    if not shape.takes("object"):
        return None
    files = frozenset(name for name in shape.names if _is_file(shape, name))
    validator = schemas.compile(_but_for(schema, files), reading)

    def check(form: Iterable[Any]) -> list[Fault]:
        fields: list[tuple[str, Any]] = [(each.name, each) if isinstance(each, bodies.Part) else each for each in form]
        faults: list[Fault] = []
        try:
            value = _value(fields, shape, media.encoding, files, faults)
            if not faults and not validator.is_valid(value):
                faults = validator.faults(value)
        except (ValueError, Denied):
            faults.append(("", "cannot be read"))
        return faults

    return check


def _value(
    fields: list[tuple[str, Any]],
    shape: Shape,
    encoding: Mapping[str, Any],
    files: frozenset[str],
    faults: list[Fault],
) -> dict[str, Any]:
    paths: list[tuple[tuple[str, ...], str]] = []
    value: dict[str, Any] = {}
    for name, content in fields:
        head = split_name(name)
        path = head if len(head) > 1 and head[0] in shape.names and name not in shape.names else (name,)
        if path[0] in files or (isinstance(content, bodies.Part) and content.filename is not None):
            value.setdefault(path[0], [] if shape.property(path[0]).takes("array") else "")
            if isinstance(value[path[0]], list):
                value[path[0]].append("")
        elif isinstance(content, bodies.Part) and bodies.is_json(content.media_type):
            value[path[0]] = bodies.parse_as(content.media_type, content.content)
        else:
            text = content.content.decode("utf-8") if isinstance(content, bodies.Part) else content
            paths.append((path, text))
    for name, tree in tree_of(paths).items():
        inner = shape.property(name)
        if isinstance(tree, dict):
            value[name] = inner.nested(tree)
        elif inner.takes("array"):
            value[name] = [_one(text, inner.items) for text in _items(tree, encoding.get(name))]
        elif len(tree) > 1:
            faults.append((f"/{name.replace('~', '~0').replace('/', '~1')}"[:200], "given more than once"))
        else:
            value[name] = _one(tree[0], inner)
    return value


def _one(text: str, shape: Shape) -> Any:
    """A field's value; objects travel as JSON (OpenAPI 3.1, Encoding Object, contentType)."""
    if shape.takes("object") and text.startswith(("{", "[")):
        try:
            return loads(text.encode())
        except (DecodeError, RecursionError):
            return text
    return shape.scalar(text)


def _items(texts: list[str], encoding: Any) -> list[str]:
    if len(texts) == 1 and isinstance(encoding, Mapping) and encoding.get("explode") is False:
        return texts[0].split(_DELIMITERS.get(str(encoding.get("style")), ","))
    return texts


def _is_file(shape: Shape, name: str) -> bool:
    """Whether a field holds bytes: ``format: binary``, 3.1's ``contentMediaType``, or Swagger's ``file``."""
    inner = shape.property(name)
    return inner.bytes or (inner.takes("array") and inner.items.bytes)


def _but_for(schema: Schema, files: frozenset[str]) -> Schema:
    """The schema without what it says of files: their bytes are no text to be measured in characters."""
    if not files:
        return schema
    node = schema.fragment
    definitions = schema.root.get("$defs", {})
    while isinstance(node, Mapping) and "properties" not in node and isinstance(node.get("$ref"), str):
        node = definitions.get(node["$ref"].removeprefix("#/$defs/"))
    if not isinstance(node, Mapping) or "properties" not in node:
        return schema
    kept = {name: True if name in files else each for name, each in node["properties"].items()}
    return Schema(fragment={**node, "properties": kept}, root=schema.root, pointer=schema.pointer)
