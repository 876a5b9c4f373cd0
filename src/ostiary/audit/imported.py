"""What other tools found is read from their SARIF 2.1.0: sure results fail their control, others ask for a look.

A tool that found nothing proves nothing here, as what it looked at is not known.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

import ostiary
from ostiary import catalogue
from ostiary.audit.answering import result_of, unasked
from ostiary.audit.choice import select
from ostiary.audit.other_tools import control_of
from ostiary.audit.result import Report
from ostiary.errors import ConfigError
from ostiary.model import Confidence, Evidence, Finding, Kind, Outcome, failed, unknown
from ostiary.parts.masking import masked
from ostiary.parts.printable import on_one_line

MOST: Final = 64 * 1024 * 1024  # bytes
_SHOWN: Final = 4
_LONGEST: Final = 300
_CERTAIN: Final = frozenset({"error"})
_TELLS_NOTHING: Final = frozenset({"pass", "notApplicable", "informational"})


class Seen(NamedTuple):
    """One result of another tool."""

    tool: str
    rule: str
    control: str
    sure: bool
    place: str
    text: str


def imported(
    path: Path, *, only: Collection[str] | None = None, skip: Collection[str] = (), root: Path | None = None
) -> Report:
    """A report of what another tool's SARIF file says of our controls.

    :param root: where the tool looked, so that absolute paths become the tree's.
    :raises ConfigError: when it cannot be read, or is no SARIF 2.1.0.
    """
    runs = _runs(path)
    found: dict[str, list[Seen]] = defaultdict(list)
    unmapped: Counter[str] = Counter()
    for run in runs:
        for seen in _seen(run, root, unmapped):
            found[seen.control].append(seen)
    notes = [f"{count} results of {tool} are about no control of the checklist." for tool, count in unmapped.items()]
    results = []
    for control_id in select(only, skip):
        control = catalogue.control(control_id)
        findings = [_finding(found[control_id])] if control_id in found else [unasked(control, ())]
        results.append(result_of(control_id, findings))
    return Report(
        tool=f"ostiary {ostiary.__version__}",
        target=str(path),
        form="sarif",
        read=f"{sum(map(len, found.values()))} results of {', '.join(dict.fromkeys(map(_tool, runs))) or 'no tool'}",
        started=_started(runs),
        seconds=0.0,
        results=tuple(results),
        notes=tuple(map(on_one_line, notes)),
    )


def _finding(seen: Sequence[Seen]) -> Finding:
    sure = [each for each in seen if each.sure]
    shown = sure or seen
    rules = ", ".join(dict.fromkeys(f"{each.tool} {each.rule}" for each in shown))
    evidence = [Evidence(what=f"{each.tool} {each.rule}: {each.text}", where=each.place) for each in shown[:_SHOWN]]
    places = tuple(dict.fromkeys(each.place for each in shown if each.place))
    if sure:
        made = failed(f"another tool found it: {rules}", *evidence, places=places, confidence=Confidence.FIRM)
    else:
        made = unknown(f"another tool asks for a look: {rules}", *evidence)
    return Finding(
        outcome=made.outcome,
        why=made.why,
        evidence=made.evidence,
        kind=Kind.SOURCE,
        places=places if made.outcome is Outcome.FAIL else (),
        confidence=made.confidence,
        facts={"imported": sorted({each.tool for each in shown})},
    )


def _runs(path: Path) -> list[dict[str, Any]]:
    where = f"--import {path}"
    try:
        if path.stat().st_size > MOST:
            raise ConfigError(where, f"is larger than {MOST >> 20} MiB")
        plain = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(where, f"cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(where, "is not JSON") from error
    runs = plain.get("runs") if isinstance(plain, dict) else None
    if not isinstance(runs, list) or not all(isinstance(each, dict) for each in runs):
        raise ConfigError(where, "is no SARIF document: it has no runs")
    if str(plain.get("version", "")) != "2.1.0":
        raise ConfigError(where, f"is SARIF {plain.get('version')}", "have it written as 2.1.0")
    return runs


def _tool(run: dict[str, Any]) -> str:
    driver = _in(run, "tool", "driver")
    return on_one_line(str(driver.get("name", "another tool")))[:60] if isinstance(driver, dict) else "another tool"


def _seen(run: dict[str, Any], root: Path | None, unmapped: Counter[str]) -> Iterator[Seen]:
    tool = _tool(run)
    rules = [each for each in _in(run, "tool", "driver", "rules") or () if isinstance(each, dict)]
    tags = {str(each.get("id")): _tags(each) for each in rules}
    for result in _list(run.get("results")):
        rule = str(result.get("ruleId") or _in(result, "rule", "id") or _by_index(rules, result.get("ruleIndex")))
        if result.get("kind") in _TELLS_NOTHING or result.get("suppressions"):
            continue
        control = control_of(tool, rule, [*tags.get(rule, ()), *_tags(result)])
        if control is None:
            unmapped[tool] += 1
            continue
        text = masked(on_one_line(str(_in(result, "message", "text") or "")))[:_LONGEST]
        yield Seen(
            tool, on_one_line(rule)[:120], control[0], control[1] and _certain(result), _place(result, root), text
        )


def _certain(result: dict[str, Any]) -> bool:
    """What the tool itself is sure of: of bandit by its own scale, of others by the level (section 3.27.10)."""
    own = result.get("properties")
    if isinstance(own, dict) and "issue_confidence" in own:
        return own.get("issue_confidence") == "HIGH" and own.get("issue_severity") == "HIGH"
    return str(result.get("level", "warning")) in _CERTAIN


def _tags(node: dict[str, Any]) -> list[str]:
    own = node.get("properties")
    tags = own.get("tags", ()) if isinstance(own, dict) else ()
    more = own.get("cwe", ()) if isinstance(own, dict) else ()
    return [str(each) for one in (tags, [more] if isinstance(more, str) else more) for each in (one or ())]


def _place(result: dict[str, Any], root: Path | None) -> str:
    for location in _list(result.get("locations")):
        uri = _in(location, "physicalLocation", "artifactLocation", "uri")
        line = _in(location, "physicalLocation", "region", "startLine")
        if isinstance(uri, str):
            path = unquote(urlsplit(uri).path if uri.startswith("file:") else uri)
            if root is not None:
                path = path.removeprefix(f"{root.resolve()}/")
            path = on_one_line(path.removeprefix("./"))[:_LONGEST]
            return f"{path}:{line}" if isinstance(line, int) and line > 0 else path
    return ""


def _by_index(rules: list[dict[str, Any]], index: Any) -> str:
    return str(rules[index].get("id", "")) if isinstance(index, int) and 0 <= index < len(rules) else ""


def _started(runs: list[dict[str, Any]]) -> str:
    for run in runs:
        for each in _list(run.get("invocations")):
            when = each.get("startTimeUtc") or each.get("endTimeUtc")
            if isinstance(when, str):
                return on_one_line(when)[:30]
    return ""


def _list(node: Any) -> list[dict[str, Any]]:
    return [each for each in node if isinstance(each, dict)] if isinstance(node, list) else []


def _in(node: Any, *path: str) -> Any:
    for each in path:
        node = node.get(each) if isinstance(node, dict) else None
    return node
