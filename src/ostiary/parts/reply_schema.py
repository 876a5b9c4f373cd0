"""What a reply's schema says about fields: which are declared, which are only ever written, whether others may exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.model import Schema

_MOST_SCHEMAS: Final = 20_000  # visited while looking for closed ones; what is larger is treated as if it had some
_BRANCHES: Final = ("anyOf", "oneOf")
Fragment = Mapping[str, Any]


class Shape:
    """The object that one place of a document has to be; children are made when data leads there.

    A place may have several schemas (``allOf``, alternatives): a field is declared when any of them declares it, and
    the place is closed when the schema, one of its ``allOf`` or every alternative is.
    """

    __slots__ = ("_made", "_root", "_schemas", "closed", "empty", "extra", "properties", "written")

    def __init__(self, schemas: list[Any], root: Fragment) -> None:
        self._root = root
        self._made: dict[str, Shape] = {}
        self._schemas = list(_flat(schemas, root))
        self.properties: dict[str, list[Any]] = {}
        self.written: set[str] = set()
        self.extra: list[Any] = []
        for each in self._schemas:
            for name, schema in each.get("properties", {}).items():
                self.properties.setdefault(name, []).append(schema)
                if _write_only(schema, root):
                    self.written.add(name)
            if isinstance(each.get("additionalProperties"), Mapping):
                self.extra.append(each["additionalProperties"])
            self.extra += each.get("patternProperties", {}).values()
        self.closed = not self.extra and any(_is_closed(each, root, 0) for each in schemas)
        self.empty = not self.properties and not self.extra

    def under(self, name: str) -> Shape:
        """The shape of a property's value; of an undeclared one, what additionalProperties say."""
        made = self._made.get(name)
        if made is None:
            made = Shape(self.properties.get(name, self.extra), self._root)
            if name in self.properties:
                self._made[name] = made
        return made

    def items(self) -> Shape:
        """The shape of an array's items."""
        made = self._made.get("\0items")
        if made is None:
            found = []
            for each in self._schemas:
                items = each.get("items")
                found += [items] if isinstance(items, Mapping) else []
                found += [one for one in each.get("prefixItems", ()) if isinstance(one, Mapping)]
            made = self._made["\0items"] = Shape(found, self._root)
        return made


def shape_of(schema: Schema) -> Shape:
    """The shape of a whole reply."""
    return Shape([schema.fragment], schema.root)


def restricts(schema: Schema) -> bool:
    """Whether anything in the schema is closed or write-only: only then a reply has to be compared with it."""
    seen: set[int] = set()
    stack: list[Any] = [schema.fragment]
    while stack:
        each = stack.pop()
        if not isinstance(each, Mapping) or id(each) in seen:
            continue
        seen.add(id(each))
        if len(seen) > _MOST_SCHEMAS:
            return True
        if (
            each.get("additionalProperties") is False
            or each.get("unevaluatedProperties") is False
            or each.get("writeOnly") is True
        ):
            return True
        stack += [_target(each, schema.root)] if "$ref" in each else []
        stack += [*each.get("properties", {}).values(), *each.get("patternProperties", {}).values()]
        stack += [each.get("items"), each.get("additionalProperties"), *each.get("prefixItems", ())]
        for word in ("allOf", *_BRANCHES):
            stack += each.get(word, ())
    return False


def required_of(schema: Schema) -> frozenset[str]:
    """Names that every object fitting the schema has; empty where alternatives leave it open."""
    found: set[str] = set()
    stack: list[Any] = [schema.fragment]
    for _ in range(64):  # references may go in circles
        if not stack:
            break
        each = stack.pop()
        if isinstance(each, Mapping):
            found |= {name for name in each.get("required", ()) if isinstance(name, str)}
            stack += [*each.get("allOf", ()), *([_target(each, schema.root)] if "$ref" in each else [])]
    return frozenset(found)


def _flat(schemas: list[Any], root: Fragment) -> Iterator[Fragment]:
    """The schemas with all that they refer to, combine or choose from, each once."""
    seen: set[int] = set()
    stack = list(schemas)
    while stack:
        each = stack.pop()
        if not isinstance(each, Mapping) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if "$ref" in each:
            stack.append(_target(each, root))
        for word in ("allOf", *_BRANCHES, "then", "else", "if"):
            inner = each.get(word)
            stack += inner if isinstance(inner, list) else [inner]


def _is_closed(schema: Any, root: Fragment, depth: int) -> bool:
    if schema is False:
        return True
    if not isinstance(schema, Mapping) or depth > 32:  # noqa: PLR2004 - references may go in circles
        return False
    if schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False:
        return True
    if "$ref" in schema and _is_closed(_target(schema, root), root, depth + 1):
        return True
    if any(_is_closed(each, root, depth + 1) for each in schema.get("allOf", ())):
        return True
    for word in _BRANCHES:
        objects = [each for each in schema.get(word, ()) if _may_be_object(each)]
        if objects and all(_is_closed(each, root, depth + 1) for each in objects):
            return True
    return False


def _may_be_object(schema: Any) -> bool:
    kind = schema.get("type", "object") if isinstance(schema, Mapping) else "object"
    return "object" in ([kind] if isinstance(kind, str) else kind)


def _write_only(schema: Any, root: Fragment) -> bool:
    return any(each.get("writeOnly") is True for each in _flat([schema], root))


def _target(schema: Fragment, root: Fragment) -> Any:
    """What a local reference points to; nothing for what cannot be followed (the document's reader refuses those)."""
    reference = schema["$ref"]
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    at: Any = root
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(at, Mapping):
            at = at.get(key)
        elif isinstance(at, list) and key.isdigit() and int(key) < len(at):
            at = at[int(key)]
        else:
            return None
    return at
