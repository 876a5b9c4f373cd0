"""A request for a GraphQL field goes out as the document that asks for it; its answer is read as the field's own."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from ostiary.errors import Unanswerable
from ostiary.evidence import Asked
from ostiary.model import Api, Operation
from ostiary.parts import openapi
from ostiary.parts.openapi import introspection
from ostiary.parts.openapi.graphql_fields import EXTENSION, SIGN, bare, document_of, spelt
from ostiary.parts.seen.bodies import parse

# Who compares what fields do; all others look at how HTTP is spoken, of which an endpoint has one manner.
CHECKS: Final = frozenset({
    "processing.all-endpoints-authenticated", "jwt.verify-before-use", "jwt.algorithm-pinned",
    "beyond.jwt-claims-validated", "jwt.strong-secret", "jwt.access-ttl-short", "jwt.refresh-ttl-bounded",
    "userdata.ownership-check", "beyond.bola-differential-test", "beyond.function-level-authorization",
    "beyond.mass-assignment", "output.no-sensitive-data", "account.password-bcrypt", "account.logout-kills-session",
    "account.otp-not-in-response", "input.injection-sql", "input.injection-rce", "beyond.ssrf-egress-control",
    "auth.login-max-retry", "account.auth-endpoint-limits", "beyond.pagination-caps",
})  # fmt: skip
_DEEPEST: Final = 3  # objects in objects that are asked for
_MOST_LEAVES: Final = 60  # of a field's answer
_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_NUMBER: Final = re.compile(r"-?\d{1,18}")
_STATUS: Final = (  # by an error's code (Apollo's names, which others took over), or else by what it says
    (400, re.compile(r"\bargument|\bvariable|expected (?:type|value)")),
    (401, re.compile(r"unauthenticated|unauthori[sz]ed|not (?:authenticated|logged|signed)|log(?:ged)? ?in|sign(?:ed)? ?in"
                     r"|authenti|credential|(?:invalid|missing|expired|bad|no|wrong|incorrect) (?:\w+ )?(?:token|jwt|password)")),
    (403, re.compile(r"forbidden|permission|denied|not (?:allowed|authori[sz]ed|permitted)|access|privilege|admin|owner")),
    (404, re.compile(r"cannot return null for non-nullable field|of null\b|of undefined\b|nonetype|not[ _]found"
                     r"|does not exist|doesn't exist|no such|unknown id|no rows|matching query")),
    (429, re.compile(r"too many|rate ?limit|throttl")),
)  # fmt: skip
_FAULTS: Final = re.compile(r"errors?|\w+Errors?|\w+_errors?")
_BESIDE: Final = frozenset({"__typename", "clientMutationId", "message", "messages"})
_FAILURE: Final = re.compile(
    r"(?:Error|Exception|Failure|Problem|NotFound|Forbidden|Denied|Unauthori[sz]ed|Unauthenticated|OperationInfo)$"
)
_SHORTEST: Final = 4  # characters of a variable that is recognised in a message
_CODES: Final = {
    "UNAUTHENTICATED": 401, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "ACCESS_DENIED": 403, "NOT_FOUND": 404,
    "BAD_USER_INPUT": 400, "GRAPHQL_VALIDATION_FAILED": 400, "GRAPHQL_PARSE_FAILED": 400, "BAD_REQUEST": 400,
}  # fmt: skip


def is_one(operation: Operation) -> bool:
    """Whether an operation stands for a field."""
    return EXTENSION in operation.extensions


def without(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Those that speak HTTP themselves."""
    return tuple(each for each in operations if not is_one(each))


def inside(operation: Operation) -> Operation:
    """The operation without what leads to it: the endpoint's own path says nothing of a field."""
    if not is_one(operation):
        return operation
    return dataclasses.replace(operation, path=f"/{operation.path.partition(f'/{SIGN}/')[2]}")


def shown_to(check: str) -> bool:
    """Whether a check, or whoever prepares them, is to see fields."""
    return "." not in check or check in CHECKS


def made_of(operation: Operation, source: str) -> Api | None:
    """The fields of an endpoint whose schema is known, as operations."""
    told = operation.extensions.get(introspection.EXTENSION)
    if not isinstance(told, Mapping):
        return None
    return openapi.from_plain(document_of(told, operation.path), source=source)


