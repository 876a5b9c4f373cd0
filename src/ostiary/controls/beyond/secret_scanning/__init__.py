"""Code, history, logs and images are scanned for secrets, and a leaked one is rotated at once.

Why
    Bots copy a pushed key within minutes, and it stays in the history for ever. Whoever has it can use your systems
    as you.

Fix
    Run ``gitleaks`` or ``trufflehog`` as a pre-commit hook and in CI over the full history and the images, and
    enable push protection at the code host. Read secrets from a secret store at run time, never from code or image
    layers. Rotate a leaked secret first, then clean the history. Block ``/.env``, ``/.git/`` and source maps on the
    web server.

Traps
    - Test keys and examples: allow-list with expiry.
    - Never validate by using the secret.
    - Removing from HEAD does not remove from history.
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from ostiary.controls.beyond.secret_scanning.mobile import audit_mobile
from ostiary.controls.beyond.secret_scanning.pipeline import audit_ci
from ostiary.controls.beyond.secret_scanning.source import QUESTION, audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Control, Evidence, Finding, Kind, Maps, Probe, Severity, failed, passed, unknown
from ostiary.parts.seen import exposed
from ostiary.parts.seen.bodies import is_json_type
from ostiary.parts.seen.nowhere import NOWHERE, alike

PAGES: Final = ("/", "/docs", "/swagger-ui/index.html")  # besides places of files, six of their scripts and maps
MOST_SCRIPTS: Final = 6
_SCRIPT: Final = re.compile(r"<script[^>]{0,300}?\ssrc=[\"']([^\"'<>]{1,300})[\"']", re.IGNORECASE)
_MAP: Final = re.compile(r"[#@] ?sourceMappingURL=([^\s'\"*]{1,300})")


class _Open(NamedTuple):
    path: str
    what: str
    grave: bool


async def audit_live(http: Http) -> Finding:
    """Ask for files that get published by mistake, and read pages, scripts, maps and the document; no key is ever used."""
    found, asked = await _files(http)
    texts = await _texts(http)
    found += [_Open(path, what, True) for path, text in texts for what in exposed.keys(text)]
    if found:
        return _failed(http, found)
    if not asked:
        return unknown("nobody answered at any place where such files lie")
    return passed(
        f"none of {asked} files that get published by mistake is there; no key in what anybody may read ({len(texts)} texts)"
    )


async def _files(http: Http) -> tuple[list[_Open], int]:
    found, asked = [], 0
    for path, read in exposed.PLACES:
        try:
            answer = await http.send("GET", path, identity="")
            asked += 1
            seen = read(answer.text) if answer.status == 200 else None  # noqa: PLR2004 - RFC 9110
            if seen is not None and not alike(answer, await http.send("GET", f"/{NOWHERE}", identity="")):
                found.append(_Open(path, seen.what, seen.grave))
        except Unanswerable:
            continue
    return found, asked


async def _texts(http: Http) -> list[tuple[str, str]]:
    """What anybody may read that is no data: pages, their scripts, maps of those, plain texts, and the document."""
    texts = {} if http.api is None else {http.api.source or "the document": json.dumps(http.api.document, default=str)}
    pages = [each for each in await http.samples() if not is_json_type(each.media_type)]
    for path in PAGES:
        pages += await _got(http, path)
    scripts: dict[str, None] = {}
    for page in pages:
        texts[page.asked.target] = page.text
        for source in _SCRIPT.findall(page.text):
            scripts.setdefault(_own(http, page, source))
    for script in [each for each in scripts if each][:MOST_SCRIPTS]:
        for answer in await _got(http, script):
            texts[script] = answer.text
            for source in _MAP.findall(answer.text[-2000:])[-1:]:
                for mapped in await _got(http, _own(http, answer, source)):
                    texts[mapped.asked.target] = mapped.text
    return list(texts.items())


async def _got(http: Http, target: str) -> list[Answer]:
    try:
        answer = await http.send("GET", target, identity="") if target else None
    except (Unanswerable, ValueError):
        return []
    return [answer] if answer is not None and answer.accepted else []


def _own(http: Http, page: Answer, source: str) -> str:
    """The target of a link to this host, or an empty string."""
    parts = urlsplit(urljoin(urljoin(http.base, page.asked.target), source))
    return parts.path if f"{parts.scheme}://{parts.netloc}" == http.base else ""


def _failed(http: Http, found: list[_Open]) -> Finding:
    found.sort(key=lambda each: not each.grave)
    first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return failed(
        f"anybody can read {first.what} at {first.path}{more}",
        *[Evidence(what=f"{each.what}; its text is not repeated here", where=f"GET {each.path}") for each in found[:4]],
        severity=None if first.grave else Severity.HIGH,
        proof="what is there has the form of such a file or key, and a place where nothing is answers otherwise",
        places=tuple(f"GET {each.path}" for each in found if each.path.startswith("/")),
        facts={"undocumented": [each.path for each in found if each.path.startswith("/")]},
    )


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source, Kind.CI: audit_ci},
    attest=QUESTION,
    reach="cannot: it happens before anything runs",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("13.3.1", "13.3.4", "13.4.1"),
        cwe=(798, 540, 527),
        standards=("NIST SP 800-218 PS.1", "OWASP Secrets Management Cheat Sheet"),
    ),
)
