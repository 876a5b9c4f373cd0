"""Compilation resolves the settings of every enforced control for one operation, once, at start."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ostiary import catalogue
from ostiary.config import Config, is_particular, mode_of, resolve
from ostiary.guard.journal import Journal
from ostiary.guard.memo import Memo
from ostiary.guard.order import CONTROLS, EDGE
from ostiary.guard.plan import Part, Plan
from ostiary.model import Hook, Operation, Site


def compile_plan(
    config: Config,
    operation: Operation,
    site: Site,
    journal: Journal,
    *,
    route: Hook | None = None,
    before: Collection[str] = EDGE,
    without: str = "",
    general: dict[str, Any] | None = None,
    memo: Memo | None = None,
) -> Plan:
    """Resolve the settings of every enforced control for one operation, and compile them.

    :param route: a head hook of the host's own, run after the controls `before` and ahead of the rest.
    :param before: the controls that come ahead of it, the first of `REQUEST`.
    :param without: a control that this plan does not have.
    :param general: settings that many operations share, by control; filled here, to be given again for the next.
    :param memo: where verdicts of pure hooks are remembered; None: nowhere.
    :raises ConfigError: from a control whose settings cannot work.
    """
    parts = []
    for control_id in CONTROLS:
        if (
            control_id == without
            or control_id in config.off
            or (config.only is not None and control_id not in config.only)
        ):
            continue
        control = catalogue.control(control_id)
        if control.guard is None:
            continue
        if general is None or is_particular(config, control_id, operation):
            settings = resolve(config, control_id, operation).settings
        elif control_id in general:
            settings = general[control_id]
        else:
            settings = general[control_id] = resolve(config, control_id).settings
        hooks = control.guard(settings, operation, site)
        if hooks is not None:
            parts.append(Part(control_id, hooks))
    return Plan(
        operation, parts, mode=mode_of(config, operation), journal=journal, route=route, before=before, memo=memo,
        identify=None if site.tokens is None else site.tokens.read,
    )  # fmt: skip
