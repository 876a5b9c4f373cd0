"""What was tried so far, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, passed, unknown

_SHOWN = 4


@dataclass
class Told:
    """Operations that took what they must not, those that did not, and the names of the fields."""

    faults: list[Evidence] = field(default_factory=list)
    good: list[tuple[str, Answer]] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)  # by the key of the operation

    def fault(self, http: Http, operation: Operation, names: Sequence[str], what: str, answer: Answer) -> None:
        """An operation set these fields, as the reply shows."""
        if operation.key not in self.fields:
            self.faults.append(http.show(answer, what))
        known = self.fields.setdefault(operation.key, [])
        known += [each for each in names if each not in known]

    def finding(self, http: Http) -> Finding:
        """The answer of the check."""
        if self.faults:
            first, names = next(iter(self.fields.items()))
            return failed(
                f"{self.faults[0].what} ({len(self.fields)} operations)",
                *self.faults[:_SHOWN],
                proof=f"{first} was sent {', '.join(names)} besides what it takes; read back, the value sent is there, and without it another was",
                places=tuple(self.fields),
                facts={"fields": {key: tuple(each) for key, each in self.fields.items()}},
            )
        if self.good:
            what, answer = self.good[0]
            return passed(f"{what} ({len(self.good)} tries)", http.show(answer, what))
        return unknown(
            "no operation that creates or changes something answered a valid request and showed what came of it"
        )
