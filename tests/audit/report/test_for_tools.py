"""SARIF and JUnit: every outcome as what it is, nothing that a reader of them could take for a pass."""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import Element

import defusedxml.ElementTree
import pytest

from ostiary.audit.marks import marked
from ostiary.audit.report import junit, sarif
from ostiary.audit.result import Report, Result, Since
from ostiary.model import Evidence, Finding, Kind, Maps, Outcome, Severity, failed

PLACE = "app/with space/views.py:12"


def result(control_id: str, *findings: Finding) -> Result:
    first = findings[0]
    return Result(
        id=control_id,
        section="Input",
        rule="A rule.",
        severity=Severity.HIGH,
        outcome=first.outcome,
        why=first.why,
        findings=findings,
        background="Because.",
        fix="Do it.",
        maps=Maps(owasp_api=("API8:2023",), cwe=(89,)),
        places=first.places,
    )


def finding(outcome: Outcome, why: str, **rest: Any) -> Finding:
    return Finding(outcome=outcome, why=why, kind=rest.pop("kind", Kind.SOURCE), **rest)


BROKEN = finding(
    Outcome.FAIL,
    "text is built",
    places=(PLACE, "app/models.py:3"),
    evidence=(Evidence(what="a name goes into it", where=PLACE, extract="cur.execute(f'...')"),),
    proof="It is no constant",
)
RESULTS = (
    result("input.injection-sql", BROKEN),
    result("input.injection-rce", finding(Outcome.PASS, "all are constant")),
    result("input.injection-xss", finding(Outcome.UNKNOWN, "no template was read <&>")),
    result("ci.code-review", finding(Outcome.ATTEST, "Who reviews?")),
    result("output.nosniff", finding(Outcome.NOT_APPLICABLE, "no replies")),
    result("ci.sast", finding(Outcome.WAIVED, "a scanner runs elsewhere\x00\x1b")),
    result("access.hsts", finding(Outcome.FAIL, "no header", places=("GET /x:1",), kind=Kind.LIVE)),
)


def report(*results: Result, **rest: Any) -> Report:
    return Report(
        tool="ostiary 9.9", target="shop & co", form="folder", started="2026-11-22T07:00:00Z", seconds=1.5,
        results=results or RESULTS, notes=("A note.",), **rest,
    )  # fmt: skip


def run_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)["runs"][0]
    return found


def test_every_outcome_has_its_kind_and_only_failures_have_a_level() -> None:
    found = {each["ruleId"]: (each["kind"], each["level"]) for each in run_of(sarif.render(report()))["results"]}
    assert found == {
        "input.injection-sql": ("fail", "error"),
        "input.injection-rce": ("pass", "none"),
        "input.injection-xss": ("open", "none"),
        "ci.code-review": ("review", "none"),
        "output.nosniff": ("notApplicable", "none"),
        "ci.sast": ("fail", "error"),
        "access.hsts": ("fail", "error"),
    }


def test_what_is_waived_is_suppressed_with_its_reason() -> None:
    waived = next(each for each in run_of(sarif.render(report()))["results"] if each["ruleId"] == "ci.sast")
    assert [each["justification"] for each in waived["suppressions"]] == ["a scanner runs elsewhere\x00\x1b"]


def test_each_place_is_a_result_with_its_file_and_line() -> None:
    places = [each["locations"] for each in run_of(sarif.render(report()))["results"] if each["ruleId"].endswith("sql")]
    physical = [each[0]["physicalLocation"] for each in places]
    assert [each["artifactLocation"]["uri"] for each in physical] == ["app/with%20space/views.py", "app/models.py"]
    assert [each["region"]["startLine"] for each in physical] == [12, 3]
    assert physical[0]["region"]["snippet"]["text"] == "cur.execute(f'...')"


def test_an_operation_is_no_file_but_code_scanning_gets_one() -> None:
    def locations(text: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = next(
            each["locations"] for each in run_of(text)["results"] if each["ruleId"] == "access.hsts"
        )
        return found

    assert [list(each) for each in locations(sarif.render(report()))] == [["logicalLocations"]]
    assert [list(each) for each in locations(sarif.render_failures(report()))] == [
        ["physicalLocation"],
        ["logicalLocations"],
    ]


def test_code_scanning_gets_failures_alone() -> None:
    run = run_of(sarif.render_failures(report()))
    assert {each["ruleId"] for each in run["results"]} == {"input.injection-sql", "access.hsts"}
    assert all("suppressions" not in each for each in run["results"])
    assert {each["id"] for each in run["tool"]["driver"]["rules"]} == {"input.injection-sql", "access.hsts"}


def test_results_name_their_rule_by_id_and_index() -> None:
    run = run_of(sarif.render(report()))
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    assert [rules[each["ruleIndex"]] for each in run["results"]] == [each["ruleId"] for each in run["results"]]
    assert run["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == "8.0"


def fingerprints(line: int, text: str) -> list[str]:
    made = marked(failed("it", places=(f"a.py:{line}",)), lambda _, __: text)
    results = [result("input.injection-sql", made)]
    return [each["partialFingerprints"]["ostiary/v1"] for each in run_of(sarif.render(report(*results)))["results"]]


def test_a_fingerprint_survives_lines_above_and_not_another_line() -> None:
    assert fingerprints(3, "execute(a + b)") == fingerprints(90, "  execute(a + b) ")
    assert fingerprints(3, "execute(a + b)") != fingerprints(3, "execute(c + d)")


def test_equal_lines_of_a_file_have_different_marks() -> None:
    made = marked(failed("it", places=("a.py:1", "a.py:2", "GET /x")), lambda _, __: "same")
    assert len(set(made.facts["marks"].values())) == 2


def test_what_is_known_already_says_so() -> None:
    since = Since(source="old.json", new=("access.hsts",), known=("input.injection-sql",))
    found = {each["ruleId"]: each.get("baselineState") for each in run_of(sarif.render(report(since=since)))["results"]}
    assert (found["access.hsts"], found["input.injection-sql"], found["ci.sast"]) == ("new", "unchanged", None)


def test_an_audit_that_was_stopped_did_not_succeed() -> None:
    def succeeded(**rest: bool) -> bool:
        return bool(run_of(sarif.render(report(**rest)))["invocations"][0]["executionSuccessful"])

    assert succeeded()
    assert not succeeded(interrupted=True)
    assert not succeeded(unauthenticated=True)


def cases() -> dict[str, Element]:
    page = defusedxml.ElementTree.fromstring(junit.render(report()))
    return {str(each.get("name")): each for each in page.iter("testcase")}


@pytest.mark.parametrize(
    ("control", "child"),
    [
        ("input.injection-sql", "failure"),
        ("input.injection-rce", None),
        ("input.injection-xss", "skipped"),
        ("ci.code-review", "skipped"),
        ("output.nosniff", "skipped"),
        ("ci.sast", "skipped"),
    ],
)
def test_a_case_fails_passes_or_is_skipped(control: str, child: str | None) -> None:
    assert [each.tag for each in cases()[control]] == ([child] if child else [])


def test_skipped_cases_say_why_and_failures_say_where() -> None:
    (skipped,) = cases()["input.injection-xss"]
    assert skipped.get("message") == "unknown: no template was read <&>"
    (failure,) = cases()["input.injection-sql"]
    assert PLACE in str(failure.text)


def test_counts_are_those_of_the_cases() -> None:
    page = defusedxml.ElementTree.fromstring(junit.render(report()))
    assert (page.get("tests"), page.get("failures"), page.get("skipped")) == ("7", "2", "4")
    assert sum(int(str(each.get("tests"))) for each in page) == 7
