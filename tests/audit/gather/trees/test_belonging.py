"""A folder that points to somebody else's repository learns nothing of it; work trees, submodules and clones go on working."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ostiary.audit.gather.trees import belonging, git, history
from ostiary.audit.gather.trees.secret_texts import Marks
from ostiary.errors import Unanswerable

SECRET = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


def of_git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", root, "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "protocol.file.allow=always", *words],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip()


def repository(root: Path, *texts: str) -> Path:
    """Of files that were committed one after the other, each under the same name."""
    root.mkdir(parents=True)
    of_git(root, "init", "-q")
    for text in texts:
        (root / "settings.py").write_text(text)
        of_git(root, "add", ".")
        of_git(root, "commit", "-qm", "a change")
    return root


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return repository(tmp_path / "private", f'TOKEN = "{SECRET}"\n', "TOKEN = None\n")


def found(root: Path) -> list[str]:
    return [each.where for each in history.read(root, Marks()).found]


def test_what_was_removed_is_found_in_a_repository_of_its_own(private: Path) -> None:
    assert found(private)


@pytest.mark.parametrize("way", ["pointer", "relative", "link", "commondir", "objects", "refs"])
def test_a_stranger_does_not_reach_a_repository_elsewhere(way: str, private: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    if way in {"pointer", "relative"}:
        target.mkdir()
        (target / ".git").write_text(f"gitdir: {private / '.git' if way == 'pointer' else '../private/.git'}\n")
    elif way == "link":
        target.mkdir()
        (target / ".git").symlink_to(private / ".git")
    elif way == "commondir":
        repository(target, "x = 1\n")
        (target / ".git" / "commondir").write_text(f"{private / '.git'}\n")
    else:
        repository(target, "x = 1\n")
        (target / ".git" / way).rename(target / "put-away")
        (target / ".git" / way).symlink_to(private / ".git" / way)
    past = history.read(target, Marks())
    assert past.found == []
    assert any("git is not asked" in each for each in past.skipped)
    assert git.listed(target) is None
    with pytest.raises(Unanswerable, match="git is not asked"), git.piped(target, "cat-file", "--batch"):
        pass


@pytest.mark.parametrize("way", ["alternates", "pack"])
def test_borrowed_objects_that_no_commit_names_are_not_searched(way: str, private: Path, tmp_path: Path) -> None:
    target = repository(tmp_path / "target", "x = 1\n")
    if way == "alternates":
        (target / ".git/objects/info").mkdir(exist_ok=True)
        (target / ".git/objects/info/alternates").write_text(f"{private / '.git/objects'}\n")
    else:
        of_git(private, "repack", "-qad")
        (target / ".git/objects/pack").rmdir()
        (target / ".git/objects/pack").symlink_to(private / ".git/objects/pack")
    past = history.read(target, Marks())
    assert past.found == []
    assert any("borrowed" in each for each in past.skipped)


def test_a_clone_that_shares_objects_is_searched(private: Path, tmp_path: Path) -> None:
    of_git(tmp_path, "clone", "-q", "--shared", str(private), "clone")
    assert found(tmp_path / "clone")


def test_a_linked_work_tree_is_searched(private: Path, tmp_path: Path) -> None:
    of_git(private, "worktree", "add", "-q", str(tmp_path / "linked"))
    assert belonging.elsewhere(tmp_path / "linked") == ""
    assert found(tmp_path / "linked")
    assert git.listed(tmp_path / "linked") == ["settings.py"]


def test_a_submodule_is_searched(private: Path, tmp_path: Path) -> None:
    outer = repository(tmp_path / "outer", "x = 1\n")
    of_git(outer, "submodule", "--quiet", "add", str(private), "inner")
    assert belonging.elsewhere(outer / "inner") == ""
    assert found(outer / "inner")


def test_a_repository_allows_itself_no_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = repository(tmp_path / "target", "x = 1\n", "x = 2\n")
    proof = tmp_path / "proof"
    tree = of_git(target, "rev-parse", "HEAD~1^{tree}")
    (target / ".git/objects" / tree[:2] / tree[2:]).unlink()
    for name, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "protocol.ext.allow": "always",
        "remote.origin.url": f"ext::sh -c touch% {proof}",
        "remote.origin.promisor": "true",
    }.items():
        of_git(target, "config", name, value)
    monkeypatch.setattr(git, "_ENVIRONMENT", {k: v for k, v in git._ENVIRONMENT.items() if k != "GIT_NO_LAZY_FETCH"})
    history.read(target, Marks())
    assert not proof.exists()
    monkeypatch.setattr(git, "_ENVIRONMENT", {k: v for k, v in git._ENVIRONMENT.items() if k != "GIT_ALLOW_PROTOCOL"})
    history.read(target, Marks())
    assert proof.exists()  # the trap works
