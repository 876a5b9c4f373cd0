"""What an audit found: one result per control, in the catalogue's order, and what the whole of them means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from ostiary.audit.knowledge import Knowledge
from ostiary.model import Evidence, Finding, Kind, Maps, Outcome, Severity

UNAUTHENTICATED: Final = "not asked: authentication failed"
INTERRUPTED: Final = "interrupted"  # the reason of what was not asked because the operator stopped the audit
_ELSEWHERE: Final = frozenset({Kind.SOURCE, Kind.HOST, Kind.MOBILE, Kind.CI})
_SURER: Final = (Outcome.PASS, Outcome.UNKNOWN, Outcome.ATTEST)
WRITTEN: Final = ("cannot", "the document itself has to be mended")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one control; ``findings`` keeps each kind's own answer, the deciding one first."""

    id: str
    section: str  # as a heading: "Access"
    rule: str  # the control in one sentence
    severity: Severity  # of this answer: a finding may grade it
    outcome: Outcome
    why: str
    findings: tuple[Finding, ...] = ()
    background: str = ""  # why the control matters
    fix: str = ""
    question: str = ""  # what only a person can answer
    guarded: bool = False  # whether the guard or gateway closes it
    maps: Maps = field(default_factory=Maps)
    requests: int = 0  # sent for it; shared ones count for whoever asked first
    closing: tuple[str, str] = ("cannot", "")  # what a gateway does about it, as in `Control.closing`
    stage: str = ""  # when it was asked (`stages.STAGES`)
    places: tuple[str, ...] = ()  # keys of the operations that are concerned, as far as they are known
    fingerprint: str = ""  # stays the same while the fault does; empty where nothing failed
    latent: bool = False  # what runs keeps it, and its source would not: the next deployment may break it

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of evidence that were asked."""
        return tuple(finding.kind for finding in self.findings if finding.kind is not None)

    @property
    def decisive(self) -> Finding | None:
        """The finding that decided."""
        return self.findings[0] if self.findings else None

    @property
    def attested(self) -> bool:
        """Whether it holds by somebody's word alone."""
        return self.outcome is Outcome.PASS and self.decisive is not None and bool(self.decisive.facts.get("attested"))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything seen, the deciding finding's first."""
        return tuple(each for finding in self.findings for each in finding.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """An operation that was left alone because a probe could do harm."""

    operation: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What became of the findings of an older report; ids of controls, each in the order it was found."""

    source: str  # the older report
    new: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()  # could not be asked again, or not to an end
    only_new: bool = False  # whether known findings do not count for the exit code


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One audit, whole."""

    tool: str  # name and version
    target: str
    started: str  # RFC 3339, UTC
    seconds: float
    results: tuple[Result, ...]
    form: str = "url"  # what the target is (`recognise.Form`), or "several"
    read: str = ""  # how much was read, where no requests were sent: "412 files, 36,102 lines of code"
    addresses: tuple[str, ...] = ()
    document: str = ""  # where the API's document was read from; empty: none
    title: str = ""  # of the API, as its document says
    operations: int = 0
    answered: int = 0  # operations that answered a valid request with 2xx, of those tried
    tried: int = 0
    identities: tuple[str, ...] = ()
    budget: int = 0
    seed: int = 0  # the same one makes the same choices again
    unreached: tuple[str, ...] = ()  # controls that the budget did not reach, or not to their end
    used: int = 0
    cleaning: int = 0  # of those, for removing what the audit made: they are beyond the budget
    excluded: tuple[Excluded, ...] = ()
    notes: tuple[str, ...] = ()
    unauthenticated: bool = False  # credentials were given and refused everywhere
    interrupted: bool = False
    profile: str = "production"
    options: tuple[str, ...] = ()  # what was switched on or off for this run, a phrase each
    since: Since | None = None
    known: Knowledge = field(default_factory=Knowledge, repr=False, compare=False)  # for programs; in no report

    @property
    def failures(self) -> tuple[Result, ...]:
        """Failed controls, the worst first, in the catalogue's order within a severity."""
        failed = [each for each in self.results if each.outcome is Outcome.FAIL]
        return tuple(sorted(failed, key=lambda each: -each.severity.rank))

    def count(self, section: str | None = None) -> Counter[Outcome]:
        """How often each outcome occurs, in one section or in all."""
        return Counter(each.outcome for each in self.results if section is None or each.section == section)

    @property
    def attested(self) -> int:
        """How many of the passes rest on somebody's word alone."""
        return sum(each.attested for each in self.results)

    @property
    def sections(self) -> tuple[str, ...]:
        """Headings in the catalogue's order, of the controls that were looked at."""
        return tuple(dict.fromkeys(each.section for each in self.results))

    def exit_code(self, fail_on: Severity = Severity.LOW) -> int:
        """0 clean, 1 findings at or above `fail_on`, 4 authentication failed, 130 interrupted."""
        if self.interrupted:
            return 130
        if self.unauthenticated:
            return 4
        since = self.since
        left_out = frozenset(since.known) if since is not None and since.only_new else frozenset[str]()
        counted = [each for each in self.failures if each.id not in left_out]
        return int(any(each.severity.rank >= fail_on.rank for each in counted))


def decide(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of several kinds, the deciding one first.

    A failure of any kind fails the control. Otherwise the first kind (live before document) that the control concerns
    speaks: a document that reads well does not outvote a server that could not be asked. Of source, machine, package and
    pipeline, which are different places to look for one thing, what was shown comes before what could not be.
    """
    found = list(findings)
    failed = [each for each in found if each.outcome is Outcome.FAIL]
    concerned = [each for each in found if each.outcome is not Outcome.NOT_APPLICABLE]
    if all(each.kind in _ELSEWHERE for each in concerned):
        concerned.sort(key=lambda each: _SURER.index(each.outcome) if each.outcome in _SURER else len(_SURER))
    first = next(iter(failed or concerned or found), None)
    return () if first is None else (first, *(each for each in found if each is not first))
