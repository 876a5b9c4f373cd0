"""Code that stands where rules do not look, or is written so that it cannot be read, is counted and said."""

from __future__ import annotations

from pathlib import Path

from ostiary.audit.gather.trees import deployments, tree
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.parts.deployment.reading import MOST_TEXT

EVIL = "const cp = require('child_process');\napp.get('/a', (req, res) => { cp.exec(req.query.a); });\n"


def read(root: Path, files: dict[str, str]) -> Tree:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Tree("it", Folder(root), root=root)


def calls(found: Tree) -> list[str]:
    return [each.place for each in found.code.calls("*exec")]


def test_code_that_counts_as_tests_or_others_is_counted(tmp_path: Path) -> None:
    found = read(
        tmp_path, {"tests/a.py": "", "vendor/b.js": "", "dist/c.js": "", "docs/d.py": "", "e.py": "", "tests/f.md": ""}
    )
    assert not found.notes  # nobody asked for code yet
    assert len(found.code.modules) == 1
    [said] = found.notes
    assert said.startswith("Rules for code did not look at 4 files of code, by their paths: 1 tests, 1 examples")
    assert said.endswith(" 1 others' code, 1 generated.")


def test_a_long_line_hides_no_code_around_it(tmp_path: Path) -> None:
    found = read(tmp_path, {"a.js": f"//{'x' * 30_000}\n{EVIL}{'f();' + chr(10)}" + "g();\n" * 2000})
    assert calls(found) == ["a.js:3"]
    assert found.notes == ("Code that was not read, or not whole: a.js (some lines are too long).",)


def test_packed_code_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, {"a.js": "x();" * 30_000})
    assert calls(found) == []
    assert found.notes == ("Code that was not read, or not whole: a.js (packed: its lines are too long).",)


def test_a_file_that_is_cut_is_said(tmp_path: Path) -> None:
    for name in ("a.py", "a.js"):
        found = read(tmp_path / name, {name: "f()\n" + "\n" * tree.MOST})
        assert found.code.modules[0].broken
        assert found.notes[0].startswith(f"Code that was not read, or not whole: {name} (l")
        assert "er than" in found.notes[0]


def test_configuration_that_is_too_long_is_said(tmp_path: Path) -> None:
    long = "#" * MOST_TEXT
    found = read(
        tmp_path, {"compose.yml": f"{long}\nservices: {{a: {{image: b}}}}\n", "logo.svg": long, "b.json": long}
    )
    assert deployments.TOO_LONG in found.deployment.present
    assert found.notes == ("Configuration too long to be read: compose.yml.",)
