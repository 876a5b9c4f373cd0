"""Compile the schemas of the operation's bodies, and the rules on single fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Media, Operation, Schema, Site
from ostiary.parts import body as bodies
from ostiary.parts.closed_objects import implied
from ostiary.parts.form_members import form_cleaner
from ostiary.parts.media_types import WILD, choosing, is_xml, is_yaml
from ostiary.parts.members import Policy, cleaner, fitting, refusing
from ostiary.parts.protected_members import Spot, in_document, in_form, in_patch, in_xml, spot
from ostiary.parts.schema import Fault
from ostiary.strict import Strict

_ID = "beyond.mass-assignment"
_MERGE_PATCH = "application/merge-patch+json"
_JSON_PATCH = "application/json-patch+json"
_FORMS = frozenset({bodies.FORM, bodies.MULTIPART})
_NOT_YOURS = "may not be set by this caller"


class Clean(NamedTuple):
    """What is asked of a document first, and what is done to one of which the answer was no."""

    fits: Callable[[Any], bool]
    implied: Schema | None  # fitting this schema answers it as well
    clean: Callable[[Any], list[Fault]]


class Settings(Strict, frozen=True):
    """Which members of a body are let through.

    ``undeclared``: members of an object that names its properties and does not say that there may be others. One
    that allows them explicitly (``additionalProperties: true`` or a schema), or names none, is left open. One that is
    null is taken out rather than refused: serialisers write what is not set. ``read-only``:
    properties that only the server sets; clients send back what they got, so these are taken out. What is passed on
    as it came (multipart, YAML) cannot be changed: ``"drop"`` refuses there. ``known``: names that any object may have.
    ``fields``: places (JSON pointers; ``*`` for any item or member) and the roles, or ``"scope:NAME"``, that may set
    them; an empty list: nobody may. ``not-yours``: whether such a field is refused by 403 or taken out.
    """

    undeclared: Literal["refuse", "drop", "ignore"] = "refuse"
    read_only: Literal["drop", "refuse", "ignore"] = "drop"
    known: tuple[str, ...] = ()
    fields: dict[str, tuple[str, ...]] = {}
    not_yours: Literal["refuse", "drop"] = "refuse"


class Rule(NamedTuple):
    """A place, and who may write there."""

    place: Spot
    roles: frozenset[str]
    scopes: frozenset[str]


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Compile the schemas of the operation's bodies, and the rules on single fields."""
    rules = _rules(settings, site)
    policy = Policy(settings.undeclared, settings.read_only, frozenset(settings.known))
    if not rules and not _cleaners(operation, policy):
        return None
    asks = any(rule.roles or rule.scopes for rule in rules)
    return Hooks(
        head=site.tokens.read if asks and site.tokens is not None else None,
        body=_body(_cleaner_for(operation, policy), rules, drops=settings.not_yours == "drop"),
    )


def _rules(settings: Settings, site: Site) -> tuple[Rule, ...]:
    found = []
    for pointer, names in settings.fields.items():
        if names and site.tokens is None:
            raise ConfigError(f"[{_ID}] fields", "without an [issuers.NAME] table nobody has a role", "add one")
        scopes = frozenset(each.removeprefix("scope:") for each in names if each.startswith("scope:"))
        roles = frozenset(each for each in names if not each.startswith("scope:"))
        found.append(Rule(spot(pointer, f"[{_ID}] fields"), roles, scopes))
    return tuple(found)


def _cleaners(operation: Operation, policy: Policy) -> dict[str, Clean]:
    found = {name: _cleaner(name, media, policy) for name, media in operation.consumes.items()}
    return {name: clean for name, clean in found.items() if clean is not None}


def _cleaner_for(operation: Operation, policy: Policy) -> Callable[[str], Clean | None]:
    """YAML is passed on as it came, also where any type is declared: nothing can be taken out of it."""
    drops = choosing(_cleaners(operation, policy))
    refuses = choosing(_cleaners(operation, refusing(policy)))
    usual = drops("application/json")

    def cleaner_for(media: str) -> Clean | None:
        if media == "application/json":
            return usual
        return refuses(media) if is_yaml(media) else drops(media)

    return cleaner_for


def _cleaner(name: str, media: Media, policy: Policy) -> Clean | None:
    if media.schema is None:
        return None
    if name in _FORMS:
        clean = form_cleaner(media.schema, policy if name == bodies.FORM else refusing(policy))
        return None if clean is None else Clean(_unknown, None, clean)
    if bodies.is_json(name) or is_yaml(name) or name in WILD:
        fits = fitting(media.schema)
        clean = cleaner(media.schema, policy, partly=name == _MERGE_PATCH)
        if clean is None or fits is None:
            return None
        return Clean(fits, media.schema if implied(media.schema) else None, clean)
    return None  # XML has no JSON types, and bytes have no members


def _unknown(_: Any) -> bool:
    return False


def _body(
    cleaner_for: Callable[[str], Clean | None], rules: tuple[Rule, ...], *, drops: bool
) -> Callable[[Exchange], None]:
    def body(exchange: Exchange) -> None:
        if not exchange.body:
            return
        media = exchange.media_type or bodies.media_type(exchange)
        clean = cleaner_for(media)
        if clean is not None and not _fits(clean, exchange):
            faults = clean.clean(bodies.changing(exchange))
            if faults:
                raise Denied(422, "the body sets what it may not", faults=faults)
        for rule in rules:
            if not _may(rule, exchange):
                _keep_out(rule, exchange, media, drops=drops)

    return body


def _fits(clean: Clean, exchange: Exchange) -> bool:
    if exchange.fits is not None and exchange.fits is clean.implied:
        return True
    return clean.fits(bodies.document(exchange))


def _may(rule: Rule, exchange: Exchange) -> bool:
    principal = exchange.principal
    return principal is not None and not (
        rule.roles.isdisjoint(principal.roles) and rule.scopes.isdisjoint(principal.scopes)
    )


def _keep_out(rule: Rule, exchange: Exchange, media: str, *, drops: bool) -> None:
    """Take out of the body what is not this caller's to set, or refuse it."""
    if is_xml(media):
        if in_xml(bodies.document(exchange), rule.place):
            _refuse()
        return
    if not (media in _FORMS or bodies.is_json(media) or is_yaml(media)):
        return
    document = bodies.changing(exchange)
    if media == _JSON_PATCH:
        if in_patch(document, rule.place):
            _refuse()
    elif media in _FORMS:
        found = in_form(document, rule.place)
        if found and (not drops or media == bodies.MULTIPART):
            _refuse()
        for at in reversed(found):
            del document[at]
    else:
        _keep_out_of(in_document(document, rule.place), drops=drops and not is_yaml(media))


def _keep_out_of(found: list[tuple[Any, Any]], *, drops: bool) -> None:
    if found and not drops:
        _refuse()
    for holder, key in reversed(found):
        del holder[key]


def _refuse() -> None:
    raise Denied(403, f"a member of the body {_NOT_YOURS}")
