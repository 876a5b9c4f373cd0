"""The report for tools that read SARIF 2.1.0 (OASIS, 2020): every outcome as a result of its kind, or failures alone.

GitHub's code scanning shows each result as an alert, whatever its ``kind``, wants a file for each, and knows nothing of
suppressions: `render_failures` writes for it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from ostiary.audit.report.elsewhere import listed_elsewhere
from ostiary.audit.result import Report, Result
from ostiary.model import Evidence, Finding, Outcome, Severity

_KINDS: Final = {  # section 3.27.9
    Outcome.FAIL: "fail",
    Outcome.PASS: "pass",
    Outcome.UNKNOWN: "open",
    Outcome.ATTEST: "review",
    Outcome.NOT_APPLICABLE: "notApplicable",
    Outcome.WAIVED: "fail",  # with a suppression, section 3.27.23
}
_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORES: Final = {  # GitHub's `security-severity`: 9.0 and more is critical, 7.0 high, 4.0 medium
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.5",
}
_PLACE: Final = re.compile(r"(?P<path>[^:\s@]+(?: [^:\s@]+)*):(?P<line>[1-9][0-9]{0,8})(?:@[0-9a-f]+)?")
_METHOD: Final = re.compile(r"[A-Z*]+ /")
_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_FALLBACK: Final = "ostiary.toml"  # where a finding about nothing in the tree is shown, by those who want a file


def render(report: Report) -> str:
    """Every control's outcome, as SARIF text."""
    return _text(report, [one for result in report.results for one in _results(result, report)])


def render_failures(report: Report) -> str:
    """Failures alone, each with a file, as SARIF text for GitHub's code scanning."""
    found = [one for result in report.failures for one in _results(result, report, anywhere=False)]
    return _text(report, found)


def _text(report: Report, results: list[dict[str, Any]]) -> str:
    named = {each["ruleId"] for each in results}
    rules = [each for each in report.results if each.id in named]
    places = {each.id: at for at, each in enumerate(rules)}
    for each in results:
        each["ruleIndex"] = places[each["ruleId"]]
    name, _, version = report.tool.partition(" ")
    run = {
        "tool": {"driver": {"name": name, "semanticVersion": version, "rules": [_rule(each) for each in rules]}},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of what was audited."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not (report.interrupted or report.unauthenticated),
                "startTimeUtc": report.started,
                "toolExecutionNotifications": [{"message": {"text": each}, "level": "note"} for each in report.notes],
            }
        ],
        "automationDetails": {"id": f"ostiary/{report.form}/"},
        "results": results,
        "properties": {"target": report.target, "form": report.form, "profile": report.profile},
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(result: Result) -> dict[str, Any]:
    cwe = [f"external/cwe/cwe-{each:03d}" for each in result.maps.cwe]
    page = "\n\n".join(part for part in (result.background, result.fix) if part)
    return {
        "id": result.id,
        "name": "".join(each.capitalize() for each in re.split(r"[.-]", result.id)),
        "shortDescription": {"text": result.rule},
        "fullDescription": {"text": result.background or result.rule},
        "help": {"text": page or result.rule, "markdown": page or result.rule},
        "defaultConfiguration": {"level": _LEVELS[result.severity]},
        "properties": {
            "tags": ["security", f"section/{result.id.partition('.')[0]}", *cwe, *listed_elsewhere(result.maps)],
            "security-severity": _SCORES[result.severity],
        },
    }


def _results(result: Result, report: Report, *, anywhere: bool = True) -> Iterator[dict[str, Any]]:
    """One result for a control, or of a failure one for each place, so that each is an alert that can be closed."""
    failures = [each for each in result.findings if each.outcome is Outcome.FAIL]
    if not failures:
        yield _result(result, result.decisive, "", report)
        return
    for finding in failures:
        for place in finding.places or ("",):
            made = _result(result, finding, place, report)
            if not anywhere and not any("physicalLocation" in each for each in made["locations"]):
                made["locations"] = [_physical(_FALLBACK, 1), *made["locations"]]
            yield made


def _result(result: Result, finding: Finding | None, place: str, report: Report) -> dict[str, Any]:
    outcome = finding.outcome if finding is not None else result.outcome
    severity = (finding.severity if finding is not None else None) or result.severity
    evidence = finding.evidence if finding is not None else ()
    shown = next((each for each in evidence if each.where == place), None)
    why = finding.why if finding is not None else result.why
    made: dict[str, Any] = {
        "ruleId": result.id,
        "kind": _KINDS[outcome],
        "level": _LEVELS[severity] if _KINDS[outcome] == "fail" else "none",
        "message": {"text": _message(why, finding, shown)},
        "locations": list(_locations(place, evidence, shown)),
        "partialFingerprints": {"ostiary/v1": _fingerprint(result, finding, place)},
        "properties": {
            "outcome": outcome.value,
            "evidence": finding.kind.value if finding is not None and finding.kind is not None else "",
            "confidence": finding.confidence.value if finding is not None else "",
            "latent": result.latent,
        },
    }
    if outcome is Outcome.WAIVED:
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    since = report.since
    if since is not None and outcome is Outcome.FAIL:
        made["baselineState"] = "new" if result.id in since.new else "unchanged"
    return made


def _message(why: str, finding: Finding | None, shown: Evidence | None) -> str:
    """What is wrong; a full stop after each part, as section 3.11.3 has it."""
    parts = [why, shown.what if shown is not None else "", finding.proof if finding is not None else ""]
    said = [each.strip() for each in dict.fromkeys(parts) if each.strip()]
    return " ".join(each if each.endswith((".", "?", "!")) else f"{each}." for each in said) or "No more is known."


def _locations(place: str, evidence: tuple[Evidence, ...], shown: Evidence | None) -> Iterator[dict[str, Any]]:
    extract = shown.extract if shown is not None else ""
    for where in [place] if place else [each.where for each in evidence if each.where][:1]:
        found = _PLACE.fullmatch(where)
        if found is not None and not _METHOD.match(where):
            yield _physical(found["path"], int(found["line"]), extract)
        else:
            yield {"logicalLocations": [{"fullyQualifiedName": where}]}


def _physical(path: str, line: int, extract: str = "") -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": line}
    if extract:
        region["snippet"] = {"text": extract}
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(path, safe="/~@+,;=!$&'()*"), "uriBaseId": _ROOT},
            "region": region,
        }
    }


def _fingerprint(result: Result, finding: Finding | None, place: str) -> str:
    """Stays the same while lines above move: it rests on the line's own text where that is known."""
    kind = finding.kind.value if finding is not None and finding.kind is not None else ""
    marks = finding.facts.get("marks", {}) if finding is not None else {}
    text = "\n".join([result.id, kind, str(marks.get(place, place))])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
