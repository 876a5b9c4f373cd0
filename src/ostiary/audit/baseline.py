"""Two audits of one API are compared by what is broken where, never by how it was put in words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from ostiary.audit.marks import of as marked_places
from ostiary.audit.result import Report, Result, Since
from ostiary.errors import ConfigError
from ostiary.model import Finding, Outcome

_CLOSED: Final = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.WAIVED})


class Fault(NamedTuple):
    """One failure of an older report."""

    control: str
    kind: str
    places: frozenset[str]


def fingerprint(control: str, finding: Finding) -> str:
    """What stays the same while a fault does: 16 hexadecimal digits over control, kind and places."""
    kind = finding.kind.value if finding.kind is not None else ""
    text = "\n".join([control, kind, *sorted(_lasting(finding))])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read(path: Path, option: str) -> list[Fault]:
    """The failures of a JSON report.

    :param option: what names it on the command line, for messages.
    :raises ConfigError: when it is none.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        return [
            _fault(each["id"], one) for each in plain["controls"] if each["outcome"] == "FAIL" for one in _kinds(each)
        ]
    except OSError as error:
        raise ConfigError(f"{option} {path}", f"cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{option} {path}", "is not a JSON report of this program") from error


def _kinds(control: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return [each for each in control["kinds"] if each["outcome"] == "FAIL"]


def _fault(control: str, one: dict[str, Any]) -> Fault:
    marks = {str(place): str(mark) for place, mark in (one.get("facts") or {}).get("marks", {}).items()}
    return Fault(str(control), str(one["kind"]), marked_places(frozenset(map(str, one.get("places", ()))), marks))


def _lasting(finding: Finding) -> frozenset[str]:
    return marked_places(frozenset(finding.places), dict(finding.facts.get("marks", {})))


def compared(report: Report, old: Iterable[Fault], source: str, *, only_new: bool) -> Report:
    """The report with what is new, known, gone or undecided since an older one.

    :param only_new: whether known findings no longer count for the exit code.
    """
    before = list(old)
    results = {each.id: each for each in report.results}
    failing = [each for each in report.results if each.outcome is Outcome.FAIL]
    new = tuple(each.id for each in failing if _is_new(each, before))
    ids = list(dict.fromkeys(each.control for each in before))
    closed = [each for each in ids if each in results and results[each].outcome in _CLOSED]
    known = tuple(each.id for each in failing if each.id not in new)
    rest = tuple(each for each in ids if each not in closed and each not in known and each not in new)
    since = Since(source=source, new=new, known=known, gone=tuple(closed), undecided=rest, only_new=only_new)
    return replace(report, since=since)


def _is_new(result: Result, before: Iterable[Fault]) -> bool:
    """Whether one of its failures was not there, or not everywhere where it is now."""
    old = {(each.control, each.kind): each.places for each in before}
    for finding in result.findings:
        if finding.outcome is not Outcome.FAIL:
            continue
        places = old.get((result.id, finding.kind.value if finding.kind is not None else ""))
        if places is None or (places and not _lasting(finding) <= places):
            return True
    return False
