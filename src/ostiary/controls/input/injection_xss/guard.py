"""Watch the texts that the policy names, and have active files saved where the document speaks of files."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.layers import all_layers
from ostiary.parts.reply import has_body, media_of
from ostiary.parts.suspicions import Watched, watch
from ostiary.strict import Strict

_ID = "input.injection-xss"
_ACTIVE = frozenset({
    b"text/html", b"application/xhtml+xml", b"image/svg+xml", b"text/xml", b"application/xml", b"text/xsl", b"application/mathml+xml",
})  # fmt: skip
_PICTURE = b"image/svg+xml"
_INLINE = re.compile(rb"\s*inline\b", re.IGNORECASE)


class Settings(Strict, frozen=True):
    """Which texts are held against patterns, and what happens to files that a browser would run.

    Patterns look for the shapes of markup and script in texts; honest texts about code look the same, so none is asked unless
    ``fields`` names it or ``free-text`` takes all that the document leaves free (no format, pattern, enum or small
    ``maxLength``). ``found``: what they find is logged with its place, and refused only if so said. ``attach``: a file
    (declared as binary) that turns out to be HTML, SVG or XML is offered for saving instead of shown.
    """

    fields: tuple[str, ...] = ()
    free_text: bool = False
    found: Literal["log", "refuse"] = "log"
    attach: bool = True


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Watch the texts that the policy names, and have active files saved where the document speaks of files."""
    watched = Watched(frozenset(settings.fields), settings.free_text, settings.found == "refuse")
    head, body = watch(_ID, "xss", watched, operation)
    reply = _attaching(operation) if settings.attach and _serves_files(operation) else None
    if head is None and body is None and reply is None:
        return None
    return Hooks(head=head, body=body, reply=reply, pure=head is None)


def _serves_files(operation: Operation) -> bool:
    for content in operation.replies.values():
        for name, media in content.items():
            layers = all_layers([media.schema.fragment], media.schema.root.get("$defs", {})) if media.schema else []
            if name == "application/octet-stream" or any(each.get("x-format") == "binary" for each in layers):
                return True
    return False


def _attaching(operation: Operation) -> Callable[[Exchange], None]:
    """A type that is declared by its name is meant to be shown; but for SVG, which pictures on pages do not mind."""
    active = _ACTIVE - {each.encode() for each in operation.produces} | {_PICTURE}

    def reply(exchange: Exchange) -> None:
        if exchange.ours or media_of(exchange) not in active or not has_body(exchange):
            return
        value = exchange.reply_head(b"content-disposition")
        if value is None:
            exchange.reply_headers += ((b"content-disposition", b"attachment"),)
        elif _INLINE.match(value):
            saved = _INLINE.sub(b"attachment", value, count=1)
            exchange.reply_headers = [
                (name, saved if name == b"content-disposition" else each) for name, each in exchange.reply_headers
            ]

    return reply
