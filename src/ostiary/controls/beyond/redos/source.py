"""Patterns in code that double their work with each character, and patterns that a request brings along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.controls.beyond.redos.growth import Malformed, pump_of
from ostiary.evidence.code import Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code.judging import Fault, judged

_PYTHON: Final = tuple(f"{module}.{name}" for module in ("re", "regex")
                       for name in ("compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split"))  # fmt: skip
_OTHERS: Final = ("RegExp", "*Pattern.compile", "*Pattern.matches", "preg_match", "preg_match_all", "preg_replace", "Regexp",
                  "Regexp.compile", "NSRegularExpression", "Regex", "*Regex", ".toRegex")  # fmt: skip
_ON_TEXT: Final = (".matches", ".replaceAll", ".replaceFirst")  # Java: the pattern comes first
_USES: Final = (
    ".test",
    ".exec",
    ".match",
    ".matchAll",
    ".search",
    ".replace",
    ".split",
    ".match?",
    ".scan",
    ".gsub",
    ".sub",
    ".matcher",
)
LONGEST: Final = 500  # characters of a pattern that is read
EXPONENTIAL: Final = "a pattern doubles its work with each character of what it looks at"
BROUGHT: Final = "a request brings the pattern along"


async def audit_source(tree: Tree) -> Finding:
    """Read each pattern for loops that are ambiguous, and see where patterns come from."""
    faults, sound = [], list[Spot]()
    asked = _asked(tree)
    for call, pattern in _patterns(tree):
        text = pattern.literal
        if isinstance(text, str):
            if _is_exponential(_bare(call, text)):
                faults.append(_exponential(call, asked))
            else:
                sound.append(call)
        elif pattern.tainted and not _escaped(pattern):
            faults.append(Fault(call, BROUGHT, Confidence.CERTAIN))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="no loop of the pattern is ambiguous",
        nothing="pattern for an engine that backtracks",
        proof="A text of some forty characters keeps the engine busy for minutes.",
    )


def _is_exponential(pattern: str) -> bool:
    try:
        return len(pattern) <= LONGEST and pump_of(pattern) is not None
    except Malformed:
        return False


def _exponential(call: Call, asked: set[str]) -> Fault:
    """One that meets request data is a fault by itself; of others it is not known what they meet."""
    met = any(each.tainted for each in call.args[1:]) or (call.receiver is not None and bool(call.receiver.tainted))
    met = met or call.place in asked
    return Fault(call, EXPONENTIAL, Confidence.CERTAIN if met else Confidence.FIRM, None if met else Severity.LOW)


def _asked(tree: Tree) -> set[str]:
    """Where patterns are made that later calls, such as ``test`` and ``match``, give request data to."""
    found: set[str] = set()
    for call in tree.code.calls(*_USES):
        made = call.receiver.call if call.receiver is not None else None
        if made is not None and any(each.tainted for each in call.args):
            found.add(made.place)
        if call.receiver is not None and call.receiver.tainted:
            found |= {each.call.place for each in call.args if each.call is not None}
    return found


def _patterns(tree: Tree) -> Iterator[tuple[Call, Value]]:
    for call in tree.code.calls(*_PYTHON, *_OTHERS):
        pattern = call.receiver if call.method == "toRegex" else call.argument(0, "pattern", "regex")
        if pattern is not None:
            yield call, pattern
    for call in tree.code.calls(*_ON_TEXT):
        if (
            call.language.value in {"java", "kotlin"}
            and call.args
            and not call.name.startswith(("java.util.regex", "Pattern"))
        ):
            yield call, call.args[0]


def _bare(call: Call, text: str) -> str:
    """A pattern without the delimiters that PHP writes around it."""
    if call.name.startswith("preg_") and len(text) > 2:  # noqa: PLR2004 - two delimiters
        end = {"(": ")", "{": "}", "[": "]", "<": ">"}.get(text[0], text[0])
        return text[1 : max(text.rfind(end), 1)]
    return text


def _escaped(pattern: Value) -> bool:
    made = pattern.call.name if pattern.call is not None else ""
    texts = f"{made} {pattern.text}"
    return any(each in texts for each in ("escape", "quote", "Literal"))
