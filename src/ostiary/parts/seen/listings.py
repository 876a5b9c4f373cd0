"""Folder listings by the software that writes them: each has a phrase of its own and links to what it lists."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Final

from ostiary.evidence import Answer

_HEADINGS: Final = (
    ("an Apache-style index", re.compile(r"^index of\s*/", re.IGNORECASE)),
    ("a Python or Tomcat listing", re.compile(r"^directory listing (for|of)\b", re.IGNORECASE)),
    ("a Jetty listing", re.compile(r"^directory:\s*/", re.IGNORECASE)),
    ("an Express serve-index listing", re.compile(r"^listing directory\s", re.IGNORECASE)),
    ("a serve listing", re.compile(r"^files within\s", re.IGNORECASE)),
)
_STORES: Final = (
    ("a public S3 bucket", "<ListBucketResult"),
    ("a public Azure container", "<EnumerationResults"),
    ("a list of all buckets", "<ListAllMyBucketsResult"),
)


class _Reader(HTMLParser):
    """Collects titles, headings and the targets of links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.headings: list[str] = []
        self.links: list[str] = []
        self.words = 0  # outside of links and headings
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"title", "h1", "h2"}:
            self._inside.append("")
        elif tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in {"title", "h1", "h2"} and self._inside:
            self.headings.append(" ".join(self._inside.pop().split()))

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._inside[-1] += data
        else:
            self.words += len(data.split())


def lister_of(answer: Answer) -> str:
    """What listed the folder, or an empty string; a phrase without the links of a folder is only a text."""
    if answer.status != 200 or not answer.body:  # noqa: PLR2004
        return ""
    text = answer.body[:262_144].decode("utf-8", "replace")
    start = text.lstrip("\ufeff \t\r\n")[:2000]
    if start.startswith(("<?xml", "<List", "<Enum")):
        return next((name for name, mark in _STORES if mark in start), "")
    if answer.media_type == "application/json":
        return _json_index(text)
    if "<" not in start:
        return ""
    reader = _Reader()
    reader.feed(text)
    if not _links_of_a_folder(reader.links):
        return ""
    for name, phrase in _HEADINGS:
        if any(phrase.match(heading) for heading in reader.headings):
            return name
    if any(re.match(r"\S+ - /", heading) for heading in reader.headings) and "<pre>" in text.lower():
        return "an IIS listing"
    own = [link for link in reader.links if link.startswith("./") and not link.startswith("./?")]
    if own and any(re.fullmatch(r"/\S*", heading) for heading in reader.headings):
        return "a Caddy listing"
    bare = not reader.headings and start.lower().removeprefix("<!doctype html>").lstrip().startswith(("<pre>", "<meta"))
    return "a Go file server" if bare and "<pre>" in start.lower() and reader.words <= 4 * len(reader.links) else ""


def _links_of_a_folder(links: list[str]) -> bool:
    """A way up, or nothing but names below here."""
    up = any(link in {"..", "../", "./"} or re.fullmatch(r"\?C=[NMSD][;&]O=[AD]", link) for link in links)
    near = [link for link in links if "://" not in link and not link.startswith(("#", "mailto:", "javascript:", "//"))]
    return up or (bool(near) and len(near) >= 0.8 * len(links) and any("?" not in link for link in near))


def _json_index(text: str) -> str:
    """Nginx's autoindex_format json: name, type and mtime of each; an API's collection has other fields."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, list) or not document:
        return ""
    own = all(
        isinstance(each, dict) and {"name", "type", "mtime"} <= set(each) <= {"name", "type", "mtime", "size"}
        for each in document
    )
    return "an nginx index in JSON" if own else ""
