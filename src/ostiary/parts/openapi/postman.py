"""A Postman collection (2.0 and 2.1): folders of requests, variables filled in as far as the file knows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from ostiary.parts.field_words import SECRETS, has
from ostiary.parts.openapi.recorded import Recorded, Recording, is_credential, mappings
from ostiary.parts.openapi.shelf import At, wrong

DIALECT: Final = "Postman 2.1"
_VARIABLE: Final = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_DEEPEST: Final = 20  # folders in folders
_ROUNDS: Final = 5  # variables whose values name variables
_LANGUAGES: Final = {"json": "application/json", "xml": "application/xml", "html": "text/html", "text": "text/plain"}
_DYNAMIC: Final = (  # "Dynamic variables" of Postman's manual, by what their names end with
    (re.compile(r"guid|uuid", re.IGNORECASE), "3f2b8c1e-5d4a-4b6f-9a7e-0c1d2e3f4a5b"),
    (re.compile(r"int|price|timestamp|number", re.IGNORECASE), "7"),
    (re.compile(r"email", re.IGNORECASE), "ostiary@example.com"),
    (re.compile(r"url", re.IGNORECASE), "https://example.com/"),
    (re.compile(r"date", re.IGNORECASE), "2026-01-15"),
    (re.compile(r"boolean", re.IGNORECASE), "true"),
)


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether a document is a Postman collection, of whatever version."""
    document = _collection(document)
    info = document.get("info")
    told = isinstance(info, Mapping) and ("_postman_id" in info or "getpostman.com" in str(info.get("schema", "")))
    old = "requests" in document and "order" in document and isinstance(document.get("id"), str)
    return (told and "paths" not in document) or old


def read(document: Mapping[str, Any], name: str) -> Recording:
    """What a collection asks of its API.

    :raises ConfigError: for version 1, and for a collection without a request.
    """
    document = _collection(document)
    if "requests" in document and "item" not in document:
        wrong(name, "is a Postman collection of version 1", "export it as Collection v2.1")
    info = document.get("info")
    reader = _Reader(document)
    found = Recording(title=str(info.get("name", "")) if isinstance(info, Mapping) else "", requests=[])
    for each, auth in _items(document.get("item"), document.get("auth"), 0):
        call = reader.call(each, auth)
        if call is not None:
            found.requests.append(call)
    if not found.requests:
        wrong(At(name, "/item"), "the collection holds no request", "export a collection that does, as Collection v2.1")
    found.schemes = reader.schemes
    return found


