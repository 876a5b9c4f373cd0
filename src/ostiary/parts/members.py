"""Which members an object may have is read off its schema: what nobody declared and what only the server sets is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from ostiary.model import Schema
from ostiary.parts.layers import Layer, Layers, all_layers, layers_of, named
from ostiary.parts.schema import LONGEST_POINTER, MOST_FAULTS, Fault, is_read_only

Decision = Literal["refuse", "drop", "ignore"]
UNDECLARED: Final = "is not declared"
READ_ONLY: Final = "is set by the server alone"
_OPENERS: Final = ("additionalProperties", "unevaluatedProperties")
SERVERS: Final = object()  # stands in `Rules.inside` for a member that only the server sets
NOT_NAMED: Final = object()
_MOST_PLACES: Final = 20_000  # of one document; beyond, what is deeper is not looked at


class Policy(NamedTuple):
    """What to do with members that nobody declared, and with those that only the server sets (``readOnly``).

    ``known`` are names that any object may have. ``nulls``: what is refused when it is undeclared is taken out where it is
    null: serialisers write what is not set.
    """

    undeclared: Decision = "refuse"
    read_only: Decision = "drop"
    known: frozenset[str] = frozenset()
    nulls: bool = True


class Rules:
    """What holds for the members of one object."""

    __slots__ = ("closed", "deep", "folded", "inside", "names", "others", "strict")

    def __init__(self, layers: list[Layer], places: Places) -> None:
        own: dict[str, list[Any]] = {}
        for each in layers:
            for name, schema in each.get("properties", {}).items():
                own.setdefault(name, []).append(schema)
        definitions = places.definitions
        self.inside: dict[str, Any] = {
            name: SERVERS if all(is_read_only(each, definitions) for each in found) else places.place(found)
            for name, found in own.items()
        }
        self.names = frozenset(name for name, found in self.inside.items() if found is not SERVERS)
        self.deep = tuple((name, found) for name, found in self.inside.items() if isinstance(found, Place))
        self.folded = frozenset(name.casefold() for name, found in self.inside.items() if found is SERVERS)
        speaking = [each[key] for each in layers for key in _OPENERS if key in each]
        patterns = [one for each in layers for one in each.get("patternProperties", {}).values()]
        self.closed = bool(own or speaking) and not patterns and all(each is False for each in speaking)
        rest = [each for each in (*speaking, *patterns) if isinstance(each, Mapping)]
        self.others: Place | None = places.place(rest) if len(rest) == 1 else None
        self.strict = self.closed or len(self.names) < len(self.inside)  # whether a name alone can be wrong


class Place:
    """Where a value may stand: the schemas that hold there. `rules` is None where the value has a say in them."""

    __slots__ = ("_layers", "_made", "_places", "items", "rules", "schemas", "widest")

    def __init__(self, schemas: list[Any], places: Places) -> None:
        self.schemas = schemas
        self._places = places
        self._made: dict[tuple[int, ...], Rules] = {}
        self._layers: Layers
        self.rules: Rules | None
        self.widest: Rules  # every branch taken together: what a text form is held against
        self.items: Place | None

    def fill(self) -> None:
        """Read the schemas; apart from `__init__` because they may lead back here."""
        places = self._places
        layers = self._layers = layers_of(self.schemas, places.definitions)
        every = all_layers(self.schemas, places.definitions)
        self.widest = Rules(every, places)
        self.rules = self.widest if not layers.unions and not layers.conditions else None
        inner = [each["items"] for each in every if "items" in each]
        inner += [one for each in every for one in each.get("prefixItems", ())]
        self.items = places.place(inner) if inner else None

    def fits(self, value: Any) -> bool:
        """The fast question: True when nothing in a value is undeclared or the server's; False means to look closely."""
        if isinstance(value, dict):
            rules = self.rules
            if rules is None or rules.others is not None or (rules.strict and not value.keys() <= rules.names):
                return False
            for name, place in rules.deep:
                if name in value and not place.fits(value[name]):
                    return False
        elif isinstance(value, list) and self.items is not None:
            return self.items.fit(value)
        return True

    def fit(self, values: list[Any]) -> bool:
        """Whether all values of a list fit; plain records, of which lists are long, are asked in place."""
        rules = self.rules
        fits = self.fits
        if rules is None or rules.deep or rules.others is not None:
            return all(map(fits, values))
        names = rules.names
        strict = rules.strict
        for each in values:
            if each.__class__ is dict:
                if strict and not each.keys() <= names:
                    return False
            elif not fits(each):
                return False
        return True

    def choose(self, value: Mapping[str, Any], *, partly: bool) -> Rules:
        """The rules for one object: of unions, only the branches that it can be read as count."""
        found: list[Layer] = []
        todo = [self._layers]
        for _ in range(_MOST_CHOICES):
            if not todo:
                break
            layers = todo.pop()
            found += layers.sure
            todo += [self._places.layers(each) for each in _chosen(layers, value, partly=partly)]
        key = tuple(map(id, found))
        rules = self._made.get(key)
        if rules is None:
            if len(self._made) >= _MOST_CHOICES:
                self._made.clear()
            rules = self._made[key] = Rules(found, self._places)
        return rules