class Fields:
    """Writes requests for fields, and reads their answers.

    :param api: with fields among its operations, or without.
    """

    def __init__(self, api: Api | None = None) -> None:
        operations = api.operations if api is not None else ()
        self._types: dict[str, Mapping[str, Any]] = {
            each.path: told.get("types") or {}
            for each in operations
            if isinstance(told := each.extensions.get(introspection.EXTENSION), Mapping)
        }
        self._listed = [
            (each.method, _pattern(each.path), _HOLE.findall(each.path), each.extensions[EXTENSION], each.key)
            for each in sorted((each for each in operations if is_one(each)), key=lambda each: each.path.count("{"))
        ]
        self._names = {
            key: f"{told['kind']} {told['name']} (POST {told['endpoint']})" for *_, told, key in self._listed
        }
        self._starts = tuple(f"{each}/{SIGN}/" for each in self._types)

    def covers(self, target: str) -> bool:
        """Whether nothing is served there: a field is meant."""
        return bool(self._starts) and target.startswith(self._starts)

    def said(self, text: str) -> str:
        """A text that names fields as a reader of the schema does."""
        if not self._starts or not any(each in text for each in self._starts):
            return text
        for key in sorted(self._names, key=len, reverse=True):
            text = text.replace(key, self._names[key])
        for each in self._starts:
            text = text.replace(each, "GraphQL ")
        return text

    def written(self, asked: Asked) -> Asked:
        """The request as it goes out.

        :raises Unanswerable: when no field is meant by it.
        """
        path, _, query = asked.target.partition("?")
        told, aimed = self._meant(asked.method, path)
        inside = parse(asked.body) if asked.body else {}
        if not isinstance(inside, Mapping):  # half a body, or none of JSON: nothing that could be carried out
            return dataclasses.replace(asked, method="POST", target=told["endpoint"])
        given: dict[str, Any] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            given[name] = [*given[name], value] if isinstance(given.get(name), list) else value
            if str(told["types"].get(name, "")).startswith("[") and not isinstance(given[name], list):
                given[name] = [value]
        given |= inside
        given |= aimed
        body = json.dumps(self._request(told, given)).encode()
        headers = [pair for pair in asked.headers if pair[0].lower() not in {"content-type", "content-length"}]
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        return dataclasses.replace(asked, method="POST", target=told["endpoint"], headers=tuple(headers), body=body)

    def _meant(self, method: str, path: str) -> tuple[Mapping[str, Any], dict[str, str]]:
        """What is told of a field, and what the path says of its arguments."""
        for each, pattern, holes, told, _ in self._listed:
            found = pattern.fullmatch(path) if each == method else None
            if found is not None:
                return told, {name: unquote(value) for name, value in zip(holes, found.groups(), strict=True)}
        raise Unanswerable(f"{method} {path}: the schema has no such field")

    def _request(self, told: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        variables: dict[str, Any] = {}
        types: dict[str, str] = {}
        outer = next((at[0] for at in told["at"].values() if len(at) > 1), "")
        for name, value in given.items():
            at = told["at"].get(name) or ([outer, name] if outer else [name])
            plain = _coerced(value, str(told["types"].get(name, "")))
            types[at[0]] = told["args"].get(at[0], "String")
            if len(at) > 1:
                variables.setdefault(at[0], {})[at[1]] = plain
            else:
                variables[at[0]] = plain
        declared = ", ".join(f"${name}: {written}" for name, written in types.items())
        passed = ", ".join(f"{name}: ${name}" for name in types)
        leaves = self._leaves(told)
        text = (
            f"{told['kind']}{f'({declared})' if declared else ''} "
            f"{{ {told['name']}{f'({passed})' if passed else ''}{f' {{ {leaves} }}' if leaves else ''} }}"
        )
        return {"query": text, "variables": variables}

    def _leaves(self, told: Mapping[str, Any]) -> str:
        types = self._types.get(str(told["endpoint"]), {})
        left = [_MOST_LEAVES]
        return _selected(bare(str(told["gives"])), types, _DEEPEST, left, ())


def read(status: int, body: bytes, sent: bytes = b"") -> tuple[int, bytes]:
    """What an answer says of the one field that was asked for: as status and body of an operation."""
    document = parse(body)
    if not isinstance(document, dict):
        return status, body
    listed = document.get("errors")
    errors = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    data = document.get("data")
    value = next(iter(data.values()), None) if isinstance(data, dict) else None
    if value is not None:
        if refusal := _refusal(value):
            return refusal, json.dumps({"errors": value}).encode()
        return (status if 200 <= status < 300 else 200), json.dumps(_unwrapped(value)).encode()  # noqa: PLR2004
    if errors:
        body = _unquoted(document, errors, sent) or body
        kept = status in {401, 403, 404, 429} or status >= 500  # noqa: PLR2004 - RFC 9110
        return (status if kept else _status_of(errors)), body
    return (404 if isinstance(data, dict) and data and 200 <= status < 300 else status), body  # noqa: PLR2004


def _refusal(value: Any) -> int:
    """The status of a refusal that came as data, as a type for failures or as a list of them beside nothing; 0: none."""
    if not isinstance(value, Mapping):
        return 0
    kind = str(value.get("__typename", ""))
    told = [each for name, each in value.items() if _FAULTS.fullmatch(name) and each]
    rest = [each for name, each in value.items() if not _FAULTS.fullmatch(name) and name not in _BESIDE]
    if not _FAILURE.search(kind) and (not told or any(each not in (None, False, [], {}, "") for each in rest)):
        return 0
    return _by_words(f"{' '.join(spelt(kind))} {json.dumps(value)}".lower())


def _by_words(said: str) -> int:
    return next((status for status, words in _STATUS if words.search(said)), 400)


def _unquoted(document: Mapping[str, Any], errors: Sequence[Mapping[str, Any]], sent: bytes) -> bytes:
    """The reply without the variables that it repeats because they do not fit the schema: so says the library, not the API."""
    asked = parse(sent)
    texts = list(_texts(asked.get("variables"))) if isinstance(asked, Mapping) else []
    if not texts or any(each.get("path") for each in errors):
        return b""
    said = []
    for each in errors:
        message = str(each.get("message", ""))
        for text in texts:
            message = message.replace(text, "...")
        said.append({**each, "message": message})
    return json.dumps({**document, "errors": said}).encode()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) >= _SHORTEST:
        yield value
    elif isinstance(value, (Mapping, list)):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


