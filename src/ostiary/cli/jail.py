"""Who is in jail for guessing, until when, and how an operator lets somebody out before his time."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ostiary.cli.columns import table
from ostiary.cli.policy import policy_alone
from ostiary.cli.reach import add_reach_arguments, pull
from ostiary.config import Config, resolve
from ostiary.errors import ConfigError
from ostiary.parts.attempts import account_digest
from ostiary.parts.attempts_prisoners import KINDS
from ostiary.parts.attempts_sends import destination
from ostiary.parts.identity_settings import Identity
from ostiary.strict import Secret

CONTROLS = ("auth.login-jail", "auth.login-max-retry", "account.auth-endpoint-limits", "account.captcha-challenge")
_SHOWN = 12  # characters of a digest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary jail``."""
    parser.epilog = "Accounts are kept as keyed digests: --account hashes the name as the policy does."
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="show who is in jail, and for how long")
    free = actions.add_parser("free", help="release an account, a source, or everybody; strikes are forgotten")
    for each in (listing, free):
        each.add_argument("--account", metavar="NAME", help="as it is given at sign-in: alice@example.com")
        each.add_argument("--source", metavar="ADDRESS", help="an address; of IPv6 its /64 is meant")
        each.add_argument("--key", metavar="KEY", help="a key, or its beginning, as list --json shows it")
        add_reach_arguments(each)
    free.add_argument("--all", action="store_true", help="everybody")


def run(args: argparse.Namespace) -> int:
    """List or free; 1 when there was nobody to free.

    :raises OstiaryError: when nobody in particular is meant, or the state is out of reach.
    """
    given: dict[str, Any] = {"source": args.source or "", "key": args.key or ""}
    if args.account:
        given["digests"] = ",".join(digests(policy_alone(args.config), args.account))
    if args.action == "list":
        return _list(args, given)
    if not (args.account or args.source or args.key or args.all):
        raise ConfigError("ostiary jail free", "who is to be freed?", "--account, --source or --key, or --all")
    freed = int(pull(args, "POST /jail/free", {**given, "all": bool(args.all)})["freed"])
    if args.json:
        print(json.dumps({"freed": freed}))
    else:
        print(f"{freed} freed" if freed else "nobody of that description is in jail")
    return 0 if freed else 1


def digests(config: Config, account: str) -> list[str]:
    """Under what an account is kept: once for every pepper that the policy has, sign-in and codes alike."""
    found: dict[str, None] = {}
    for control_id in CONTROLS:
        pepper = getattr(resolve(config, control_id).settings, "pepper", None)
        for name in (account, destination(account)):
            found[account_digest(name, pepper)] = None
        found[account_digest(account, pepper, kind="client")] = None
        found[account_digest(account, pepper, kind="caller")] = None
    own = _own_pepper(config)
    if own is not None:
        found[account_digest(account, own)] = None
        found[account_digest(account, own, kind="client")] = None
    return list(found)


def _own_pepper(config: Config) -> Secret | None:
    """Under what identity keeps accounts; None where its keys are not here.

    :raises ConfigError: when they are, and cannot be read.
    """
    folder = Path((config.identity or Identity()).keys)
    if not folder.is_dir():
        return None
    from ostiary.identity.keyfolder import open_ring  # noqa: PLC0415 - needs the extra "identity"
    from ostiary.identity.limits import pepper_of  # noqa: PLC0415 - as above

    return pepper_of(open_ring(folder, os.urandom))


def _list(args: argparse.Namespace, given: Mapping[str, Any]) -> int:
    prisoners = pull(args, "GET /jail", {name: value for name, value in given.items() if value})["prisoners"]
    prisoners.sort(key=lambda each: each["until"])
    prisoners = [*reversed({each["key"]: each for each in prisoners}.values())]  # of several processes the longest term
    prisoners.sort(key=lambda each: -each["until"])
    if args.json:
        print(json.dumps(prisoners, indent=2))
        return 0
    if not prisoners:
        print("nobody is in jail")
        return 0
    now = time.time()
    rows = [("STILL", "TERM", "ACCOUNT", "SOURCE", "WHAT")]
    for each in prisoners:
        still, account = _span(each["until"] - now), each["account"][:_SHOWN] or "-"
        what = KINDS.get(each["kind"], each["kind"])
        rows.append((still, str(each["step"]), account, each["source"] or "-", what))
    print(table(rows))
    return 0


def _span(seconds: float) -> str:
    for length, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * length:
            return f"{round(seconds / length)} {unit}"
    return f"{max(0, round(seconds))} s"
