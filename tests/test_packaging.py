"""What is installed, and from where: few dependencies, all locked, both commands of the README present."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import ostiary

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MOST_DEPENDENCIES = 4


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0].lower().replace("_", "-") for each in requirements}


def locked(name: str) -> dict[str, list[str]]:
    """Requirement line -> its hashes."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            current = line.rstrip(" \\")
            found[current] = []
        elif "--hash=" in line:
            found[current].append(line.strip(" \\"))
    return found


def test_the_guard_alone_has_four_dependencies() -> None:
    assert names(PROJECT["project"]["dependencies"]) == {"msgspec", "jsonschema-rs", "pyyaml", "defusedxml"}
    assert len(PROJECT["project"]["dependencies"]) <= MOST_DEPENDENCIES


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_every_locked_requirement_is_pinned_and_hashed(name: str) -> None:
    lock = locked(name)
    assert lock
    assert [line for line, hashes in lock.items() if "==" not in line or not hashes] == []


def test_the_locks_agree() -> None:
    def pins(file: str) -> set[str]:
        return {each.partition(" ;")[0] for each in locked(file)}  # which Pythons need one differs with who asks

    assert pins("run.txt") <= pins("dev.txt")


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    asked = names([*project["dependencies"], *(each for extra in extras.values() for each in extra)]) - {"ostiary"}
    assert asked <= names(list(locked("run.txt")))
    dev = [each for each in PROJECT["dependency-groups"]["dev"] if isinstance(each, str)]
    assert names(dev) <= names(list(locked("dev.txt")))


def test_the_installed_distribution_is_this_one() -> None:
    assert metadata.version("ostiary") == ostiary.__version__
    scripts = {each.name: each.value for each in metadata.entry_points(group="console_scripts")}
    assert scripts["ostiary"] == "ostiary.cli.main:main"


@pytest.mark.parametrize("file", ["py.typed", "demo/openapi.yaml", "demo/ostiary.toml"])
def test_what_the_code_reads_is_in_the_package(file: str) -> None:
    assert (Path(ostiary.__file__).parent / file).is_file()


@pytest.mark.parametrize("target", ["run", "test", "bench", "lint", "docs", "lock"])
def test_make_has_the_target(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