def _status_of(errors: Sequence[Mapping[str, Any]]) -> int:
    for each in errors:
        told = each.get("extensions")
        code = str(told.get("code", "")).upper() if isinstance(told, Mapping) else ""
        if code in _CODES:
            return _CODES[code]
    if not any(each.get("path") for each in errors):
        return 400  # it never came to the field: the document was wrong (section 7.1.2 of the specification)
    return _by_words(" ".join(str(each.get("message", "")) for each in errors).lower())


def _unwrapped(value: Any) -> Any:
    """The objects of a connection, in the place of its edges."""
    if isinstance(value, Mapping) and isinstance(value.get("edges"), list):
        return [each.get("node", each) if isinstance(each, Mapping) else each for each in value["edges"]]
    if isinstance(value, Mapping) and isinstance(value.get("nodes"), list):
        return value["nodes"]
    return value


def _selected(name: str, types: Mapping[str, Any], depth: int, left: list[int], above: tuple[str, ...]) -> str:
    """What is asked for of a type: its plain fields, then those of what it holds; no type inside itself."""
    told = types.get(name, {})
    if "possible" in told:
        parts = [
            f"... on {each} {{ {inner} }}"
            for each in told["possible"][:6]
            if (inner := _selected(each, types, depth, left, above))
        ]
        return " ".join(["__typename", *parts])
    fields = {
        each: bare(given["type"])
        for each, given in told.get("fields", {}).items()
        if not any(written.endswith("!") for written in given.get("args", {}).values())
    }
    if not fields:
        return ""
    plain = [each for each, kind in fields.items() if not {"fields", "possible"} & types.get(kind, {}).keys()]
    plain = plain[: max(left[0], 0)]
    left[0] -= len(plain)
    found = list(plain)
    for each, kind in fields.items():
        if each in plain or kind in {*above, name} or depth <= 1 or left[0] <= 0:
            continue
        if inner := _selected(kind, types, depth - 1, left, (*above, name)):
            found.append(f"{each} {{ {inner} }}")
    return " ".join(found) or "__typename"


def _coerced(value: Any, written: str) -> Any:
    """What stood in a path or a query as the type that the schema wants; what cannot be stays text, to be refused."""
    if isinstance(value, list):
        return [_coerced(each, bare(written)) for each in value]
    kind = written.removesuffix("!")
    if not isinstance(value, str):
        return value
    if kind == "Int" and _NUMBER.fullmatch(value):
        return int(value)
    if kind == "Boolean" and value in {"true", "false"}:
        return value == "true"
    if kind == "Float":
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("".join("([^/]*)" if at % 2 else re.escape(part) for at, part in enumerate(_HOLE.split(path))))
