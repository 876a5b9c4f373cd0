"""The catalogue is the folder, and an id has one spelling."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import ostiary.controls
from ostiary import catalogue
from ostiary.errors import ConfigError


def test_every_module_below_controls_is_a_control_and_nothing_else_is() -> None:
    root = Path(ostiary.controls.__path__[0])
    files = {f"{path.parent.name}.{path.stem}" for path in root.glob("*/*.py") if path.stem != "__init__"}
    packages = {f"{path.parent.parent.name}.{path.parent.name}" for path in root.glob("*/*/__init__.py")}
    assert {each.replace("-", "_") for each in catalogue.ids()} == files | packages


def test_there_are_132_and_their_sections_keep_the_checklists_order() -> None:
    ids = catalogue.ids()
    assert len(ids) == len(set(ids)) == 132
    sections = list(dict.fromkeys(each.partition(".")[0] for each in ids))
    assert sections == list(catalogue.SECTIONS)


def test_an_id_is_the_module_path() -> None:
    assert catalogue.module_name("access.private-allowlist") == "ostiary.controls.access.private_allowlist"
    module = importlib.import_module(catalogue.module_name("access.private-allowlist"))
    assert catalogue.control("access.private-allowlist") is module.control


@pytest.mark.parametrize("wrong", ["access.hst", "acces.hsts", "hsts", "", "access", "access.hsts.x", "os.path"])
def test_what_is_no_id_is_an_error(wrong: str) -> None:
    with pytest.raises(ConfigError, match="no control has this id"):
        catalogue.control(wrong)


def test_a_misspelt_id_gets_a_hint() -> None:
    with pytest.raises(ConfigError) as error:
        catalogue.control("access.trotling")
    assert error.value.hint == "did you mean 'access.throttling'?"
    assert catalogue.did_you_mean("qqqqqq", ["access.hsts"]) == ""


@pytest.mark.parametrize("control_id", catalogue.ids())
def test_every_page_has_a_rule_a_why_and_a_fix(control_id: str) -> None:
    page = catalogue.page(control_id)
    assert page.rule
    assert page.why
    assert page.fix
    assert "\n" not in page.rule + page.why + page.fix
