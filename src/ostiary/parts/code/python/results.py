"""What calls and operators give: texts put together, constants in another form, data of a request handed on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ostiary.evidence.code import OPEN, Call, Value
from ostiary.parts.code.python import inputs
from ostiary.parts.code.python.folding import LONGEST
from ostiary.parts.code.python.scopes import NO_NAMES, NOTHING, Read, changed

MOST_PARTS: Final = 32
_FORMING: Final = frozenset(["format", "format_map", "join", "replace", "__add__", "safe_substitute", "substitute"])
_SAME_TEXT: Final = frozenset(
    ["strip", "lstrip", "rstrip", "lower", "upper", "title", "encode", "decode", "dedent", "copy"]
)
_COUNTING: Final = frozenset(
    ["len", "round", "abs", "sum", "ord", "hash", "isinstance", "any", "all", "time.time", "uuid.uuid4"]
)
_COLLECTING: Final = frozenset(["list", "tuple", "set", "frozenset", "sorted"])
_OF_TEXT: Final = frozenset(
    ["format", "join", "encode", "decode", "strip", "lower", "upper", "replace", "lstrip", "rstrip", "title"]
)


def is_text(value: Value) -> bool:
    """Whether a value is certainly a text."""
    return value.built or isinstance(value.literal, (str, bytes)) or (isinstance(value, Read) and value.path == "str")


def is_open(value: Value, depth: int = 0) -> bool:
    """Whether a value could be anything: neither a constant nor one of several."""
    if value.known:
        return False
    if value.parts and not value.tainted and not value.call and depth < 4:  # noqa: PLR2004 - choices of choices
        return any(is_open(each, depth + 1) for each in value.parts)
    return True


def tainting(values: Iterable[Value]) -> str:
    """Where data of a request comes from, if it does."""
    return next((each.tainted for each in values if each.tainted), "")


def _resting(values: Sequence[Value]) -> frozenset[str]:
    resting = [each.parameters for each in values if each.parameters]
    return NO_NAMES.union(*resting) if resting else NO_NAMES


def gathered(values: Sequence[Read], text: str, line: int) -> Read:
    """Something of which several values are part."""
    return Read(
        text=text,
        tainted=tainting(values),
        parameters=_resting(values),
        parts=tuple(values[:MOST_PARTS]),
        pairs=NOTHING,
        line=line,
    )


def put_together(values: Sequence[Value], text: str, line: int) -> Read:
    """A text of several parts."""
    parts: list[Value] = []
    for each in values:
        parts += each.parts if each.built and each.parts else (each,)
    literal: Any = OPEN
    if all(isinstance(each.literal, (str, int)) for each in values):
        joined = "".join(str(each.literal) for each in values)
        literal = joined if len(joined) <= LONGEST else OPEN
    return Read(
        text=text,
        literal=literal,
        built=literal is OPEN and any(is_open(each) for each in parts),
        parts=() if literal is not OPEN else tuple(parts[:MOST_PARTS]),
        tainted=tainting(parts),
        parameters=_resting(parts),
        pairs=NOTHING,
        line=line,
        path="str",
    )


def element(value: Read, text: str, line: int) -> Read:
    """One of what a collection holds."""
    if isinstance(value.literal, (list, tuple)) and value.literal:
        parts: tuple[Value, ...] = tuple(
            Read(literal=each, pairs=NOTHING, line=line) for each in value.literal[:MOST_PARTS]
        )
    else:
        parts = value.parts if not value.built else ()
    if len(parts) == 1 and isinstance(parts[0], Read):
        return parts[0]
    return Read(
        text=text,
        parts=parts,
        tainted=value.tainted,
        parameters=value.parameters,
        pairs=NOTHING,
        line=line,
        path=f"{value.path}[]" if value.path not in {"", "list", "dict", "str"} else "",
    )


def result(call: Call, receiver: Read | None, args: Sequence[Read], text: str) -> Read:
    """What a call gives."""
    name = call.name
    method = name.rpartition(".")[2]
    if method in _FORMING and receiver is not None and (is_text(receiver) or name.startswith("string.Template")):
        given = [*args, *call.keywords.values()] if method != "join" else [*(args[0].parts or args[:1])] if args else []
        formed = _formed(method, receiver, args, put_together([receiver, *given], text, call.line))
        if formed is not None:
            return formed
    literal = _literal(name, method, receiver, args)
    sources: Sequence[Value] = ()
    if receiver is not None and not inputs.asks_only(method):
        sources = (receiver,)
    if args and inputs.hands_on(name):
        sources = (*sources, *args)
    same: Read | None = None
    if inputs.hands_on(name) and len(args) == 1:
        same = args[0]
    elif receiver is not None and method in _SAME_TEXT:
        same = receiver
    pairs = call.keywords if name == "dict" else NOTHING
    if same is not None and same.pairs:
        pairs = {**same.pairs, **pairs}
    return Read(
        text=text,
        literal=literal,
        call=call,
        built=same is not None and same.built,
        numeric=name in _COUNTING
        or inputs.is_harmless(name)
        or method in {"utcnow", "now", "timestamp", "total_seconds"},
        parts=same.parts if same is not None else (),
        pairs=pairs,
        tainted=tainting(sources) or inputs.source_of(name, name),
        parameters=_resting(sources),
        line=call.line,
        path="str" if method in _OF_TEXT and receiver is not None and is_text(receiver) else f"{name}()",
    )


def _formed(method: str, receiver: Read, args: Sequence[Read], whole: Read) -> Read | None:
    """A text that is made from a pattern and what goes into it: `whole`."""
    if method == "join" and not args:
        return None
    if method == "join" and not args[0].parts and isinstance(args[0].literal, (list, tuple)):
        words = args[0].literal
        if isinstance(receiver.literal, str) and all(isinstance(each, str) for each in words):
            return changed(whole, literal=receiver.literal.join(words)[:LONGEST], parts=())
    if method == "replace" and receiver.known and all(each.known for each in args):
        return None
    return _of_constants(whole, (receiver, *args))


def _of_constants(value: Read, parts: tuple[Value, ...]) -> Read:
    """The constant itself is not worked out, yet it shows that nothing in it is open."""
    if value.known:
        return Read(text=value.text, parts=parts, pairs=NOTHING, line=value.line, path="str")
    return value


def _literal(name: str, method: str, receiver: Read | None, args: Sequence[Read]) -> Any:
    """Constants that a call only turns into another form."""
    if receiver is not None and isinstance(receiver.literal, (str, bytes)) and method in _SAME_TEXT:
        return _same_text(receiver.literal, method)
    if receiver is None and len(args) >= 1 and args[0].known:
        given = args[0].literal
        if name in _COLLECTING and isinstance(given, (list, tuple)):
            return list(given)
        if name == "str" and isinstance(given, (str, int, float)):
            return str(given)
        if name == "bytes" and isinstance(given, str):
            return given.encode("utf-8", "replace")
        if name in {"int", "float"} and isinstance(given, (int, float)):
            return given
        if name == "int" and isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < MOST_PARTS:
            return int(given)
    return OPEN


def _same_text(value: str | bytes, method: str) -> Any:
    if method == "encode":
        return value.encode("utf-8", "replace") if isinstance(value, str) else OPEN
    if method == "decode":
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else OPEN
    if method in {"strip", "lower", "upper", "lstrip", "rstrip", "title"}:
        return getattr(value, method)()
    return OPEN
