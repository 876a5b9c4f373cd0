"""The report for a browser: one file that loads nothing, runs one known script, and trusts no word of the target."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from typing import Final, NamedTuple

import jinja2

from ostiary.audit.report.elsewhere import listed_elsewhere
from ostiary.audit.result import Report, Result
from ostiary.model import Kind, Outcome, Severity

_WORDS: Final = {
    Outcome.FAIL: "fail",
    Outcome.PASS: "pass",
    Outcome.UNKNOWN: "unknown",
    Outcome.ATTEST: "attest",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.WAIVED: "waived",
}
_MEANINGS: Final = {
    Outcome.FAIL: "broken, with evidence",
    Outcome.PASS: "holds, with evidence",
    Outcome.UNKNOWN: "could not be decided",
    Outcome.ATTEST: "only people can answer",
    Outcome.NOT_APPLICABLE: "does not concern this target",
    Outcome.WAIVED: "switched off, with a reason",
}
_CLOSES: Final = {
    "closes": "the gateway closes this",
    "in part": "the gateway closes part",
    "cannot": "not the gateway's to close",
}
_KINDS: Final = {
    Kind.LIVE: "live",
    Kind.SPEC: "document",
    Kind.SOURCE: "source",
    Kind.HOST: "machine",
    Kind.MOBILE: "package",
    Kind.CI: "pipeline",
}
BAR: Final = 100  # units of a bar's width


class _Piece(NamedTuple):
    """A stretch of a bar."""

    outcome: str
    number: int
    start: float
    width: float


def render(report: Report) -> str:
    """The report as one HTML document."""
    page = resources.files(__package__)
    style = page.joinpath("report.css").read_text(encoding="utf-8")
    script = page.joinpath("report.js").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.globals.update(pieces=_pieces, words=_WORDS, meanings=_MEANINGS, kinds=_KINDS, chips=_chips)
    template = environment.from_string(page.joinpath("report.html.jinja").read_text(encoding="utf-8"))
    return template.render(
        report=report,
        count=report.count(),
        order=list(_WORDS),
        severities=[each.value for each in Severity],
        others=[each for each in report.results if each.outcome is not Outcome.FAIL],
        closings=Counter(each.closing[0] for each in report.failures),
        closes=_CLOSES,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'",
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _pieces(count: Mapping[Outcome, int]) -> list[_Piece]:
    """A bar of all outcomes, each as wide as it is frequent: nothing is left out and nothing is counted as another."""
    total = sum(count.values()) or 1
    found, start = [], 0.0
    for outcome in _WORDS:
        width = BAR * count[outcome] / total
        if width:
            found.append(_Piece(outcome.value, count[outcome], round(start, 3), round(width, 3)))
        start += width
    return found


def _chips(result: Result) -> list[str]:
    return listed_elsewhere(result.maps)