def _collection(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Postman's own API wraps what its application exports."""
    inner = document.get("collection")
    return inner if isinstance(inner, Mapping) and "info" in inner else document


def _items(listed: Any, auth: Any, depth: int) -> Iterator[tuple[Mapping[str, Any], Any]]:
    for each in mappings(listed) if depth < _DEEPEST else ():
        own = each.get("auth") or auth
        if "request" in each:
            yield each, own
        yield from _items(each.get("item"), own, depth + 1)


def _pairs(listed: Any) -> list[tuple[str, str]]:
    """Entries with `key` and `value`, as text, those that are switched off left out."""
    found = []
    for each in mappings(listed):
        if each.get("disabled") is not True and each.get("key"):
            value = each.get("value")
            found.append((str(each["key"]), "" if value is None else str(value)))
    return found


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.variables = dict(_pairs(document.get("variable")))
        self.schemes: dict[str, Mapping[str, Any]] = {}

    def call(self, item: Mapping[str, Any], auth: Any) -> Recorded | None:
        request = item["request"]
        request = {"method": "GET", "url": request} if isinstance(request, str) else request
        if not isinstance(request, Mapping):
            return None
        path, query, holes = self._url(request.get("url"))
        media, body, files = self._body(request.get("body"))
        headers = _pairs(request.get("header"))
        named = next((value for key, value in headers if key.lower() == "content-type"), "")
        response = next(iter(mappings(item.get("response"))), {})
        status = response.get("code")
        reply_headers = {key.lower(): value for key, value in _pairs(response.get("header"))}
        reply = response.get("body")
        reply = reply if isinstance(reply, str) else ""
        return Recorded(
            method=str(request.get("method") or "GET").upper(),
            path=path,
            query=tuple((key, self._filled(value)) for key, value in query),
            headers=tuple((key, self._filled(value)) for key, value in headers if "{{" not in key),
            media_type=self._filled(named) or media,
            body=body,
            files=files,
            holes=holes,
            status=status if isinstance(status, int) else 0,
            reply_type=reply_headers.get("content-type")
            or ("application/json" if reply.lstrip()[:1] in {"{", "["} else ""),
            reply=reply,
            schemes=self._by_header(headers) if (said := self._schemes(request.get("auth") or auth)) is None else said,
            name=str(item.get("name") or ""),
        )

    def _filled(self, text: str) -> str:
        """The text with its variables' values; what the file does not know becomes a word or a number."""
        return _VARIABLE.sub(lambda match: self._value(match[1]) or "", text)

    def _value(self, name: str) -> str:
        if name.startswith("$"):
            return next((value for word, value in _DYNAMIC if word.search(name)), "ostiary")
        if has(name, SECRETS):
            return ""
        value = self.variables.get(name, "")
        for _ in range(_ROUNDS):
            if "{{" not in value:
                break
            value = _VARIABLE.sub(lambda match: self.variables.get(match[1], ""), value)
        return value

    def _url(self, url: Any) -> tuple[str, list[tuple[str, str]], dict[str, str]]:
        """The path with names in braces, the query, and the names' values."""
        given = url if isinstance(url, Mapping) else {"raw": url}
        raw = str(given.get("raw") or "")
        if not raw:
            host, path = given.get("host"), given.get("path")
            joined = [".".join(host) if isinstance(host, list) else str(host or "")]
            joined += [each if isinstance(each, str) else str(each.get("value", "")) for each in path or () if isinstance(each, (str, Mapping))] if isinstance(path, list) else [str(path or "").lstrip("/")]  # fmt: skip
            raw = "/".join(joined)
        start, _, text = raw.partition("?")
        start = start.partition("#")[0]
        query = _pairs(given.get("query")) or parse_qsl(text.partition("#")[0], keep_blank_values=True)
        own = dict(_pairs(given.get("variable")))
        holes: dict[str, str] = {}
        segments = []
        for segment in self._path(start).split("/")[1:]:
            name = segment[1:] if segment[:1] == ":" and segment[1:] else ""
            variable = _VARIABLE.search(segment)
            if name:
                holes[name] = self._filled(own.get(name, ""))
                segments.append(f"{{{name}}}")
            elif variable is not None:
                name = re.sub(r"[^\w.-]", "_", variable[1].strip().lstrip("$"))
                holes[name] = self._value(variable[1].strip())
                segments.append(f"{{{name}}}")
            else:
                segments.append(re.sub(r"[{}]", "", segment))
        return "/" + "/".join(segments), query, holes

    def _path(self, start: str) -> str:
        """What follows scheme and host; a variable in front stands for both, and perhaps for a path besides."""
        lead = _VARIABLE.match(start)
        if lead is not None and (lead.end() == len(start) or start[lead.end()] in "/:"):
            base = self._value(lead[1].strip())
            rest = start[lead.end() :]
            rest = re.sub(r"^:(?:\d+|\{\{[^{}]*\}\})", "", rest)
            return self._path(base).rstrip("/") + rest if base else rest or "/"
        if start.startswith("/"):
            return start
        _, separator, after = start.partition("://")
        host_and_path = after if separator else start
        return f"/{host_and_path.partition('/')[2]}"

    def _body(self, body: Any) -> tuple[str, str, tuple[str, ...]]:
        """Media type, text, and the names of files."""
        if not isinstance(body, Mapping) or body.get("disabled") is True:
            return "", "", ()
        mode = body.get("mode")
        if mode == "urlencoded":
            fields = [(key, self._filled(value)) for key, value in _pairs(body.get("urlencoded"))]
            return "application/x-www-form-urlencoded", urlencode(fields), ()
        if mode == "formdata":
            listed = mappings(body.get("formdata"))
            files = tuple(str(each.get("key", "")) for each in listed if each.get("type") == "file")
            fields = [(key, self._filled(value)) for key, value in _pairs(body.get("formdata")) if key not in files]
            return "multipart/form-data", urlencode(fields), files
        if mode == "graphql":
            return "application/json", self._graphql(body.get("graphql")), ()
        if mode != "raw":
            return "", "", ()
        text = str(body.get("raw") or "")
        options = body.get("options")
        raw = options.get("raw") if isinstance(options, Mapping) else None
        language = raw.get("language") if isinstance(raw, Mapping) else None
        looks = "application/json" if text.lstrip()[:1] in {"{", "["} else "text/plain"
        return _LANGUAGES.get(str(language), looks), self._raw(text), ()

    def _raw(self, text: str) -> str:
        """A raw body; in JSON a variable without quotes and without a value stands for a number."""
        if text.lstrip()[:1] not in {"{", "["}:
            return self._filled(text)
        text = re.sub(r"(?m)^\s*//.*$", "", text)
        quoted = re.sub(
            r'("(?:[^"\\]|\\.)*")|\{\{\s*([^{}]+?)\s*\}\}',
            lambda match: match[1] or self._value(match[2]) or "1",
            text,
        )
        try:
            return json.dumps(self._plain(json.loads(quoted)))
        except (ValueError, RecursionError):
            return self._filled(text)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._plain(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._plain(each) for each in value]
        return self._filled(value) if isinstance(value, str) else value

    def _graphql(self, given: Any) -> str:
        given = given if isinstance(given, Mapping) else {}
        made: dict[str, Any] = {"query": str(given.get("query") or "")}
        try:
            variables = json.loads(self._raw(str(given.get("variables") or "") or "null"))
        except ValueError:
            variables = None
        return json.dumps({**made, "variables": variables} if isinstance(variables, dict) else made)

    def _by_header(self, headers: list[tuple[str, str]]) -> tuple[str, ...] | None:
        """The scheme of a credential that a request carries in a header field without the collection calling it one."""
        for key, value in headers:
            low = key.lower()
            if low == "authorization" and value.lower().startswith("bearer "):
                self.schemes["bearer"] = {"type": "http", "scheme": "bearer"}
                return ("bearer",)
            if is_credential(low) and "{{" not in key:
                self.schemes[low] = {"type": "apiKey", "in": "header", "name": key}
                return (low,)
        return None

    def _schemes(self, auth: Any) -> tuple[str, ...] | None:
        """The names of the security schemes that a request uses; None where the collection says nothing of any."""
        kind = auth.get("type") if isinstance(auth, Mapping) else None
        if kind is None:
            return None
        if kind == "noauth":
            return ()
        if kind in {"bearer", "basic", "digest"}:
            self.schemes[str(kind)] = {"type": "http", "scheme": kind}
        elif kind in {"oauth2", "jwt"}:
            self.schemes[str(kind)] = {"type": "http", "scheme": "bearer"}
        elif kind == "apikey":
            given = auth.get("apikey")
            told = dict(_pairs(given)) if isinstance(given, list) else given if isinstance(given, Mapping) else {}
            place = "query" if told.get("in") == "query" else "header"
            self.schemes["apikey"] = {
                "type": "apiKey",
                "in": place,
                "name": self._filled(str(told.get("key") or "X-API-Key")),
            }
        else:
            return None
        return (str(kind),)
