"""Request bodies become documents here: one strict parser per media type, each bounded, the result kept.

==========================  ==========================================  =====================================
media type                  document                                    forwarded
==========================  ==========================================  =====================================
JSON, +json                 plain data; `Decimal` where a double loses  re-serialised: duplicate keys die
form-urlencoded             list of (name, value) texts, in order       re-serialised
XML, +xml                   `Element`                                   as it came
YAML, +yaml                 plain data                                  as it came
multipart/form-data         list of `Part`                              as it came
text/*, GraphQL             text                                        as it came
images, PDF (by signature)  the bytes                                   as it came
==========================  ==========================================  =====================================

A gzip or deflate coding is unpacked first (100:1 at most) and the body forwarded unpacked. Other types are not read:
they are counted on their way through.
"""

from __future__ import annotations

from typing import Any, Final

from ostiary.errors import Denied
from ostiary.model import UNPARSED, Exchange
from ostiary.parts import content_codings, forms, json_text, media_types, multipart
from ostiary.parts.multipart import Part

__all__ = [
    "Part",
    "changing",
    "coding",
    "document",
    "is_blank",
    "is_json",
    "loses_members",
    "may_be_blank",
    "media_type",
    "plain",
    "readable",
    "serialise",
]

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"

MOST_YAML_ALIASES = 16  # people repeat a handful of values; three levels of ten are a bomb already
MOST_YAML_NODES = 20_000  # each costs some microseconds: 0.1 s in all
MOST_YAML_DEPTH = 64

_CHARSETS: Final = {  # those that text may come in, as Python's codecs
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "latin-1",
    "iso-8859-15": "iso-8859-15", "windows-1252": "cp1252", "utf-16": "utf-16",
}  # fmt: skip

_BLANK: Final = {b"", b"{}", b"[]", b"null"}

is_json = media_types.is_json


def media_type(exchange: Exchange) -> str:
    """The request's media type without parameters, lower case; empty when it names none."""
    if not exchange.media_type:
        found: bytes | None = None
        coded = False
        for name, value in exchange.headers:  # one pass: every body that is read goes through here
            if name == b"content-type":
                found = value if found is None else found
            elif name == b"content-encoding":
                coded = True
        exchange.unpacked = not coded
        if found is not None:
            exchange.media_type = found.partition(b";")[0].strip().lower().decode("latin-1")
    return exchange.media_type


def readable(exchange: Exchange) -> bool:
    """Whether a parser here can read this request's body; one without a type, or coded, is looked at in any case."""
    media = media_type(exchange)
    return not media or _readable(media) or bool(coding(exchange))


def _readable(media: str) -> bool:
    return (
        is_json(media)
        or media in {FORM, MULTIPART}
        or _is_text(media)
        or media_types.is_xml(media)
        or media_types.is_yaml(media)
        or media_types.has_signature(media)
    )


def _is_text(media: str) -> bool:
    return media.startswith("text/") or media == "application/graphql"


def may_be_blank(exchange: Exchange) -> bool:
    """Whether the body, by what its head says, may be an empty JSON document; asked before it is read."""
    length = exchange.head(b"content-length")
    return is_json(media_type(exchange)) and (length is None or (length.isdigit() and len(length) == 1))


def is_blank(exchange: Exchange) -> bool:
    """Whether a body that was read is no more than an empty JSON document: clients send one where they have none."""
    return is_json(media_type(exchange)) and exchange.body.strip() in _BLANK


def coding(exchange: Exchange) -> str:
    """The body's content coding, lower case; empty when there is none. Two are joined by a comma."""
    if exchange.head(b"content-encoding") is None:
        return ""
    value = b", ".join(exchange.all(b"content-encoding")).strip().lower().decode("latin-1")
    return "" if value == "identity" else value


def plain(exchange: Exchange, *, most: int = content_codings.MOST, ratio: int = content_codings.RATIO) -> bytes:
    """The body without its content coding, which is gone from the exchange afterwards: so the application gets it.

    :raises Denied: 415 for an unknown coding, 413 beyond `most` bytes or `ratio`, 400 for broken data.
    """
    if exchange.unpacked:
        return exchange.body
    if exchange.body and (name := coding(exchange)):
        exchange.body = content_codings.unpack(exchange.body, name, most=most, ratio=ratio)
        gone = {b"content-length", b"transfer-encoding", b"content-encoding"}
        kept = [pair for pair in exchange.headers if pair[0] not in gone]
        exchange.headers = [*kept, (b"content-length", b"%d" % len(exchange.body))]
        exchange.unpacked = True
    return exchange.body


