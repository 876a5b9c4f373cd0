"""Refuse data that is more than data, and watch the texts that the policy names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from urllib.parse import unquote_to_bytes

from ostiary.errors import Denied
from ostiary.model import Exchange, Hook, Hooks, Operation, Site
from ostiary.parts import body as bodies
from ostiary.parts.multipart import Part
from ostiary.parts.suspicions import Watched, watch
from ostiary.parts.tagged_data import may_hold_any, reaches_prototype, tags_in
from ostiary.parts.texts import query_pairs
from ostiary.strict import Strict

_ID = "input.injection-rce"


class Settings(Strict, frozen=True):
    """Which bodies are refused for their structure, and which texts are held against patterns.

    Patterns look for the shapes of injected code in texts; honest texts about code look the same, so none is asked unless
    ``fields`` names it or ``free-text`` takes all that the document leaves free (no format, pattern, enum or small
    ``maxLength``). ``found``: what they find is logged with its place, and refused only if so said. ``structure``: refuses what is
    certain: names that reach the prototype of objects (``__proto__``), members by which readers build objects
    (``py/object``, a type tag that names a class of the platform), serialised Java, Python and .NET objects.
    """

    fields: tuple[str, ...] = ()
    free_text: bool = False
    found: Literal["log", "refuse"] = "log"
    structure: bool = True


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse data that is more than data, and watch the texts that the policy names."""
    watched = Watched(frozenset(settings.fields), settings.free_text, settings.found == "refuse")
    head, body = watch(_ID, "rce", watched, operation)
    if settings.structure:
        head = _both(_head, head)
        body = _both(_body, body) if operation.method not in {"GET", "HEAD"} else body
    return Hooks(head=head, body=body) if head is not None or body is not None else None


def _both(first: Callable[[Exchange], None], second: Hook | None) -> Hook:
    if second is None:
        return first

    def hook(exchange: Exchange) -> None:
        first(exchange)
        second(exchange)

    return hook


def _head(exchange: Exchange) -> None:
    query = exchange.query
    if (
        query
        and b"proto" in (unquote_to_bytes(query) if b"%" in query else query)
        and reaches_prototype([name for name, _ in query_pairs(query)])
    ):
        raise Denied(400, "a name of the query reaches the prototype of objects")


def _body(exchange: Exchange) -> None:
    if not exchange.body:
        return
    media = exchange.media_type or bodies.media_type(exchange)
    if bodies.is_json(media):
        if may_hold_any(bodies.plain(exchange)):
            why = tags_in(bodies.document(exchange))
            if why:
                raise Denied(422, why)
    elif media in {bodies.FORM, bodies.MULTIPART}:
        fields = bodies.document(exchange)
        if reaches_prototype([each.name if isinstance(each, Part) else each[0] for each in fields]):
            raise Denied(422, "a name of the form reaches the prototype of objects")
