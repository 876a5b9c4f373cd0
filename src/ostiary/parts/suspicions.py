"""A suspicion is written down with its place and never with the text; whether it refuses is for the policy to say."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import NamedTuple

from ostiary.errors import Denied
from ostiary.model import Exchange, Hook, Operation
from ostiary.parts.injection import patterns, require
from ostiary.parts.texts import Choose, Field, Found, Texts, pointer
from ostiary.strict import dumps

logger = logging.getLogger("ostiary.guard")
FREE = 16  # characters; what may not be longer holds no attack worth the alarm


class Watched(NamedTuple):
    """Which texts are asked, and what is done: `fields` by name, all that the document leaves free, refuse or only log."""

    fields: frozenset[str]
    free: bool
    refuse: bool


def watch(control: str, kind: str, watched: Watched, operation: Operation) -> tuple[Hook | None, Hook | None]:
    """The head and body hooks that hold an operation's texts against the patterns of one kind; None where none is asked.

    :raises ConfigError: when something is to be asked and the library is not installed.
    """
    if not (watched.fields or watched.free) or not operation.declared:
        return None, None
    require(f"[{control}]")
    texts = Texts(operation, _choosing(watched.fields, free=watched.free))
    suspect = patterns(kind).suspect
    head = _hook(control, operation, texts.head, suspect, 400 if watched.refuse else 0) if texts.asks_head else None
    body = _hook(control, operation, texts.body, suspect, 422 if watched.refuse else 0) if texts.asks_body else None
    return head, body


@functools.lru_cache(maxsize=64)
def _choosing(fields: frozenset[str], *, free: bool) -> Choose:
    def choose(field: Field) -> bool | None:
        return True if field.name in fields or (free and is_free(field)) else None

    return choose


def is_free(field: Field) -> bool:
    """Whether the document says nothing of a text but that it is one."""
    if field.fixed or field.formats or any("pattern" in each for each in field.layers):
        return False
    return field.longest is None or field.longest > FREE


def _hook(
    control: str,
    operation: Operation,
    texts: Callable[[Exchange], list[Found]],
    suspect: Callable[[str], bool],
    status: int,
) -> Hook:
    def hook(exchange: Exchange) -> None:
        found = [pointer(at) for at, text, _ in texts(exchange) if suspect(text)]
        if not found:
            return
        if status:
            raise Denied(status, "a text looks like code", faults=[(at, "looks like code") for at in found])
        line = {
            "event": "suspect",
            "control": control,
            "operation": operation.key,
            "places": found[:16],
            "client": exchange.client,
        }
        logger.info("%s", dumps(line).decode())

    return hook
