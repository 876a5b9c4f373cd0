"""How large a body code lets in: the bounds that frameworks are told, and those that are taken away."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Call, Code, Language
from ostiary.parts.deployment.opinion import Opinion

MOST: Final = 1 << 30  # bytes: a body of a gigabyte in memory is none that is bounded
_UNITS: Final = {"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40}
_SIZE: Final = re.compile(r"(?i)^\s*(\d{1,15})(?:\.\d{1,6})?\s*(b|kb|mb|gb|tb)?\s*$")
_PARSERS: Final = ("express.json", "express.urlencoded", "express.raw", "express.text", "body-parser.json", "body-parser.urlencoded",
                   "body-parser.raw", "body-parser.text")  # fmt: skip
_DJANGO: Final = "DATA_UPLOAD_MAX_MEMORY_SIZE"
_FLASK: Final = ("MAX_CONTENT_LENGTH", "*.MAX_CONTENT_LENGTH")


def opinion_of(code: Code) -> Opinion:
    """Bounds of Express, Django and Flask."""
    opinion = Opinion()
    for call in code.calls(*_PARSERS):
        _parser(opinion, call)
    for each in code.assignments(_DJANGO, languages=(Language.PYTHON,)):
        if each.value.literal is None:
            opinion.fault(each.place, "Django is told to take bodies of any size")
        elif isinstance(each.value.literal, int):
            opinion.good(each.place, "Django bounds bodies")
    for each in code.assignments(*_FLASK, languages=(Language.PYTHON,)):
        if each.value.literal is None and each.value.known:
            opinion.fault(each.place, "Flask is told to take bodies of any size")
        elif each.value.known:
            opinion.good(each.place, "Flask bounds bodies")
    return opinion


def _parser(opinion: Opinion, call: Call) -> None:
    limit = call.keywords.get("limit")
    if limit is None:
        if not call.spread and all(each.known or each.pairs for each in call.args):
            opinion.good(call.place, "Express bounds bodies")
        return
    size = _bytes(limit.literal)
    if limit.text == "Infinity" or (size is not None and size >= MOST):
        opinion.fault(call.place, "Express is told to take bodies of a gigabyte or more")
    elif size is not None:
        opinion.good(call.place, "Express bounds bodies")


def _bytes(literal: object) -> int | None:
    if isinstance(literal, int):
        return literal
    found = _SIZE.match(literal) if isinstance(literal, str) else None
    return int(found[1]) * _UNITS[(found[2] or "").lower()] if found is not None else None