def document(exchange: Exchange) -> Any:
    """The parsed body; parsed at the first call, kept in the exchange. For types that have no parser, the bytes.

    :raises Denied: 400 when the body is not what its media type says, 415 when it names a charset we do not read.
    """
    if exchange.document is UNPARSED:
        exchange.document = _parse(exchange)
    return exchange.document


def changing(exchange: Exchange) -> Any:
    """The parsed body for those who change it in place: what leaves is written anew.

    :raises Denied: as `document`.
    """
    found = document(exchange)
    exchange.written = exchange.fits = None
    return found


def loses_members(exchange: Exchange) -> bool:
    """Whether a parsed JSON body named a member of an object twice: only the last one is in the document."""
    written = exchange.written
    if written is None:
        return json_text.loses_members(exchange.body, json_text.dumps(exchange.document))
    return not written[1] and json_text.loses_members(exchange.body, written[0])


def _parse(exchange: Exchange) -> Any:
    media = exchange.media_type or media_type(exchange)
    body = plain(exchange)
    if is_json(media):
        _utf8_only(_charset(exchange))  # RFC 8259 section 8.1; a reader that obeyed another would read other text
        found, text, same = json_text.read(body)
        exchange.written = text, same
        return found
    if media == MULTIPART:
        return multipart.parse(body, multipart.boundary_of(_content_type(exchange)))
    return parse_as(media, body, _charset(exchange))


def parse_as(media: str, body: bytes, charset: str = "") -> Any:
    """Parse bytes as a media type other than multipart; also what a part of a form is checked with.

    :raises Denied: as `document`.
    """
    if is_json(media):
        _utf8_only(charset)
        return json_text.parse(body)
    if media == FORM:
        _utf8_only(charset)
        return forms.parse(body)
    if media_types.is_xml(media):
        from ostiary.parts import xml_text  # noqa: PLC0415 - a policy that never sees XML does not load its parser

        return xml_text.parse(body, charset)
    if media_types.is_yaml(media):
        _utf8_only(charset)
        return _yaml(body)
    if _is_text(media):
        return _text(body, charset)
    if not media_types.signature_fits(media, body):
        raise Denied(400, "the content is not of the type it claims")
    return body


def _yaml(body: bytes) -> Any:
    from ostiary.parts.yaml_text import YamlFault, load_bounded  # noqa: PLC0415 - as for XML

    try:
        return load_bounded(
            body, most_aliases=MOST_YAML_ALIASES, most_nodes=MOST_YAML_NODES, most_depth=MOST_YAML_DEPTH
        )
    except YamlFault:
        raise Denied(400, "the body is not YAML that is accepted here") from None


def _text(body: bytes, charset: str) -> str:
    codec = _CHARSETS.get(charset or "utf-8")
    if codec is None:
        raise Denied(415, "text in this charset is not accepted")
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        raise Denied(400, "the text is not in the charset it claims") from None


def _content_type(exchange: Exchange) -> str:
    return (exchange.head(b"content-type") or b"").decode("latin-1")


def _charset(exchange: Exchange) -> str:
    value = _content_type(exchange)
    if ";" not in value:
        return ""
    parsed = media_types.parse(value)
    if parsed is None:
        raise Denied(400, "the Content-Type is malformed")
    return parsed.parameters.get("charset", "").lower()


def _utf8_only(charset: str) -> None:
    if charset not in {"", "utf-8", "utf8"}:
        raise Denied(415, "only UTF-8 is accepted")


def serialise(exchange: Exchange) -> bytes | None:
    """The document as bytes again, or None for types that are passed on as they came."""
    if exchange.written is not None:
        return exchange.written[0]
    media = media_type(exchange)
    if is_json(media):
        return json_text.dumps(exchange.document)
    return forms.serialise(exchange.document) if media == FORM else None
