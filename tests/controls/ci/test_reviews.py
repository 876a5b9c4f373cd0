"""Review is judged by what the platform enforces and what was merged; git alone leaves it open, with figures."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ostiary import catalogue
from ostiary.audit.answering import answered
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.readers import Settings
from ostiary.audit.gather.trees.tree import Tree
from ostiary.model import Finding, Kind, Outcome

STRICT: dict[str, Any] = {
    "required_approving_review_count": 1,
    "require_last_push_approval": True,
    "dismiss_stale_reviews_on_push": True,
}


def ask(control: str, root: Path, exported: Any = None) -> Finding:
    file = None
    if exported is not None:
        file = root.parent / "reviews.json"
        file.write_text(exported if isinstance(exported, str) else json.dumps(exported))
    tree = Tree("it", Folder(root), root=root, settings=Settings(reviews=file))
    return asyncio.run(answered(catalogue.control(control).audits[Kind.CI], tree))


def ruleset(bypass: list[dict[str, Any]] | None = None, **parameters: Any) -> dict[str, Any]:
    rules = [{"type": "pull_request", "parameters": parameters}] if parameters else [{"type": "deletion"}]
    return {"target": "branch", "enforcement": "active", "rules": rules, "bypass_actors": bypass or []}


def pull(number: int, author: str, *approvers: str) -> dict[str, Any]:
    reviews = [{"author": {"login": each}, "state": "APPROVED"} for each in approvers]
    return {"number": number, "author": {"login": author}, "reviews": reviews}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "it"
    root.mkdir()
    (root / "app.py").write_text("print(1)\n")
    return root


@pytest.fixture
def repository(root: Path) -> Path:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True, timeout=30)

    git("init", "-q", "-b", "main")
    for at, who in enumerate(("Ann", "Ben", "Ann")):
        git(
            "-c",
            f"user.name={who}",
            "-c",
            f"user.email={who}@example.com",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            f"Change (#{at})",
        )
    return root


def test_demanded_and_done_holds(root: Path) -> None:
    exported = {"rulesets": [ruleset(**STRICT)], "pulls": [pull(1, "ann", "ben"), pull(2, "ben", "ann")]}
    assert ask("ci.code-review", root, exported).outcome is Outcome.PASS
    assert ask("ci.no-self-approval", root, exported).outcome is Outcome.PASS


def test_changes_without_an_approval_fail_by_number(root: Path) -> None:
    found = ask(
        "ci.code-review", root, {"rulesets": [ruleset(**STRICT)], "pulls": [pull(1, "ann", "ben"), pull(2, "ben")]}
    )
    assert found.outcome is Outcome.FAIL
    assert found.places == ("#2",)


def test_updates_by_bots_are_not_counted(root: Path) -> None:
    exported = {"rulesets": [ruleset(**STRICT)], "pulls": [pull(1, "ann", "ben"), pull(2, "dependabot[bot]")]}
    assert ask("ci.code-review", root, exported).outcome is Outcome.PASS


def test_rules_that_demand_no_approval_fail(root: Path) -> None:
    for exported in (ruleset(), ruleset(required_approving_review_count=0)):
        assert ask("ci.code-review", root, exported).outcome is Outcome.FAIL
        assert ask("ci.no-self-approval", root, exported).outcome is Outcome.FAIL


def test_the_last_to_push_may_not_approve(root: Path) -> None:
    found = ask(
        "ci.no-self-approval", root, ruleset(required_approving_review_count=1, require_last_push_approval=False)
    )
    assert found.outcome is Outcome.FAIL
    assert "last to push" in found.why


def test_an_approval_by_the_authors_bot_is_ones_own(root: Path) -> None:
    found = ask("ci.no-self-approval", root, {"rulesets": [ruleset(**STRICT)], "pulls": [pull(3, "ann", "copilot")]})
    assert found.outcome is Outcome.FAIL
    assert found.places == ("#3",)


def test_a_way_around_leaves_it_open(root: Path) -> None:
    actor = [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}]
    for control in ("ci.code-review", "ci.no-self-approval"):
        found = ask(control, root, ruleset(actor, **STRICT))
        assert found.outcome is Outcome.UNKNOWN
        assert "RepositoryRole 5" in found.why


def test_git_alone_leaves_it_open_with_figures(repository: Path) -> None:
    for control in ("ci.code-review", "ci.no-self-approval"):
        found = ask(control, repository)
        assert found.outcome is Outcome.UNKNOWN
        assert "3 of 3 changes" in found.why


def test_without_a_history_people_are_asked(root: Path) -> None:
    found = ask("ci.code-review", root)
    assert found.outcome is Outcome.ATTEST
    assert found.why.endswith(catalogue.control("ci.code-review").attest)


def test_an_export_that_cannot_be_read_is_no_answer(root: Path) -> None:
    for exported in ("{", {"hello": 1}, "[" * 100_000):
        assert ask("ci.code-review", root, exported).outcome is Outcome.UNKNOWN
