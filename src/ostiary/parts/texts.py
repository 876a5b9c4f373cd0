"""Which texts of a request a control looks at is read off the document at start; at a request only those are visited."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from ostiary.model import Exchange, Operation, Parameter, Place
from ostiary.parts import body as bodies
from ostiary.parts.layers import Layer, all_layers, named
from ostiary.parts.media_types import WILD, choosing, is_yaml
from ostiary.parts.members import pointer_of
from ostiary.parts.multipart import Part
from ostiary.parts.shapes import split_name
from ostiary.strict import DecodeError, loads

MOST_FOUND: Final = 10_000  # texts of one request; more are the affair of beyond.payload-limits
_MOST_NODES: Final = 50_000  # of one document; what is beyond is not looked into
_OF_TEXTS: Final = frozenset({"format", "x-format", "pattern", "maxLength", "minLength"})  # say so without a type
_OPENERS: Final = ("additionalProperties", "unevaluatedProperties")


class Field(NamedTuple):
    """One declared text: its name (of an item, that of its list), and all that the document says of it."""

    name: str
    layers: tuple[Layer, ...]
    place: str = "body"  # or "path", "query", "header", "cookie"

    @property
    def formats(self) -> frozenset[str]:
        """The formats that are given for it, asserted or not."""
        return frozenset(each[key] for each in self.layers for key in ("format", "x-format") if key in each)

    @property
    def longest(self) -> int | None:
        """Its ``maxLength``; None where there is none."""
        return min((each["maxLength"] for each in self.layers if "maxLength" in each), default=None)

    @property
    def fixed(self) -> bool:
        """Whether the document lists its values."""
        return any("enum" in each or "const" in each for each in self.layers)

    @property
    def examples(self) -> list[str]:
        """The texts that the document itself gives for it."""
        found = [each["default"] for each in self.layers if "default" in each]
        found += [one for each in self.layers for one in each.get("examples", ())]
        return [each for each in found if isinstance(each, str)]


Choose = Callable[[Field], Any]  # a mark for the fields to look at, None for the others
Found = tuple[Any, str, Any]  # where it stands (`pointer` tells), text, mark


class _Node:
    __slots__ = ("inside", "items", "mark", "named", "others", "useful")

    def __init__(self) -> None:
        self.mark: Any = None
        self.inside: dict[str, _Node] = {}
        self.named: frozenset[str] = frozenset()
        self.items: _Node | None = None
        self.others: _Node | None = None
        self.useful = False

    def below(self) -> list[_Node]:
        """The nodes that this one leads to."""
        return [*self.inside.values(), *(each for each in (self.items, self.others) if each is not None)]


class _Nodes:
    """The nodes of one document for one choice, each made once; those that lead nowhere are cut off."""

    def __init__(self, definitions: Mapping[str, Any], choose: Choose) -> None:
        self._definitions = definitions
        self._choose = choose
        self._known: dict[Any, tuple[_Node, list[Any]]] = {}
        self._new: list[tuple[_Node, list[Layer], str, str]] = []

    def root(self, schema: Any, name: str = "", place: str = "body") -> _Node | None:
        """The node of a whole value; None where nothing in it is looked at."""
        node = self._of([schema], name, place)
        made = []
        while self._new and len(self._known) <= _MOST_NODES:
            each, layers, own, where = self._new.pop()
            made.append(each)
            self._fill(each, layers, own, where)
        self._new = []
        _trim(made)
        return node if node.useful else None

    def _of(self, schemas: list[Any], name: str, place: str) -> _Node:
        schemas = [named(each, self._definitions) for each in schemas]
        layers = all_layers(schemas, self._definitions)
        own = "" if any("properties" in each for each in layers) and not _is_text(layers) else name
        key = (tuple(map(id, schemas)), own, place)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (_Node(), schemas)  # the schemas are kept, so that their ids stay theirs
            self._new.append((known[0], layers, own, place))
        return known[0]

    def _fill(self, node: _Node, layers: list[Layer], name: str, place: str) -> None:
        if _is_text(layers):
            node.mark = self._choose(Field(name, tuple(layers), place))
        inside: dict[str, list[Any]] = {}
        for each in layers:
            for member, schema in each.get("properties", {}).items():
                inside.setdefault(member, []).append(schema)
        node.named = frozenset(inside)
        node.inside = {member: self._of(found, member, place) for member, found in inside.items()}
        items = [each["items"] for each in layers if "items" in each]
        items += [one for each in layers for one in each.get("prefixItems", ())]
        node.items = self._of(items, name, place) if items else None
        rest = [each[key] for each in layers for key in _OPENERS if isinstance(each.get(key), Mapping)]
        rest += [one for each in layers for one in each.get("patternProperties", {}).values()]
        node.others = self._of(rest, name, place) if rest else None


def _is_text(layers: list[Layer]) -> bool:
    """Whether the value may be a text, by what the document says itself."""
    kinds = [each["type"] for each in layers if "type" in each]
    if not kinds:
        return any(not _OF_TEXTS.isdisjoint(each) for each in layers)
    return any("string" in ([each] if isinstance(each, str) else each) for each in kinds)


def _trim(nodes: list[_Node]) -> None:
    above: dict[_Node, list[_Node]] = {}
    queue = []
    for node in nodes:
        below = node.below()
        for each in below:
            above.setdefault(each, []).append(node)
        if node.mark is not None or any(each.useful for each in below):
            queue.append(node)
    for node in queue:
        if not node.useful:
            node.useful = True
            queue += above.get(node, ())
    for node in nodes:
        node.inside = {name: each for name, each in node.inside.items() if each.useful}
        node.items = node.items if node.items is not None and node.items.useful else None
        node.others = node.others if node.others is not None and node.others.useful else None


def _walk(root: _Node, document: Any, start: Any = None) -> list[Found]:
    found: list[Found] = []
    stack: list[tuple[_Node, Any, Any]] = [(root, document, start)]
    while stack:
        node, value, at = stack.pop()
        if isinstance(value, str):
            if node.mark is not None and len(found) < MOST_FOUND:
                found.append((at, value, node.mark))
        elif isinstance(value, dict):
            for name, below in node.inside.items():  # only those that lead to something
                each = value.get(name)
                if each is not None:
                    stack.append((below, each, (at, name)))
            if node.others is not None:
                stack += [(node.others, each, (at, name)) for name, each in value.items() if name not in node.named]
        elif isinstance(value, list) and node.items is not None:
            stack += [(node.items, each, (at, str(n))) for n, each in enumerate(value)]
    return found


def pointer(at: Any) -> str:
    """The JSON pointer (RFC 6901) of a place where a text was found."""
    tokens: list[str] = []
    while at is not None:
        at, token = at
        tokens.append(token)
    return pointer_of(reversed(tokens))


def place_of(tokens: Iterable[str]) -> Any:
    """A place from its tokens; `pointer` turns it around."""
    at: Any = None
    for token in tokens:
        at = (at, token)
    return at


class Texts:
    """The chosen texts of an operation's requests: in parameters (`head`), in bodies (`body`)."""

    def __init__(self, operation: Operation, choose: Choose) -> None:
        """Compile; operations of a document share what they have in common for the same `choose`."""
        self._choose = choose
        self._path: list[tuple[int, str, _Node]] = []
        self._fields: dict[bytes, tuple[str, _Node]] = {}
        self._cookies: dict[str, _Node] = {}
        self._query: dict[str, _Node] = {}
        count = 0
        for each in operation.parameters:
            node = self._node(each)
            if node is not None:
                self._add(each, node, count)
            count += each.place is Place.PATH
        found = {name: self._root(media.schema) for name, media in operation.consumes.items() if _has_texts(name)}
        self._bodies = choosing({name: node for name, node in found.items() if node is not None})
        self.asks_head = bool(self._path or self._fields or self._query or self._cookies)
        self.asks_body = any(node is not None for node in found.values())

    def _root(self, schema: Any, name: str = "", place: str = "body") -> _Node | None:
        if schema is None:
            return None
        memo: dict[Any, Any] = getattr(schema.root, "memo", {})
        key = ("texts", self._choose)
        if key not in memo:
            memo[key] = _Nodes(schema.root.get("$defs", {}), self._choose)
        return memo[key].root(schema.fragment, name, place)  # type: ignore[no-any-return]  # a _Node or None

    def _node(self, parameter: Parameter) -> _Node | None:
        if parameter.schema is None:
            node = _Node()
            node.mark = self._choose(Field(parameter.name, (), parameter.place.value))
            return node if node.mark is not None else None
        return self._root(parameter.schema, parameter.name, parameter.place.value)

    def _add(self, parameter: Parameter, node: _Node, position: int) -> None:
        if parameter.place is Place.PATH:
            self._path.append((position, parameter.name, node))
        elif parameter.place is Place.HEADER:
            self._fields[parameter.name.lower().encode()] = (parameter.name, node)
        elif parameter.place is Place.COOKIE:
            self._cookies[parameter.name] = node
        else:
            self._query[parameter.name] = node
            if parameter.explode and parameter.style == "form":
                self._query |= {name: each for name, each in node.inside.items() if name not in self._query}

    def head(self, exchange: Exchange) -> list[Found]:
        """The chosen texts in path, query, header fields and cookies."""
        found: list[Found] = []
        for position, name, node in self._path:
            found += _in_text(node, exchange.path_values[position], ("path", name))
        if self._query and exchange.query:
            found += _in_pairs(self._query, query_pairs(exchange.query), "query")
        if self._fields or self._cookies:
            found += self._in_fields(exchange)
        return found

    def _in_fields(self, exchange: Exchange) -> list[Found]:
        found: list[Found] = []
        for name, value in exchange.headers:
            if name in self._fields:
                shown, node = self._fields[name]
                found += _in_text(node, value.decode("utf-8", "replace"), ("header", shown))
            elif name == b"cookie" and self._cookies:
                pieces = [each.strip().partition("=") for each in value.decode("utf-8", "replace").split(";")]
                found += _in_pairs(self._cookies, [(key, text) for key, _, text in pieces], "cookie")
        return found

    def body(self, exchange: Exchange) -> list[Found]:
        """The chosen texts of the body; empty where its type has none.

        :raises Denied: when the body is not what its type says.
        """
        if not exchange.body:
            return []
        media = exchange.media_type or bodies.media_type(exchange)
        node = self._bodies(media)
        if node is None:
            return []
        document = bodies.document(exchange)
        if media in {bodies.FORM, bodies.MULTIPART}:
            return _in_pairs({"": node}, _plain_fields(document), "")
        return _walk(node, document)


