"""What a probe proved of one place of a request, and the one finding that several such places are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Severity, failed
from ostiary.parts.seen.inputs import Input
from ostiary.verdict import Confidence

SHOWN: Final = 4  # exchanges of one finding


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """One place that failed: how (a word for programs), the comparison in a sentence, and what was exchanged for it."""

    at: Input
    how: str
    proof: str
    shown: tuple[tuple[Answer, str], ...]
    severity: Severity | None = None
    confidence: Confidence = Confidence.CERTAIN
    more: dict[str, Any] = field(default_factory=dict)  # facts

    @property
    def place(self) -> dict[str, Any]:
        """For programs: which operation, where in it, the name, and how it was shown."""
        where = self.at.place.value if self.at.place is not None else "body"
        return {
            "operation": self.at.operation.key,
            "in": where,
            "name": self.at.full_name,
            "how": self.how,
            **self.more,
        }


def finding(http: Http, proven: Sequence[Proven], what: str) -> Finding:
    """One finding of all that was proven, the worst first.

    :param what: what is wrong, as a sentence that ends before the places.
    """
    ranked = sorted(proven, key=lambda each: -(each.severity.rank if each.severity else 9))
    worst = ranked[0]
    shown = [(answer, text) for each in ranked for answer, text in each.shown][:SHOWN]
    places = tuple(dict.fromkeys(each.at.operation.key for each in ranked))
    rest = f" and {len(ranked) - 1} more" if len(ranked) > 1 else ""
    return failed(
        f"{what}: {worst.at.where}{rest}",
        *(http.show(answer, text) for answer, text in shown),
        severity=worst.severity,
        confidence=worst.confidence,
        proof=worst.proof,
        places=places,
        facts={
            "fields": list(dict.fromkeys(each.at.full_name for each in ranked)),
            "places": [each.place for each in ranked],
        },
    )
