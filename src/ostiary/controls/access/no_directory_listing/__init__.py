"""Asking for a folder never returns a list of its files.

Why
    Listings reveal backups, uploads, source files and internal names. An attacker simply fetches them next.

Fix
    Turn indexes off: ``autoindex off;`` in nginx, ``Options -Indexes`` in Apache, ``<directoryBrowse
    enabled="false"/>`` in IIS. Remove ``serve-index`` and Python ``http.server`` from production. Serve static
    files from one dedicated folder only. Take ``s3:ListBucket`` away from anonymous users on public buckets.

Traps
    - An API collection at /files/ returning JSON is a feature, not a listing.
    - A 403 on the folder is a pass even though files inside are readable.
    - Soft-404 pages that contain 'Index of' text: require link structure too.
"""

from __future__ import annotations

import contextlib
import re

from ostiary.controls.access.no_directory_listing.host import audit_host
from ostiary.controls.access.no_directory_listing.pipeline import audit_ci
from ostiary.controls.access.no_directory_listing.source import audit_source
from ostiary.errors import Denied, Unanswerable
from ostiary.evidence import Http
from ostiary.model import (
    Control,
    Evidence,
    Exchange,
    Finding,
    Hooks,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    Site,
    failed,
    passed,
    unknown,
)
from ostiary.parts.listings import is_bucket, is_index, is_json_index
from ostiary.parts.reply import has_body, media_of, plain_body
from ostiary.parts.seen.listings import lister_of
from ostiary.strict import Strict

_PAGES = frozenset({b"text/html", b"application/xhtml+xml"})
_JSON = b"application/json"
_XML = frozenset({b"application/xml", b"text/xml"})


class Settings(Strict, frozen=True):
    """``allowed``: this operation shows a folder on purpose."""

    allowed: bool = False


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Answer 404 in place of an index page; an operation that declares XML may speak of buckets."""
    if settings.allowed:
        return None
    if not operation.declared:
        return _UNDECLARED
    return _PAGES_ONLY if any("xml" in media for media in operation.produces) else _DECLARED


def _hooks(looked_at: frozenset[bytes]) -> Hooks:
    def inspects(exchange: Exchange) -> bool:
        return exchange.status == 200 and media_of(exchange) in looked_at and has_body(exchange)  # noqa: PLR2004

    def reply_body(exchange: Exchange) -> None:
        body = plain_body(exchange)
        media = media_of(exchange)
        look = is_index if media in _PAGES else is_json_index if media == _JSON else is_bucket
        if look(body):
            raise Denied(404, "")

    return Hooks(inspects=inspects, reply_body=reply_body)


_UNDECLARED = _hooks(_PAGES | _XML | {_JSON})
_DECLARED = _hooks(_PAGES | _XML)
_PAGES_ONLY = _hooks(_PAGES)


ROOTS = ("/", "/static/", "/assets/", "/files/", "/uploads/", "/media/", "/images/", "/public/", "/backup/", "/logs/")
MOST_FOLDERS = 20
MOST_HIDDEN = 4
_FILE = re.compile(r"[^/]+\.[A-Za-z][A-Za-z0-9]{0,7}")
_DISALLOW = re.compile(r"^\s*disallow:\s*(/[^\s#*?$]+)", re.IGNORECASE | re.MULTILINE)


def folders_of(targets: list[str]) -> list[str]:
    """Every parent of these paths with its slash, nearest first and those of files before others, then the usual static roots."""
    found: dict[str, None] = {}
    ordered = sorted(targets, key=lambda each: _FILE.fullmatch(each.partition("?")[0].rpartition("/")[2]) is None)
    for target in ordered:
        parts = target.partition("?")[0].split("/")[1:-1]
        for length in range(len(parts), 0, -1):
            found["/" + "/".join(parts[:length]) + "/"] = None
    return list(dict.fromkeys([*list(found)[: MOST_FOLDERS - len(ROOTS)], *ROOTS]))


def hidden_in(robots: str) -> list[str]:
    """The folders that a robots.txt asks not to be looked at: what should not be found is named there."""
    named = [
        each.rstrip("/") + "/" for each in _DISALLOW.findall(robots) if not _FILE.fullmatch(each.rpartition("/")[2])
    ]
    return list(dict.fromkeys(each for each in named if each != "/"))[:MOST_HIDDEN]


async def audit_live(http: Http) -> Finding:
    """Ask for the folders above every known path, those that robots.txt names, and the usual static roots."""
    targets = [http.target_of(each) for each in http.operations if each.method == "GET"]
    samples = [each for each in await http.samples() if each.asked.method == "GET"]
    targets += [each.asked.target for each in samples]
    found: list[Evidence] = []
    for each in samples:  # an operation may be a folder itself
        lister = lister_of(each)
        if lister:
            found.append(http.show(each, f"{each.asked.target} lists its files ({lister})"))
    seen = {each.asked.target.rstrip("/") for each in samples if lister_of(each)}
    asked = len(seen)
    for folder in list(dict.fromkeys([*await _hidden(http), *folders_of(targets)])):
        if folder.rstrip("/") in seen:
            continue
        try:
            answer = await http.send("GET", folder)
        except Unanswerable:
            continue
        asked += 1
        lister = lister_of(answer)
        if lister:
            found.append(http.show(answer, f"{folder} lists its files ({lister})"))
    if found:
        return failed(f"{found[0].what}; {len(found)} of {asked} folders do", *found[:5])
    return passed(f"none of {asked} folders lists its files") if asked else unknown("no folder could be asked for")


async def _hidden(http: Http) -> list[str]:
    with contextlib.suppress(Unanswerable):
        answer = await http.send("GET", "/robots.txt")
        if answer.status == 200 and b"<html" not in answer.body[:2048].lower():  # noqa: PLR2004 - not a page for whatever is asked
            return hidden_in(answer.text[:65_536])
    return []


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source, Kind.CI: audit_ci, Kind.HOST: audit_host},
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("13.4.3", "13.4.1", "13.4.7"),
        cwe=(548,),
        standards=("OWASP WSTG-CONF-02",),
    ),
)
