"""The report for CI servers that show test results: a suite for each section, a case for each control (JUnit's XML).

A failure is a failed case. What could not be decided, what only people can answer and what was waived is skipped, with
the reason; it never looks like a pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from ostiary.audit.result import Report, Result
from ostiary.model import Outcome

_SKIPPED: Final = {
    Outcome.UNKNOWN: "unknown",
    Outcome.ATTEST: "only people can answer",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.WAIVED: "waived",
}
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 section 2.2


def render(report: Report) -> str:
    """The report as XML text."""
    suites = "".join(_suite(name, report) for name in report.sections)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {_counts(report.results)} name="ostiary" time="{report.seconds}">\n{suites}</testsuites>\n'


def _suite(name: str, report: Report) -> str:
    results = [each for each in report.results if each.section == name]
    cases = "".join(_case(each) for each in results)
    named = (
        f"name={_quoted(name)} timestamp={_quoted(report.started.removesuffix('Z'))} hostname={_quoted(report.target)}"
    )
    return f'  <testsuite {named} {_counts(results)} errors="0" time="0">\n{cases}  </testsuite>\n'


def _counts(results: Iterable[Result]) -> str:
    found = list(results)
    failed = sum(each.outcome is Outcome.FAIL for each in found)
    skipped = sum(each.outcome in _SKIPPED for each in found)
    return f'tests="{len(found)}" failures="{failed}" skipped="{skipped}"'


def _case(result: Result) -> str:
    head = f'    <testcase name={_quoted(result.id)} classname={_quoted("ostiary." + result.id.partition(".")[0])} time="0"'
    if result.outcome is Outcome.PASS:
        return f"{head}/>\n"
    if result.outcome is Outcome.FAIL:
        text = "\n".join([result.rule, *_details(result), f"Fix: {result.fix}" if result.fix else ""]).strip()
        return f"{head}>\n      <failure type={_quoted(result.severity.value)} message={_quoted(result.why)}>{_clean(escape(text))}</failure>\n    </testcase>\n"
    why = f"{_SKIPPED[result.outcome]}: {result.why}"
    return f"{head}>\n      <skipped message={_quoted(why)}/>\n    </testcase>\n"


def _details(result: Result) -> list[str]:
    at = [f"At: {each}" for each in result.places[:50]]
    seen = [": ".join(part for part in (each.where, each.what, each.extract) if part) for each in result.evidence]
    return [*at, *seen]


def _quoted(text: str) -> str:
    return _clean(quoteattr(text))


def _clean(text: str) -> str:
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
