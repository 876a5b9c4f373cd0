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

    __slots__ = ("_made", "_schemas", "closed", "empty", "extra", "properties", "root", "written")

    def __init__(self, schemas: list[Any], root: Fragment) -> None:
        self.root = root
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

    @property
    def key(self) -> tuple[int, ...]:
        """The same for two shapes of the same schemas, as long as the document lives."""
        return tuple(sorted(map(id, self._schemas)))

    def under(self, name: str) -> Shape:
        """The shape of a property's value; of an undeclared one, what additionalProperties say."""
        made = self._made.get(name)
        if made is None:
            made = Shape(self.properties.get(name, self.extra), self.root)
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
            made = self._made["\0items"] = Shape(found, self.root)
        return made


def shape_of(schema: Schema) -> Shape:
    """The shape of a whole reply."""
    return Shape([schema.fragment], schema.root)


_MOST_PLACES: Final = 2_000  # of one skeleton; where a schema has more, each reply is walked


def skeleton(shape: Shape, *, prune: bool) -> dict[str, Any] | None:
    """A JSON Schema that a document fits if nothing has to be taken out of it: no undeclared and no ``writeOnly`` field.

    :param prune: whether objects that are not closed count as if they were.
    """
    places: dict[tuple[int, ...], _Place] = {}
    todo: list[tuple[_Place, Shape]] = []

    def place(of: Shape) -> _Place:
        if of.key not in places:
            places[of.key] = _Place(str(len(places)))
            todo.append((places[of.key], of))
        return places[of.key]

    whole = place(shape)
    while todo:
        at, of = todo.pop()
        if len(places) > _MOST_PLACES:
            return None
        at.fields = {each: None if each in of.written else place(of.under(each)) for each in of.properties}
        at.items = place(of.items())
        at.shut = not of.empty and (of.closed or (prune and not of.extra))
        at.rest = None if at.shut or not of.extra else place(Shape(of.extra, of.root))
    _find_useful(list(places.values()))
    return whole.schema() | {"$defs": {each.name: each.body() for each in places.values() if each.useful}}


class _Place:
    """One place of a skeleton; `useful` once something in it or below could have to be taken out."""

    __slots__ = ("fields", "items", "name", "rest", "shut", "useful")

    def __init__(self, name: str) -> None:
        self.name = name
        self.fields: dict[str, _Place | None] = {}  # None: a field that is never read
        self.items: _Place | None = None
        self.rest: _Place | None = None
        self.shut = False
        self.useful = False

    def schema(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.name}"} if self.useful else {}

    def body(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        fields = {name: False if each is None else each.schema() for name, each in self.fields.items()}
        if self.shut:
            made = {"properties": fields, "additionalProperties": False}
        elif self.rest is not None and self.rest.useful:
            made = {"properties": fields, "additionalProperties": self.rest.schema()}
        elif any(each != {} for each in fields.values()):
            made = {"properties": {name: each for name, each in fields.items() if each != {}}}
        if self.items is not None and self.items.useful:
            made["items"] = self.items.schema()
        return made


def _find_useful(places: list[_Place]) -> None:
    above: dict[str, list[_Place]] = {}
    queue = []
    for each in places:
        for below in (*each.fields.values(), each.items, each.rest):
            if below is not None:
                above.setdefault(below.name, []).append(each)
        if each.shut or None in each.fields.values():
            queue.append(each)
    for each in queue:
        if not each.useful:
            each.useful = True
            queue += above.get(each.name, ())


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
