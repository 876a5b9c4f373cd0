"""A valid request for each operation, from the document's examples and schemas and from ids that the API has shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from ostiary.audit.gather import values
from ostiary.audit.gather.values import MISSING, Taste
from ostiary.model import Api, Media, Operation, Parameter, Place

TASTES: Final = 3  # ways to fill in what a document leaves open, tried in this order until the API says 2xx
BOUNDARY: Final = "ostiary-7d1c2f"  # of multipart bodies: fixed, so that equal requests stay equal
NOBODYS: Final = 1_999_999_973  # an id that is invented for a write: a small number would be somebody's
_CHANGES: Final = frozenset({"PUT", "PATCH", "DELETE"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# A header parameter of such a name is a credential that the document does not call one: nobody has it, and users their own.
_CREDENTIAL_FIELD: Final = re.compile(
    r"(?!.*(?:csrf|xsrf|push|device|page|continuation|sync|idempoten))(?:(?:[\w-]*[-_])?token|"
    r"(?:x[-_])?(?:(?:access|api|user|session|client|app)[-_]?)*"
    r"(?:jwt|auth(?:entication|orization)?(?:[-_]key)?|api[-_]?key|access[-_]?key|session(?:[-_]?id)?|credentials?))",
    re.IGNORECASE,
)
_CREDENTIAL_PARAMETERS: Final = frozenset(
    {"authorization", "cookie", "accept", "content-type", "content-length", "host"}
)
_PLAIN: Final = "~!$'()*,;:@"  # may stand unescaped in a path segment or a query value (RFC 3986 section 3.3)
_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_UNSENDABLE: Final = re.compile(r"[^!-~]+")  # in a document's path: spaces, line breaks, letters beyond ASCII
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_PREFERRED: Final = ("application/json", "+json", "application/x-www-form-urlencoded", "multipart/form-data", "text/")


class Maker:
    """Makes requests.

    :param api: the document.
    :param nonce: makes invented names differ between runs.
    :param intrusive: whether writes may aim at objects that were there before the audit.
    """

    def __init__(self, api: Api | None, *, nonce: str, intrusive: bool = False) -> None:
        self._document = api.document if api is not None else {}
        self._nonce = nonce
        self._intrusive = intrusive
        self._taste: dict[str, int] = {}
        self._taught: dict[str, Callable[[str], tuple[str, bytes]]] = {}
        self._seen: dict[str, dict[str, str]] = {}  # path -> {parameter: value}, from what the API lists
        self._made: dict[str, dict[str, str]] = {}  # the same, of objects that the audit created
        self._spare: dict[str, dict[str, str]] = {}  # the same, of those that any check may write to

    def learn(self, path: str, parameter: str, value: str, *, ours: bool) -> None:
        """Remember an id for a path parameter of a path template."""
        known = self._made if ours else self._seen
        known.setdefault(path, {})[parameter] = value

    def offer(self, path: str, parameter: str, value: str) -> None:
        """Remember an id of an object that the audit created and any check may write to."""
        self._spare.setdefault(path, {})[parameter] = value

    def knows(self, operation: Operation) -> bool:
        """Whether every path parameter has an id that the API itself has shown."""
        known = self._known(operation)
        return all(name in known for name in _HOLE.findall(operation.path))

    def prefer(self, operation: Operation, taste: int) -> None:
        """Fill in this operation's requests in another way from now on."""
        self._taste[operation.key] = taste

    def teach(self, operation: Operation, body: Callable[[str], tuple[str, bytes]]) -> None:
        """Take another maker of bodies for an operation: what a document cannot know, such as who may sign in.

        :param body: makes media type and bytes, from a text that is to make them differ from others.
        """
        self._taught[operation.key] = body

    def target(self, operation: Operation, *, taste: int | None = None, nonce: str = "") -> str:
        """Path and query."""
        chosen = self._chosen(operation, taste, nonce)
        known = self._known(operation)
        parameters = {each.name: each for each in operation.parameters if each.place is Place.PATH}

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name in known:
                return quote(known[name], safe=_PLAIN)
            parameter = parameters.get(name)
            value = 1 if parameter is None else self._value(operation, parameter, chosen)
            if operation.method in _CHANGES and not self._intrusive and str(value).isdecimal():
                value = NOBODYS
            return _in_path(value, parameter) or "1"

        path = _UNSENDABLE.sub(lambda match: quote(match[0], safe=""), _HOLE.sub(fill, operation.path))
        query = [
            pair
            for each in operation.parameters
            if each.place is Place.QUERY and (each.required or chosen.optional)
            for pair in _in_query(each, self._value(operation, each, chosen))
        ]
        text = "&".join(
            f"{quote(name, safe=_PLAIN + '[]')}={quote(value, safe=_PLAIN + '/?')}" for name, value in query
        )
        return f"{path}?{text}" if text else path

    def headers(self, operation: Operation, *, taste: int | None = None) -> list[tuple[str, str]]:
        """Required header and cookie parameters; credentials are the operator's to give."""
        chosen = self._chosen(operation, taste, "")
        found = []
        cookies = []
        for each in operation.parameters:
            if not each.required or each.name.lower() in _CREDENTIAL_PARAMETERS:
                continue
            if each.place is Place.HEADER and _CREDENTIAL_FIELD.fullmatch(each.name):
                continue
            if _TOKEN.fullmatch(each.name) is None:
                continue  # a name with a line break or a colon in it would be another field, or a request more
            if each.place is Place.HEADER:
                found.append((each.name, _header_text(_flat(self._value(operation, each, chosen)))))
            elif each.place is Place.COOKIE:
                cookies.append(f"{each.name}={quote(_flat(self._value(operation, each, chosen)))}")
        return [*found, ("Cookie", "; ".join(cookies))] if cookies else found

    def body(self, operation: Operation, *, taste: int | None = None, nonce: str = "") -> tuple[str, bytes] | None:
        """Media type and bytes, or None when the operation takes no body that can be made."""
        if operation.key in self._taught:
            return self._taught[operation.key](nonce)
        chosen = self._chosen(operation, taste, nonce)
        for media_type in sorted(operation.consumes, key=_rank):
            media = operation.consumes[media_type]
            value = self._media_example(operation, media_type) if chosen.examples else MISSING
            if value is MISSING:
                schema = media.schema
                value = values.value_of(schema.fragment, schema.root, chosen) if schema is not None else {}
            made = _encoded(media_type, value, self._raw_schema(media))
            if made is not None:
                return made
        return None

    def plain(self, operation: Operation, taste: Taste) -> tuple[str, Any] | None:
        """Media type and the value that `packed` makes a body of, or None when the operation takes no such body."""
        for media_type in sorted(operation.consumes, key=_rank):
            schema = operation.consumes[media_type].schema
            value = self._media_example(operation, media_type) if taste.examples else MISSING
            if value is MISSING:
                value = values.value_of(schema.fragment, schema.root, taste) if schema is not None else {}
            if isinstance(value, Mapping) and self.packed(operation, media_type, value) is not None:
                return media_type, value
        return None

    def packed(self, operation: Operation, media_type: str, value: Any) -> tuple[str, bytes] | None:
        """A body of a media type that the operation takes: what to name as Content-Type, and the bytes."""
        media = operation.consumes.get(media_type, Media())
        return _encoded(media_type, value, self._raw_schema(media))

    def _known(self, operation: Operation) -> Mapping[str, str]:
        seen, made = self._seen.get(operation.path, {}), self._made.get(operation.path, {})
        if operation.method in _SAFE or self._intrusive:
            return {**seen, **made}
        return {**made, **self._spare.get(operation.path, {})}

    def _chosen(self, operation: Operation, taste: int | None, nonce: str) -> Taste:
        number = self._taste.get(operation.key, 0) if taste is None else taste
        return Taste(nonce=self._nonce + nonce, examples=number == 0 and not nonce, optional=number == TASTES - 1)

    def _value(self, operation: Operation, parameter: Parameter, taste: Taste) -> Any:
        if taste.examples:
            given = _example(self._raw_parameter(operation, parameter))
            if given is not MISSING:
                return given
        if parameter.schema is None:
            return "1" if parameter.place is Place.PATH else f"ostiary-{taste.nonce}"
        return values.value_of(parameter.schema.fragment, parameter.schema.root, taste, parameter.name)

    def _raw_parameter(self, operation: Operation, parameter: Parameter) -> Mapping[str, Any]:
        own = values.at(self._document, operation.pointer)
        shared = values.at(self._document, operation.pointer.rpartition("/")[0])
        for holder in (own, shared):
            listed = holder.get("parameters") if isinstance(holder, Mapping) else None
            for each in listed if isinstance(listed, list) else ():
                found = values.resolved(each, self._document)
                if isinstance(found, Mapping) and (found.get("name"), found.get("in")) == (
                    parameter.name,
                    parameter.place.value,
                ):
                    return found
        return {}

    def _media_example(self, operation: Operation, media_type: str) -> Any:
        raw = values.at(self._document, operation.pointer)
        body = values.resolved(raw.get("requestBody"), self._document) if isinstance(raw, Mapping) else None
        content = body.get("content") if isinstance(body, Mapping) else None
        entry = content.get(media_type) if isinstance(content, Mapping) else None
        return self._resolve_example(entry) if isinstance(entry, Mapping) else MISSING

    def _raw_schema(self, media: Media) -> Mapping[str, Any]:
        """A body's schema as the document has it: translation keeps what validates, not what describes."""
        raw = values.at(self._document, media.schema.pointer) if media.schema is not None else {}
        name = str(raw.get("$ref", "")).rpartition("/")[2] if isinstance(raw, Mapping) else ""
        found = values.resolved(raw, self._document)
        return {"xml": {"name": name or "root"}, **found} if isinstance(found, Mapping) else {}

    def _resolve_example(self, entry: Mapping[str, Any]) -> Any:
        listed = entry.get("examples")
        if isinstance(listed, Mapping):
            entry = {**entry, "examples": {key: values.resolved(each, self._document) for key, each in listed.items()}}
        return _example(entry)


