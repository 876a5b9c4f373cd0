"""Parameters, bodies and replies of OpenAPI 3 and Swagger 2.0, brought to one form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ostiary.model import Media, Parameter, Place, Schema
from ostiary.parts.openapi.shelf import At, Found, Shelf, escape, kind_of, wrong
from ostiary.parts.openapi.translate import Translator

_STYLES: Final = {
    Place.PATH: ("simple", "label", "matrix"),
    Place.QUERY: ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    Place.HEADER: ("simple",),
    Place.COOKIE: ("form", "cookie"),
}
_UNDECLARABLE: Final = frozenset({"accept", "content-type", "authorization"})  # OpenAPI 3: such definitions are ignored
_COLLECTIONS: Final = {  # Swagger 2.0 collectionFormat -> style and explode
    "csv": ("", False), "ssv": ("spaceDelimited", False), "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False), "multi": ("form", True),
}  # fmt: skip
_FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")


class Body(NamedTuple):
    """What an operation consumes."""

    consumes: Mapping[str, Media]
    required: bool


NO_BODY: Final = Body(MappingProxyType({}), required=False)


def mapping(value: Any, at: At, what: str) -> Mapping[str, Any]:
    """The value, if it is a mapping; null counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        wrong(at, f"{what} cannot be {kind_of(value)}", "write a mapping")
    return value


