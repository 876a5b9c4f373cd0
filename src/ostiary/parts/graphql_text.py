"""A GraphQL document is counted before it is parsed, and measured before it is run; graphql-core is imported here alone.

Fragments are measured once each, however often they are spread, so the work is bounded by the text, not by what it unfolds to.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from ostiary.errors import ConfigError, Denied

_TOKEN: Final = re.compile(  # an open string runs to its end, and nothing makes this go back
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|"(?:[^"\\\n\r]|\\.)*+"?|#[^\n\r]*+|[_A-Za-z][_0-9A-Za-z]*+|-?[0-9][0-9.eE+\-]*+|\.\.\.|[^\s,\ufeff]',
    re.DOTALL,
)
_PAGES: Final = frozenset(
    {"first", "last", "limit", "take", "top", "count", "pagesize", "perpage", "per_page", "page_size"}
)
_OBJECT: Final = "{"  # before the name of a variable that counts only where it is an input object
_CHAIN: Final = 60  # fragments that spread one another, or selections inside selections, whatever the policy says
_MOST_KEPT: Final = 2048  # measures remembered; emptied when full
_MOST_OPERATIONS: Final = 16  # of one document: each walks all fragments again
_ENDLESS: Final = 10**12  # where counting ends
_STEPS: Final = 4  # of the walk, for each token allowed: names count each time that they are spread, or walked again
INTROSPECTION: Final = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What a document asks for, fragments unfolded; of several operations, the most of each."""

    depth: int = 0
    aliases: int = 0
    roots: Mapping[str, int] = field(default_factory=dict)  # root fields by name, and how often each is asked
    cost: int = 0  # fields, those below a field that asks for n items counted n times
    directives: int = 0
    introspects: bool = False
    kinds: frozenset[str] = frozenset()  # "query", "mutation", "subscription"
    tokens: int = 0


def require(where: str) -> None:
    """Make sure at start that documents can be parsed.

    :raises ConfigError: when the library is not installed.
    """
    if not installed():
        raise ConfigError(where, "GraphQL needs a library that is not installed", "pip install 'ostiary[graphql]'")


def installed() -> bool:
    """Whether documents can be parsed here."""
    return importlib.util.find_spec("graphql") is not None


def count_tokens(text: str, most: int) -> int:
    """How many tokens and comments a text has, counted up to one more than `most`; linear, and nothing is kept."""
    count = 0
    for _ in _TOKEN.finditer(text):
        count += 1
        if count > most:
            break
    return count


class Measurer:
    """Measures documents; the same document again costs a digest."""

    def __init__(self, tokens: int) -> None:
        """Take the number of tokens that a document may have."""
        self._tokens = tokens
        self._pages: dict[bytes, frozenset[str]] = {}  # by text: the variables that say how many items
        self._known: dict[tuple[bytes, tuple[Any, ...]], Measures] = {}

    def measure(self, text: str, variables: Mapping[str, Any], *, spent: int = 0) -> Measures:
        """Measure a document.

        :param spent: tokens of other documents of the same request: together they may not have more than one alone.
        :raises Denied: 400 for one that is too long, no executable GraphQL, or has fragments in circles.
        """
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=24).digest()
        pages = self._pages.get(digest)
        if pages is not None:
            known = self._known.get((digest, _values(pages, variables)))
            if known is not None and known.tokens + spent <= self._tokens:
                return known
        left = self._tokens - spent
        tokens = count_tokens(text, left)
        if tokens > left:
            raise Denied(400, f"the GraphQL request has more than {self._tokens} tokens")
        walk = _Walk(_parsed(text), variables, _STEPS * self._tokens)
        try:
            found = replace(walk.all(), tokens=tokens)
        except RecursionError:
            raise Denied(400, "the GraphQL document nests too deep") from None
        if len(self._known) >= _MOST_KEPT or len(self._pages) >= _MOST_KEPT:
            self._known.clear()
            self._pages.clear()
        pages = self._pages[digest] = frozenset(walk.pages)
        self._known[digest, _values(pages, variables)] = found
        return found