def _example(raw: Mapping[str, Any]) -> Any:
    for word in ("example", "x-example"):
        if word in raw:
            return raw[word]
    listed = raw.get("examples")
    if isinstance(listed, Mapping):
        for each in listed.values():
            if isinstance(each, Mapping) and "value" in each:
                return each["value"]
    return MISSING


def _rank(media_type: str) -> int:
    return next((i for i, word in enumerate(_PREFERRED) if word in media_type), len(_PREFERRED))


def _flat(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_flat(each) for each in value)
    if isinstance(value, Mapping):
        return ",".join(f"{key},{_flat(each)}" for key, each in value.items())
    return "" if value is None else str(value)


def _header_text(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "", text)


def _in_path(value: Any, parameter: Parameter | None) -> str:
    text = quote(_flat(value), safe=_PLAIN)
    if parameter is not None and parameter.style == "label":
        return f".{text}"
    if parameter is not None and parameter.style == "matrix":
        return f";{parameter.name}={text}"
    return text


def _in_query(parameter: Parameter, value: Any) -> Sequence[tuple[str, str]]:
    if parameter.media_type:
        return [(parameter.name, json.dumps(value))]
    if isinstance(value, Mapping):
        if parameter.style == "deepObject":
            return [(f"{parameter.name}[{key}]", _flat(each)) for key, each in value.items()]
        if parameter.explode:
            return [(str(key), _flat(each)) for key, each in value.items()]
    if isinstance(value, list):
        if parameter.explode:
            return [(parameter.name, _flat(each)) for each in value]
        between = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(parameter.style, ",")
        return [(parameter.name, between.join(_flat(each) for each in value))]
    return [(parameter.name, _flat(value))]


