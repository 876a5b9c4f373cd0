"""A policy and its document are compiled as the guard would, and what is on and off is said; nothing is served."""

from __future__ import annotations

import argparse

from ostiary import catalogue
from ostiary.cli import openings, unowned
from ostiary.cli.columns import table, wrapped
from ostiary.cli.policy import add_policy_arguments, policy_of
from ostiary.gateway.admin import check_loopback
from ostiary.guard.order import CONTROLS
from ostiary.guard.site import Compiled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary check``."""
    add_policy_arguments(parser)
    parser.add_argument(
        "--open",
        action="store_true",
        help="list only who needs no token: every open operation, those that may be meant to be, and what to write",
    )


def run(args: argparse.Namespace) -> int:
    """Compile, and print what would run.

    :raises ConfigError: for the first thing that is wrong.
    """
    config, api = policy_of(args)
    if config.upstream and config.admin:
        check_loopback(config.admin, f"{config.file or 'config'}: admin")
    compiled = Compiled(config, api)
    if args.open:
        openings.show(compiled, everything=True)
        return 0
    declared = [plan for plan in compiled.plans if plan.operation.declared]
    where = config.file or "no policy file: every built control with its defaults"
    print(wrapped(f"Policy: {where}", hang=2))
    if api is None:
        print(wrapped("Document: none; controls that need one let everything pass", hang=2))
    else:
        print(wrapped(f"Document: {api.source}, OpenAPI {api.dialect}, {len(api.operations)} operations", hang=2))
        for note in api.notes:
            print(wrapped(f"note: {note}", indent=2, hang=2))
    print(f"Mode: {config.mode}\n")
    openings.show(compiled, everything=False)
    unowned.show(compiled)
    rows = []
    for control_id in CONTROLS:
        if control_id in config.off:
            rows.append((control_id, f"OFF: {config.off[control_id]}"))
            continue
        running = sum(control_id in plan.controls for plan in compiled.plans)
        known = sum(control_id in plan.controls for plan in declared)
        if running:
            total = len(declared)
            some = f"on for {known} of {total} operations" if known else "on for what is not declared"
            text = "on" if known == total or not total else some
            rows.append((control_id, text))
        elif catalogue.control(control_id).guard is None:
            rows.append((control_id, "not built yet"))
        else:
            rows.append((control_id, "idle: nothing calls for it" if api else "idle without a document"))
    print(table(rows))
    return 0
