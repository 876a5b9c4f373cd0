"""From a document's paths to operations: bases in front, parameters merged, every mistake at its place."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ostiary.errors import ConfigError
from ostiary.model import Api, Operation, Parameter, Place
from ostiary.parts.openapi.inputs import Inputs, listed, mapping, names_in
from ostiary.parts.openapi.servers import base_of, schemes_of, servers_of
from ostiary.parts.openapi.shelf import At, Shelf, kind_of, wrong
from ostiary.parts.openapi.translate import Translator

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_NAME: Final = re.compile(r"\{[^{}]*\}")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.6.2


def read_api(shelf: Shelf, *, forgiving: bool = False) -> Api:
    """Read the document of a shelf.

    :param forgiving: pass over operations with a mistake, and say so in the notes; a path parameter that is not
        declared is a text. For who looks at an API as it is: a guard must not serve what it could not read.
    :raises ConfigError: with file, JSON pointer, problem and hint of the first mistake.
    """
    try:
        return _Reader(shelf, forgiving=forgiving).api()
    except RecursionError:
        raise ConfigError(shelf.name, "nests too deep", "no API needs that") from None


def dialect_of(document: Mapping[str, Any], at: At) -> str:  # noqa: RET503 - `wrong` never returns
    """``2.0``, ``3.0``, ``3.1`` or ``3.2``.

    :raises ConfigError: when the document does not say, or says another.
    """
    if "swagger" in document:
        version, at = str(document["swagger"]), at / "swagger"
        if version in {"2.0", "2"}:
            return "2.0"
    elif "openapi" in document:
        version, at = str(document["openapi"]), at / "openapi"
        match = re.fullmatch(r"3\.([012])(?:\.\d+)?(?:-.*)?", version)
        if match is not None:
            return f"3.{match[1]}"
    else:
        wrong(at, "does not say which dialect it is", 'an API description starts with `openapi: "3.1.0"`')
    wrong(at, f"{version[:20]!r} is not a dialect read here", "2.0, 3.0, 3.1 and 3.2 are")


class _Item(NamedTuple):
    """A path item with what its operations share."""

    path: str
    names: list[str]
    base: str
    plain: Mapping[str, Any]
    at: At
    extensions: Mapping[str, Any]
    methods: frozenset[str]


class _Reader:
    def __init__(self, shelf: Shelf, *, forgiving: bool) -> None:
        self.shelf = shelf
        self.forgiving = forgiving
        self.mistakes: list[ConfigError] = []
        self.at = At(shelf.name, "")
        self.document = shelf.root
        self.dialect = dialect_of(shelf.root, self.at)
        self.old = self.dialect == "2.0"
        self.notes: dict[str, None] = {}
        modern = self.dialect in {"3.1", "3.2"}
        self.asked = Translator(shelf, modern=modern, absent="readOnly", notes=self.notes)
        self.answered = Translator(shelf, modern=modern, absent="writeOnly", notes=self.notes)
        self.inputs = Inputs(shelf, self.asked, self.answered, old=self.old, notes=self.notes)
        self.servers = servers_of(self.document, self.at, old=self.old)
        self.base = base_of(self.servers, shelf.name, self.at, self.notes)
        self.consumes = self._media_names(self.document, self.at, "consumes")
        self.produces = self._media_names(self.document, self.at, "produces")
        self.taken: dict[str, dict[str, At]] = {}

    def api(self) -> Api:
        info = mapping(self.document.get("info"), self.at / "info", "info")
        if "paths" not in self.document and (self.dialect in {"2.0", "3.0"} or not self._other_parts()):
            wrong(self.at, "has no `paths`", "an API description without operations guards nothing")
        paths = mapping(self.document.get("paths"), self.at / "paths", "paths")
        operations: list[Operation] = []
        for path, item in paths.items():
            if not str(path).startswith("x-"):
                with self._mistakes():
                    operations += self._path(str(path), item, self.at / "paths" / path)
        if self.mistakes and not operations:
            raise self.mistakes[0]  # nothing is left to forgive for
        self.asked.finish()
        self.answered.finish()
        return Api(
            operations=tuple(operations),
            source=self.shelf.name,
            title=str(info.get("title", "")),
            version=str(info.get("version", "")),
            dialect=self.dialect,
            servers=tuple(self.servers),
            document=self.document,
            security_schemes=schemes_of(self.document, self.shelf, self.at, old=self.old),
            notes=tuple(self.notes),
        )

    def _other_parts(self) -> bool:
        return "webhooks" in self.document or "components" in self.document

    def _media_names(self, plain: Mapping[str, Any], at: At, key: str) -> list[str]:
        names = listed(plain.get(key), at / key, key) if self.old else []
        return [str(name).partition(";")[0].strip().lower() for name in names]

    def _path(self, path: str, item: Any, at: At) -> list[Operation]:
        if not path.startswith("/"):
            wrong(at, f"the path {path!r} does not start with a slash")
        if "?" in path or "#" in path:
            wrong(at, f"the path {path!r} holds a query or fragment", "declare query parameters instead")
        shape = _NAME.sub("{}", path)
        plain = dict(mapping(item, at, "a path item"))
        reference = plain.pop("$ref", None)
        if isinstance(reference, str):
            target, at = self.shelf.follow({"$ref": reference}, at)
            plain = {**mapping(target, at, "a path item"), **plain}
        base = self.base
        if "servers" in plain and not self.old:
            base = base_of(servers_of(plain, at, old=False), self.shelf.name, at, self.notes)
        names = names_in(path, at)
        found = list(self._methods(plain, at))
        methods = frozenset(method for method, _, _ in found)
        shared = {key: value for key, value in plain.items() if str(key).startswith("x-ostiary-")}
        whole = _Item(path, names, base, plain, at, shared, methods)
        operations = []
        for method, value, place in found:
            with self._mistakes():
                operation = self._operation(method, value, place, whole)
                other = self.taken.setdefault(_NAME.sub("{}", operation.path), {}).setdefault(method, place)
                if other is not place:
                    problem = f"{method} {path} is the same request as the one at {other.pointer}"
                    hint = "the names in braces do not tell paths apart" if shape != path else "keep one"
                    wrong(place, problem, hint)
                operations.append(operation)
        return operations

    @contextlib.contextmanager
    def _mistakes(self) -> Iterator[None]:
        try:
            yield
        except ConfigError as error:
            if not self.forgiving:
                raise
            self.mistakes.append(error)
            self.notes[f"{error}; it was passed over"] = None

    def _methods(self, item: Mapping[str, Any], at: At) -> Iterator[tuple[str, Mapping[str, Any], At]]:
        known = (*_METHODS, "query") if self.dialect == "3.2" else _METHODS
        for key in item:
            if key in known:
                yield key.upper(), mapping(item[key], at / key, "an operation"), at / key
        if self.dialect == "3.2":
            here = at / "additionalOperations"
            for method, value in mapping(item.get("additionalOperations"), here, "additionalOperations").items():
                if not _TOKEN.fullmatch(method):
                    wrong(here / method, f"{method!r} cannot be a method", "RFC 9110 section 9.1")
                yield method, mapping(value, here / method, "an operation"), here / method

    def _operation(self, method: str, value: Mapping[str, Any], at: At, item: _Item) -> Operation:
        groups = [
            (item.plain.get("parameters"), item.at / "parameters"),
            (value.get("parameters"), at / "parameters"),
        ]
        parameters, pieces = self.inputs.parameters(groups)
        if self.old:
            consumes = self._media_names(value, at, "consumes") if "consumes" in value else self.consumes
            body = self.inputs.old_body(pieces, consumes, at)
        else:
            body = self.inputs.body(value.get("requestBody"), at / "requestBody")
        base = item.base
        if not self.old and "servers" in value:
            base = base_of(servers_of(value, at, old=False), self.shelf.name, at, self.notes)
        produces = self._media_names(value, at, "produces") if "produces" in value else self.produces
        return Operation(
            method=method,
            path=base + item.path,
            id=str(value.get("operationId") or ""),
            summary=str(value.get("summary") or ""),
            tags=tuple(str(tag) for tag in listed(value.get("tags"), at / "tags", "tags")),
            parameters=self._placed(parameters, item.names, item.path, at),
            consumes=body.consumes,
            body_required=body.required,
            replies=self.inputs.replies(value.get("responses"), at / "responses", produces),
            security=self._security(value, at),
            methods=item.methods,
            deprecated=value.get("deprecated") is True,
            extensions=MappingProxyType(
                {**item.extensions, **{k: v for k, v in value.items() if str(k).startswith("x-")}}
            ),
            pointer=at.pointer,
        )

    def _placed(self, parameters: tuple[Parameter, ...], names: list[str], path: str, at: At) -> tuple[Parameter, ...]:
        """Path parameters in the template's order, which is the order of `Exchange.path_values`; then the others."""
        in_path = {each.name: each for each in parameters if each.place is Place.PATH}
        for name in names:
            if name not in in_path and self.forgiving:
                in_path[name] = Parameter(name=name, place=Place.PATH, required=True)
                self.notes[f"{at}: {{{name}}} of {path} has no parameter and was taken for a text"] = None
            elif name not in in_path:
                hint = f"add {{name: {name}, in: path, required: true, schema: ...}}"
                wrong(at, f"{{{name}}} of {path} has no parameter", hint)
        for name in in_path.keys() - set(names):
            self.notes[f"{at}: the path parameter {name!r} is not in {path} and was passed over"] = None
        return (*(in_path[name] for name in names), *(each for each in parameters if each.place is not Place.PATH))

    def _security(self, value: Mapping[str, Any], at: At) -> tuple[Mapping[str, tuple[str, ...]], ...] | None:
        holder, place = (value, at) if "security" in value else (self.document, self.at)
        if "security" not in holder:
            return None
        found = []
        for n, each in enumerate(listed(holder["security"], place / "security", "security")):
            here = place / "security" / n
            found.append(
                {
                    str(name): tuple(str(scope) for scope in listed(scopes, here / name, "scopes"))
                    for name, scopes in mapping(each, here, "a security requirement").items()
                }
            )
        return tuple(found)


__all__ = ["dialect_of", "kind_of", "read_api"]
