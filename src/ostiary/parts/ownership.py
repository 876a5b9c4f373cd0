"""Whose an object is, is said in a language of one sentence: this place of the exchange equals that claim of the token.

::

    rule    = test *( "or" test )
    test    = place "==" value / value "==" place / value "in" place / place "in" claim
    place   = ( "path" / "query" / "header" / "body" / "response" / "object" ) *step
    claim   = "token" 1*step
    value   = claim / text in quotes / "true" / "false"
    step    = "." name / "[" text in quotes "]" / "[*]"

``[*]`` stands for every item of a list, once in a rule. Rules are read at start; nothing in them is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ostiary.errors import ConfigError
from ostiary.model import Principal

PLACES: Final = frozenset({"path", "query", "header", "body", "response", "object"})
_LISTED: Final = frozenset({"body", "response", "object"})  # places that may hold lists
_TRUE: Final = "true"
_TRUTHS: Final = frozenset({_TRUE, "false"})
_EACH: Final = "[*]"
_LONGEST: Final = 1000  # characters of a rule
_MOST_BITS: Final = 128  # of an integer that may stand for somebody
_LEXEMES: Final = re.compile(
    r'[ \t]*(?:(?P<word>[A-Za-z_$@][A-Za-z0-9_$@-]*)|(?P<each>\[\*\])|(?P<name>\["[^"]+"\]|\[\'[^\']+\'\])'
    r'|(?P<text>"[^"]+"|\'[^\']+\')|(?P<equal>==)|(?P<dot>\.)|(?P<end>\Z))'
)
_HINT: Final = 'as in "path.user_id == token.sub" or "response.items[*].owner_id == token.sub"'

Holds = Callable[[Any], bool]
Bind = Callable[[Principal], Holds]  # for a caller: whether what is there is his
Finder = Callable[[Any], list[Any]]  # from a place's content to every value that the rule is about; empty: it is absent
Steps = tuple[str, ...]


def text_of(value: object) -> str | None:
    """A text or an integer as the text to compare; None for what is nobody: anything else, and the empty text."""
    if value.__class__ is str:
        return value or None
    if value.__class__ is int and value.bit_length() <= _MOST_BITS:  # a bool is none
        return str(value)
    return None


class Operand(NamedTuple):
    """One side of a test; `prefix` leads to the list of a ``[*]``, `steps` on from its items."""

    source: str  # a place, "token", "text" or "truth"
    steps: Steps
    prefix: Steps | None
    at: int


class Test(NamedTuple):
    """One comparison: a place on one side, a claim, a text or a truth on the other."""

    place: Operand
    value: Operand
    among: str  # "": equal; "place": the value is in the list there; "value": what is there is in the claim's list

    def against(self, find: Finder) -> Bind:
        """Whether all values that `find` finds are the caller's; false where it finds none."""
        among = self.among
        if self.value.source == "truth":
            truth = self.value.steps == (_TRUE,)
            return lambda _: lambda content: _every(lambda each: each is truth, find(content))
        read = _reader(self.value)
        if among == "value":

            def bind(principal: Principal) -> Holds:
                wanted = read(principal)
                ours = set(map(text_of, wanted)) - {None} if isinstance(wanted, list | tuple) else set()
                return lambda content: _every(lambda each: text_of(each) in ours, find(content))

            return bind

        def bind_one(principal: Principal) -> Holds:
            own = text_of(read(principal))
            if own is None:
                return _never
            if among:
                return lambda content: _every(
                    lambda each: isinstance(each, list) and own in map(text_of, each), find(content)
                )
            return lambda content: _every(lambda each: text_of(each) == own, find(content))

        return bind_one


def _every(holds: Holds, found: list[Any]) -> bool:
    return bool(found) and all(map(holds, found))


def _never(_: Any) -> bool:
    return False


class Rule(NamedTuple):
    """A rule, read: the place it is about, and tests of which one has to hold."""

    place: str
    prefix: Steps | None  # where the list is of which every item is judged by itself; None: there is none
    tests: tuple[Test, ...]
    text: str

    def against(self, finder: Callable[[Steps], Finder]) -> Bind:
        """The rule for a caller, as a function of the place's content (of one item, where there is a list)."""
        binds = [test.against(finder(test.place.steps)) for test in self.tests]
        if len(binds) == 1:
            return binds[0]

        def bind(principal: Principal) -> Holds:
            tests = [each(principal) for each in binds]
            return lambda content: any(test(content) for test in tests)

        return bind

    @property
    def simple(self) -> tuple[Steps, Callable[[Principal], Any]] | None:
        """Where the one value is that has to equal a claim or a text, and what reads that; None for other rules."""
        test = self.tests[0]
        if len(self.tests) > 1 or test.among or test.value.source == "truth":
            return None
        return test.place.steps, _reader(test.value)

    @property
    def names(self) -> frozenset[str]:
        """The first names of the steps: parameters, in a path or a query."""
        return frozenset(test.place.steps[0] for test in self.tests)

    @property
    def filling(self) -> tuple[Steps, Callable[[Principal], Any]] | None:
        """Where a missing value may be put, and which: only a rule with one meaning says so."""
        return self.simple if self.tests[0].value.source == "token" else None


