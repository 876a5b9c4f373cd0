"""What a refusal says is wrong with a body is put right, as a developer would who reads it; the words of many frameworks."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ostiary.audit.gather.values import Taste, value_of
from ostiary.evidence import Answer

_MOST: Final = 20  # complaints of one reply
_DEEPEST: Final = 8
_PLACES: Final = frozenset({"body", "json", "payload", "data", "form", "request", "requestbody", "root", "params", "$"})
_NAMING: Final = ("field", "param", "property", "propertypath", "instancepath", "pointer", "path", "attribute", "source", "location", "loc", "key", "name")  # fmt: skip
_SAYING: Final = (
    "msg",
    "message",
    "detail",
    "error",
    "reason",
    "title",
    "description",
    "code",
    "type",
    "defaultmessage",
)
_MEMBERS: Final = frozenset({"title", "description", "code", "type", "reason"})  # said of problems, and of things too
_MISSING: Final = re.compile(
    r"required|missing|blank|must (?:not )?be (?:present|provided|empty|null|given)|can'?t be empty|cannot be (?:empty|null)"
    r"|should not be (?:empty|null)|mandatory|not provided|undefined|must contain|must have",
    re.IGNORECASE,
)
_EXTRA: Final = re.compile(
    r"not (?:allowed|permitted|expected|a known)|unknown|unexpected|extra|unrecognized|additional|should not exist", re.IGNORECASE
)  # fmt: skip
_TAKEN: Final = re.compile(r"already|exists|unique|taken|duplicate|in use", re.IGNORECASE)
_CHOICES: Final = re.compile(r"(?:one of|choices?|permitted|allowed values?|valid (?:values|options)|input should be|enum)[^:'\"\[(]*[:\s\[(]*(?P<listed>.+)", re.IGNORECASE | re.DOTALL)  # fmt: skip
_QUOTED: Final = re.compile(r"""(?<!['"`\\])['"`\\]++([^'"`\\]{1,40})['"`\\]+""")
_TYPES: Final = (  # the first that is spoken of
    (re.compile(r"e-?mail", re.IGNORECASE), {"type": "string", "format": "email"}),
    (re.compile(r"uuid|guid", re.IGNORECASE), {"type": "string", "format": "uuid"}),
    (re.compile(r"date-?time|timestamp|iso.?8601", re.IGNORECASE), {"type": "string", "format": "date-time"}),
    (re.compile(r"\bdate\b", re.IGNORECASE), {"type": "string", "format": "date"}),
    (re.compile(r"\b(?:url|uri)\b", re.IGNORECASE), {"type": "string", "format": "uri"}),
    (re.compile(r"bool", re.IGNORECASE), {"type": "boolean"}),
    (re.compile(r"integer|\bint\b|number|numeric|decimal|float|greater than|positive", re.IGNORECASE), {"type": "integer"}),
    (re.compile(r"\b(?:list|array)\b", re.IGNORECASE), {"type": "array", "items": {"type": "string"}, "minItems": 1}),
    (re.compile(r"dictionary|\bobject\b|mapping", re.IGNORECASE), {"type": "object"}),
    (re.compile(r"string|\btext\b|\bstr\b", re.IGNORECASE), {"type": "string"}),
)  # fmt: skip
_ITSELF: Final = re.compile(r"\W*(?:this (?:field|value)\b|(?:is )?(?:required|missing)\b|(?:must|may|can|should)(?: ?not|n'?t)? be\b|can'?t be\b)", re.IGNORECASE)  # fmt: skip
_AT_LEAST: Final = re.compile(r"(?:at least|minimum(?: of)?|min(?:imum)? length(?: of)?|longer than|fewer than|>=?)\D{0,12}(\d{1,4})", re.IGNORECASE)  # fmt: skip
_AT_MOST: Final = re.compile(r"(?:at most|no more than|maximum(?: of)?|max(?:imum)? length(?: of)?|up to|<=?)\D{0,12}(\d{1,4})", re.IGNORECASE)  # fmt: skip
_BARE: Final = re.compile(r"""^\W*(?:the\s+)?(?:field\s+|property\s+|parameter\s+)?["'`]?(?P<name>[A-Za-z_][\w. ]{0,40}?)["'`]?\s+(?:field\s+|property\s+)?(?:is|must|should|can|may|has|are|was|does|cannot|can't|not)\b""", re.IGNORECASE)  # fmt: skip
_QUOTED_NAME: Final = re.compile(r"""["'`](?P<name>[A-Za-z_][\w.]{0,40})["'`]""")


class Complaint(NamedTuple):
    """One thing that is wrong: where in the body, and what was said of it."""

    at: tuple[str | int, ...]
    said: str


def complaints(answer: Answer) -> list[Complaint]:
    """What a refusal complains of, field by field."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        document = answer.text[:2000]
    found = dict.fromkeys(_read(document, (), 0))
    return list(found)[:_MOST]


def missed(answer: Answer) -> list[str]:
    """The members that a refusal says are missing, in its order; those inside of others are left out."""
    found = [each.at[0] for each in complaints(answer) if len(each.at) == 1 and _MISSING.search(each.said)]
    return [each for each in dict.fromkeys(found) if isinstance(each, str) and re.fullmatch(r"[A-Za-z_]\w{0,40}", each)]


def overlooked(value: Any, answer: Answer) -> bool:
    """Whether a refusal misses what stands in the body: it was looked for elsewhere."""
    return isinstance(value, Mapping) and any(value.get(each) not in (None, "", [], {}) for each in missed(answer))


def repaired(value: Any, answer: Answer, taste: Taste, suggest: Mapping[str, Any]) -> Any:
    """The body with what was complained of changed; None when nothing could be done about it.

    :param suggest: values seen elsewhere, by field name in lower case.
    """
    made = copy.deepcopy(value)
    for each in complaints(answer):
        at = _found(made, each.at)
        if at:
            made = _put_right(made, at, each.said, taste, suggest)
    return made if made != value else None


def _read(node: Any, at: tuple[str | int, ...], depth: int) -> Iterator[Complaint]:
    if depth > _DEEPEST:
        return
    if isinstance(node, str):
        yield from _in_words(node, at)
    elif isinstance(node, list):
        for each in node[:_MOST]:
            yield from _read(each, at, depth + 1)
    elif isinstance(node, Mapping):
        yield from _of_object(node, at, depth)


def _of_object(node: Mapping[str, Any], at: tuple[str | int, ...], depth: int) -> Iterator[Complaint]:
    low = {str(key).lower(): each for key, each in node.items()}
    if str(low.get("name", "")).endswith("Error"):  # an exception's name, not a field's
        del low["name"]
        if isinstance(low.get("errors"), Mapping):
            yield from _read(low["errors"], at, depth + 1)
            return
    named = next((steps for key in _NAMING if (steps := _steps(low.get(key)))), ())
    choices = low["properties"].get("enumValues") if isinstance(low.get("properties"), Mapping) else None
    if named and isinstance(choices, list):  # of Mongoose, which takes one text for a list of them: `type.0`
        whole = tuple(each for each in named if isinstance(each, str))
        yield Complaint(whole, f"must be one of: {', '.join(repr(each) for each in choices if each)}")
        return
    said = " ".join(str(low[key]) for key in _SAYING if isinstance(low.get(key), str))
    if named and said:
        choices = low.get("ctx") or low.get("params") or low.get("constraints") or low.get("meta") or ""
        yield Complaint(named, f"{said} {_texts(choices)}".strip())
        return
    for key, each in node.items():
        inside = str(key).lower() in {*_SAYING, "errors", "violations", "details", "detail", "validation", "issues", "messages", "fields", *_PLACES}  # fmt: skip
        yield from _read(each, at if inside and not _is_a_field(str(key), each) else (*at, str(key)), depth + 1)


def _is_a_field(key: str, said: Any) -> bool:
    """Whether what is called like a place or a saying is a member: ``{"body": ["This field is required."]}`` of an article."""
    texts = said if isinstance(said, list) else [said]
    plain = bool(texts) and all(isinstance(each, str) and _ITSELF.match(each) for each in texts)
    return plain and (key.lower() in _PLACES or (key.lower() in _MEMBERS and isinstance(said, list)))


def _texts(choices: Any) -> str:
    return json.dumps(choices) if isinstance(choices, (list, Mapping)) else str(choices)


def _steps(named: Any) -> tuple[str | int, ...]:
    """A place as frameworks write it: ``["body", "a", 0]``, ``a.b``, ``/a/b``, ``{"pointer": "/a"}``."""
    if isinstance(named, Mapping):
        return _steps(named.get("pointer"))
    if isinstance(named, str):
        if not named or " " in named:
            return ()
        named = [each for each in re.split(r"[./\[\]#]+", named) if each]
    if not isinstance(named, list) or not all(isinstance(each, (str, int)) for each in named):
        return ()
    steps = [int(each) if isinstance(each, str) and each.isdecimal() else each for each in named]
    while steps and isinstance(steps[0], str) and steps[0].lower() in _PLACES:
        steps.pop(0)
    return tuple(steps)


def _in_words(text: str, at: tuple[str | int, ...]) -> Iterator[Complaint]:
    if at:
        yield Complaint(at, text)
        return
    for part in re.split(r"[\n;]|\. |, (?=[\"'`]?\w+[\"'`]? (?:is|must))", text[:2000]):
        match = _QUOTED_NAME.search(part) or _BARE.search(part)
        if match:
            yield Complaint(tuple(re.split(r"[.\s]+", match["name"].strip())), part)


def _found(value: Any, at: Sequence[str | int]) -> tuple[str | int, ...]:
    """The place that is meant, spelt as the body spells it; a name alone is looked for, and else is new at the top."""
    if not at:
        return ()
    node: Any = value
    steps: list[str | int] = []
    for step in at:
        if isinstance(node, list):
            if not isinstance(step, int):
                return ()
            steps.append(step)
            node = node[step] if step < len(node) else None
            continue
        if not isinstance(node, Mapping):
            return tuple(steps)
        own = next((key for key in node if _flat(str(key)) == _flat(str(step))), step)
        steps.append(own)
        node = node.get(own)
    if len(at) == 1 and isinstance(value, Mapping) and steps[0] not in value and len(value) == 1:
        key, inner = next(iter(value.items()))
        if isinstance(inner, Mapping):
            return (key, *_found(inner, at))  # an envelope
    return tuple(steps)


def _flat(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _put_right(body: Any, at: Sequence[str | int], said: str, taste: Taste, suggest: Mapping[str, Any]) -> Any:
    node: Any = body
    for step in at[:-1]:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return body
    last: Any = at[-1]
    if isinstance(node, list) and isinstance(last, int) and last < len(node):
        node[last] = _better(str(last), node[last], said, taste, suggest)
    elif isinstance(node, dict):
        if last in node and _EXTRA.search(said) and not _MISSING.search(said):
            del node[last]
        else:
            node[last] = _better(str(last), node.get(last), said, taste, suggest)
    return body


def _better(name: str, old: Any, said: str, taste: Taste, suggest: Mapping[str, Any]) -> Any:
    listed = _CHOICES.search(said)
    options = _QUOTED.findall(listed["listed"]) if listed else []
    options = [each for each in options if each != name and each not in {"or", ",", "and"}]
    if options:
        return options[0]
    sized = _sized(old, said)
    if sized is not None:
        return sized
    if isinstance(old, str) and _TAKEN.search(said):
        return value_of({"type": "string", **({"format": "email"} if "@" in old else {})}, {}, taste, name)
    if name.lower() in suggest and suggest[name.lower()] != old:
        return suggest[name.lower()]
    return _typed(name, old, said, taste)


def _sized(old: Any, said: str) -> Any:
    """The value within the bounds that were spoken of; None where none were."""
    least, most = _AT_LEAST.search(said), _AT_MOST.search(said)
    if isinstance(old, str) and least and len(old) < int(least[1]):
        return old + "a" * (int(least[1]) - len(old))
    if isinstance(old, str) and most and len(old) > int(most[1]) > 0:
        return old[-int(most[1]) :]
    if isinstance(old, (int, float)) and not isinstance(old, bool):
        if least:
            return int(least[1]) + 1
        return int(most[1]) if most else None
    return None


def _typed(name: str, old: Any, said: str, taste: Taste) -> Any:
    """A value of the kind that was spoken of."""
    for word, schema in _TYPES:
        if word.search(said) and not _is(old, schema["type"]):
            return value_of(schema, {}, taste, name)
    return value_of({"type": "string"}, {}, taste, name) if old in (None, "", [], {}) else old


def _is(value: Any, kind: Any) -> bool:
    if kind == "integer":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    wanted: Any = {"string": str, "boolean": bool, "array": list, "object": dict}.get(str(kind), object)
    return isinstance(value, wanted) and kind != "string"