def _values(names: frozenset[str], variables: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(_size(_of(variables, name)) for name in sorted(names))


def _of(variables: Mapping[str, Any], name: str) -> Any:
    if not name.startswith(_OBJECT):
        return variables.get(name)
    value = variables.get(name[1:])
    return value if isinstance(value, dict) else None


def _size(value: Any) -> int | None:
    """A number of items; 50.0 is a whole number to JSON, and so it is to servers."""
    if isinstance(value, dict):  # an input object, by the name that asks for most
        sizes = [_size(each) for name, each in value.items() if isinstance(each, dict) or name.lower() in _PAGES]
        return max((each for each in sizes if each is not None), default=None)
    if isinstance(value, (float, Decimal)):
        return int(value) if math.isfinite(value) else _ENDLESS
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _parsed(text: str) -> Any:
    from graphql import GraphQLError, parse  # noqa: PLC0415 - an optional library

    try:
        return parse(text, no_location=True)
    except (GraphQLError, RecursionError):
        raise Denied(400, "the query is not a GraphQL document") from None


@dataclass(slots=True)
class _Part:
    """The measures of one selection set."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0
    directives: int = 0
    introspects: bool = False
    names: Counter[str] = field(default_factory=Counter)  # fields at its own level

    def leaf(self, name: str, *, aliased: bool) -> None:
        """Count in a field without fields of its own."""
        self.depth = self.depth or 1
        self.aliases += aliased
        self.cost += 1
        self.introspects = self.introspects or name in INTROSPECTION
        self.names[name] += 1

    def add(self, other: _Part) -> None:
        """Count in what stands at the same level."""
        self.depth = max(self.depth, other.depth)
        self.aliases = min(self.aliases + other.aliases, _ENDLESS)
        self.cost = min(self.cost + other.cost, _ENDLESS)
        self.directives = min(self.directives + other.directives, _ENDLESS)
        self.introspects = self.introspects or other.introspects
        for name, count in other.names.items():
            self.names[name] = min(self.names[name] + count, _ENDLESS)


class _Walk:
    """One walk through one document."""

    def __init__(self, document: Any, variables: Mapping[str, Any], steps: int) -> None:
        self._left = steps
        self._variables = variables
        self._defaults: dict[str, Any] = {}
        self._fragments: dict[str, Any] = {}
        self._operations: list[Any] = []
        self._known: dict[str, _Part] = {}
        self._open: set[str] = set()
        self.pages: set[str] = set()
        for each in document.definitions:
            if each.kind == "fragment_definition":
                self._fragments[each.name.value] = each
            elif each.kind == "operation_definition":
                self._operations.append(each)
            else:
                raise Denied(400, "the GraphQL document defines types")
        if len(self._operations) > _MOST_OPERATIONS:
            raise Denied(400, "the GraphQL document holds too many operations")

    def all(self) -> Measures:
        """The measures of all operations."""
        whole, kinds = Measures(), set()
        for each in self._operations:
            self._known = {}
            self._defaults = {one.variable.name.value: one.default_value for one in each.variable_definitions or ()}
            part = self._set(each.selection_set, 0)
            part.directives += len(each.directives or ()) + sum(
                len(one.directives or ()) for one in each.variable_definitions or ()
            )
            kinds.add(str(each.operation.value))
            whole = _most(whole, part)
        return Measures(
            depth=whole.depth, aliases=whole.aliases, roots=whole.roots, cost=whole.cost, directives=whole.directives,
            introspects=whole.introspects, kinds=frozenset(kinds),
        )  # fmt: skip

    def _set(self, selections: Any, chain: int) -> _Part:
        if chain > _CHAIN:
            raise Denied(400, "the GraphQL document nests too deep")
        found = _Part()
        for each in selections.selections if selections is not None else ():
            found.directives += len(each.directives or ())
            if each.kind == "field" and each.selection_set is None:  # most are, and need no part of their own
                self._left -= 2
                found.leaf(each.name.value, aliased=each.alias is not None)
                continue
            if each.kind == "field":
                part = self._field(each, chain)
            elif each.kind == "inline_fragment":
                part = self._set(each.selection_set, chain + 1)
            else:
                part = self._spread(each.name.value, chain)
            self._left -= 1 + len(part.names)
            if self._left < 0:
                raise Denied(400, "the GraphQL document spreads its fragments too often")
            found.add(part)
        return found

    def _field(self, node: Any, chain: int) -> _Part:
        inner = self._set(node.selection_set, chain + 1) if node.selection_set is not None else _Part()
        name = node.name.value
        return _Part(
            depth=1 + inner.depth,
            aliases=inner.aliases + (node.alias is not None),
            cost=min(1 + inner.cost * self._times(node.arguments or ()), _ENDLESS),
            directives=inner.directives,
            introspects=inner.introspects or name in INTROSPECTION,
            names=Counter({name: 1}),
        )

    def _spread(self, name: str, chain: int) -> _Part:
        if name in self._open:
            raise Denied(400, "the GraphQL document has fragments that spread each other in circles")
        known = self._known.get(name)
        if known is None:
            fragment = self._fragments.get(name)
            if fragment is None:
                raise Denied(400, "the GraphQL document spreads a fragment that it does not define")
            self._open.add(name)
            known = self._set(fragment.selection_set, chain + 1)
            known.directives += len(fragment.directives or ())
            self._open.discard(name)
            self._known[name] = known
        return known

    def _times(self, arguments: Iterable[Any]) -> int:
        """How many items a field asks for, by the usual names, in input objects too; 1 where it does not say."""
        return min(max((self._asked(each.name.value, each.value) for each in arguments), default=1), _ENDLESS)

    def _asked(self, name: str, value: Any) -> int:
        sizes = name.lower() in _PAGES
        if value.kind == "variable":
            variable = value.name.value
            self.pages.add(variable if sizes else _OBJECT + variable)
            given = self._variables.get(variable)
            if given is not None:
                return max(1, (_size(given) if sizes or isinstance(given, dict) else None) or 1)
            value = self._defaults.get(variable)
        if value is not None and value.kind == "object_value":  # products(page: {first: 50})
            return max(1, self._times(value.fields))
        return max(1, _literal(value)) if sizes else 1


def _literal(node: Any) -> int:
    return int(node.value[:20]) if node is not None and node.kind == "int_value" else 1


def _most(whole: Measures, part: _Part) -> Measures:
    roots = {name: max(part.names[name], whole.roots.get(name, 0)) for name in {*part.names, *whole.roots}}
    return Measures(
        depth=max(whole.depth, part.depth),
        aliases=max(whole.aliases, part.aliases),
        roots=roots,
        cost=max(whole.cost, part.cost),
        directives=max(whole.directives, part.directives),
        introspects=whole.introspects or part.introspects,
    )
