"""YAML becomes plain JSON data, one pass over parser events, every bound checked while it grows; PyYAML lives here.

Scalars are read by the core schema of YAML 1.2 (section 10.3.2), which JSON readers agree with: ``no``, ``on`` and
dates stay text. Keys are the text as written, so that ``200:`` is the key ``"200"``. No object is ever constructed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it was built in: ten times faster
_CORE: Final = "tag:yaml.org,2002:"
_INT: Final = re.compile(r"[-+]?[0-9]{1,4000}")
_OCTAL: Final = re.compile(r"0o[0-7]{1,4000}")
_HEX: Final = re.compile(r"0x[0-9a-fA-F]{1,3000}")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_A_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: Final = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class YamlFault(ValueError):  # noqa: N818 - a fault of the text, not of the program
    """The text is not YAML that we take; `line` and `column` count from 1, 0 when unknown. Never holds the text."""

    def __init__(self, problem: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"{problem} at line {line}, column {column}" if line else problem)
        self.problem = problem
        self.line = line
        self.column = column


def load_bounded(data: bytes, *, most_aliases: int, most_nodes: int, most_depth: int) -> Any:
    """Read a single YAML document of unknown origin.

    :param most_aliases: how many ``*alias`` it may hold.
    :param most_nodes: how many values and keys it may hold once aliases are followed, so that nothing multiplies.
    :param most_depth: how deep collections may nest, aliases followed.
    :raises YamlFault: for what is not YAML, several documents, duplicate keys, merge keys (YAML 1.2 has none, and
        readers disagree), tags beyond JSON's types, infinities, an alias inside its own anchor, a bound exceeded.
    """
    return _Builder(most_aliases, most_nodes, most_depth, merges=False).build(_events(data))


def load_document(data: bytes) -> Any:
    """Read an API description: as `load_bounded` with generous bounds, and with merge keys (``<<``).

    :raises YamlFault: as `load_bounded`.
    """
    return _Builder(20_000, 20_000_000, 200, merges=True).build(_events(data))


@dataclass(frozen=True, slots=True)
class Token:
    """One parser event: ``kind`` is "scalar", "map", "list", "end", "alias" or "document"; ``line`` counts from 1."""

    kind: str
    line: int
    value: Any = None  # of a scalar; of an alias its name
    anchor: str = ""
    tag: str = ""  # as written ("!Ref"), empty for none and for YAML's own
    text: str = ""  # of a scalar, as written
    plain: bool = False  # a scalar without quotes


def tokens(data: bytes) -> Iterator[Token]:
    """What a file of unknown origin holds, for readers who need to know where; scalars are read by the core schema.

    Unlike the loaders this is lenient: several documents, tags of other tools, numbers too large stay text.

    :raises YamlFault: for what is not YAML.
    """
    for event in _events(data):
        line = event.start_mark.line + 1
        kind = type(event)
        if kind is yaml.ScalarEvent:
            yield Token(
                "scalar", line, _lenient(event), event.anchor or "", _tag(event), event.value, plain=not event.style
            )
        elif kind in _STARTS:
            yield Token(_STARTS[kind], line, None, event.anchor or "", _tag(event))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            yield Token("end", line)
        elif kind is yaml.AliasEvent:
            yield Token("alias", line, event.anchor)
        elif kind is yaml.DocumentStartEvent:
            yield Token("document", line)


_STARTS: Final[dict[Any, str]] = {yaml.MappingStartEvent: "map", yaml.SequenceStartEvent: "list"}


def _tag(event: Any) -> str:
    tag = event.tag or ""
    return "" if tag == "!" or tag.startswith(_CORE) else tag


def _lenient(event: Any) -> Any:
    try:
        return event.value if _tag(event) else _scalar_of(event)
    except YamlFault:
        return event.value


def _events(data: bytes) -> Iterator[Any]:
    try:
        yield from yaml.parse(data, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"is not YAML: {error.problem or error.context or 'malformed'}"
        raise YamlFault(problem, mark.line + 1 if mark else 0, mark.column + 1 if mark else 0) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise YamlFault("is not YAML: it holds bytes or characters that are not allowed") from None


class _Open:
    """A collection under construction: its value, and what it costs when an alias repeats it."""

    __slots__ = ("anchor", "depth", "key", "merges", "nodes", "value")

    def __init__(self, value: list[Any] | dict[str, Any], anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: str | None = None
        self.merges: list[Any] = []
        self.nodes = 1
        self.depth = 1


class _Builder:
    def __init__(self, most_aliases: int, most_nodes: int, most_depth: int, *, merges: bool) -> None:
        self._most_nodes = most_nodes
        self._most_depth = most_depth
        self._aliases_left = most_aliases
        self._merges = merges
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._nodes = 0
        self._roots: list[Any] = []

    def build(self, events: Iterable[Any]) -> Any:
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._begin({}, event, "map")
            elif kind is yaml.SequenceStartEvent:
                self._begin([], event, "seq")
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._end(event)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent and self._roots:
                raise _fault("holds more than one document", event)
        if not self._roots:
            raise YamlFault("is empty")
        return self._roots[0]

    def _scalar(self, event: Any) -> None:
        if self._open and self._wants_key():
            self._count(1, 0, event)
            if event.anchor is not None:
                self._anchors[event.anchor] = (event.value, 1, 0)
            self._take_key(event.value, event, plain=not event.style)
            return
        value = _scalar_of(event)
        self._count(1, 0, event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1, 0)
        self._put(value, 1, 0, event)

    def _begin(self, value: list[Any] | dict[str, Any], event: Any, kind: str) -> None:
        if event.tag not in {None, "!", _CORE + kind}:
            raise _fault("uses a tag that JSON has no type for", event)
        if self._open and self._wants_key():
            raise _fault("has a key that is a collection", event)
        self._count(1, 1, event)
        if event.anchor is not None:
            self._anchors.pop(event.anchor, None)  # while it is open an alias to it would be a cycle
        self._open.append(_Open(value, event.anchor))

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        if done.merges and isinstance(done.value, dict):
            for each in done.merges:
                for key, value in each.items():
                    done.value.setdefault(key, value)
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.value, done.nodes, done.depth)
        self._put(done.value, done.nodes, done.depth, event)

    def _alias(self, event: Any) -> None:
        self._aliases_left -= 1
        if self._aliases_left < 0:
            raise _fault("holds too many aliases", event)
        known = self._anchors.get(event.anchor)
        if known is None:
            raise _fault("has an alias to nothing, or to a value it stands in", event)
        value, nodes, depth = known
        self._count(nodes, depth, event)
        if self._open and self._wants_key():
            if not isinstance(value, str):
                raise _fault("has a key that is not text", event)
            self._take_key(value, event, plain=False)
            return
        self._put(value, nodes, depth, event)

    def _wants_key(self) -> bool:
        top = self._open[-1]
        return top.key is None and isinstance(top.value, dict)

    def _take_key(self, key: str, event: Any, *, plain: bool) -> None:
        top = self._open[-1]
        if plain and key == "<<":
            if not self._merges:
                raise _fault("has a merge key", event)
        elif key in top.value:
            raise _fault("has a key twice in one mapping", event)
        else:
            top.key = key
            top.nodes += 1
            return
        top.key = "<<"
        top.merges.append(None)  # the value that comes next is merged, not put

    def _put(self, value: Any, nodes: int, depth: int, event: Any) -> None:
        if not self._open:
            self._roots.append(value)
            return
        top = self._open[-1]
        top.nodes += nodes
        top.depth = max(top.depth, depth + 1)
        if isinstance(top.value, list):
            top.value.append(value)
            return
        key, top.key = top.key, None
        if top.merges and top.merges[-1] is None:
            sources = value if isinstance(value, list) else [value]
            if not all(isinstance(each, dict) for each in sources):
                raise _fault("merges something that is not a mapping", event)
            top.merges[-1:] = sources
        else:
            top.value[str(key)] = value

    def _count(self, nodes: int, depth: int, event: Any) -> None:
        self._nodes += nodes
        if self._nodes > self._most_nodes:
            raise _fault("holds too many values", event)
        if depth and len(self._open) + depth > self._most_depth:
            raise _fault("nests too deep", event)


def _fault(problem: str, event: Any) -> YamlFault:
    mark = event.start_mark
    return YamlFault(problem, mark.line + 1, mark.column + 1)


def _scalar_of(event: Any) -> Any:
    """Resolve a scalar by the core schema (YAML 1.2, section 10.3.2)."""
    text: str = event.value
    tag = event.tag
    if tag in {None, "!"}:
        if tag is None and not event.style:
            return _plain(text, event)
        return text
    kind = tag.removeprefix(_CORE) if tag.startswith(_CORE) else ""
    if kind == "str":
        return text
    if kind not in {"int", "float", "bool", "null"}:
        raise _fault("uses a tag that JSON has no type for", event)
    value = _plain(text, event)
    if kind == "float" and type(value) is int:
        return float(value)
    if not isinstance(value, {"int": int, "float": float, "bool": bool, "null": type(None)}[kind]):
        raise _fault("has a tag that does not fit its value", event)
    return value


def _plain(text: str, event: Any) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first not in "0123456789.+-":
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        value = float(text)
        if value in {float("inf"), float("-inf")}:
            raise _fault("has a number too large for JSON readers", event)
        return value
    if _OCTAL.fullmatch(text):
        return int(text, 0)
    if _HEX.fullmatch(text):
        return int(text, 0)
    if _NOT_A_NUMBER.fullmatch(text):
        raise _fault("has a number that JSON cannot hold", event)
    return text
