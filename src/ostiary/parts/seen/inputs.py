"""Where a request takes a text of the caller's choice, and the same valid request with another text there."""

from __future__ import annotations

import hashlib
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
MULTIPART: Final = "multipart/form-data"
_PART: Final = re.compile(rb'Content-Disposition: form-data; name="([^"]*)"')
_PLACES: Final = frozenset({Place.PATH, Place.QUERY})
_HEADS: Final = frozenset({Place.HEADER, Place.COOKIE})
_NUMBERS: Final = frozenset({"integer", "number"})
_NOT_TEXTS: Final = frozenset({"authorization", "cookie", "content-type", "content-length", "host", "accept"})
_OURS: Final = "ostiary-"  # what names that the audit invents begin with
# The same in a body, but for boundaries between its parts; or without a dash, as users that the audit registers are called.
_INVENTED: Final = re.compile(rb"(?<!--)ostiary(?:-|([a-z]{6,30}))")
_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """One place of a request. ``place`` is None for a member of the body; ``value`` is what a valid request has there,
    empty when that is not known; ``schema`` is the fragment that the document gives it. ``within`` leads to a member that
    lies deeper in a JSON body, ``target`` is the request target where it is not the usual one.
    """

    operation: Operation
    place: Place | None
    name: str
    value: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    within: tuple[str | int, ...] = ()
    target: str = ""

    @property
    def where(self) -> str:
        """For people: ``name of GET /stock``."""
        return f"{self.full_name} of {self.operation.key}"

    @property
    def full_name(self) -> str:
        """The name with what it lies in: ``address.city``."""
        return ".".join([*(str(each) for each in self.within), self.name])

    @property
    def reads(self) -> bool:
        """Whether the request changes nothing by its method."""
        return self.operation.method in {"GET", "HEAD"}

    def fits(self, text: str) -> bool:
        """Whether the schema leaves room for a text of this length."""
        longest = self.schema.get("maxLength")
        return not isinstance(longest, int) or len(text) <= longest


def words(name: str) -> frozenset[str]:
    """The words of a name in lower case, and the name run together."""
    found = [each.lower() for each in _WORD.findall(name)]
    return frozenset([*found, "".join(found)])


def inputs(
    http: Http, operation: Operation, *, numbers: bool = False, headers: bool = False, target: str = ""
) -> list[Input]:
    """The places of an operation that take a text: path and query parameters, and members of a JSON or form body.

    :param numbers: also what is declared as a whole number: a server may not look.
    :param headers: also header and cookie parameters that the document declares.
    :param target: a request target other than the usual one.
    """
    found = []
    own, target = target, target or http.target_of(operation)
    given = dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))
    for each in operation.parameters:
        schema = _schema(each.schema)
        usable = _takes_text(schema) or (numbers and schema.get("type") in _NUMBERS)
        wanted = _PLACES | _HEADS if headers and each.name.lower() not in _NOT_TEXTS else _PLACES
        if each.place in wanted and not each.media_type and usable:
            value = given.get(each.name, "") if each.place is Place.QUERY else ""
            value = _in_path(target, operation.path, each.name) if each.place is Place.PATH else value
            value = value or _example(http, operation, each.name, schema)
            found.append(Input(operation, each.place, each.name, value, schema, target=own))
    return [*found, *_members(http, operation, own, numbers=numbers)]


def _members(http: Http, operation: Operation, target: str, *, numbers: bool) -> Iterator[Input]:
    body = _body_of(http, operation)
    if body is None:
        return
    media, valid = body
    declared = next((each for name, each in operation.consumes.items() if name.partition(";")[0] in media), None)
    properties = _properties(declared.schema if declared else None)
    for name in dict.fromkeys([*valid, *properties]):
        schema, value = properties.get(name, {}), valid.get(name)
        if isinstance(value, str) or (value is None and _takes_text(schema)):
            yield Input(operation, None, name, value or "", schema, target=target)
        elif numbers and isinstance(value, int) and not isinstance(value, bool):
            yield Input(operation, None, name, str(value), schema, target=target)
    for name, value in valid.items():
        for within, inner, text in _deeper(value, (name,)):
            yield Input(operation, None, inner, text, within=within, target=target)


