"""Refuse operators where secrets are compared, and watch the texts that the policy names."""

from __future__ import annotations

from typing import Literal

from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts import body as bodies
from ostiary.parts.multipart import Part
from ostiary.parts.suspicions import Watched, watch
from ostiary.parts.tagged_data import operator_names, operators_in
from ostiary.parts.texts import query_pairs
from ostiary.strict import Strict

_ID = "input.injection-sql"


class Settings(Strict, frozen=True):
    """Which requests are refused for their structure, and which texts are held against patterns.

    Patterns look for the shapes of injected code in texts; honest texts about code look the same, so none is asked unless
    ``fields`` names it or ``free-text`` takes all that the document leaves free (no format, pattern, enum or small
    ``maxLength``). ``found``: what they find is logged with its place, and refused only if so said. ``structure``: refuses
    query operators in place of values (``{"$ne": null}``, ``password[$ne]``) where somebody signs in or up, proves a
    code or resets a password; elsewhere the schema says where an object may stand.
    """

    fields: tuple[str, ...] = ()
    free_text: bool = False
    found: Literal["log", "refuse"] = "log"
    structure: bool = True


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse operators where secrets are compared, and watch the texts that the policy names."""
    watched = Watched(frozenset(settings.fields), settings.free_text, settings.found == "refuse")
    head, body = watch(_ID, "sql", watched, operation)
    if not (settings.structure and operation.role):
        return Hooks(head=head, body=body) if head is not None or body is not None else None

    def strict_head(exchange: Exchange) -> None:
        if exchange.query and operator_names([name for name, _ in query_pairs(exchange.query)]):
            raise Denied(400, "a name of the query holds an operator")
        if head is not None:
            head(exchange)

    def strict_body(exchange: Exchange) -> None:
        if _has_operators(exchange):
            raise Denied(422, "an operator stands where a value should")
        if body is not None:
            body(exchange)

    return Hooks(head=strict_head, body=strict_body)


def _has_operators(exchange: Exchange) -> bool:
    if not exchange.body:
        return False
    media = exchange.media_type or bodies.media_type(exchange)
    if bodies.is_json(media):
        text = bodies.plain(exchange)
        return (b'"$' in text or b"\\u0024" in text) and operators_in(bodies.document(exchange))
    if media in {bodies.FORM, bodies.MULTIPART}:
        return operator_names([each.name if isinstance(each, Part) else each[0] for each in bodies.document(exchange)])
    return False
