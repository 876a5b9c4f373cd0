"""Index pages of file servers: the title that software writes, and the links that a folder has."""

from __future__ import annotations

import re
from typing import Final

from ostiary.strict import DecodeError, loads

_TITLE: Final = re.compile(
    rb"<title>\s*(?:"
    rb"index of\b"  # Apache, nginx, lighttpd, http-server, thttpd, webrick
    rb"|directory listing (?:for|of)\b"  # Python, Tomcat
    rb"|directory:"  # Jetty
    rb"|listing directory\b"  # serve-index
    rb"|files within\b"  # serve
    rb")",
    re.IGNORECASE,
)
_IIS: Final = re.compile(rb"<title>\s*[^<\s]{1,255} - /[^<]{0,1000}</title>", re.IGNORECASE)
_CADDY: Final = re.compile(rb"<title>\s*/[^<\s]{0,1000}\s*</title>", re.IGNORECASE)
_BELOW: Final = re.compile(rb"href=\"\./[^?\"]")
_BARE: Final = re.compile(  # Go's file server has no title: a list of links in <pre> and nothing else
    rb"\s*(?:<!doctype html>\s*)?(?:<meta[^>]{0,200}>\s*){0,3}<pre>\s*(?:<a href=\"[^\"]{1,1000}\">[^<]{1,1000}</a>\s*){1,100000}</pre>\s*",
    re.IGNORECASE,
)
_PARENT: Final = re.compile(
    rb"<a[^>]{0,300}\bhref\s*=\s*[\"']?(?:\.\.?/?|\?C=[NMSD][;&]\s{0,2}(?:amp;)?O=[AD])[\"' >]"
    rb"|\[To Parent Directory\]|>\s*Parent Directory\s*<|>\.\./?</a>",
    re.IGNORECASE,
)
_ENTRY: Final = re.compile(rb"<a[^>]{0,300}\bhref\s*=\s*[\"']?([^\"'\s>]{1,1000})", re.IGNORECASE)
_ENTRIES_ONLY: Final = re.compile(rb"(?:\./)?[^/?#:]{1,255}/?|/[^?#:]{0,1000}")
_BUCKET: Final = re.compile(rb"<(?:ListBucketResult|ListAllMyBucketsResult|EnumerationResults)[\s>]")
_MOST: Final = 262_144  # bytes looked at


def is_index(body: bytes) -> bool:
    """Whether an HTML page is a file server's index: its title and its links have to say so, not one of them."""
    start = body[:_MOST]
    head = start[:8192]
    if _BARE.fullmatch(start) or (_IIS.search(head) and b"<pre>" in start.lower()):
        return True
    if _CADDY.search(head) and _BELOW.search(start):
        return True
    if _TITLE.search(head) is None and b'<ul id="files"' not in start:
        return False
    if _PARENT.search(start):
        return True
    entries = [match[1] for match in _ENTRY.finditer(start)][:50]
    return bool(entries) and sum(_ENTRIES_ONLY.fullmatch(each) is not None for each in entries) * 5 >= len(entries) * 4


def is_bucket(body: bytes) -> bool:
    """Whether an XML document lists a storage bucket (S3, Azure, Google)."""
    return _BUCKET.search(body[:4096]) is not None


def is_json_index(body: bytes) -> bool:
    """Whether a JSON document is nginx's ``autoindex_format json``: exactly name, type and mtime, and size of files."""
    if b'"mtime"' not in body[:4096]:
        return False
    try:
        found = loads(body)
    except (DecodeError, RecursionError, UnicodeDecodeError):
        return False
    own = ({"name", "type", "mtime"}, {"name", "type", "mtime", "size"})
    return (
        isinstance(found, list) and bool(found) and all(isinstance(each, dict) and set(each) in own for each in found)
    )
