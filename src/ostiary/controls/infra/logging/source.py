"""Code: what is logged holds no password, token or key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.controls.infra.logging.pipeline import QUESTION
from ostiary.evidence.code import Call, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest
from ostiary.parts.deployment.opinion import Opinion, finding

_METHODS: Final = frozenset(
    [
        "debug",
        "info",
        "warn",
        "warning",
        "error",
        "exception",
        "critical",
        "fatal",
        "trace",
        "log",
        "log_error",
        "verbose",
        "notice",
        "Printf",
        "Println",
        "Infof",
        "Debugf",
        "Errorf",
        "Warnf",
        "Info",
        "Debug",
        "Error",
        "Warn",
    ]
)
_LOGGER: Final = re.compile(
    r"(?:^|[._/])(?:log|logger|logging|console|winston|pino|slog|zap|timber|rails\.logger)\w*(?:\(\))?[.\[]",
    re.IGNORECASE,
)
_SECRET: Final = re.compile(
    r"(?:.*[._\]])?(?:user_?|plain_?|raw_?|new_?|old_?)?(?:password|passwd|pwd|passphrase|access_?token|refresh_?token|id_?token|api_?key|"
    r"secret_?key|private_?key|client_?secret|authorization|cvv|credit_?card(?:_?number)?|card_?number|ssn|otp)",
    re.IGNORECASE,
)
_VARIABLE: Final = re.compile(r"[$@]?\w+")
_MASKED: Final = re.compile(r"mask|redact|hash|len|bool|type|sha|hide|obfus|scrub", re.IGNORECASE)


async def audit_source(tree: Tree) -> Finding:
    """Every call of a logger, and what it is given."""
    opinion = Opinion()
    seen = 0
    for module in tree.code.modules:
        for call in module.calls:
            if call.method not in _METHODS or not _LOGGER.search(call.name):
                continue
            seen += 1
            name = next((each.name for value in _values(call) for each in _whole(value)), "")
            if name:
                opinion.fault(call.place, f"{name.rpartition('.')[2]} is written to the log")
    if opinion.faults:
        return finding(opinion, tree.show, nothing="")
    told = (
        f"{seen} calls of loggers in code, none with a password, a token or a key"
        if seen
        else "No call of a logger in code"
    )
    return attest(f"{told}. {QUESTION}")


def _values(call: Call) -> Iterator[Value]:
    yield from call.args
    yield from call.keywords.values()


def _whole(value: Value) -> Iterator[Value]:
    """The value itself and the parts of a text, where they are secrets as they stand."""
    for each in (value, *value.parts):
        made = each.call.name if each.call is not None else ""
        as_it_is = not made or (_VARIABLE.fullmatch(each.text) is not None and not _MASKED.search(made))
        plain = each.name and as_it_is and not each.known and _SECRET.fullmatch(each.name)
        if plain and not _MASKED.search(each.text.removesuffix(each.name)):
            yield each
