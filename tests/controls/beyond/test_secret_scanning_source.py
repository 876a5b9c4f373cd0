"""A tree and its history: what fails, what is left aside, and what nobody could look at."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.beyond.secret_scanning.pipeline import audit_ci
from ostiary.controls.beyond.secret_scanning.source import audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.evidence.tree import File, Role, Searched, Secret
from ostiary.model import Confidence, Finding, Kind, Outcome, Severity
from ostiary.verdict import Evidence

NOTHING = Searched(found=(), files=12, bytes=40_000, commits=30)


def secret(**changes: object) -> Secret:
    given = {
        "kind": "assigned-secret",
        "title": "secret in code",
        "where": "app/a.py:3",
        "shown": "kd***",
        "mark": "m1",
        "name": "API_SECRET",
    }
    return Secret(**(given | changes))  # type: ignore[arg-type]


class Held:
    """A tree of which only the search and the pipelines matter."""

    form = "folder"
    files = (File(path="app/a.py", size=10),)

    def __init__(self, searched: Searched | None, *steps: Step, form: str = "folder") -> None:
        self.searched, self.form = searched, form
        self.pipelines = (
            (Pipeline(file=".github/workflows/ci.yml", system="github", triggers=("push",), steps=steps),)
            if steps
            else ()
        )

    def secrets(self) -> Searched:
        if self.searched is None:
            raise Unanswerable("interrupted")
        return self.searched

    def show(self, place: str, what: str) -> Evidence:
        return Evidence(what=what, where=place)


def source(searched: Searched, **more: str) -> Finding:
    return asyncio.run(audit_source(Held(searched, **more)))  # type: ignore[arg-type]


def found(*secrets: Secret, **changes: object) -> Searched:
    return Searched(**({"found": secrets, "files": 12, "bytes": 40_000, "commits": 30} | changes))  # type: ignore[arg-type]


def test_a_documented_form_fails_with_certainty() -> None:
    finding = source(
        found(secret(), secret(kind="github-token", title="GitHub token", certain=True, where="b.py:1", mark="m2"))
    )
    assert finding.outcome is Outcome.FAIL
    assert finding.confidence is Confidence.CERTAIN
    assert finding.places == ("b.py:1", "app/a.py:3")
    assert finding.why.startswith("2 credentials, first GitHub token API_SECRET (kd***) at b.py:1")


def test_a_plausible_literal_fails_firmly() -> None:
    assert source(found(secret())).confidence is Confidence.FIRM


def test_what_was_removed_fails_as_well() -> None:
    finding = source(found(secret(in_head=False, where="a.py:1@3f2c00000000")))
    assert finding.outcome is Outcome.FAIL
    assert "1 in the history" in finding.why
    assert finding.facts["history"] == 1


def test_a_guessable_key_alone_is_graded_lower() -> None:
    finding = source(found(secret(kind="weak-secret", weak=True)))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.HIGH)


@pytest.mark.parametrize(
    "aside",
    [
        secret(role=Role.TEST),
        secret(role=Role.EXAMPLE, kind="private-key"),
        secret(kind="default-password", weak=True),
        secret(kind="connection-password", weak=True),
        secret(kind="stripe-publishable-key", public=True),
        secret(kind="weak-secret", weak=True, in_head=False),
    ],
)
def test_what_opens_nothing_is_named_and_does_not_fail(aside: Secret) -> None:
    finding = source(found(aside))
    assert finding.outcome is Outcome.PASS
    assert "left aside" in finding.why


@pytest.mark.parametrize(
    "sign", [secret(kind="jwt"), secret(kind="key-store"), secret(kind="google-api-key", public=True)]
)
def test_signs_alone_are_unknown(sign: Secret) -> None:
    assert source(found(sign)).outcome is Outcome.UNKNOWN


def test_a_right_checksum_fails_wherever_it_stands() -> None:
    assert source(found(secret(kind="github-token", certain=True, role=Role.TEST))).outcome is Outcome.FAIL


def test_nothing_in_files_and_history_passes() -> None:
    finding = source(NOTHING)
    assert finding.outcome is Outcome.PASS
    assert "12 files" in finding.why
    assert "30 commits" in finding.why


def test_without_a_history_a_person_is_asked_and_an_artefact_needs_none() -> None:
    assert source(found(commits=0)).outcome is Outcome.ATTEST
    assert source(found(commits=0), form="wheel").outcome is Outcome.PASS
    assert source(found(commits=0, files=0), form="wheel").outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "sentence",
    [
        "The history is shallow: older commits were not supplied.",
        "The history was not searched to its end: git is not installed.",
        "3 files were not searched: beyond the bounds of a search (bytes, time or findings).",
    ],
)
def test_what_was_not_searched_never_passes(sentence: str) -> None:
    finding = source(found(skipped=(sentence,)))
    assert finding.outcome is Outcome.UNKNOWN
    assert sentence in finding.why


def ci(held: Held) -> Finding:
    return asyncio.run(audit_ci(held))  # type: ignore[arg-type]


SCAN = Step(file=".github/workflows/ci.yml", line=9, job="scan", uses="gitleaks/gitleaks-action@v2")
BUILD = Step(file=".github/workflows/ci.yml", line=5, job="build", argv=("make", "all"))


def test_a_gate_over_a_clean_history_passes() -> None:
    assert ci(Held(NOTHING, BUILD, SCAN)).outcome is Outcome.PASS
    assert ci(Held(found(secret()), BUILD, SCAN)).outcome is Outcome.UNKNOWN


def test_a_scan_that_stops_nothing_is_none() -> None:
    loose = Step(file="ci.yml", line=9, job="scan", argv=("gitleaks", "detect"), may_fail=True)
    assert ci(Held(NOTHING, loose)).outcome is Outcome.UNKNOWN


def test_no_scan_is_a_question_and_no_pipeline_no_matter() -> None:
    assert ci(Held(NOTHING, BUILD)).outcome is Outcome.ATTEST
    assert ci(Held(NOTHING)).outcome is Outcome.NOT_APPLICABLE


def test_both_kinds_are_asked() -> None:
    from ostiary import catalogue  # noqa: PLC0415 - the others need no catalogue

    assert {Kind.SOURCE, Kind.CI, Kind.LIVE, Kind.MOBILE} <= set(catalogue.control("beyond.secret-scanning").audits)


def test_a_file_that_was_searched_in_part_keeps_from_passing(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("y = 1\n" * 800_000)
    found = asyncio.run(audit_source(Tree("it", Folder(tmp_path), root=tmp_path)))
    assert found.outcome is Outcome.UNKNOWN
    assert "first part" in found.why
