"""Parameters before the body is read (400), the body once it is parsed (422), with places and rules, never values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ostiary.controls.input.validation_schema.settings import Settings
from ostiary.errors import Denied
from ostiary.model import Api, Exchange, Hooks, Media, Operation, Schema, Site
from ostiary.parts import body as bodies
from ostiary.parts import schema as schemas
from ostiary.parts.form_values import form_checker
from ostiary.parts.media_types import WILD, choosing, is_yaml
from ostiary.parts.null_members import forgiving, patching
from ostiary.parts.parameters import checker
from ostiary.parts.schema import Fault, Reading

MERGE_PATCH = "application/merge-patch+json"


class BodyCheck(NamedTuple):
    """What is asked of a document first, what names its faults where the answer was no, and the schema it then fits."""

    is_valid: Callable[[Any], bool]
    faults: Callable[[Any], list[Fault]]
    schema: Schema | None


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Compile the operation's schemas; an operation that declares nothing to check has no stage."""
    if site.api is None or not operation.declared or not operation.pointer:
        return None  # the policy's `also`: the document says nothing of its inputs
    reading = Reading(any_read_only=True, unchecked_formats=frozenset(settings.unchecked_formats))
    known = _credentials(site.api) if settings.unknown_query == "refuse" else None
    check = checker(operation, reading, known=known)
    checks = {
        name: found
        for name, media in operation.consumes.items()
        if (found := _body_check(name, media, reading, settings)) is not None
    }
    head = _head(check) if check is not None else None
    body = _body(checks, required=operation.body_required) if checks or operation.body_required else None
    return Hooks(head=head, body=body) if head is not None or body is not None else None


def _credentials(api: Api) -> frozenset[str]:
    """Query names that carry a declared API key."""
    return frozenset(str(each.get("name")) for each in api.security_schemes.values() if each.get("in") == "query")


def _head(check: Callable[[Exchange], list[Fault]]) -> Callable[[Exchange], None]:
    def head(exchange: Exchange) -> None:
        faults = check(exchange)
        if faults:
            raise Denied(400, "a parameter is not as the API describes it", faults=faults)

    return head


def _body(checks: Mapping[str, BodyCheck], *, required: bool) -> Callable[[Exchange], None]:
    check_for = choosing(checks)

    def body(exchange: Exchange) -> None:
        if not exchange.body:
            if required:
                raise Denied(400, "this operation needs a body")
            return
        media = exchange.media_type or bodies.media_type(exchange)
        check = check_for(media)
        if check is None:
            return  # input.content-type-415 refuses what is not declared
        document = bodies.document(exchange)
        try:
            if check.is_valid(document):
                exchange.fits = check.schema
                return
            faults = check.faults(document)
        except ValueError:
            raise Denied(400, "the body holds what no JSON document can") from None
        if faults:
            raise Denied(422, "the body is not as the API describes it", faults=faults)

    return body


def _body_check(name: str, media: Media, reading: Reading, settings: Settings) -> BodyCheck | None:
    if media.schema is None:
        return None
    if name in {bodies.FORM, bodies.MULTIPART}:
        faults = form_checker(media, reading)
        return None if faults is None else BodyCheck(_unknown, faults, None)
    if not (bodies.is_json(name) or is_yaml(name) or name in WILD or name == "text/plain"):
        return None  # XML has no JSON types, and bytes have no structure: their own controls check them
    return _json_check(media.schema, reading, settings, patch=name == MERGE_PATCH)


def _json_check(schema: Schema, reading: Reading, settings: Settings, *, patch: bool) -> BodyCheck:
    validator = schemas.compile(schema, reading)
    faults = validator.faults if settings.null_members == "as-declared" else forgiving(validator)
    faults = patching(validator) if patch else faults
    return BodyCheck(validator.is_valid, faults, schema)


def _unknown(_: Any) -> bool:
    return False
