"""Where a request takes a text of the caller's choice, and the same valid request with another text there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from ostiary.evidence import Answer, Http
from ostiary.model import Operation, Place, Schema
from ostiary.parts.seen.bodies import is_json_type, parse
from ostiary.parts.seen.fields import resolve

FORM: Final = "application/x-www-form-urlencoded"
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_OURS: Final = "ostiary-"  # what names that the audit invents begin with
_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """One place of a request. ``place`` is None for a member of the body; ``value`` is what a valid request has there,
    empty when that is not known; ``schema`` is the fragment that the document gives it.
    """

    operation: Operation
    place: Place | None
    name: str
    value: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """For people: ``name of GET /stock``."""
        return f"{self.name} of {self.operation.key}"

    def fits(self, text: str) -> bool:
        """Whether the schema leaves room for a text of this length."""
        longest = self.schema.get("maxLength")
        return not isinstance(longest, int) or len(text) <= longest


def words(name: str) -> frozenset[str]:
    """The words of a name in lower case, and the name run together."""
    found = [each.lower() for each in _WORD.findall(name)]
    return frozenset([*found, "".join(found)])


def inputs(http: Http, operation: Operation, *, numbers: bool = False) -> list[Input]:
    """The places of an operation that take a text: path and query parameters, and members of a JSON or form body.

    :param numbers: also parameters that are declared as whole numbers: a server may not look.
    """
    found = []
    target = http.target_of(operation)
    given = dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))
    for each in operation.parameters:
        schema = _schema(each.schema)
        usable = _takes_text(schema) or (numbers and schema.get("type") == "integer")
        if each.place in {Place.PATH, Place.QUERY} and not each.media_type and usable:
            value = (
                given.get(each.name, "") if each.place is Place.QUERY else _in_path(target, operation.path, each.name)
            )
            value = value or _example(http, operation, each.name, schema)
            found.append(Input(operation, each.place, each.name, value, schema))
    return [*found, *_members(http, operation)]


def _members(http: Http, operation: Operation) -> Iterator[Input]:
    body = _body_of(http, operation)
    if body is None:
        return
    media, valid = body
    declared = next((each for name, each in operation.consumes.items() if name.partition(";")[0] in media), None)
    properties = _properties(declared.schema if declared else None)
    for name in dict.fromkeys([*valid, *properties]):
        schema, value = properties.get(name, {}), valid.get(name)
        if isinstance(value, str) or (value is None and _takes_text(schema)):
            yield Input(operation, None, name, value or "", schema)


def changed(http: Http, at: Input, text: str, *, body: bytes | None = None) -> dict[str, Any]:
    """What to hand to ``send_to`` so that the request carries a text there.

    :param body: the body to change instead of the usual valid one: that of a reply's request, say.
    """
    if at.place is None:
        made = http.body_of(at.operation)
        media = made[0] if made else "application/json"
        return {"body": with_members(media, made[1] if body is None and made else body or b"", {at.name: text})}
    target = http.target_of(at.operation)
    path, _, query = target.partition("?")
    if at.place is Place.PATH:
        parts, names = path.split("/"), at.operation.path.split("/")
        parts[names.index(f"{{{at.name}}}")] = quote(text, safe="")
        return {"target": "/".join(parts) + (f"?{query}" if query else "")}
    kept = [piece for piece in query.split("&") if piece and piece.partition("=")[0] != quote(at.name, safe="")]
    return {"target": f"{path}?{'&'.join([*kept, quote(at.name, safe='') + '=' + quote(text, safe='')])}"}


async def ask(http: Http, at: Input, text: str, *, valid: Answer | None = None, mark: str = "") -> Answer:
    """Send the valid request with a text in that place.

    :param valid: a fresh valid request's reply: its body is what is changed, under other invented names (`mark`).
    :raises Unanswerable: when no answer comes.
    """
    if at.place is not None or valid is None:
        return await http.send_to(at.operation, **changed(http, at, text))
    media = next((value for name, value in valid.asked.headers if name.lower() == "content-type"), "application/json")
    body = with_members(media, renamed(valid.asked.body, mark), {at.name: text})
    return await http.send_to(at.operation, body=body, fresh=True)


def with_members(media: str, body: bytes, members: Mapping[str, Any]) -> bytes:
    """A JSON or form body with members set; one that is neither stays as it is."""
    if media.startswith(FORM):
        pairs = [pair for pair in parse_qsl(body.decode(), keep_blank_values=True) if pair[0] not in members]
        return urlencode([*pairs, *((name, str(value)) for name, value in members.items())]).encode()
    valid = parse(body) if body else {}
    return json.dumps({**valid, **members}).encode() if isinstance(valid, dict) else body


def renamed(body: bytes, mark: str) -> bytes:
    """The same body with other names where the audit invented them, so that it does not collide with the first."""
    return body.replace(_OURS.encode(), f"{_OURS}{mark}".encode())


def slots(http: Http, operations: Iterable[Operation], *, most: int, numbers: bool = False) -> list[Input]:
    """The inputs of several operations, one of each first, so that a bound is not used up by the first operation."""
    columns = [inputs(http, each, numbers=numbers) for each in operations]
    rows = max(map(len, columns), default=0)
    return [column[at] for at in range(rows) for column in columns if at < len(column)][:most]


def _body_of(http: Http, operation: Operation) -> tuple[str, dict[str, Any]] | None:
    made = http.body_of(operation) if operation.consumes else None
    if made is None:
        return None
    media = made[0].partition(";")[0].strip().lower()
    valid: Any = parse(made[1]) if is_json_type(media) else None
    if media == FORM:
        valid = dict(parse_qsl(made[1].decode("utf-8", "replace"), keep_blank_values=True))
    return (media, valid) if isinstance(valid, dict) else None


def _schema(schema: Schema | None) -> Mapping[str, Any]:
    found = resolve(schema.fragment, schema.root) if schema is not None else {}
    return found if isinstance(found, Mapping) else {}


def _properties(schema: Schema | None) -> dict[str, Mapping[str, Any]]:
    if schema is None:
        return {}
    return dict(_walked(schema.fragment, schema.root, 0))


def _walked(node: Any, root: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    node = resolve(node, root)
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return
    for part in (*node.get("allOf", ()), *node.get("anyOf", ())[:1], *node.get("oneOf", ())[:1]):
        yield from _walked(part, root, depth + 1)
    for name, each in node.get("properties", {}).items():
        inner = resolve(each, root)
        options = inner.get("anyOf", ()) if isinstance(inner, Mapping) else ()
        real = [resolve(option, root) for option in options if option != {"type": "null"}]
        yield (
            name,
            real[0] if len(real) == 1 and isinstance(real[0], Mapping) else inner if isinstance(inner, Mapping) else {},
        )


def _takes_text(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type", "string")
    if "enum" in schema or "const" in schema or schema.get("readOnly") is True:
        return False
    return "string" in ([kinds] if isinstance(kinds, str) else kinds)


def _in_path(target: str, template: str, name: str) -> str:
    parts, names = target.partition("?")[0].split("/"), template.split("/")
    hole = f"{{{name}}}"
    return unquote(parts[names.index(hole)]) if hole in names and len(parts) == len(names) else ""


def _example(http: Http, operation: Operation, name: str, schema: Mapping[str, Any]) -> str:
    """What the document gives as an example; translation keeps what validates, not what describes."""
    at: Any = http.api.document if http.api is not None else {}
    for part in operation.pointer.split("/")[1:]:
        at = at.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(at, Mapping) else None
    listed = at.get("parameters") if isinstance(at, Mapping) else None
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, Mapping) and each.get("name") == name:
            inner = each.get("schema")
            for holder in (each, inner if isinstance(inner, Mapping) else {}):
                if isinstance(holder.get("example"), str):
                    return str(holder["example"])
    default = schema.get("default")
    return default if isinstance(default, str) else ""


def members_of(body: bytes) -> dict[str, Any]:
    """The members of a JSON object; none of anything else."""
    found = parse(body) if body else None
    return found if isinstance(found, dict) else {}