def _has_texts(name: str) -> bool:
    return (
        bodies.is_json(name) or is_yaml(name) or name in WILD or name in {bodies.FORM, bodies.MULTIPART, "text/plain"}
    )


def query_pairs(query: bytes, names: Container[str] | None = None) -> list[tuple[str, str]]:
    """The names and values of a query, decoded as a form is; what is not UTF-8 is replaced, not refused.

    :param names: lower-case names to look for; None: all.
    """
    found = []
    for piece in query.split(b"&"):
        if not piece:
            continue
        name, _, value = piece.partition(b"=")
        decoded = _decoded(name)
        if names is None or decoded.lower() in names:
            found.append((decoded, _decoded(value)))
    return found


def _decoded(raw: bytes) -> str:
    if b"%" in raw or b"+" in raw:
        raw = unquote_to_bytes(raw.replace(b"+", b" "))
    return raw.decode("utf-8", "replace")


def _plain_fields(form: list[Any]) -> list[tuple[str, str]]:
    """Names and texts of a form; files are no texts."""
    return [
        (each.name, each.content.decode("utf-8", "replace")) if isinstance(each, Part) else each
        for each in form
        if not (isinstance(each, Part) and each.filename is not None)
    ]


def _in_pairs(nodes: Mapping[str, _Node], pairs: list[tuple[str, str]], place: str) -> list[Found]:
    """The chosen texts of named pairs; ``nodes`` is by name, or for a whole form one under the empty name."""
    found: list[Found] = []
    whole = nodes.get("") if not place else None
    start = (place,) if place else ()
    for name, text in pairs:
        tokens: tuple[str, ...] = (name,)
        known = whole.inside if whole is not None else nodes
        if name not in known:
            tokens = split_name(name)
        node = whole or nodes.get(tokens[0])
        for token in tokens if whole is not None else tokens[1:]:
            if node is None:
                break
            item = (not token or token.isdecimal()) and node.items is not None
            node = node.items if item else node.inside.get(token) or (None if token in node.named else node.others)
        if node is not None:
            found += _in_text(node, text, (*start, *tokens))
    return found


def _in_text(node: _Node, text: str, tokens: tuple[str, ...]) -> list[Found]:
    """The chosen texts of one text: itself, its pieces where it stands for a list, or what it holds as JSON."""
    found: list[Found] = []
    at = place_of(tokens)
    if node.mark is not None:
        found.append((at, text, node.mark))
    if node.items is not None and node.items.mark is not None:
        found += [(at, each, node.items.mark) for each in ([text, *text.split(",")] if "," in text else [text])]
    if (node.inside or node.items or node.others) and text.lstrip()[:1] in {"{", "["}:
        try:
            document = loads(text.encode())
        except (DecodeError, RecursionError, UnicodeEncodeError):
            return found
        found += _walk(node, document, at)
    return found
