"""What zizmor says becomes flaws of the pipelines; without it, or when it fails, that is said."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.parts.pipelines.hardening import grave, unchecked

WORKFLOW = "on: push\njobs:\n  j:\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n"


def finding(path: str, ident: str = "template-injection", **more: Any) -> dict[str, Any]:
    location = {
        "symbolic": {"kind": "Primary", "key": {"Local": {"verbatim_path": path}}, "annotation": "may expand\nx"},
        "concrete": {"location": {"start_point": {"row": 4, "column": 8}}},
    }
    determinations = {"severity": "High", "confidence": "High", "persona": "Regular"}
    return {"ident": ident, "ignored": False, "determinations": determinations, "locations": [location], **more}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "it"
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/ci.yml").write_text(WORKFLOW)
    return root


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    program = tools / "zizmor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")


def test_flaws_are_told_by_file_and_line(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(root / ".github/workflows/ci.yml")
    report = tmp_path / "report.json"
    report.write_text(
        json.dumps(
            [
                finding(path),
                finding(path, ignored=True),
                finding(path, "unpinned-uses"),
                {"ident": 3},
                finding("/etc/x.yml"),
            ]
        )
    )
    monkeypatch.setenv("GITHUB_TOKEN", "not for it")
    stand_in(
        tmp_path,
        monkeypatch,
        f'test -z "$GITHUB_TOKEN" || exit 3\ncase "$*" in *--offline*--no-config*) cat {report};; esac',
    )
    pipelines = Tree("it", Folder(root), root=root).pipelines
    assert unchecked(pipelines) == ""
    assert [(place, flaw.rule, flaw.what) for place, flaw in grave(pipelines)] == [
        (".github/workflows/ci.yml:5", "template-injection", "may expand x")
    ]


def test_without_it_that_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    pipelines = Tree("it", Folder(root), root=root).pipelines
    assert unchecked(pipelines) == "zizmor is not installed"
    assert grave(pipelines) == []


@pytest.mark.parametrize("script", ["exit 1", "echo nonsense", "echo '{}'", "kill -9 $$"])
def test_when_it_fails_that_is_said(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    stand_in(tmp_path, monkeypatch, script)
    assert unchecked(Tree("it", Folder(root), root=root).pipelines).startswith("zizmor ")


def test_other_systems_need_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    (tmp_path / ".gitlab-ci.yml").write_text("a: {script: [pytest]}\n")
    assert unchecked(Tree("it", Folder(tmp_path), root=tmp_path).pipelines) == ""
