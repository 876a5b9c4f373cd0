"""House rules that no linter knows, asserted over every module there is."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import ostiary
from ostiary import catalogue
from ostiary.guard.order import CONTROLS, REPLY, REQUEST
from ostiary.model import Probe

PACKAGE = Path(ostiary.__file__).parent
ROOT = Path(__file__).parents[1]
MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = [str(path.relative_to(PACKAGE)) for path in MODULES]
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "base", "manager", "handler", "handlers", "core", "misc"}
MOST_LINES = 400
MOST_CONTROL_LINES = 150  # without blank ones, comments, and the docstring, which is its page
MOST_HALF_LINES = 200  # of one file of a control that is a package
MOST_PAGE_LINES = 40
OUTSIDE = {  # distribution -> what is imported of it
    "msgspec", "jsonschema_rs", "yaml", "defusedxml", "httptools", "uvloop", "cryptography", "h11", "rich", "jinja2",
    "uvicorn", "joserfc", "httpx", "altcha", "graphql", "re2", "hiredis", "asyncpg", "ast_grep_py", "crossplane", "hcl2", "packaging",
    "starlette", "sqlalchemy", "alembic", "bcrypt", "argon2", "webauthn", "pyotp", "aiosmtplib", "email_validator", "zxcvbn_rs_py",
    "PIL", "segno", "aiosqlite",
}  # fmt: skip
# A library of several mechanisms has a home for each; SQL has a package, because verbs are sorted by domain.
HOMES = {
    "cryptography": {"gateway/certificate.py", "parts/sealing.py"},
    "joserfc": {"parts/tokens/jws.py", "parts/tokens/signing.py"},
    "jinja2": {"audit/report/html.py", "identity/pages/rendering.py"},
    "uvicorn": {"demo/child.py", "identity/serving.py"},
    "sqlalchemy": {"identity/storage"},
    "alembic": {"identity/storage"},
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_module_begins_with_its_rule(name: str) -> None:
    first = (ast.get_docstring(tree(PACKAGE / name)) or "").partition("\n")[0]
    assert len(first) >= 12, f"{name} does not say what holds in it"


@pytest.mark.parametrize("name", NAMES)
def test_a_module_is_short_enough_to_be_read_at_once(name: str) -> None:
    assert len((PACKAGE / name).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_module_is_named_for_plumbing() -> None:
    parts = {(name, part.removesuffix(".py")) for name in NAMES for part in Path(name).parts}
    assert [name for name, part in parts if part.strip("_") in FORBIDDEN] == []


def test_no_assert_decides_anything() -> None:
    """``python -O`` removes asserts; what a user wrote or sent is checked by code that stays."""
    assert [n for n in NAMES if any(isinstance(node, ast.Assert) for node in ast.walk(tree(PACKAGE / n)))] == []


def test_each_outside_library_has_one_home() -> None:
    homes = defaultdict(list)
    for path, name in zip(MODULES, NAMES, strict=True):
        for library in imported(path) & OUTSIDE:
            homes[library].append(name)
    several = {library: found for library, found in homes.items() if len(found) > 1}
    settled = {library: {each for each in found if not settles(library, each)} for library, found in several.items()}
    assert {library: found for library, found in settled.items() if found} == {}


def settles(library: str, name: str) -> bool:
    return any(name == home or name.startswith(f"{home}/") for home in HOMES.get(library, ()))


def test_nothing_else_from_outside_is_imported() -> None:
    import sys  # noqa: PLC0415 - only for its list

    known = OUTSIDE | set(sys.stdlib_module_names) | {"ostiary"}
    assert {name: extra for path, name in zip(MODULES, NAMES, strict=True) if (extra := imported(path) - known)} == {}


def control_files(control_id: str) -> list[Path]:
    path = PACKAGE / "controls" / Path(*control_id.replace("-", "_").split("."))
    return sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


@pytest.mark.parametrize("control_id", catalogue.ids())
def test_a_control_is_where_its_id_says(control_id: str) -> None:
    assert all(path.is_file() for path in control_files(control_id))
    assert catalogue.control(control_id) is not None


@pytest.mark.parametrize("control_id", catalogue.ids())
def test_a_control_says_why_and_how_to_fix(control_id: str) -> None:
    page = catalogue.page(control_id)
    assert len(page.rule) > 20
    assert len(page.why) > 20
    assert len(page.fix) > 20


@pytest.mark.parametrize("control_id", catalogue.ids())
def test_a_control_stays_small(control_id: str) -> None:
    for path in control_files(control_id):
        doc = ast.get_docstring(tree(path), clean=False) or ""
        page = sum(bool(line.strip()) for line in doc.splitlines())
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        code = sum(bool(line) and not line.startswith("#") for line in lines) - page
        most = MOST_CONTROL_LINES if len(control_files(control_id)) == 1 else MOST_HALF_LINES
        assert page <= MOST_PAGE_LINES, path
        assert code <= most, f"{path.name}: {code} lines; split it"


def test_what_cannot_be_seen_from_outside_has_a_question() -> None:
    unseen = [each for each in catalogue.ids() if catalogue.control(each).probe is Probe.NONE]
    silent = [each for each in unseen if not catalogue.control(each).audits]
    assert [each for each in silent if not catalogue.control(each).attest] == []


@pytest.mark.parametrize("order", [REQUEST, REPLY])
def test_the_order_names_each_control_once(order: tuple[str, ...]) -> None:
    assert len(set(order)) == len(order)
    assert {each.removesuffix("/caller") for each in order} <= set(catalogue.ids())


def test_the_order_names_exactly_what_the_guard_enforces() -> None:
    guarded = {each for each in catalogue.ids() if catalogue.control(each).guard is not None}
    assert guarded - set(CONTROLS) == set(), "these have a guard and no place"
    assert set(CONTROLS) - guarded == set(), "these have a place and no guard"


def test_what_enforces_a_control_elsewhere_exists() -> None:
    for control_id in catalogue.ids():
        path = catalogue.control(control_id).enforced_by
        if path:
            file = PACKAGE.parent.joinpath(*path.split("."))
            assert file.is_dir() or file.with_suffix(".py").is_file(), f"{control_id}: {path}"


NUMBERS = re.compile(r"# noqa: PLR2004$")  # 404 is its own reason: it says more than NOT_FOUND_STATUS would
IGNORES = re.compile(r"#\s*(?:noqa(?::\s*[A-Z0-9, ]+)?|type: ignore(?:\[[a-z-, ]+\])?|pragma: no \w+)(.*)")


@pytest.mark.parametrize("name", NAMES)
def test_every_ignore_says_why(name: str) -> None:
    bare = []
    for number, line in enumerate((PACKAGE / name).read_text(encoding="utf-8").splitlines(), 1):
        match = IGNORES.search(line)
        if match and len(match[1].strip(" -#")) < 5 and not NUMBERS.search(line):
            bare.append(f"{name}:{number}")
    assert bare == []


def texts() -> list[Path]:
    found = [*PACKAGE.rglob("*"), *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*"), *(ROOT / "tests").rglob("*.py")]
    found += [*(ROOT / "tools").rglob("*.py"), *(ROOT / "bench").rglob("*.py"), ROOT / "Makefile", ROOT / ".ci" / "run"]
    kinds = {".py", ".md", ".toml", ".yaml", ".html", ".j2", ""}
    return [path for path in found if path.is_file() and path.suffix in kinds]


def test_the_project_speaks_of_nothing_outside_itself() -> None:
    outside = re.compile(r"(?<![\w.])/wo" r"rk/|\.\./sha" r"red")  # in halves: this file is read too
    assert [str(path) for path in texts() if outside.search(path.read_text(encoding="utf-8", errors="replace"))] == []
