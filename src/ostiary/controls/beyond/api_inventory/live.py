"""A short list of places where forgotten operations live, each compared with a place where surely nothing is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.model import Evidence, Finding, Operation, attest, failed, passed, unknown
from ostiary.parts.seen.nowhere import NOWHERE, alike

INTERNAL = (
    "/admin", "/internal", "/debug", "/debug/pprof/", "/debug/vars", "/_debug", "/console", "/actuator",
    "/actuator/env", "/metrics", "/server-status", "/graphql", "/graphiql", "/test", "/phpinfo.php", "/trace",
)  # fmt: skip
DOCS = ("/docs", "/redoc", "/openapi.json", "/swagger.json", "/swagger-ui/index.html", "/v3/api-docs", "/api-docs")
_VERSION = re.compile(r"/v([0-9]{1,2})(?=/|$)")


async def audit_live(http: Http) -> Finding:
    """Ask for sibling versions and usual internal paths that the document does not name."""
    if http.api is None:
        return attest("No document describes this API: which operations does it offer (produce one and audit again)?")
    known = [each.path for each in http.api.operations]
    evidence: list[Evidence] = []
    shown: list[str] = []
    asked = 0
    for candidate, nowhere, is_version in (*siblings(http.operations), *((each, "/", False) for each in INTERNAL)):
        if declared(candidate, known):
            continue
        try:
            answer = await http.send("GET", candidate)
            there = answer.status < 300 or (is_version and answer.status in {401, 403, 422})  # noqa: PLR2004 - RFC 9110 section 15.3
            asked += 1
            if there and not alike(answer, await http.send("GET", f"{nowhere}{NOWHERE}")):
                shown.append(candidate)
                evidence.append(http.show(answer, f"undocumented, answers {answer.status}"))
        except Unanswerable:
            continue
    if shown:
        return failed(
            f"{len(shown)} undocumented place{' answers' if len(shown) == 1 else 's answer'}: {', '.join(shown[:5])}",
            *evidence[:5],
        )
    if not asked:
        return unknown("no place that the document does not name gave an answer")
    pages = await _docs(http, known)
    note = f"; {', '.join(pages)} can be read by anybody, which may be intended" if pages else ""
    return passed(f"none of {asked} usual undocumented places is there{note}")


async def _docs(http: Http, known: Sequence[str]) -> list[str]:
    found = []
    for path in DOCS:
        if declared(path, known):
            continue
        try:
            answer = await http.send("GET", path)
            if answer.accepted and not alike(answer, await http.send("GET", f"/{NOWHERE}")):
                found.append(path)
        except Unanswerable:
            continue
    return found


def siblings(operations: Sequence[Operation]) -> list[tuple[str, str, bool]]:
    """(path, where nothing is beside it, True) of neighbouring versions of a documented collection."""
    plain = [each.path for each in operations if each.method == "GET" and "{" not in each.path and each.path != "/"]
    found: list[tuple[str, str, bool]] = []
    for path in plain[:2]:
        match = _VERSION.search(path)
        if match is None:
            found += [(f"{prefix}{path}", f"{prefix}/", True) for prefix in ("/v1", "/api/v1", "/beta", "/old")]
            continue
        number = int(match[1])
        for other in {f"v{number - 1}", f"v{number + 1}", "beta", "internal"} - {"v-1"}:
            start = path[: match.start()]
            found.append((f"{start}/{other}{path[match.end() :]}", f"{start}/{other}/", True))
    return sorted(set(found))


def declared(path: str, known: Sequence[str]) -> bool:
    """Whether a documented path, templates included, is this one."""
    segments = path.strip("/").split("/")
    for template in known:
        parts = template.strip("/").split("/")
        if len(parts) == len(segments) and all(
            part == segment or part.startswith("{") for part, segment in zip(parts, segments, strict=True)
        ):
            return True
    return False
