"""Texts that code puts together: which parts are open, and what stands before each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Code, Value

# What makes a value harmless for the text it goes into, by the name of the function that gave it.
_TAMED: Final = re.compile(
    r"(?i)escape|quote|quoting|sanit|purif|encode|bindparam|format_ident|identifier|placeholder|\bident\b|literal|uuid|"
    r"htmlspecialchars|htmlentities|strip_tags|basename|secure_filename|(?:^|\.)(?:int|float|len|count|hash|hexdigest|md5|sha\d*|digest|max|min|round)$"
)
_HOLE: Final = re.compile(r"%(?:\(\w+\)|\d+\$)?[-+ 0#]*\d*(?:\.\d+)?[a-zA-Z@]|\{[^{}\n]{0,60}\}|\?(?=\?)")


# What looks at a value and decides whether it may go on.
_CHECKS: Final = re.compile(
    r"(?:^|\.)(?:is_numeric|ctype_\w+|preg_match|filter_var|in_array|array_key_exists|checkdate|includes|has|test|match|fullmatch|matches|contains|"
    r"containsKey|MatchString|match\?|include\?|key\?|value\?|isNaN|isdigit|isalnum|isdecimal|isidentifier|hasOwnProperty|is_?[vV]alid\w*|validate\w*|"
    r"(?:is_?)?[aA]llowed|isIP|isUUID|isAlphanumeric|isInt|isEmail|isNumeric)$"
)
_WORD: Final = re.compile(r"[A-Za-z_]\w*")


def is_checked(code: Code, call: Call, value: Value) -> bool:
    """Whether the function looks at what comes in before the call, by a pattern, a list or its kind."""
    given = [value, *(part for _, part in holes(value))]
    words = {word for each in given for word in _WORD.findall(f"{each.text} {each.name}")}
    module = next((each for each in code.modules if each.path == call.path), None)
    return any(
        each.function is call.function and each.line <= call.line and each is not call and words & _looked_at(each)
        for each in (module.calls if module is not None else ())
        if _CHECKS.search(each.name)
    )


def _looked_at(call: Call) -> set[str]:
    given = [*call.args[:2], *([call.receiver] if call.receiver is not None else [])]
    return {word for each in given for word in _WORD.findall(each.text)}


def is_fixed(value: Value, deep: int = 0) -> bool:
    """Whether no text can come in by a value: it is constant, a number, one of several constants, or was tamed."""
    if value.known or value.numeric:
        return True
    if value.tainted and not value.parts:
        return False
    if deep > 5:  # noqa: PLR2004 - choices within choices
        return False
    if value.parts:
        return all(is_fixed(each, deep + 1) for each in value.parts)
    if value.pairs:
        return all(is_fixed(each, deep + 1) for each in value.pairs.values())
    if value.call is not None and not value.tainted and _TAMED.search(value.call.name):
        return True
    last = value.name.rpartition(".")[2]
    return bool(last) and len(last) > 1 and last.isupper() and not value.tainted  # a constant of another module


def holes(value: Value) -> Iterator[tuple[str, Value]]:
    """The open parts of a text with the text before each, as far as it is known."""
    if not value.built:
        return
    yield from _formatted(value) or _adjacent(value)


def _formatted(value: Value) -> list[tuple[str, Value]]:
    head, rest = value.parts[0], value.parts[1:]
    if not isinstance(head.literal, str) or not rest or any(isinstance(each.literal, str) for each in rest):
        return []
    found = list(_HOLE.finditer(head.literal))
    if len(found) != len(rest):
        return []
    return [(head.literal[: hole.start()], part) for hole, part in zip(found, rest, strict=True) if not is_fixed(part)]


def _adjacent(value: Value) -> Iterator[tuple[str, Value]]:
    before = ""
    for part in value.parts:
        if part.known:
            before += str(part.literal)
            continue
        if not is_fixed(part):
            yield before, part
        before += "?"


def fixed_text(value: Value) -> str:
    """All that is known of a text, a question mark for what is not."""
    if isinstance(value.literal, str):
        return value.literal
    return "".join(str(part.literal) if part.known else "?" for part in value.parts) if value.built else ""
