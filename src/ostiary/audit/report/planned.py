"""A plan on paper: what would be asked, stage after stage, the most it may cost, what it may change, and what is missing."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from itertools import groupby
from typing import Final

from ostiary.audit.plan import Plan, Planned
from ostiary.parts.printable import on_one_line, printable

WIDTH: Final = 80  # columns
_ID: Final = 39  # columns; the longest id there is
_NAMED: Final = 12  # operations left alone that are listed one by one


def as_json(plan: Plan) -> str:
    """The plan for programs; fields are added, never renamed."""
    found = dataclasses.asdict(plan)
    found["most"] = plan.most
    return json.dumps({"format": 1, "plan": found}, indent=2)


def as_text(plan: Plan) -> str:
    """The plan for a person, 80 columns wide."""
    lines = [f"Plan of an audit of {plan.target}", *_wrapped(_document(plan)), ""]
    lines += _wrapped(
        f"At most {plan.most:,} requests in all (--budget). Each line below says how many its check may take at most and "
        f"what it may change; the first stages may spend what the last ones need. Nothing has been asked yet."
    )
    lines += ["", "Session", *_line("documents, accounts, one request each", plan.session, "creates objects, accounts")]
    for stage, checks in groupby(plan.asked, key=lambda each: each.stage):
        lines += ["", stage.capitalize(), *_table(list(checks))]
    lines += [
        "",
        *_wrapped(f"{plan.from_document} controls are asked of the document alone, {plan.by_people} of people."),
    ]
    lines += _left_out(plan)
    if plan.missing:
        lines += ["", "What would let it find more", *(line for each in plan.missing for line in _wrapped(each, 2))]
    return printable("\n".join(lines))


def _document(plan: Plan) -> str:
    return f"{plan.document}: {plan.operations} operations." if plan.document else "No document was found."


def _table(checks: list[Planned]) -> list[str]:
    return [line for each in checks for line in _line(each.id, each.requests, each.changes)]


def _line(what: str, requests: int, changes: str) -> list[str]:
    return [f"  {what.ljust(_ID)} {requests:>7,}  {changes}"]


def _left_out(plan: Plan) -> list[str]:
    lines: list[str] = []
    silent = sorted((each for each in plan.checks if each.why_not), key=lambda each: each.why_not)
    for why, checks in groupby(silent, key=lambda each: each.why_not):
        lines += ["", *_wrapped(f"Not asked, {why}:"), *_wrapped(", ".join(each.id for each in checks), 2)]
    if plan.excluded:
        lines += ["", f"Left alone, {len(plan.excluded)} operations that could do harm:"]
        lines += [f"  {on_one_line(each.operation)}  {on_one_line(each.reason)}" for each in plan.excluded[:_NAMED]]
        more = len(plan.excluded) - _NAMED
        lines += [f"  and {more} more (--format json names them)"] if more > 0 else []
    return lines


def _wrapped(text: str, indent: int = 0) -> list[str]:
    pad = " " * indent
    return textwrap.wrap(
        text, WIDTH, initial_indent=pad, subsequent_indent=pad, break_long_words=False, break_on_hyphens=False
    )