_MOST_CHOICES: Final = 256  # unions inside unions of one object


def _chosen(layers: Layers, value: Mapping[str, Any], *, partly: bool) -> list[Any]:
    chosen: list[Any] = []
    for union in layers.unions:
        fitting = [each.schema for each in union if each.may_be(value, partly=partly)]
        chosen += fitting or [each.schema for each in union]
    for condition, then, otherwise in layers.conditions:
        if not condition.sure:
            chosen += [then, otherwise]
        else:
            chosen.append(then if condition.may_be(value) else otherwise)
    return [each for each in chosen if isinstance(each, Mapping)]


class Places:
    """The places of one document, each made once."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions
        self.told: dict[Place, bool] = {}  # parts.closed_objects' own
        self._known: dict[tuple[int, ...], tuple[Place | None, list[Any]]] = {}
        self._layers: dict[int, tuple[Layers, Any]] = {}
        self._new: list[Place] = []

    def place(self, schemas: list[Any]) -> Place | None:
        """The place where these schemas hold; None where no object or list can stand."""
        schemas = [named(each, self.definitions) for each in schemas]
        key = tuple(map(id, schemas))
        if key not in self._known:
            scalar = not any(
                "properties" in each or "items" in each or "prefixItems" in each or "patternProperties" in each
                or any(each.get(opener, True) is not True for opener in _OPENERS)
                for each in all_layers(schemas, self.definitions)
            )  # fmt: skip
            if scalar or len(self._known) >= _MOST_PLACES:
                self._known[key] = (None, schemas)
                return None
            made = Place(schemas, self)
            self._known[key] = (made, schemas)  # kept, so that the ids stay theirs
            self._new.append(made)
        return self._known[key][0]

    def whole(self, schema: Any) -> Place | None:
        """The place of a whole body, and all that it leads to filled in."""
        found = self.place([schema])
        self.finish()
        return found

    def finish(self) -> None:
        """Fill in the places made since the last time."""
        while self._new:
            self._new.pop().fill()

    def layers(self, schema: Any) -> Layers:
        """The layers of a branch; every branch is laid out once."""
        known = self._layers.get(id(schema))
        if known is None:
            known = self._layers[id(schema)] = (layers_of([schema], self.definitions), schema)
        return known[0]


def whole_of(schema: Schema) -> tuple[Place | None, Places]:
    """The place of a whole body, and the places of its document."""
    memo: dict[Any, Any] = getattr(schema.root, "memo", {})
    places: Places = memo.setdefault("members", Places(schema.root.get("$defs", {})))
    return places.whole(schema.fragment), places


def fitting(schema: Schema) -> Callable[[Any], bool] | None:
    """The fast question about a document: True when `cleaner` would leave it as it is and name nothing; None as there."""
    whole = whole_of(schema)[0]
    if whole is None:
        return None

    def fits(document: Any) -> bool:
        try:
            return whole.fits(document)
        except RecursionError:
            return False  # deeper than our stack: the walk that follows has one of its own

    return fits


def cleaner(schema: Schema, policy: Policy, *, partly: bool = False) -> Callable[[Any], list[Fault]] | None:
    """What takes out of a document, in place, what the policy drops, and names what it refuses; None: nothing to do.

    Most documents need none of it: `fitting` tells, and is much faster.

    :param partly: the document is a merge patch (RFC 7396): what is required may be missing.
    """
    whole, places = whole_of(schema)
    if whole is None:
        return None

    def clean(document: Any) -> list[Fault]:
        return clean_up(whole, document, policy, places, partly=partly)

    return clean


def clean_up(whole: Place, document: Any, policy: Policy, places: Places, *, partly: bool = False) -> list[Fault]:
    """Take out of a document, in place, what the policy drops; what it refuses is named."""
    faults: list[Fault] = []
    stack: list[tuple[Place, Any, Any]] = [(whole, document, None)]
    while stack:
        place, value, at = stack.pop()
        if isinstance(value, list):
            items = place.items
            if items is not None:
                stack += [(items, each, (at, n)) for n, each in enumerate(value) if isinstance(each, (dict, list))]
        elif isinstance(value, dict):
            rules = place.rules
            if rules is None:
                rules = place.choose(value, partly=partly)
                places.finish()
            for name, verdict in _doomed(rules, policy, value, stack, at):
                unset = verdict is UNDECLARED and policy.nulls and not partly and value[name] is None
                if unset or (policy.read_only if verdict is READ_ONLY else policy.undeclared) == "drop":
                    del value[name]
                elif len(faults) < MOST_FAULTS:
                    faults.append((_pointer(at, name), verdict))
    return faults


def _doomed(rules: Rules, policy: Policy, value: dict[str, Any], stack: list[Any], at: Any) -> list[tuple[str, str]]:
    """The members that may not be there, and why; the others are put on the stack to be looked into."""
    inside, doomed = rules.inside, []
    for name, each in value.items():
        below = inside.get(name, NOT_NAMED)
        if below is None:
            continue
        if below is SERVERS or below is NOT_NAMED:
            verdict = verdict_on(rules, policy, name, servers=below is SERVERS)
            if verdict:
                doomed.append((name, verdict))
                continue
            below = rules.others
        if below is not None and isinstance(each, (dict, list)):
            stack.append((below, each, (at, name)))
    return doomed


def verdict_on(rules: Rules, policy: Policy, name: str, *, servers: bool) -> str:
    """Why a member may not be there; empty when it may."""
    if not servers and rules.closed:
        return "" if policy.undeclared == "ignore" or name in policy.known else UNDECLARED
    # a reader that takes names without regard to case would take this one for the server's own
    if policy.read_only != "ignore" and (servers or (rules.folded and name.casefold() in rules.folded)):
        return READ_ONLY
    return ""


def _pointer(at: Any, name: str) -> str:
    tokens = [name]
    while at is not None:
        at, token = at
        tokens.append(str(token))
    return pointer_of(reversed(tokens))


def pointer_of(tokens: Iterable[str]) -> str:
    """A JSON pointer (RFC 6901), no longer than what is told of faults."""
    return "".join("/" + each.replace("~", "~0").replace("/", "~1") for each in tokens)[:LONGEST_POINTER]


def _no_drop(decision: Decision) -> Decision:
    """What is passed on as it came cannot be taken out of it."""
    return "refuse" if decision == "drop" else decision


def refusing(policy: Policy) -> Policy:
    """The policy for bodies that are passed on as they came: what should be dropped from them can only be refused."""
    return Policy(_no_drop(policy.undeclared), _no_drop(policy.read_only), policy.known, nulls=False)
