"""The report for programs: one stable form, told apart by ``"format": 1``; fields are added, never renamed."""

from __future__ import annotations

import base64
import json
from typing import Any, Final
from urllib.parse import urlsplit

from ostiary.audit.baseline import fingerprint
from ostiary.audit.result import Report, Result, Since
from ostiary.evidence import Shown
from ostiary.model import Evidence, Finding, Maps, Outcome

FORMAT: Final = 1


def render(report: Report) -> str:
    """The report as JSON text, in ASCII, with a line break at its end."""
    return json.dumps(plain(report), indent=2, default=_told) + "\n"


def _told(value: Any) -> Any:
    """Facts are plain data; what a check put there all the same becomes a list or a text."""
    return sorted(value, key=str) if isinstance(value, (set, frozenset)) else str(value)


def plain(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    name, _, version = report.tool.partition(" ")
    count = report.count()
    return {
        "format": FORMAT,
        "tool": {"name": name, "version": version},
        "target": {"url": report.target, "form": report.form, "read": report.read, "addresses": list(report.addresses)},
        "document": {"source": report.document, "title": report.title, "operations": report.operations},
        "started": report.started,
        "seconds": report.seconds,
        "profile": report.profile,
        "options": list(report.options),
        "seed": report.seed,
        "requests": {"budget": report.budget, "used": report.used, "cleaning": report.cleaning},
        "unreached": list(report.unreached),
        "operations": {"tried": report.tried, "answered": report.answered},
        "identities": list(report.identities),
        "unauthenticated": report.unauthenticated,
        "interrupted": report.interrupted,
        "notes": list(report.notes),
        "excluded": [{"operation": each.operation, "reason": each.reason} for each in report.excluded],
        "summary": {outcome.value: count[outcome] for outcome in Outcome},
        "attested": report.attested,
        "since": _since(report.since),
        "controls": [_result(each, report) for each in report.results],
    }


def _since(since: Since | None) -> dict[str, Any] | None:
    if since is None:
        return None
    ids = {"new": since.new, "known": since.known, "gone": since.gone, "undecided": since.undecided}
    return {"source": since.source, **{name: list(each) for name, each in ids.items()}}


def _result(result: Result, report: Report) -> dict[str, Any]:
    since = report.since
    first = result.decisive
    closing, limit = result.closing
    return {
        "id": result.id,
        "section": result.section,
        "title": result.rule,
        "severity": result.severity.value,
        "outcome": result.outcome.value,
        "why": result.why,
        "latent": result.latent,
        "kinds": [
            {
                "kind": each.kind.value,
                "outcome": each.outcome.value,
                "why": each.why,
                "confidence": each.confidence.value,
                "proof": each.proof,
                "places": list(each.places),
                "facts": dict(each.facts),
                "fingerprint": fingerprint(result.id, each) if each.outcome is Outcome.FAIL else "",
            }
            for each in result.findings
            if each.kind is not None
        ],
        "evidence": [
            _evidence(each, finding, report.target) for finding in result.findings for each in finding.evidence
        ],
        "background": result.background,
        "fix": result.fix,
        "question": result.question,
        "guard": result.guarded,
        "maps": _maps(result.maps),
        "requests": result.requests,
        "stage": result.stage,
        "places": list(result.places),
        "confidence": first.confidence.value if first is not None else "",
        "proof": first.proof if first is not None else "",
        "facts": dict(first.facts) if first is not None else {},
        "fingerprint": result.fingerprint,
        "gateway": {"closes": closing, "limit": limit},
        "since": ""
        if since is None
        else "new"
        if result.id in since.new
        else "known"
        if result.id in since.known
        else "",
    }


def _evidence(evidence: Evidence, finding: Finding, target: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": finding.kind.value if finding.kind is not None else "",
        "what": evidence.what,
        "where": evidence.where,
        "request": evidence.request,
        "reply": evidence.reply,
        "curl": evidence.curl,
        "extract": evidence.extract,
    }
    if isinstance(evidence, Shown) and evidence.whole:
        found["replay"] = {
            "authority": urlsplit(target).netloc,
            "method": evidence.method,
            "target": evidence.target,
            "headers": [list(pair) for pair in evidence.headers],
            "body": base64.b64encode(evidence.body).decode(),
            "identity": evidence.identity,
            "status": evidence.status,
            "reply_headers": [list(pair) for pair in evidence.reply_headers],
        }
    return found


def _maps(maps: Maps) -> dict[str, Any]:
    return {
        "owasp_api": list(maps.owasp_api),
        "asvs": list(maps.asvs),
        "cwe": list(maps.cwe),
        "standards": list(maps.standards),
    }
