"""Checks of pipelines end soon, whatever files of a stranger hold."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from ostiary import catalogue
from ostiary.audit.answering import answered
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.model import Kind

DEPLOYS = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: kubectl set image deployment/web web=%s\n"
RUFF = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ruff check .\n"
BLANK = "\n" * 100_000


@pytest.mark.parametrize(
    ("control", "kind", "files"),
    [
        ("ci.rollback", Kind.CI, {".github/workflows/a.yml": DEPLOYS % ("a." * 30 + "!")}),
        ("ci.rollback", Kind.CI, {".github/workflows/a.yml": DEPLOYS % ("a=" * 2000 + "!")}),
        ("ci.sast", Kind.CI, {".github/workflows/a.yml": RUFF, "ruff.toml": BLANK, "a.py": "x = 1\n" * 300}),
        ("people.user-db-access", Kind.SOURCE, {"settings.py": "import os\n" + BLANK, ".env": BLANK + "A=1\n"}),
    ],
)
def test_a_check_ends_soon(control: str, kind: Kind, files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    began = time.monotonic()
    finding = asyncio.run(
        answered(catalogue.control(control).audits[kind], Tree("it", Folder(tmp_path), root=tmp_path))
    )
    assert "crashed" not in finding.why
    assert time.monotonic() - began < 10
