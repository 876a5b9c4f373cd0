"""A shell script becomes the commands it runs, with their lines; what is commented out, printed or fed as a text runs nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

MOST: Final = 200_000  # characters of one script that are looked at
MOST_COMMANDS: Final = 2_000
_MOST_WORDS: Final = 400  # of one command
_NEAR: Final = 40  # of them, where a shell is looked for
_DEEPEST: Final = 4  # scripts in scripts
_OPERATORS: Final = ("&&", "||", ";;&", ";;", ";&", "|&", "&", "|", ";", "\n", "(", ")")
_PRINTING: Final = frozenset(
    {"echo", "printf", ":", "true", "false", "cat<<", "write-host", "write-output", "rem", "#"}
)
_QUIET: Final = frozenset({"echo", "printf", ":", "true", "write-host", "write-output", "warning"})
_SHELLS: Final = re.compile(r"(?:.*/)?(?:ba|z|da|a|k)?sh(?:\.exe)?")
_RUNS_TEXT: Final = re.compile(r"-[a-zA-Z]*c")
_LEADING: Final = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{", "time"})
_CLOSING: Final = frozenset({"fi", "done", "esac", "}"})
_FUNCTION: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ASSIGNED: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=.*", re.DOTALL)
_HEREDOC: Final = re.compile(r"<<-?[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_][A-Za-z0-9_]*)")
_REDIRECT: Final = re.compile(r"(?:\d*|&)(?:>>|>\||>&|<&|<<<|<>|>|<)")


class Command(NamedTuple):
    """One command: its words as the shell would see them, the line it begins on (from 1), and whether its failure counts."""

    argv: tuple[str, ...]
    line: int
    may_fail: bool = False


class _Part(NamedTuple):
    before: str  # the operator in front
    words: tuple[str, ...]
    line: int
    depth: int  # of groups
    function: str = ""


def commands(script: str, line: int = 1) -> tuple[Command, ...]:
    """What a script runs, in the order it is written.

    :param line: the number of its first line in its file.
    """
    found = tuple(_deeply(script[:MOST], line, 0))
    return found[:MOST_COMMANDS]


def _deeply(script: str, line: int, depth: int) -> Iterator[Command]:
    parts = _called(_parts(script, line))
    forgiving = False
    asked = "$?" in script or "PIPESTATUS" in script
    for at, part in enumerate(parts):
        words = _stripped(part.words)
        if not words:
            continue
        if words[0] == "set":
            forgiving = _forgives(words[1:], forgiving)
        if words[0].lower() in _PRINTING or words[0] in {
            "set",
            "[",
            "[[",
            "test",
            "local",
            "declare",
            "readonly",
            "for",
            "case",
            "select",
            "function",
        }:
            continue
        if words[0] == "exit":
            if (
                part.depth == 0
                and part.before in {"", ";", "\n"}
                and not any(each.words[:1] == ("if",) for each in parts[:at])
            ):
                return
            continue
        may_fail = (forgiving and not asked) or _swallowed(parts, at)
        inner = _inner(words)
        if inner and depth < _DEEPEST:
            for each in _deeply(inner, part.line, depth + 1):
                yield each._replace(may_fail=each.may_fail or may_fail)
            continue
        yield Command(words, part.line, may_fail)


def _forgives(options: Sequence[str], now: bool) -> bool:  # noqa: FBT001 - a state and what becomes of it
    for each in options:
        if re.fullmatch(r"\+[a-z]*e[a-z]*", each):
            now = True
        elif re.fullmatch(r"-[a-z]*e[a-z]*", each):
            now = False
    return now


def _stripped(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and (words[at] in _LEADING or _ASSIGNED.fullmatch(words[at])):
        at += 1
    return () if at < len(words) and words[at] in _CLOSING else words[at:]


def _swallowed(parts: Sequence[_Part], at: int) -> bool:
    """Whether ``|| true`` or the like makes the failure of this command, or of the pipe it stands in, no failure."""
    depth, ahead = parts[at].depth, at + 1
    while (
        ahead < len(parts)
        and parts[ahead].before != "||"
        and (parts[ahead].before in {"|", "|&", "&&"} or parts[ahead].depth > depth)
    ):
        ahead += 1
    if ahead >= len(parts) or parts[ahead].before != "||":
        return bool(depth) and ahead < len(parts) and parts[ahead].depth >= depth and _group_swallowed(parts, at)
    depth = min(depth, parts[ahead].depth) if parts[ahead].depth < depth else depth
    instead = [parts[ahead]]
    for each in parts[ahead + 1 :]:
        if each.depth <= depth and each.before not in {"&&", "||"}:
            break
        instead.append(each)
    return all(_harmless(each.words) for each in instead)


def _group_swallowed(parts: Sequence[_Part], at: int) -> bool:
    """Whether that is so of the group a command stands in."""
    depth = parts[at].depth
    last = at
    while last + 1 < len(parts) and parts[last + 1].depth >= depth:
        last += 1
    return last > at and last + 1 < len(parts) and parts[last + 1].before == "||" and _harmless(parts[last + 1].words)


def _harmless(words: tuple[str, ...]) -> bool:
    rest = _stripped(words)
    return not rest or rest[0].lower() in _QUIET or rest in {("exit", "0"), ("return", "0")} or rest[0].startswith("::")


def _called(parts: Sequence[_Part]) -> list[_Part]:
    """Bodies of functions run only where something outside of them calls the function."""
    names = {each.function for each in parts if each.function}
    running: set[str] = set()
    todo = [""]
    while todo:
        inside = todo.pop()
        for each in parts:
            words = _stripped(each.words)
            if each.function == inside and words and words[0] in names - running:
                running.add(words[0])
                todo.append(words[0])
    return [each for each in parts if not each.function or each.function in running]


def _inner(words: tuple[str, ...]) -> str:
    """The script that a command is given as a text: ``bash -c '...'``, also behind ``docker run image``, ``ssh`` and ``eval``."""
    for at, word in enumerate(words[:_NEAR]):
        if _SHELLS.fullmatch(word):
            rest = words[at + 1 : at + 1 + _NEAR]
            options = list(itertools.takewhile(lambda one: one[:1] in {"-", "+"} or one == "pipefail", rest))
            if any(_RUNS_TEXT.fullmatch(each) for each in options):
                return rest[len(options)] if len(rest) > len(options) else ""
    first = words[0].rpartition("/")[2]
    if first == "eval":
        return " ".join(words[1:])
    if first in {"nix-shell", "nix"} and "--run" in words[:-1]:
        return words[words.index("--run") + 1]
    if first == "ssh":
        return _over_ssh(words[1:])
    if first in {"pwsh", "powershell", "cmd"} and len(words) > 2 and words[1].lower() in {"-c", "-command", "/c"}:  # noqa: PLR2004 - program, option, text
        return " ".join(words[2:])
    return ""


def _over_ssh(words: tuple[str, ...]) -> str:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in {"-i", "-o", "-p", "-l", "-F", "-J", "-L", "-R", "-b", "-c", "-E"} else 1
    return " ".join(words[at + 1 :])


def _parts(script: str, line: int) -> list[_Part]:
    """The script cut at its operators; groups and functions are remembered by depth and name."""
    cutter = _Cutter()
    for kind, text, number in _tokens(script, line):
        if kind == "word":
            cutter.word(text, number)
        else:
            cutter.operator(text)
        if len(cutter.found) > MOST_COMMANDS:
            break
    cutter.cut()
    return cutter.found


class _Cutter:
    def __init__(self) -> None:
        self.found: list[_Part] = []
        self._words: list[str] = []
        self._line = self._depth = 0
        self._before = self._function = self._pending = ""
        self._until = -1

    def word(self, text: str, line: int) -> None:
        self._line = self._line if self._words else line
        if len(self._words) < _MOST_WORDS:
            self._words.append(text)

    def operator(self, text: str) -> None:
        words = self._words
        if text == ")" and (self._pending or not self._depth):  # of a function, or of a pattern of `case`
            while self._before == "|" and self.found and not self._pending:
                self._before = self.found.pop().before
            words.clear()
            return
        if text == "(" and words and not _leads(words) and _FUNCTION.fullmatch(words[-1]):
            self._pending = words[-1]
            words.clear()
            return
        self.cut()
        self._depth += (text == "(") - (text == ")" and self._depth > 0)
        if text not in {"(", ")"} and not (text == "\n" and self._before in {"&&", "||", "|", "|&"}):
            self._before = text

    def cut(self) -> None:
        words = self._words
        if not words:
            return
        if self._pending and words[0] == "{":
            self._function, self._until, self._pending = self._pending, self._depth, ""
        self._depth += words[0] == "{"
        self.found.append(_Part(self._before, tuple(words), self._line, self._depth, self._function))
        self._depth -= words[0] == "}"
        if self._function and self._depth <= self._until:
            self._function = ""
        self._before = ""
        words.clear()


def _leads(words: Sequence[str]) -> bool:
    return words[0] in _LEADING or words[0] in {"for", "case", "in", "&&"}


def _tokens(script: str, line: int) -> Iterator[tuple[str, str, int]]:
    """Words and operators, each with its line; comments, redirections and here-documents are left out."""
    at, end = 0, len(script)
    waiting: list[str] = []  # here-documents whose text begins on the next line
    while at < end:
        char = script[at]
        if char in " \t\r":
            at += 1
        elif script.startswith(("\\\n", "`\n", "\\\r\n"), at):
            at += 3 if script.startswith("\\\r\n", at) else 2
            line += 1
        elif char == "#":
            at = _or_end(script.find("\n", at), end)
        elif match := _HEREDOC.match(script, at):
            waiting.append(match["word"])
            at = match.end() + (len(match["quote"]) if match["quote"] in "'\"" else 0)
        elif match := _REDIRECT.match(script, at):
            at, skipped = _word_end(script, _blanks(script, match.end()))
            line += skipped
        elif operator := next((each for each in _OPERATORS if script.startswith(each, at)), ""):
            yield "operator", operator, line
            at += len(operator)
            if operator == "\n":
                line += 1
                at, passed = _after_documents(script, at, waiting)
                line += passed
                waiting = []
        else:
            stop, newlines = _word_end(script, at)
            yield "word", _plain(script[at:stop]), line
            line += newlines
            at = max(stop, at + 1)


def _or_end(found: int, end: int) -> int:
    return end if found < 0 else found


def _blanks(script: str, at: int) -> int:
    while at < len(script) and script[at] in " \t":
        at += 1
    return at


def _after_documents(script: str, at: int, words: Sequence[str]) -> tuple[int, int]:
    passed = 0
    for word in words:
        while at < len(script):
            stop = _or_end(script.find("\n", at), len(script))
            text = script[at:stop].strip()
            at, passed = min(stop + 1, len(script)), passed + 1
            if text == word:
                break
    return at, passed


def _word_end(script: str, at: int) -> tuple[int, int]:
    """Where a word ends, with everything in quotes, ``$(...)``, ``${...}`` and ``${{ ... }}``; and how many lines it spans."""
    start = at
    while at < len(script):
        char = script[at]
        if char == "\\":
            at += 2
        elif char == "'":
            at = _or_end(script.find("'", at + 1), len(script) - 1) + 1
        elif char == '"':
            at = _quoted(script, at)
        elif char == "`":
            at = _or_end(script.find("`", at + 1), len(script) - 1) + 1
        elif script.startswith(("$(", "<(", ">("), at):
            at = _balanced(script, at + 1, "(", ")")
        elif script.startswith("${", at):
            at = _balanced(script, at + 1, "{", "}")
        elif char in " \t\r\n;&|()<>":
            break
        else:
            at += 1
    at = min(at, len(script))
    return at, script.count("\n", start, at)


def _quoted(script: str, at: int) -> int:
    at += 1
    while at < len(script) and script[at] != '"':
        if script[at] == "\\":
            at += 2
        elif script.startswith("$(", at):
            at = _balanced(script, at + 1, "(", ")")
        else:
            at += 1
    return at + 1


def _balanced(script: str, at: int, opening: str, closing: str) -> int:
    depth = 0
    while at < len(script):
        if script[at] == "\\":
            at += 1
        elif script[at] == "'" and opening == "(":
            at = _or_end(script.find("'", at + 1), len(script) - 1)
        elif script[at] == opening:
            depth += 1
        elif script[at] == closing:
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return at


def _plain(word: str) -> str:
    """A word without the quotes around its parts."""
    if not re.search(r"['\"\\]", word):
        return word
    made, at, double = [], 0, False
    while at < len(word):
        char = word[at]
        if char == "'" and not double:
            stop = _or_end(word.find("'", at + 1), len(word))
            made.append(word[at + 1 : stop])
            at = stop + 1
        elif char == '"':
            double = not double
            at += 1
        elif char == "\\" and at + 1 < len(word) and (not double or word[at + 1] in '"\\$`\n'):
            made.append("" if word[at + 1] == "\n" else word[at + 1])
            at += 2
        else:
            made.append(char)
            at += 1
    return "".join(made)