def _reader(value: Operand) -> Callable[[Principal], Any]:
    if value.source == "text":
        return lambda _: value.steps[0]
    return claim_reader(value.steps)


def claim_reader(steps: Steps) -> Callable[[Principal], Any]:
    """What reads a claim of a caller; None where there is none."""
    if steps == ("sub",):  # which the issuer's settings may have elsewhere
        return lambda principal: principal.subject

    def read(principal: Principal) -> Any:
        node: Any = principal.claims
        for step in steps:
            if not isinstance(node, Mapping):
                return None
            node = node.get(step)
        return node

    return read


def parse(text: str, where: str) -> Rule:
    """Read a rule.

    :param where: the setting, for messages.
    :raises ConfigError: with the character at which it cannot be read, or what is wrong with its meaning.
    """
    return _Parser(text, where).rule()


class _Parser:
    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._at = 0  # where the next lexeme begins
        self._kind = ""
        self._lexeme = ""
        self._from = 0  # where the present one does
        if len(text) > _LONGEST:
            raise ConfigError(where, f"the rule is longer than {_LONGEST} characters")
        self._next()

    def _wrong(self, problem: str, at: int | None = None) -> ConfigError:
        at = self._from if at is None else at
        return ConfigError(self._where, f"{self._text!r}, character {at + 1}: {problem}", _HINT)

    def _next(self) -> None:
        match = _LEXEMES.match(self._text, self._at)
        if match is None or match.lastgroup is None:
            rest = self._text[self._at :]
            self._from = self._at + len(rest) - len(rest.lstrip(" \t"))
            raise self._wrong("this cannot be read")
        self._kind = match.lastgroup
        self._lexeme = match[self._kind]
        self._from = match.start(self._kind)
        self._at = match.end()

    def rule(self) -> Rule:
        tests = [self._test()]
        while self._kind == "word" and self._lexeme == "or":
            self._next()
            tests.append(self._test())
        if self._kind != "end":
            raise self._wrong('expected "or" or the end')
        first = tests[0].place
        for test in tests[1:]:
            if (test.place.source, test.place.prefix) != (first.source, first.prefix):
                raise self._wrong("all sides of an or must be about the same place", test.place.at)
        if all(test.value.source != "token" for test in tests):
            raise self._wrong("no claim of the token is compared: this says nothing about the caller", 0)
        return Rule(first.source, first.prefix, tuple(tests), self._text)

    def _test(self) -> Test:
        left = self._operand()
        inside = self._kind == "word" and self._lexeme == "in"
        if not inside and self._kind != "equal":
            raise self._wrong('expected "==" or "in"')
        self._next()
        right = self._operand()
        if (left.source in PLACES) == (right.source in PLACES):
            raise self._wrong("one side must be a place and the other a claim of the token", left.at)
        place, value = (left, right) if left.source in PLACES else (right, left)
        if inside and right is value and value.source != "token":
            raise self._wrong("a text is no list", right.at)
        if value.source == "truth" and (inside or place.source not in _LISTED):
            raise self._wrong(f"{value.steps[0]} is compared with == and in JSON alone", value.at)
        if inside and right is place and place.source not in _LISTED:
            raise self._wrong(f"there are no lists in a {place.source}", right.at)
        return Test(place, value, "" if not inside else "place" if right is place else "value")

    def _operand(self) -> Operand:
        at = self._from
        if self._kind == "text":
            text = self._lexeme[1:-1]
            self._next()
            return Operand("text", (text,), None, at)
        source = self._lexeme
        if self._kind == "word" and source in _TRUTHS:
            self._next()
            return Operand("truth", (source,), None, at)
        if self._kind != "word" or source not in PLACES | {"token"}:
            raise self._wrong(f"expected one of token, {', '.join(sorted(PLACES))}, or a text in quotes")
        self._next()
        steps = self._steps()
        if steps.count(_EACH) > 1 or (_EACH in steps and source not in _LISTED):
            raise self._wrong("[*] stands once, in body, response or object", at)
        if not steps:
            raise self._wrong(f"{source} alone names nothing: what of it?", at)
        if source in {"path", "query", "header"} and len(steps) > 1:
            raise self._wrong(f"a {source} has names and nothing below them", at)
        if _EACH not in steps:
            return Operand(source, tuple(steps), None, at)
        cut = steps.index(_EACH)
        return Operand(source, tuple(steps[cut + 1 :]), tuple(steps[:cut]), at)

    def _steps(self) -> list[str]:
        steps = []
        while self._kind in {"dot", "each", "name"}:
            if self._kind == "dot":
                self._next()
                if self._kind != "word":
                    raise self._wrong("expected a name")
                steps.append(self._lexeme)
            else:
                steps.append(_EACH if self._kind == "each" else self._lexeme[2:-2])
            self._next()
        return steps
