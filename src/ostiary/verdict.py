"""What an audit may say: outcomes, how bad and how sure, and what they rest on; nothing of ours is imported here."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


class Severity(enum.StrEnum):
    """How much it hurts when the control is missing."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical, so that severities compare."""
        return 4 - list(Severity).index(self)


class Outcome(enum.StrEnum):
    """What an audit may answer; silence, a crash or a skipped engine is never PASS."""

    PASS = "PASS"  # noqa: S105 - an outcome
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    ATTEST = "ATTEST"
    WAIVED = "WAIVED"  # not given by a check: the driver's label for a control switched off with a reason


class Kind(enum.StrEnum):
    """The kinds of target that evidence comes from."""

    LIVE = "live"
    SPEC = "spec"
    SOURCE = "source"
    HOST = "host"
    MOBILE = "mobile"
    CI = "ci"


class Probe(enum.StrEnum):
    """What a live check does to its target; INTRUSIVE ones never run unless the operator asks."""

    NONE = "none"
    PASSIVE = "passive"
    ACTIVE = "active"
    INTRUSIVE = "intrusive"


class Confidence(enum.StrEnum):
    """How sure a finding is: TENTATIVE rests on signs, FIRM on a comparison, CERTAIN on one that was made twice."""

    CERTAIN = "certain"
    FIRM = "firm"
    TENTATIVE = "tentative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was seen: a sentence, and where it applies the exchange or the place in a document.

    ``request`` and ``reply`` are printable extracts with credentials already masked; ``curl`` repeats the request.
    """

    what: str
    where: str = ""  # "GET /items/{id}", "openapi.yaml#/paths/~1items", a file and line
    request: str = ""
    reply: str = ""
    curl: str = ""
    extract: str = ""  # the lines of a file as they stand there, or what a program printed; secrets masked


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer of one check: an outcome, one sentence why, and the evidence it rests on.

    ``proof`` is the comparison that convinces, in one sentence ("the owner and the other user got the same order, nobody
    got 401, an id that does not exist 404"). ``places`` are the keys of all operations (or files and lines) that are concerned, also those
    without evidence of their own: one cause is one finding. ``facts`` say to programs what was learnt (field names,
    limits that were measured); plain data without values of the target's users and without secrets.
    """

    outcome: Outcome
    why: str
    evidence: tuple[Evidence, ...] = ()
    severity: Severity | None = None  # overrides the control's, for a graded answer
    kind: Kind | None = None  # filled in by the driver
    confidence: Confidence = Confidence.FIRM
    proof: str = ""
    places: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)


def passed(why: str, *evidence: Evidence) -> Finding:
    """The control holds; ``why`` names the positive evidence."""
    return Finding(outcome=Outcome.PASS, why=why, evidence=evidence)


def failed(why: str, *evidence: Evidence, severity: Severity | None = None, **more: Any) -> Finding:
    """The control is broken, reproducibly; ``severity`` grades it below or above the control's own.

    :param more: ``confidence``, ``proof``, ``places`` and ``facts`` as in `Finding`.
    """
    return Finding(outcome=Outcome.FAIL, why=why, evidence=evidence, severity=severity, **more)


def unknown(why: str, *evidence: Evidence) -> Finding:
    """The check ran and could not decide, or could not run."""
    return Finding(outcome=Outcome.UNKNOWN, why=why, evidence=evidence)


def not_applicable(why: str, *evidence: Evidence) -> Finding:
    """The control does not concern this target, for a reason that a reader can check."""
    return Finding(outcome=Outcome.NOT_APPLICABLE, why=why, evidence=evidence)


def attest(question: str) -> Finding:
    """Only a person can answer; ``question`` is what to ask them."""
    return Finding(outcome=Outcome.ATTEST, why=question)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maps:
    """Where other catalogues say the same: OWASP API Top 10 2023, ASVS 5.0.0, CWE 4.14, RFCs and standards."""

    owasp_api: tuple[str, ...] = ()
    asvs: tuple[str, ...] = ()
    cwe: tuple[int, ...] = ()
    standards: tuple[str, ...] = ()