def listed(value: Any, at: At, what: str) -> list[Any]:
    """The value, if it is a list; null counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        wrong(at, f"{what} cannot be {kind_of(value)}", "write a list")
    return list(value)


class Inputs:
    """Reads what travels; `old` means Swagger 2.0."""

    def __init__(
        self, shelf: Shelf, asked: Translator, answered: Translator, *, old: bool, notes: dict[str, None]
    ) -> None:
        self._shelf = shelf
        self._asked = asked
        self._answered = answered
        self._old = old
        self._notes = notes
        self._parameters: dict[At, tuple[str, str, Parameter | None]] = {}
        self._schemas: dict[tuple[At, bool], Schema] = {}

    def parameters(self, groups: list[tuple[Any, At]]) -> tuple[tuple[Parameter, ...], list[Found]]:
        """Parameters of a path and of its operation, the latter winning, and for Swagger the body's pieces.

        :raises ConfigError: for one that is malformed or stands there twice.
        """
        found: dict[tuple[str, str], Parameter | None] = {}
        pieces: dict[tuple[str, str], Found] = {}
        for group, at in groups:
            seen: set[tuple[str, str]] = set()
            for n, each in enumerate(listed(group, at, "parameters")):
                value, place = self._shelf.follow(each, at / n)
                if place not in self._parameters:
                    self._parameters[place] = self._parameter(value, place)
                where, name, parameter = self._parameters[place]
                key = (where, name.lower() if where == "header" else name)
                if key in seen:
                    wrong(at / n, f"the {where} parameter {name!r} stands here twice", "keep one of them")
                seen.add(key)
                if where in {"body", "formData"}:
                    pieces[key] = Found(value, place)
                else:
                    found[key] = parameter
        return tuple(each for each in found.values() if each is not None), list(pieces.values())

    def _parameter(self, value: Any, at: At) -> tuple[str, str, Parameter | None]:
        plain = mapping(value, at, "a parameter")
        name, where = plain.get("name"), plain.get("in")
        if not isinstance(name, str):
            wrong(at, "a parameter without a name", "add `name`")
        if self._old and where in {"body", "formData"}:
            return str(where), name, None
        if where == "querystring":  # OpenAPI 3.2: the whole query is one value
            media, schema = self._content(plain.get("content"), at)
            return "query", name, Parameter(
                name=name, place=Place.QUERY, required=plain.get("required") is True, schema=schema,
                style="querystring", media_type=media,
            )  # fmt: skip
        if where not in {"path", "query", "header", "cookie"}:
            known = "path, query, header, formData or body" if self._old else "path, query, header or cookie"
            wrong(at / "in", f"a parameter cannot be in {where!r}", f"it is one of {known}")
        if where == "header" and name.lower() in _UNDECLARABLE:
            return where, name, None
        place = Place(where)
        if place is Place.PATH and plain.get("required") is not True:
            self._notes[f"{at}: a path parameter is always required"] = None
        return (
            where,
            name,
            self._old_one(plain, name, place, at) if self._old else self._new_one(plain, name, place, at),
        )

    def _new_one(self, plain: Mapping[str, Any], name: str, place: Place, at: At) -> Parameter:
        style = plain.get("style", _STYLES[place][0])
        if style not in _STYLES[place]:
            known = ", ".join(_STYLES[place])
            wrong(at / "style", f"{style!r} is no style of a {place} parameter", f"it is one of {known}")
        media, schema = "", None
        if "content" in plain:
            media, schema = self._content(plain["content"], at)
        elif "schema" in plain:
            schema = self._schema(plain["schema"], at / "schema", examples_of(plain))
        explode = plain.get("explode", style in {"form", "cookie", "deepObject"})
        return Parameter(
            name=name, place=place, required=place is Place.PATH or plain.get("required") is True, schema=schema,
            style=style, explode=explode is True, media_type=media, allow_empty=plain.get("allowEmptyValue") is True,
        )  # fmt: skip

    def _old_one(self, plain: Mapping[str, Any], name: str, place: Place, at: At) -> Parameter:
        if "schema" in plain and "type" not in plain:  # an OpenAPI 3 parameter in a 2.0 document: the meaning is plain
            return self._new_one(plain, name, place, at)
        collection = plain.get("collectionFormat", "csv")
        if collection not in _COLLECTIONS:
            wrong(at / "collectionFormat", f"{collection!r} is no way to write a list", "csv, ssv, tsv, pipes or multi")
        style, explode = _COLLECTIONS[collection]
        return Parameter(
            name=name, place=place, required=place is Place.PATH or plain.get("required") is True,
            schema=self._schema(_without(plain), at), style=style or _STYLES[place][0],
            explode=explode, allow_empty=plain.get("allowEmptyValue") is True,
        )  # fmt: skip

    def _content(self, value: Any, at: At) -> tuple[str, Schema | None]:
        content = mapping(value, at / "content", "content")
        if len(content) != 1:
            wrong(at / "content", "needs exactly one media type for a parameter")
        name, entry = next(iter(content.items()))
        entry, place = self._shelf.follow(entry, at / "content" / name)
        inner = mapping(entry, place, "a media type")
        schema = self._schema(inner["schema"], place / "schema", examples_of(inner)) if "schema" in inner else None
        return str(name).partition(";")[0].strip().lower(), schema

    def _schema(self, value: Any, at: At, examples: tuple[Any, ...] = (), *, answered: bool = False) -> Schema:
        known = self._schemas.get((at, answered))
        if known is None:
            translator = self._answered if answered else self._asked
            known = self._schemas[at, answered] = translator.schema(value, at, examples)
        return known

    def media(self, content: Any, at: At, *, answered: bool = False) -> Mapping[str, Media]:
        """A `content` map; media types in lower case without parameters."""
        found: dict[str, Media] = {}
        for name, value in mapping(content, at, "content").items():
            entry, place = self._shelf.follow(value, at / name)
            plain = mapping(entry, place, "a media type")
            schema = None
            if "schema" in plain:
                schema = self._schema(plain["schema"], place / "schema", examples_of(plain), answered=answered)
            encoding = mapping(plain.get("encoding"), place / "encoding", "encoding")
            found[str(name).partition(";")[0].strip().lower()] = Media(schema=schema, encoding=encoding)
        return found

    def body(self, value: Any, at: At) -> Body:
        """The ``requestBody`` of OpenAPI 3."""
        if value is None:
            return NO_BODY
        value, at = self._shelf.follow(value, at)
        plain = mapping(value, at, "a request body")
        return Body(self.media(plain.get("content"), at / "content"), plain.get("required") is True)

    def old_body(self, pieces: list[Found], consumes: list[str], at: At) -> Body:
        """The ``body`` parameter or the ``formData`` parameters of Swagger 2.0."""
        bodies = [each for each in pieces if each.value["in"] == "body"]
        fields = [each for each in pieces if each.value["in"] == "formData"]
        if len(bodies) + bool(fields) > 1:
            wrong(at / "parameters", "more than one body, or a body and a form", "a request has one body")
        if bodies:
            value, place = bodies[0]
            schema = self._schema(value.get("schema", {}), place / "schema")
            names = consumes or ["application/json"]
            return Body(dict.fromkeys(names, Media(schema=schema)), value.get("required") is True)
        if not fields:
            return NO_BODY
        files = any(each.value.get("type") == "file" for each in fields)
        names = [each for each in consumes if each in _FORMS] or [_FORMS[0] if files else _FORMS[1]]
        media = self._form(fields, at)
        return Body(dict.fromkeys(names, media), any(each.value.get("required") is True for each in fields))

    def _form(self, fields: list[Found], at: At) -> Media:
        schema: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
        encoding: dict[str, Any] = {}
        for value, place in fields:
            name = value["name"]
            schema["properties"][name] = self._asked.part(_without(value), place, 1)
            if value.get("required") is True:
                schema["required"].append(name)
            style, explode = _COLLECTIONS.get(value.get("collectionFormat", "csv"), ("", False))
            if value.get("type") == "array":
                encoding[name] = {"style": style or "form", "explode": explode}
        root = self._asked.root
        pointer = (at / "parameters").pointer
        return Media(schema=Schema(fragment=schema, root=root, pointer=pointer), encoding=encoding)

    def replies(self, value: Any, at: At, produces: list[str]) -> Mapping[str, Mapping[str, Media]]:
        """The ``responses`` of an operation; status codes as text, ranges as ``4XX``."""
        found: dict[str, Mapping[str, Media]] = {}
        for code, each in mapping(value, at, "responses").items():
            status = str(code)
            if status.startswith("x-"):
                continue
            if status != "default" and not (len(status) == 3 and status[0] in "12345" and status[1:].upper() != ""):  # noqa: PLR2004 - RFC 9110 section 15: three digits
                wrong(at / code, f"{status!r} is not a status code", 'three digits, "4XX" or "default"')
            entry, place = self._shelf.follow(each, at / code)
            plain = mapping(entry, place, "a response")
            if not self._old:
                found[status.upper() if status != "default" else status] = self.media(
                    plain.get("content"), place / "content", answered=True
                )
                continue
            schema = self._schema(plain["schema"], place / "schema", answered=True) if "schema" in plain else None
            found[status] = {} if status in {"204", "304"} else {name: Media(schema=schema) for name in produces}
        return found


def examples_of(plain: Mapping[str, Any]) -> tuple[Any, ...]:
    """The ``example`` and ``examples`` of a parameter or media type, values only."""
    found = [plain["example"]] if "example" in plain else []
    several = plain.get("examples")
    if isinstance(several, Mapping):
        found += [each["value"] for each in several.values() if isinstance(each, Mapping) and "value" in each]
    return tuple(found)


def _without(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A Swagger parameter as a schema: ``required`` means something else there."""
    return {key: value for key, value in plain.items() if key not in {"required", "name", "in"}}


def names_in(template: str, at: At) -> list[str]:
    """The parameter names of a path template, in order.

    :raises ConfigError: for braces that do not match, or a name twice.
    """
    names: list[str] = []
    rest = template
    while "{" in rest or "}" in rest:
        before, brace, rest = rest.partition("{")
        name, closed, rest = rest.partition("}")
        if not brace or not closed or "}" in before or "{" in name or "/" in name or not name:
            wrong(at, f"the braces of {template!r} do not match", "write {name}")
        if name in names:
            wrong(at, f"{template!r} has {{{name}}} twice", "give each its own name")
        names.append(name)
    return names


__all__ = ["NO_BODY", "Body", "Inputs", "escape", "examples_of", "listed", "mapping", "names_in"]