def _encoded(media_type: str, value: Any, raw: Mapping[str, Any]) -> tuple[str, bytes] | None:
    plain = media_type.partition(";")[0].strip().lower()
    if plain in {"*/*", "application/*", ""}:
        plain = media_type = "application/json"
    if plain == "application/json" or plain.endswith("+json") or plain == "text/json":
        return media_type, json.dumps(value, separators=(",", ":"), default=str).encode()
    if plain == "application/x-www-form-urlencoded":
        pairs = _pairs(value)
        return media_type, "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in pairs).encode()
    if plain == "multipart/form-data":
        return f"{plain}; boundary={BOUNDARY}", _multipart(value, raw)
    if plain.endswith("xml"):
        written = isinstance(value, str) and value.lstrip()[:1] == "<"  # an example given as text
        return media_type, value.encode() if written else _xml(value, raw)
    if plain.startswith("text/"):
        return media_type, _flat(value).encode() or b"ostiary"
    if plain in {"application/octet-stream", "application/*"} or plain.startswith(("image/", "audio/", "video/")):
        return media_type, b"ostiary"
    return None


def _pairs(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, Mapping):
        return []
    found = []
    for key, each in value.items():
        found += [(str(key), _flat(item)) for item in each] if isinstance(each, list) else [(str(key), _flat(each))]
    return found


def _multipart(value: Any, raw: Mapping[str, Any]) -> bytes:
    properties = raw.get("properties")
    lines = []
    for name, text in _pairs(value):
        part = properties.get(name) if isinstance(properties, Mapping) else None
        is_file = isinstance(part, Mapping) and (part.get("format") == "binary" or "contentMediaType" in part)
        extra = '; filename="ostiary.txt"\r\nContent-Type: text/plain' if is_file else ""
        field = name.replace('"', "%22").replace("\r", "").replace("\n", "")
        lines.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"{extra}\r\n\r\n{text}\r\n')
    return ("".join(lines) + f"--{BOUNDARY}--\r\n").encode()


def _xml(value: Any, raw: Mapping[str, Any]) -> bytes:
    own = raw.get("xml")  # OpenAPI 3.1 section 4.8.26
    root = str(own.get("name") or "root") if isinstance(own, Mapping) else "root"
    return f'<?xml version="1.0"?>{_element(root, value)}'.encode()


def _element(name: str, value: Any) -> str:
    tag = re.sub(r"[^A-Za-z0-9_.-]", "_", name) or "item"
    if isinstance(value, Mapping):
        inner = "".join(_element(str(key), each) for key, each in value.items())
    elif isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    else:
        inner = _flat(value).replace("&", "&amp;").replace("<", "&lt;")
    return f"<{tag}>{inner}</{tag}>"
