"""How long something lives by what code says: durations of libraries, products of numbers, texts such as ``30d``, names with units."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Call, Value

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_557_600}
_TEXT: Final = re.compile(
    r"\s*(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|y|yrs?|years?)\s*",
    re.IGNORECASE,
)
_NAMED: Final = {
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86_400.0,
    "weeks": 604_800.0,
}
_CALLS: Final = re.compile(
    r"(?i)(?:^|\.)(?:of|from|plus)?(Millis|Seconds|Minutes|Hours|Days|Weeks|Months|Years)$|TimeUnit\.(\w+)\.toMillis$"
)
_PLURAL: Final = {"millis": 1e-3, "months": 2_629_800.0, "years": 31_557_600.0}
_GO: Final = re.compile(r"(\d+)?\s*\*?\s*time\.(Second|Minute|Hour)\b\s*(?:\*\s*([\d* ]+))?")
_UNIT_IN_NAME: Final = re.compile(r"(?i)_?(millis(?:econds)?|ms|seconds?|secs?|minutes?|mins?|hours?|days?|weeks?)$")
_NOW: Final = re.compile(r"(?i)now|time|date|instant|clock|iat|issued")
_DEEPEST: Final = 4


def seconds_of(value: Value | None, *, number: float | None = None, depth: int = 0) -> float | None:
    """How many seconds a value stands for; None: that cannot be told.

    :param number: what one is, in seconds, where it is a bare number; None: it says nothing.
    """
    if value is None or depth > _DEEPEST:
        return None
    literal = value.literal
    if isinstance(literal, str):
        return _text(literal)
    if isinstance(literal, (int, float)) and not isinstance(literal, bool):
        return literal * number if number is not None else None
    if value.call is not None and not value.parts:
        return _call(value.call)
    go = _GO.search(value.text) if value.text else None
    if go is not None:
        return _go(go)
    return _sum(value, number, depth)


def _sum(value: Value, number: float | None, depth: int) -> float | None:
    """Of ``now() + timedelta(minutes=5)`` the share that is known, where the other is the time now."""
    if len(value.parts) != 2:  # noqa: PLR2004 - the two sides of a sum
        return None
    for one, other in (value.parts, tuple(reversed(value.parts))):
        known = seconds_of(one, number=number, depth=depth + 1)
        if known is not None and _NOW.search(other.call.name if other.call is not None else other.text):
            return known
    return None


def _text(text: str) -> float | None:
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    unit = match[2].lower()
    return float(match[1]) * (0.001 if unit.startswith(("ms", "milli")) else _UNITS[unit[0]])


def _call(call: Call) -> float | None:
    if call.name.rpartition(".")[2] == "timedelta":
        return _timedelta(call)
    match = _CALLS.search(call.name)
    if match is not None and call.args:
        unit = (match[1] or match[2]).lower()
        given = call.args[0].literal
        factor = _PLURAL.get(unit, _NAMED.get(unit))
        return given * factor if isinstance(given, (int, float)) and factor is not None else None
    if call.method in {"Add", "plus"} and call.args:
        return seconds_of(call.args[0], depth=1)
    if call.method in {
        "Unix",
        "getTime",
        "timestamp",
        "toInstant",
        "from",
        "Date",
        "NewNumericDate",
        "toDate",
        "int",
        "round",
        "to_i",
        "valueOf",
        "strftime",
        "utctimetuple",
        "timegm",
    }:
        for each in (*call.args, *([call.receiver] if call.receiver is not None else [])):
            found = seconds_of(each, number=0.001 if call.method == "Date" else None, depth=1)
            if found is not None:
                return found
    return None


def _timedelta(call: Call) -> float | None:
    total = 0.0
    order = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
    given = dict(zip(order, call.args, strict=False)) | dict(call.keywords)
    for name, each in given.items():
        literal = each.literal
        if not isinstance(literal, (int, float)):
            only = each.parts[0].literal if len(each.parts) == 1 and each.name else None  # the default of a setting
            if not isinstance(only, (int, float)):
                return None
            literal = only
        total += literal * _NAMED.get(name, 0.0)
    return total if given and not call.spread else None


def _go(match: re.Match[str]) -> float | None:
    factor = {"Second": 1, "Minute": 60, "Hour": 3600}[match[2]]
    numbers = [int(each) for each in re.findall(r"\d{1,9}", f"{match[1] or ''} {match[3] or ''}")]
    total = float(factor)
    for each in numbers[:6]:
        total *= each
    return total


def named_unit(name: str) -> float | None:
    """What one of a number is in seconds, by the end of its name (``ACCESS_TOKEN_EXPIRE_MINUTES``)."""
    match = _UNIT_IN_NAME.search(name)
    if match is None:
        return None
    unit = match[1].lower()
    if unit.startswith(("ms", "milli")):
        return 0.001
    return float(_UNITS[unit[0]])


def spoken(seconds: float) -> str:
    """``30 days``, ``90 minutes``."""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size or seconds == size:
            count = seconds / size
            return f"{count:.3g} {unit}{'s' * (count != 1)}"
    return f"{seconds:.3g} seconds"
