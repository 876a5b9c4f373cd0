"""Files and histories are searched once and bounded, and what is told of a credential never holds it."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ostiary.audit.gather.trees import git, history, secrets
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.readers import Settings
from ostiary.audit.gather.trees.secret_texts import Marks
from ostiary.audit.gather.trees.tree import Tree
from ostiary.evidence.tree import Role, Searched
from sampling import word

VALUE = "kd93Xf02Jf92Qw02jT20"
LINE = f'API_SECRET = "{VALUE}"\n'
needs_git = pytest.mark.skipif(not git.here(), reason="git is not installed")


def put(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def searched(root: Path, **settings: bool) -> Searched:
    return Tree("it", Folder(root), root=root, settings=Settings(**settings)).secrets()  # type: ignore[arg-type]


@pytest.fixture
def commit(tmp_path: Path) -> Callable[..., str]:
    def run(*words: str) -> str:
        nobody = {
            "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"],
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.c",
        }  # fmt: skip
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *words], env=nobody, check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout.strip()

    def made(files: dict[str, str | bytes]) -> str:
        if not (tmp_path / ".git").exists():
            run("init", "-q", "-b", "main")
        put(tmp_path, files)
        run("add", "-A")
        run("commit", "-q", "-m", "a change")
        return run("rev-parse", "HEAD")

    return made


def test_a_credential_is_told_without_itself(tmp_path: Path) -> None:
    found = searched(put(tmp_path, {"app/a.py": "\n" + LINE, "app/b.py": LINE}))
    assert [(each.where, each.name, each.shown) for each in found.found] == [
        ("app/a.py:2", "API_SECRET", "kd***"),
        ("app/b.py:1", "API_SECRET", "kd***"),
    ]
    assert len({each.mark for each in found.found}) == 1
    assert VALUE not in repr(found)


def test_marks_are_of_one_run_alone(tmp_path: Path) -> None:
    put(tmp_path, {"a.py": LINE})
    assert searched(tmp_path).found[0].mark != searched(tmp_path).found[0].mark


def test_what_is_no_product_is_less_sure(tmp_path: Path) -> None:
    key = "AKIA" + "Q7YLPMN5HFIQR7XZ"
    put(
        tmp_path,
        {
            "src/a.py": f"k = '{key}'",
            "tests/a.py": f"k = '{key}'",
            ".env.example": f"K={key}",
            "docs_src/a.py": f"k = '{key}'",
        },
    )
    assert {(each.where, each.role, each.certain) for each in searched(tmp_path).found} == {
        ("src/a.py:1", Role.PRODUCT, True),
        ("tests/a.py:1", Role.TEST, False),
        (".env.example:1", Role.EXAMPLE, False),
        ("docs_src/a.py:1", Role.EXAMPLE, False),
    }


def test_what_nobody_wrote_is_left_out_and_counted(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "vendor/lib.py": LINE, "app.min.js": LINE, "a.png": LINE, "b.bin": b"\0\1\2" + LINE.encode(),
            "big.js": "x" * 200_000 + LINE, "wide.txt": LINE.encode("utf-16"), "ok.py": LINE, "bad.py": b"\xff\xfe\xfd" + LINE.encode(),
        },
    )  # fmt: skip
    found = searched(tmp_path)
    assert {each.where for each in found.found} >= {"ok.py:1", "wide.txt:1"}
    assert {each.where for each in found.found} <= {"ok.py:1", "wide.txt:1", "bad.py:1"}
    assert any("2 files were not searched: vendored or minified" in each for each in found.skipped)
    assert any("no text" in each for each in found.skipped)


def test_a_key_store_in_the_tree_is_told(tmp_path: Path) -> None:
    put(tmp_path, {"deploy/server.p12": b"\0\1", "android/debug.keystore": b"\0\1"})
    assert [each.where for each in searched(tmp_path).found] == ["deploy/server.p12:1"]


def test_what_a_comment_allows_is_a_sentence(tmp_path: Path) -> None:
    found = searched(put(tmp_path, {"a.py": LINE.rstrip() + "  # ostiary: allow-secret ended in 2024\n"}))
    assert found.found == ()
    assert any("a.py:1 (ended in 2024)" in each for each in found.skipped)


def test_bounds_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "MOST_BYTES", 10)
    found = searched(put(tmp_path, {"a.py": LINE, "b.py": LINE}))
    assert [each.where for each in found.found] == ["a.py:1"]
    assert any("bounds" in each for each in found.skipped)


@needs_git
def test_what_was_removed_is_found_with_its_commit(tmp_path: Path, commit: Callable[..., str]) -> None:
    first = commit({"a.py": "x = 1\n" + LINE, "b.py": "y = 1\n"})
    commit({"a.py": "x = 1\n"})
    found = searched(tmp_path)
    assert [(each.where, each.in_head) for each in found.found] == [(f"a.py:2@{first[:12]}", False)]
    assert found.commits == 2
    assert VALUE not in repr(found)
    assert searched(tmp_path, history=False).found == ()


@needs_git
def test_what_is_there_still_is_told_once(tmp_path: Path, commit: Callable[..., str]) -> None:
    commit({"a.py": LINE})
    commit({"a.py": LINE + "z = 2\n"})
    assert [(each.where, each.in_head) for each in searched(tmp_path).found] == [("a.py:1", True)]


@needs_git
def test_what_a_comment_allows_now_is_allowed_in_older_commits(tmp_path: Path, commit: Callable[..., str]) -> None:
    commit({"a.py": LINE})
    commit({"a.py": LINE.rstrip() + "  # ostiary: allow-secret the form of one\n"})
    assert searched(tmp_path).found == ()


def test_many_versions_of_a_file_are_read_to_the_end(tmp_path: Path, commit: Callable[..., str]) -> None:
    chance = random.Random(3)
    for at in range(12):
        commit({"a.py": f'API_SECRET = "{word(chance, 24)}"\nn = {at}\n', "vendor/x.py": LINE})
    found = searched(tmp_path)
    assert len(found.found) == 12
    assert sum(not each.in_head for each in found.found) == 11


@needs_git
def test_a_bare_repository_is_all_history(
    tmp_path: Path, commit: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    commit({"a.py": LINE})
    bare = tmp_path_factory.mktemp("bare") / "it.git"
    subprocess.run(
        ["git", "clone", "-q", "--bare", str(tmp_path), str(bare)], check=True, capture_output=True, timeout=60
    )
    past = history.read(bare, Marks())
    assert [(each.where.partition("@")[0], each.in_head) for each in past.found] == [("a.py:1", True)]


@needs_git
def test_a_shallow_history_is_told(
    tmp_path: Path, commit: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    commit({"a.py": "x = 1\n"})
    commit({"a.py": "x = 2\n"})
    copy = tmp_path_factory.mktemp("copy") / "it"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", tmp_path.as_uri(), str(copy)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert any("shallow" in each for each in searched(copy).skipped)


@needs_git
def test_without_git_the_history_is_unsearched_and_said_so(
    tmp_path: Path, commit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit({"a.py": "x = 1\n"})
    monkeypatch.setenv("PATH", "/nowhere")
    found = searched(tmp_path)
    assert found.commits == 0
    assert any("not searched to its end: git is not installed" in each for each in found.skipped)


def test_a_folder_without_a_history_says_so(tmp_path: Path) -> None:
    assert any("no git repository" in each for each in searched(put(tmp_path, {"a.py": "x = 1"})).skipped)
