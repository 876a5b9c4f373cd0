"""Results of other tools count by their own certainty, under our controls, at places of the tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ostiary import catalogue
from ostiary.audit.imported import imported
from ostiary.audit.merge import merged
from ostiary.audit.other_tools import BY_WEAKNESS, ROWS, control_of
from ostiary.audit.result import Report, Result
from ostiary.errors import ConfigError
from ostiary.model import Outcome


def one(rule: str, level: str | None = "error", uri: str = "app/db.py", **rest: Any) -> dict[str, Any]:
    where = {"artifactLocation": {"uri": uri}, "region": {"startLine": 7}}
    made = {
        "ruleId": rule,
        "message": {"text": "built \x1b[31mSQL"},
        "locations": [{"physicalLocation": where}],
        **rest,
    }
    return made if level is None else {**made, "level": level}


def written(folder: Path, tool: str, *results: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> Path:
    run = {"tool": {"driver": {"name": tool, "rules": list(rules)}}, "results": list(results)}
    file = folder / "x.sarif"
    file.write_text(json.dumps({"version": "2.1.0", "runs": [run]}), encoding="utf-8")
    return file


def of(report: Report, control: str) -> Result:
    return next(each for each in report.results if each.id == control)


def bandit(confidence: str, severity: str) -> dict[str, Any]:
    return {"properties": {"issue_confidence": confidence, "issue_severity": severity}}


def test_bandit_counts_where_it_is_sure_itself(tmp_path: Path) -> None:
    sure = imported(written(tmp_path, "Bandit", one("B602", **bandit("HIGH", "HIGH"))))
    found = of(sure, "input.injection-rce")
    assert (found.outcome, found.places) == (Outcome.FAIL, ("app/db.py:7",))
    assert found.evidence[0].what == "Bandit B602: built \\x1b[31mSQL"
    unsure = imported(written(tmp_path, "Bandit", one("B602", **bandit("MEDIUM", "HIGH"))))
    assert of(unsure, "input.injection-rce").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("tool", "rule", "control", "outcome"),
    [
        ("ruff", "S602", "input.injection-rce", Outcome.FAIL),
        ("ruff", "S311", "account.reset-token-random", Outcome.UNKNOWN),
        ("checkov", "CKV_AWS_3", "infra.volumes-encrypted", Outcome.FAIL),
        ("gitleaks", "aws-access-token", "beyond.secret-scanning", Outcome.FAIL),
        ("mobsfscan", "android_ssl_pinning", "mobile.cert-pinning", Outcome.UNKNOWN),
        ("zizmor", "zizmor/known-vulnerable-actions", "ci.dependency-vulns", Outcome.FAIL),
    ],
)
def test_rules_of_known_tools_have_their_control(
    tool: str, rule: str, control: str, outcome: Outcome, tmp_path: Path
) -> None:
    assert of(imported(written(tmp_path, tool, one(rule))), control).outcome is outcome


@pytest.mark.parametrize("tag", ["external/cwe/cwe-089", "CWE-89: Improper Neutralization", "cwe-89"])
def test_other_tools_are_understood_by_the_weakness_they_name(tag: str, tmp_path: Path) -> None:
    rules = ({"id": "lang.sql", "properties": {"tags": ["security", tag]}},)
    assert of(
        imported(written(tmp_path, "Semgrep OSS", one("lang.sql"), rules=rules)), "input.injection-sql"
    ).outcome is (Outcome.FAIL)
    warned = imported(written(tmp_path, "Semgrep OSS", one("lang.sql", None), rules=rules))
    assert of(warned, "input.injection-sql").outcome is Outcome.UNKNOWN  # a warning, where no level is given


def test_passes_and_suppressed_results_count_for_nothing(tmp_path: Path) -> None:
    results = (
        one("S602", kind="pass"),
        one("S602", kind="notApplicable"),
        one("S602", suppressions=[{"kind": "inSource"}]),
    )
    found = of(imported(written(tmp_path, "ruff", *results)), "input.injection-rce")
    assert (found.outcome, found.kinds) == (Outcome.UNKNOWN, ())


def test_what_is_about_nothing_of_ours_is_said(tmp_path: Path) -> None:
    assert imported(written(tmp_path, "ruff", one("E501"), one("E502"))).notes == (
        "2 results of ruff are about no control of the checklist.",
    )


def test_nothing_found_is_no_pass(tmp_path: Path) -> None:
    assert {each.outcome for each in imported(written(tmp_path, "bandit")).results} <= {Outcome.UNKNOWN, Outcome.ATTEST}


def test_paths_become_those_of_the_tree(tmp_path: Path) -> None:
    file = written(tmp_path, "ruff", one("S602", uri=(tmp_path / "a b.py").as_uri()), one("S602", uri="./c.py"))
    assert of(imported(file, root=tmp_path), "input.injection-rce").places == ("a b.py:7", "c.py:7")


def test_two_tools_are_one_report(tmp_path: Path) -> None:
    first = imported(written(tmp_path, "ruff", one("S602")))
    second = imported(written(tmp_path, "gitleaks", one("x")))
    assert {each.id for each in merged([first, second]).failures} == {"input.injection-rce", "beyond.secret-scanning"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "it has no runs"),
        ('{"runs": [3], "version": "2.1.0"}', "it has no runs"),
        ('{"runs": [], "version": "2.0.0"}', "is SARIF 2.0.0"),
    ],
)
def test_what_is_no_sarif_is_a_clear_error(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "x.sarif"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        imported(file)


@pytest.mark.parametrize(
    "run",
    [
        {"tool": 3, "results": 4},
        {
            "tool": {"driver": {"name": 3, "rules": [4]}},
            "results": [5, {"ruleIndex": 9}, {"locations": [{}], "message": 3}],
        },
        {"invocations": [3]},
    ],
)
def test_odd_members_crash_nothing(run: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "x.sarif"
    file.write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    assert imported(file).failures == ()


def test_every_control_that_is_named_exists() -> None:
    assert {each.control for each in ROWS} | set(BY_WEAKNESS.values()) <= set(catalogue.ids())
    assert control_of("unheard-of", "x", ["cwe-9999"]) is None
