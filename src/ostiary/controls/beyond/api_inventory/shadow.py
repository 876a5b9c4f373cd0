"""Places where forgotten operations live, each compared with a place beside it where surely nothing is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Operation, Severity
from ostiary.parts.seen.bodies import kind_of, parse, says_error
from ostiary.parts.seen.links import links_of
from ostiary.parts.seen.nowhere import NOWHERE, alike

INTERNAL = (
    "/admin", "/internal", "/debug", "/_debug", "/api/admin", "/admin/users", "/users", "/users/all", "/config",
    "/env", "/test", "/console", "/metrics", "/graphql", "/actuator", "/actuator/env", "/debug/vars", "/backup", "/export", "/logs", "/dump",
    "/private", "/api/internal", "/api/debug", "/api/private", "/admin/config", "/admin/settings", "/internal/users",
    "/internal/metrics", "/settings", "/users/_debug", "/roles", "/secrets", "/keys", "/tokens", "/sessions",
    "/uploads", "/files", "/stats", "/reports", "/audit", "/search", "/debug/pprof/",
    "/server-status", "/graphiql", "/phpinfo.php", "/trace", "/internal/health", "/management", "/manage", "/system",
    "/configuration", "/log", "/jobs", "/queue", "/queues", "/cache", "/db", "/database", "/sql", "/seed", "/setup",
    "/install", "/dev", "/staging", "/sandbox", "/_status", "/_cat/indices", "/rest", "/soap", "/rpc", "/jsonrpc",
    "/playground", "/hidden", "/secret", "/webhooks", "/features", "/tenants", "/permissions",
)  # fmt: skip
HARMLESS = (
    "/health", "/healthz", "/healthcheck", "/health/live", "/livez", "/readyz", "/ready", "/ping", "/status", "/version",
    "/info", "/up", "/heartbeat",
)  # fmt: skip
DOCS = ("/docs", "/redoc", "/openapi.json", "/swagger.json", "/swagger-ui/index.html", "/v3/api-docs", "/api-docs")
SUFFIXES = ("_debug", "debug", "all", "export", "admin")  # below a documented collection
GRAVE = re.compile(r"admin|internal|debug|actuator|console|env|config|secret|private|dump|backup|phpinfo|pprof|sql|keys|trace", re.IGNORECASE)  # fmt: skip
MOST_COLLECTIONS = 3
LEAST_GUESSED = 40  # places that are guessed at, the likelier first ...
GUESSED_EACH = 2  # ... and for each documented operation as many more: a small API is not asked for everything
MOST_LINKS = 12
_VERSION = re.compile(r"/v([0-9]{1,2})(?=/|$)")
_ASKS = re.compile(r"""<input[^>]{0,200}type=["']?password""", re.IGNORECASE)
_UNSEEN = re.compile(r"<(head|script|style|noscript)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
LONGEST_SHELL = 80  # characters of text: "Loading ..." is no administrator's page
_BEHIND = {401, 403, 422}


class Candidate(NamedTuple):
    """A path worth asking for; ``beside`` is where nothing is, ``kind`` a word for the report."""

    path: str
    beside: str
    kind: str  # "version", "internal", "harmless", "link"


class Place(NamedTuple):
    """An undocumented place that answered."""

    path: str
    kind: str
    answer: Answer

    @property
    def severity(self) -> Severity:
        """How bad it is that it is there."""
        if self.kind == "harmless":
            return Severity.INFO
        if not self.answer.accepted:
            return Severity.MEDIUM
        return Severity.HIGH if self.kind == "version" or GRAVE.search(self.path) else Severity.MEDIUM


def candidates(http: Http, known: Sequence[str]) -> list[Candidate]:
    """Neighbouring versions, usual internal places at the root and below the API's own base, and children of collections."""
    found = [Candidate(*each, "version") for each in siblings(http.operations)]
    for path in _collections(http.operations)[:MOST_COLLECTIONS]:
        found += [Candidate(f"{path}/{each}", f"{path}/", "internal") for each in SUFFIXES]
    base = base_of(http.operations)
    found += [Candidate(base + each, f"{base}/", "internal") for each in INTERNAL[:12] if base]
    found += [Candidate(each, "/", "internal") for each in INTERNAL]
    found += [Candidate(each, "/", "harmless") for each in HARMLESS]
    fresh = [each for each in dict.fromkeys(found) if not declared(each.path, known)]
    return fresh[: LEAST_GUESSED + GUESSED_EACH * len(known)]


async def linked(http: Http, known: Sequence[str]) -> list[Candidate]:
    """Places that typical replies lead to and no path template takes in."""
    found: dict[str, None] = {}
    for answer in await http.samples():
        for link in links_of(answer, http.base) if answer.accepted else ():
            path = link.target.partition("?")[0]
            if link.method == "GET" and not link.script and "{" not in path and not declared(path, known):
                found.setdefault(path)
    skipped = {*DOCS, "/"}
    return [
        Candidate(each, f"{each.rstrip('/').rpartition('/')[0]}/", "link") for each in found if each not in skipped
    ][:MOST_LINKS]


async def look(http: Http, asked: Sequence[Candidate]) -> tuple[list[Place], int]:
    """Ask for each; what is there, and how many gave an answer."""
    found: list[Place] = []
    count = 0
    for each in asked:
        try:
            answer = await http.send("GET", each.path)
            count += 1
            if _is_there(answer, each) and not alike(answer, await http.send("GET", f"{each.beside}{NOWHERE}")):
                found.append(Place(each.path, each.kind, answer))
        except Unanswerable:
            continue
    return _once(found), count


def _is_there(answer: Answer, candidate: Candidate) -> bool:
    """Success with content of its own, or a version that only asks who is calling; a page for people is no operation."""
    if candidate.kind == "version" and answer.status in _BEHIND:
        return True
    if not answer.accepted or says_error(parse(answer.body)):
        return False
    page = kind_of(answer.body) == "html"
    if not page:
        return True
    return (
        candidate.kind == "internal" and GRAVE.search(candidate.path) is not None and not _lets_nobody_in(answer.text)
    )


def _lets_nobody_in(page: str) -> bool:
    """Whether a page asks for a password, or is the shell of an application that has yet to be told anything."""
    if _ASKS.search(page):
        return True
    text = _TAG.sub(" ", _UNSEEN.sub(" ", page))
    return "<script" in page.lower() and len(" ".join(text.split())) <= LONGEST_SHELL


def _once(found: Sequence[Place]) -> list[Place]:
    """The same reply at several places is one place: routers that ignore a prefix or a slash."""
    kept: dict[tuple[int, str, bytes], Place] = {}
    for each in found:
        kept.setdefault(
            (each.answer.status, each.kind if not each.answer.body else "", each.answer.body or each.path.encode()),
            each,
        )
    return list(kept.values())


def siblings(operations: Sequence[Operation]) -> list[tuple[str, str]]:
    """(path, where nothing is beside it) of neighbouring versions of documented collections."""
    found: list[tuple[str, str]] = []
    for path in _collections(operations)[:2]:
        match = _VERSION.search(path)
        if match is None:
            found += [(f"{prefix}{path}", f"{prefix}/") for prefix in ("/v1", "/api/v1", "/beta", "/old")]
            continue
        number = int(match[1])
        for other in {f"v{number - 1}", f"v{number + 1}", "beta", "internal", "old"} - {"v-1"}:
            start = path[: match.start()]
            found.append((f"{start}/{other}{path[match.end() :]}", f"{start}/{other}/"))
    return sorted(set(found))


def _collections(operations: Sequence[Operation]) -> list[str]:
    paths = dict.fromkeys(each.path.rstrip("/") for each in operations if each.method == "GET" and "{" not in each.path)
    return [each for each in paths if each]


def base_of(operations: Sequence[Operation]) -> str:
    """The path that all operations begin with, a version included; empty when they share none."""
    split = [each.path.split("/")[1:-1] for each in operations]
    shared = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1 or "{" in parts[0]:
            break
        shared.append(parts[0])
    return "/" + "/".join(shared) if shared and len(split) > 1 else ""


def declared(path: str, known: Sequence[str]) -> bool:
    """Whether a documented path, templates included, is this one."""
    segments = path.strip("/").split("/")
    return any(_fits(segments, template.strip("/").split("/")) for template in known)


def _fits(segments: Sequence[str], parts: Sequence[str]) -> bool:
    pairs: Iterator[tuple[str, str]] = zip(parts, segments, strict=False)
    return len(parts) == len(segments) and all(part == segment or part.startswith("{") for part, segment in pairs)
