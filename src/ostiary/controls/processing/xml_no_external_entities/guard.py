"""XML with a document type, an external entity or an inclusion is refused, wherever it comes."""

from __future__ import annotations

from functools import cache

from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts import body as bodies
from ostiary.parts import media_types
from ostiary.strict import Strict

_NO_CHARACTERS = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # marks, padding and white space of UTF-8, UTF-16 and UTF-32


class Settings(Strict, frozen=True):
    """Nothing to set: no request needs a document type. An operation that does can switch the control off."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse XML with a document type, an external entity or an inclusion, in bodies and in parts of forms."""
    if operation.method in {"GET", "HEAD"} and not operation.consumes:
        return None
    return _hooks()  # where none is declared too: an application may read what its document does not name


@cache
def _hooks() -> Hooks:
    return Hooks(body=_refuse, reads=_reads)


def _reads(media: str) -> bool:
    return not media or media == bodies.MULTIPART or media_types.is_xml(media)


def _refuse(exchange: Exchange) -> None:
    if not exchange.body:
        return
    media = bodies.media_type(exchange)
    if media_types.is_xml(media):
        bodies.document(exchange)  # its parser refuses; the result is kept for whoever reads it next
    elif media == bodies.MULTIPART:
        for part in bodies.document(exchange):
            if media_types.is_xml(part.media_type) or _start(part.content)[:5] == b"<?xml":
                bodies.parse_as("application/xml", part.content)
    elif not media and _start(exchange.body)[:2] in {b"<?", b"<!"}:
        raise Denied(415, "XML needs a Content-Type that says so")


def _start(content: bytes) -> bytes:
    """The first characters behind byte order mark and white space, whatever Unicode encoding they are in."""
    return content.lstrip(_NO_CHARACTERS)[:24].replace(b"\0", b"")
