"""A folder's files: what git knows, no way out, nothing executed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ostiary.audit.gather.trees import folder as module
from ostiary.audit.gather.trees import git
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.roles import role_of
from ostiary.errors import Unanswerable
from ostiary.evidence.tree import Role


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def of_git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-C", root, "-c", "user.name=a", "-c", "user.email=a@b.c", *words],
        check=True,
        capture_output=True,
        timeout=60,
    )


def paths(root: Path) -> list[str]:
    return [each.path for each in Folder(root).entries()]


def test_without_git_all_but_what_tools_left_there(tmp_path: Path) -> None:
    put(tmp_path, "b.py", "a/c.py", "node_modules/x.js", ".venv/y.py", "a/__pycache__/c.pyc", ".env")
    assert paths(tmp_path) == [".env", "a/c.py", "b.py"]


def test_in_a_work_tree_what_git_knows_or_would_add(tmp_path: Path) -> None:
    put(tmp_path, "known.py", "new.py", "ignored.env", "odd \N{LATIN SMALL LETTER U WITH DIAERESIS}\n.py")
    (tmp_path / ".gitignore").write_text("*.env\n")
    of_git(tmp_path, "init", "-q")
    of_git(tmp_path, "add", "known.py")
    assert paths(tmp_path) == [".gitignore", "known.py", "new.py", "odd \N{LATIN SMALL LETTER U WITH DIAERESIS}\n.py"]


def test_a_folder_below_a_work_tree_has_its_own_paths(tmp_path: Path) -> None:
    put(tmp_path, "top.py", "inner/it.py")
    of_git(tmp_path, "init", "-q")
    of_git(tmp_path, "add", ".")
    assert paths(tmp_path / "inner") == ["it.py"]


def test_no_link_leads_out(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    put(outside, "secret.txt", "deep/er.txt")
    put(root, "a.txt")
    (root / "link.txt").symlink_to(outside / "secret.txt")
    (root / "folder").symlink_to(outside / "deep")
    assert paths(root) == ["a.txt"]
    for path in ("link.txt", "folder/er.txt", "../outside/secret.txt"):
        with pytest.raises(Unanswerable):
            Folder(root).data(path, 100)
    assert Folder(root).data("a.txt", 3) == b"a.t"


def test_a_pipe_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert paths(tmp_path) == []


def test_too_many_files_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a", "b", "c")
    monkeypatch.setattr(module, "MOST_FILES", 2)
    found = Folder(tmp_path)
    assert len(found.entries()) == 2
    assert found.notes == ["Only the first 2 files were looked at."]


def test_a_repository_of_strangers_executes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a.py")
    of_git(tmp_path, "init", "-q")
    of_git(tmp_path, "add", ".")
    proof = tmp_path.parent / f"{tmp_path.name}-proof"
    evil = tmp_path / ".git" / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch {proof}\n")
    evil.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "core.editor", "diff.external", "core.sshCommand", "gpg.program"):
        of_git(tmp_path, "config", name, str(evil))
    subprocess.run(["git", "status"], cwd=tmp_path, check=False, capture_output=True, timeout=60)
    assert proof.exists()  # the trap works
    proof.unlink()
    assert "a.py" in paths(tmp_path)
    git.run(tmp_path, "rev-list", "--all")
    assert not proof.exists()


def test_without_git_a_repository_is_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.py", "ignored.py")
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    of_git(tmp_path, "init", "-q")
    monkeypatch.setattr(git, "here", lambda: False)
    assert paths(tmp_path) == [".gitignore", "a.py", "ignored.py"]


def test_what_is_passed_over_is_said(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "hidden/shop.py", "node_modules/x.js")
    (tmp_path / "to").symlink_to("a.py")
    (tmp_path / ".gitignore").write_text("hidden/\nnode_modules/\n")
    of_git(tmp_path, "init", "-q")
    put(tmp_path, "inner/b.py")
    of_git(tmp_path / "inner", "init", "-q")
    found = Folder(tmp_path)
    assert [each.path for each in found.entries()] == [".gitignore", "a.py"]
    assert found.notes == [
        "Not looked at: 1 files and folders that git ignores: hidden/.",
        "Not looked at: 1 links: to.",
        "Not looked at: 1 repositories inside of this one (submodules): give them as targets of their own: inner/.",
    ]


def test_without_git_folders_of_tools_are_said(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "venv/shop.py")
    found = Folder(tmp_path)
    assert [each.path for each in found.entries()] == ["a.py"]
    assert found.notes == ["Not looked at: 1 folders of tools: venv."]


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("app/views.py", Role.PRODUCT),
        ("src/main/java/Shop.java", Role.PRODUCT),
        ("deploy/latest.yml", Role.PRODUCT),
        ("contest/app.py", Role.PRODUCT),
        ("app/attestation.py", Role.PRODUCT),
        ("tests/test_a.py", Role.TEST),
        ("app/tests.py", Role.TEST),
        ("conftest.py", Role.TEST),
        ("src/test/java/ShopTest.java", Role.TEST),
        ("src/a.spec.ts", Role.TEST),
        ("pkg/a_test.go", Role.TEST),
        ("node_modules/x/index.js", Role.VENDORED),
        ("vendor/a.php", Role.VENDORED),
        ("static/jquery.min.js", Role.VENDORED),
        ("api/shop_pb2.py", Role.GENERATED),
        ("dist/main.js", Role.GENERATED),
        ("docs/conf.py", Role.EXAMPLE),
        ("src/main/java/com/example/demo/Shop.java", Role.PRODUCT),
        ("app/src/main/kotlin/org/samples/Shop.kt", Role.PRODUCT),
        ("app/src/test/java/com/example/Shop.java", Role.TEST),
        (".github/workflows/run-tests.yml", Role.TEST),
        ("openapi-spec.yaml", Role.PRODUCT),
        (".env.test", Role.TEST),
        ("examples/app.py", Role.EXAMPLE),
        ("_integration-test/run.go", Role.TEST),
        ("integration_tests/app.py", Role.TEST),
        ("e2e-tests/login.ts", Role.TEST),
        ("test_utils/app.py", Role.TEST),
        ("app/src/androidTest/java/com/shop/A.kt", Role.TEST),
        ("app/src/androidTestDebug/kotlin/A.kt", Role.TEST),
        ("app/src/testDemo/kotlin/A.kt", Role.TEST),
        ("core/src/commonTest/kotlin/A.kt", Role.TEST),
        ("core/src/integrationTest/java/A.java", Role.TEST),
        ("ShopTests/Cart.swift", Role.TEST),
        ("ShopUITests/Cart.swift", Role.TEST),
        ("cypress/support/commands.js", Role.TEST),
        ("app/src/latest/java/A.java", Role.PRODUCT),
        ("Contests/app.rb", Role.PRODUCT),
        ("contests/app.rb", Role.PRODUCT),
        ("attestations/app.py", Role.PRODUCT),
        ("ab_testing/app.py", Role.PRODUCT),
        ("system/app.py", Role.PRODUCT),
        ("docs_src/security/app.py", Role.EXAMPLE),
        ("doc-site/app.js", Role.EXAMPLE),
        ("code_samples/a.py", Role.EXAMPLE),
        ("docstore/app.py", Role.PRODUCT),
        ("doctors/app.py", Role.PRODUCT),
        ("resamples/app.py", Role.PRODUCT),
    ],
)
def test_a_path_tells_what_a_file_is(path: str, role: Role) -> None:
    assert role_of(path) is role
