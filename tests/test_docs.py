"""What the docs say is what the code does: generated pages do not drift, links lead somewhere, the README's policy works."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from ostiary import catalogue, config
from ostiary.cli.controls import counts, status
from ostiary.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ostiary_docs", ROOT / "tools" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_what_the_code_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wanted = generator().everything()
    there = {
        str(path.relative_to(DOCS)): path
        for name in ("controls", "config", "cli")
        for path in (DOCS / name).rglob("*.md")
    }
    assert set(there) == set(wanted), "run make docs"
    assert [name for name, text in wanted.items() if there[name].read_text(encoding="utf-8") != text] == [], (
        "run make docs"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [each.partition("#")[0] for each in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in each]
    assert [each for each in links if each and not (page.parent / each).exists()] == []


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((DOCS / "guide").glob("*.md"))], ids=lambda path: path.name
)
def test_policies_in_the_prose_are_policies(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
        for name in re.findall(r'env\s*=\s*"(\w+)"', block):
            monkeypatch.setenv(name, "a secret of the reader's own")
        config.from_plain(tomllib.loads(block))


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((DOCS / "guide").glob("*.md"))], ids=lambda path: path.name
)
def test_commands_in_the_prose_exist(page: Path) -> None:
    named = re.findall(r"(?:^\$ |`)ostiary ([a-z]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(named) <= set(COMMANDS)


def test_a_change_is_one_sentence_for_its_user() -> None:
    for path in (ROOT / "changes").glob("*.md"):
        if path.name != "README.md":
            assert re.fullmatch(r"[a-z0-9-]+\.(added|changed|fixed|security)\.md", path.name), path.name
            assert len(path.read_text(encoding="utf-8").strip().splitlines()) == 1, path.name


def test_the_readme_counts_what_there_is() -> None:
    total = counts([status(each) for each in catalogue.ids()])
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    line = (
        f"132 controls: {total['enforced']} enforced, {total['audited']} audited, {total['attested']} by attestation, "
        f"{total['not-yet']} not yet."
    )
    assert line in readme
    assert f"- {132 - total['enforced']} of the 132 controls are not enforced" in readme
