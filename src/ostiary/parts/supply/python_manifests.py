"""What Python projects say they need, mostly ranges: ``pyproject.toml``, ``setup.cfg``, ``setup.py``, ``Pipfile``."""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply import pep
from ostiary.parts.supply.lines import containing, mapping, word

_EXACT: Final = re.compile(r"(?:==|===)?[ \t]*([0-9][0-9A-Za-z.!+-]*)")


def pyproject(text: str, file: str) -> list[Dependency]:
    """Packages that a ``pyproject.toml`` names: ``[project]``, dependency groups (PEP 735), and poetry's own tables.

    :raises ValueError: when it is not TOML.
    """
    read = tomllib.loads(text)
    project, tool = mapping(read.get("project")), mapping(read.get("tool"))
    extras = [one for each in mapping(project.get("optional-dependencies")).values() for one in _texts(each)]
    found = list(_required([*_texts(project.get("dependencies")), *extras], file, text))
    groups = [one for each in mapping(read.get("dependency-groups")).values() for one in _texts(each)]
    pdm = [one for each in mapping(mapping(tool.get("pdm")).get("dev-dependencies")).values() for one in _texts(each)]
    uv = _texts(mapping(tool.get("uv")).get("dev-dependencies"))
    found += _required([*groups, *pdm, *uv], file, text, development=True)
    poetry = mapping(tool.get("poetry"))
    found += _tabled(poetry.get("dependencies"), file, text)
    found += _tabled(poetry.get("dev-dependencies"), file, text, development=True)
    for name, group in mapping(poetry.get("group")).items():
        found += _tabled(mapping(group).get("dependencies"), file, text, development=name != "main")
    own = pep.normal(word(project.get("name")))  # an extra may name others by the project itself
    return [each for each in found if each.name != own]


def pipfile(text: str, file: str) -> list[Dependency]:
    """Packages that a ``Pipfile`` names.

    :raises ValueError: when it is not TOML.
    """
    read = tomllib.loads(text)
    return [
        *_tabled(read.get("packages"), file, text),
        *_tabled(read.get("dev-packages"), file, text, development=True),
    ]


def setup_cfg(text: str, file: str) -> list[Dependency]:
    """What ``[options] install_requires`` of a ``setup.cfg`` names.

    :raises ValueError: when it cannot be read.
    """
    read = configparser.RawConfigParser(strict=False)
    try:
        read.read_string(text)
    except configparser.Error as error:
        raise ValueError(type(error).__name__) from error
    lines = read.get("options", "install_requires", fallback="").split("\n")
    return list(_required([each.partition(" #")[0].strip() for each in lines], file, text))


def setup_py(text: str, file: str) -> list[Dependency]:
    """What ``setup(install_requires=[...])`` names literally; nothing is run.

    :raises ValueError: when it is not Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(type(error).__name__) from error
    lists = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found: list[Dependency] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node.func) == "setup":
            for keyword in node.keywords:
                if keyword.arg == "install_requires":
                    value = lists.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
                    found += _required(_literals(value), file, text)
    return found


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literals(value: ast.expr | None) -> Iterator[str]:
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        for each in value.elts:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _required(lines: Iterable[str], file: str, text: str, *, development: bool = False) -> Iterator[Dependency]:
    for line in lines:
        wanted = pep.requirement(line) if line else None
        if wanted is not None:
            yield Dependency(
                ecosystem="PyPI",
                name=wanted.name,
                version=wanted.version,
                wanted=wanted.text or "*",
                file=file,
                line=containing(text, line) or containing(text, line.split("[")[0].split(">")[0].split("=")[0]),
                development=development,
                direct=True,
            )


def _tabled(table: Any, file: str, text: str, *, development: bool = False) -> Iterator[Dependency]:
    """``name = "^1.2"`` and ``name = {version = "^1.2"}``, as poetry and Pipenv write them."""
    for name, value in mapping(table).items():
        about = mapping(value)
        if name.lower() == "python" or {"path", "develop"} & about.keys():
            continue
        wanted = word(value) or word(about.get("version"))
        commit = word(about.get("rev")) or word(about.get("ref"))
        link = word(about.get("git")) or word(about.get("url"))
        exact = _EXACT.fullmatch(wanted)
        yield Dependency(
            ecosystem="PyPI",
            name=pep.normal(name),
            version=exact[1] if exact else "",
            wanted=wanted or (f"{link}@{commit}" if commit else link) or "*",
            file=file,
            line=containing(text, f"{name} =") or containing(text, f"{name}=") or containing(text, f'"{name}"'),
            development=development,
            direct=True,
        )
