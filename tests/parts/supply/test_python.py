"""Python's requirement files, manifests and lock files say which packages are used, in which version, for whom."""

from __future__ import annotations

import pytest

from ostiary.parts.supply import pep, python_locks, python_manifests, requirements

HASH = "1" * 64


def test_a_requirement_file_line_by_line() -> None:
    text = (
        "# a comment\n"
        "-r more.txt\n--constraint=limits.txt\n-e .\n"
        "Flask_Login[extra]==0.6.3 ; python_version > '3.8' \\\n"
        f"    --hash=sha256:{HASH} \\\n    --hash=sha256:{'2' * 64}\n"
        "requests>=2  # any\n"
        "https://example.net/wheels/tool-1.0.whl\n"
        "--extra-index-url https://example.net/simple\n"
    )
    found = requirements.read(text, "requirements.txt")
    assert [(each.name, each.version, each.line, len(each.hashes)) for each in found.packages] == [
        ("flask-login", "0.6.3", 5, 2),
        ("requests", "", 8, 0),
        ("tool-1-0-whl", "", 9, 0),
    ]
    assert (found.draws, found.constraints, found.indexes, found.odd) == (["more.txt"], ["limits.txt"], [10], 0)


@pytest.mark.parametrize(
    ("text", "version", "pinned"),
    [
        ("kit==1.4", "1.4", True),
        ("kit===1.4", "1.4", True),
        ("kit==1.4,!=1.5", "1.4", True),
        ("kit==1.*", "", False),
        ("kit~=1.4", "", False),
        ("kit", "", False),
        ("kit @ git+https://example.net/kit@main", "", False),
        (f"kit @ git+https://example.net/kit@{'a' * 40}", "", True),
    ],
)
def test_one_version_or_a_commit_is_pinned(text: str, version: str, *, pinned: bool) -> None:
    (one,) = requirements.read(text, "requirements.txt").packages
    assert (one.version, one.pinned) == (version, pinned)


@pytest.mark.parametrize(
    "name", ["requirements-dev.txt", "requirements/test.txt", "dev-requirements.txt", "requirements_lint.txt"]
)
def test_a_file_for_developers_is_told_by_its_name(name: str) -> None:
    assert requirements.is_development(name)


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements/base.txt", "device/requirements.txt", "test/requirements.txt"]
)
def test_a_file_for_use_is_none_for_developers(name: str) -> None:
    assert not requirements.is_development(name)


def test_what_is_no_requirement_is_counted_and_hurts_nobody() -> None:
    found = requirements.read("<html>\n" + "a" * 100_000 + "\n\0\0\n" + "\\\n" * 5000, "requirements.txt")
    assert found.packages == []
    assert found.odd >= 2


POETRY = f"""
[[package]]
name = "Web.Kit"
version = "2.0"
files = [{{file = "web.whl", hash = "sha256:{HASH}"}}]
[package.dependencies]
wire = ">=1"

[[package]]
name = "wire"
version = "1.1"

[[package]]
name = "runner"
version = "9"

[[package]]
name = "here"
version = "0.1"
[package.source]
type = "directory"
url = "here"
"""


def test_poetry_marks_what_the_product_does_not_lead_to_as_for_developers() -> None:
    found = {each.name: each for each in python_locks.poetry(POETRY, "poetry.lock", {"web-kit"})}
    assert {name: each.development for name, each in found.items()} == {"web-kit": False, "wire": False, "runner": True}
    assert found["web-kit"].hashes == (f"sha256:{HASH}",)
    assert (found["web-kit"].direct, found["web-kit"].line) == (True, 3)
    assert found["wire"].line == 10


def test_poetry_without_its_manifest_marks_nothing() -> None:
    assert [each.development for each in python_locks.poetry(POETRY, "poetry.lock")] == [False] * 3


def test_uv_leads_from_the_project_itself() -> None:
    text = """
version = 1
[[package]]
name = "shop"
source = { virtual = "." }
dependencies = [{ name = "web" }]
[package.dev-dependencies]
dev = [{ name = "runner" }]
[[package]]
name = "web"
version = "2"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "wire" }]
sdist = { url = "https://x", hash = "sha256:aa" }
[[package]]
name = "wire"
version = "1"
[[package]]
name = "runner"
version = "9"
"""
    found = {each.name: (each.version, each.development, each.direct) for each in python_locks.uv(text, "uv.lock")}
    assert found == {"web": ("2", False, True), "wire": ("1", False, False), "runner": ("9", True, False)}


def test_pipenv_pdm_and_the_common_form() -> None:
    pipenv = python_locks.pipenv('{"default": {"web": {"version": "==2", "hashes": ["sha256:aa"]}}, "develop": {"web": {"version": "==2"}, "run": {"version": "==1"}, "me": {"path": "."}}}', "Pipfile.lock")  # fmt: skip
    assert {(each.name, each.version, each.development) for each in pipenv} == {("web", "2", False), ("run", "1", True)}
    pdm = python_locks.pdm('[[package]]\nname="web"\nversion="2"\ngroups=["default"]\n[[package]]\nname="run"\nversion="1"\ngroups=["dev"]\n', "pdm.lock")  # fmt: skip
    assert [(each.name, each.development) for each in pdm] == [("web", False), ("run", True)]
    common = python_locks.pylock('lock-version="1.0"\n[[packages]]\nname="web"\nversion="2"\nwheels=[{hashes={sha256="aa"}}]\n[[packages]]\nname="me"\ndirectory={path="."}\n', "pylock.toml")  # fmt: skip
    assert [(each.name, each.version, each.hashes) for each in common] == [("web", "2", ("sha256:aa",))]


def test_manifests_name_ranges_and_the_project_is_no_package_of_its_own() -> None:
    text = """
[project]
name = "shop"
dependencies = ["web>=2", "wire==1.1"]
[project.optional-dependencies]
all = ["shop[x]", "fast"]
[dependency-groups]
dev = ["runner", {include-group = "x"}]
[tool.poetry.dependencies]
python = "^3.11"
old = "^1.2"
exact = "1.2.3"
near = {path = "../near"}
"""
    found = {each.name: (each.version, each.development) for each in python_manifests.pyproject(text, "pyproject.toml")}
    assert found == {"web": ("", False), "wire": ("1.1", False), "fast": ("", False), "runner": ("", True), "old": ("", False), "exact": ("1.2.3", False)}  # fmt: skip


def test_setup_files_are_read_and_not_run() -> None:
    text = (
        "import os\nNEEDS = ['web>=2', os.environ['X']]\nsetup(name='x', install_requires=NEEDS)\nraise SystemExit(1)\n"
    )
    assert [each.name for each in python_manifests.setup_py(text, "setup.py")] == ["web"]
    config = "[options]\ninstall_requires =\n    web>=2  # why\n    wire==1\n[options.extras_require]\nx = y\n"
    assert [(each.name, each.version) for each in python_manifests.setup_cfg(config, "setup.cfg")] == [
        ("web", ""),
        ("wire", "1"),
    ]


@pytest.mark.parametrize("reader", [python_manifests.pyproject, python_manifests.setup_py, python_manifests.setup_cfg, python_locks.uv, python_locks.pipenv])  # fmt: skip
def test_what_is_no_such_file_is_a_value_error(reader: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kind
        reader("[\n" + "(" * 500, "x")  # type: ignore[operator]


def test_names_are_compared_as_indexes_do() -> None:
    assert pep.normal("Flask__SQL.alchemy-X") == "flask-sql-alchemy-x"