def _deeper(value: Any, way: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Texts in objects in a body: what leads there, the name, and the text."""
    if isinstance(value, list) and value:
        yield from _deeper(value[0], (*way, 0))
    if not isinstance(value, dict) or len(way) > _DEEPEST:
        return
    for name, each in value.items():
        if isinstance(each, str):
            yield way, name, each
        else:
            yield from _deeper(each, (*way, name))


def changed(http: Http, at: Input, text: Any, *, body: bytes | None = None) -> dict[str, Any]:
    """What to hand to ``send_to`` so that the request carries a text there, or in a JSON body any value.

    :param body: the body to change instead of the usual valid one: that of a reply's request, say.
    """
    if at.place is None:
        made = http.body_of(at.operation)
        media = made[0] if made else "application/json"
        valid = made[1] if body is None and made else body or b""
        new = with_members(media, valid, {at.name: text}, within=at.within)
        return {"body": new, "target": at.target} if at.target else {"body": new}
    target = at.target or http.target_of(at.operation)
    if at.place in _HEADS:
        plain = re.sub(r"[^\x20-\x7e]", "", text)
        pair = (at.name, plain) if at.place is Place.HEADER else ("Cookie", f"{at.name}={quote(plain, safe='')}")
        return {"headers": [pair], "target": target}
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
    body = changed_again(valid, at, text, mark)
    return await http.send_to(at.operation, body=body, fresh=True, **({"target": at.target} if at.target else {}))


def changed_again(valid: Answer, at: Input, text: Any, mark: str) -> bytes:
    """The body of a valid request with a text in that place, and other invented names."""
    media = next((value for name, value in valid.asked.headers if name.lower() == "content-type"), "application/json")
    return with_members(media, renamed(valid.asked.body, mark), {at.name: text}, within=at.within)


def with_members(media: str, body: bytes, members: Mapping[str, Any], *, within: tuple[str | int, ...] = ()) -> bytes:
    """A JSON, form or multipart body with members set; one that is none of these stays as it is.

    :param within: what leads to the object in a JSON body that has the members.
    """
    if media.startswith(MULTIPART):
        return _with_parts(media, body, members)
    if media.startswith(FORM):
        pairs = [pair for pair in parse_qsl(body.decode(), keep_blank_values=True) if pair[0] not in members]
        return urlencode([*pairs, *((name, str(value)) for name, value in members.items())]).encode()
    valid = parse(body) if body else {}
    if not isinstance(valid, dict):
        return body
    holder: Any = valid
    for step in within:
        try:
            holder = holder[step]
        except (LookupError, TypeError):
            return body
    if isinstance(holder, dict):
        holder.update(members)
    return json.dumps(valid).encode()


def _with_parts(media: str, body: bytes, members: Mapping[str, Any]) -> bytes:
    """Parts of a form are found by name and get another content; a text that holds the boundary would end them."""
    boundary = media.partition("boundary=")[2].strip('"').encode()
    pieces = body.split(b"--" + boundary)
    for at, piece in enumerate(pieces):
        head, found, _ = piece.partition(b"\r\n\r\n")
        name = _PART.search(head)
        if found and name and name[1].decode("utf-8", "replace") in members:
            text = str(members[name[1].decode("utf-8", "replace")]).encode()
            pieces[at] = head + found + text + b"\r\n"
    return (b"--" + boundary).join(pieces)


def renamed(body: bytes, mark: str) -> bytes:
    """The same body with other names where the audit invented them, so that it does not collide with the first."""

    def other(found: re.Match[bytes]) -> bytes:
        if found[1] is None:
            return f"{_OURS}{mark}".encode()
        digest = hashlib.sha256(mark.encode() + found[1]).digest()  # letters alone, and as many: APIs are choosy
        return b"ostiary" + bytes(97 + each % 26 for each in digest[: len(found[1])])

    return _INVENTED.sub(other, body) if mark else body


def slots(
    http: Http, operations: Iterable[Operation], *, most: int, numbers: bool = False, headers: bool = False
) -> list[Input]:
    """The inputs of several operations, one of each first, so that a bound is not used up by the first operation."""
    columns = [inputs(http, each, numbers=numbers, headers=headers) for each in operations]
    rows = max(map(len, columns), default=0)
    return [column[at] for at in range(rows) for column in columns if at < len(column)][:most]


def _body_of(http: Http, operation: Operation) -> tuple[str, dict[str, Any]] | None:
    made = http.body_of(operation) if operation.consumes else None
    if made is None:
        return None
    media = made[0].partition(";")[0].strip().lower()
    valid: Any = parse(made[1]) if is_json_type(media) else None
    if media == MULTIPART:
        parts = made[1].split(b"\r\n--")
        found = [(name[1].decode("utf-8", "replace"), each) for each in parts if (name := _PART.search(each))]
        valid = {name: each.partition(b"\r\n\r\n")[2].decode("utf-8", "replace") for name, each in found}
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
