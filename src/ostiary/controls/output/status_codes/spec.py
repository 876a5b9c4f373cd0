"""A document says how its operations fail: those that can be misused declare a client error, and what it looks like."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, Severity, failed, passed, unknown

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


async def audit_spec(spec: Spec) -> Finding:
    """Look for operations that take something, or ask for credentials, and declare no way to fail."""
    judged = [each for each in spec.api.operations if _can_be_misused(each)]
    if not judged:
        return unknown("no operation of the document takes anything, so none has to say how it fails")
    silent = [each for each in judged if not _errors(each)]
    if len(silent) * 2 > len(judged):
        more = f" (nor do {len(silent) - 1} more of {len(judged)})" if silent[1:] else ""
        return failed(
            f"{silent[0].key} declares no error{more}: clients cannot know what a refusal looks like",
            *(spec.at(f"{each.pointer}/responses", f"{each.key} declares {_said(each)}") for each in silent[:4]),
            severity=Severity.INFO,
            places=tuple(each.key for each in silent),
        )
    shaped = sum(any(content for content in _errors(each)) for each in judged)
    if not shaped:
        return unknown(f"{len(judged) - len(silent)} of {len(judged)} operations declare errors, none with a body")
    return passed(
        f"{len(judged) - len(silent)} of {len(judged)} operations declare how they fail, {shaped} with a body"
    )


def _can_be_misused(operation: Operation) -> bool:
    takes = bool(operation.parameters) or (operation.method in _WITH_BODY and bool(operation.consumes))
    return takes or bool(operation.security)


def _errors(operation: Operation) -> list[object]:
    """The contents of the declared 4xx; `default` stands for them."""
    return [content for status, content in operation.replies.items() if status[:1] == "4" or status == "default"]


def _said(operation: Operation) -> str:
    return ", ".join(operation.replies) or "no reply at all"
