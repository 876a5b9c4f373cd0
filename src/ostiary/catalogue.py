"""The catalogue is the folder: a control's id is its module path below `ostiary.controls`."""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import pkgutil
from typing import NamedTuple

from ostiary.errors import ConfigError
from ostiary.model import Control

SECTIONS = {  # in the checklists' order
    "auth": "Authentication",
    "jwt": "JWT",
    "oauth": "OAuth",
    "access": "Access",
    "input": "Input",
    "processing": "Processing",
    "output": "Output",
    "ci": "CI and CD",
    "account": "Accounts",
    "userdata": "User data",
    "mobile": "Mobile",
    "infra": "Infrastructure",
    "people": "People",
    "beyond": "Beyond the checklists",
}


class Page(NamedTuple):
    """A control's docstring in its parts, each plain text; reST double backticks mark code."""

    rule: str
    why: str
    fix: str
    traps: str  # what a check must not mistake for a fault


@functools.cache
def ids() -> tuple[str, ...]:
    """Every id, by section in the checklists' order, by name within."""
    found = []
    for section in SECTIONS:
        package = importlib.import_module(f"ostiary.controls.{section}")
        names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
        found += [f"{section}.{name.replace('_', '-')}" for name in names]
    return tuple(found)


def module_name(control_id: str) -> str:
    """``access.private-allowlist`` -> ``ostiary.controls.access.private_allowlist``."""
    return f"ostiary.controls.{control_id.replace('-', '_')}"


def did_you_mean(word: str, known: list[str]) -> str:
    """A hint for a misspelt word, or an empty string."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""


@functools.cache
def control(control_id: str) -> Control:
    """The control of that id; underscores are read as dashes.

    :raises ConfigError: when there is none, with the nearest id as hint.
    """
    control_id = control_id.replace("_", "-")
    if control_id not in ids():
        raise ConfigError(control_id, "no control has this id", did_you_mean(control_id, list(ids())))
    found = importlib.import_module(module_name(control_id)).control
    if not isinstance(found, Control):
        msg = f"{module_name(control_id)}.control is not a Control"
        raise TypeError(msg)
    return found


@functools.cache
def page(control_id: str) -> Page:
    """The control's words, from its docstring."""
    control(control_id)
    text = inspect.getdoc(importlib.import_module(module_name(control_id))) or ""
    parts = {"Rule": "", "Why": "", "Fix": "", "Traps": ""}
    at = "Rule"
    for line in text.splitlines():
        if line in {"Why", "Fix", "Traps"}:
            at = line
        else:
            parts[at] += line.strip() + "\n"
    joined = {name: " ".join(part.split()) if name != "Traps" else part.strip() for name, part in parts.items()}
    return Page(joined["Rule"], joined["Why"], joined["Fix"], joined["Traps"])
