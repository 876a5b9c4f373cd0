"""Orders against abuse: who is shut out, what is closed, for how long, why, and by whose word."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from ostiary.cli.columns import columns, cut, wrapped
from ostiary.cli.policy import policy_alone
from ostiary.cli.reach import add_reach_arguments, operator, pull
from ostiary.config import Config, resolve
from ostiary.parts.orders import KINDS, subject_of

_CHALLENGE = "account.captcha-challenge"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary ban``."""
    _explain_kinds(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="put an order in force, or replace the one about the same")
    _add_about(add)
    add.add_argument("--for", dest="span", metavar="TIME", required=True, help='how long: "15m", "1h", "7d"')
    add.add_argument("--why", metavar="TEXT", required=True, help="the reason, for whoever finds it in force")
    add.add_argument("--by", metavar="NAME", default=operator(), help="who gives the order (default: you, here)")
    lift = actions.add_parser("lift", help="end an order before its time")
    _add_about(lift)
    listing = actions.add_parser("list", help="show what is in force")
    for each in (add, lift, listing):
        add_reach_arguments(each)


def _explain_kinds(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "WHAT, by KIND:\n" + "\n".join(
        wrapped(f"{kind}: {text}", indent=2, hang=4) for kind, text in KINDS.items()
    )


def _add_about(parser: argparse.ArgumentParser) -> None:
    _explain_kinds(parser)
    parser.add_argument("kind", metavar="KIND", choices=list(KINDS), help="what is meant; see below")
    parser.add_argument("about", metavar="WHAT", nargs="+", help="what it is about, such as 192.0.2.0/24")


def run(args: argparse.Namespace) -> int:
    """Give, end or list orders; 1 when there was nothing to lift.

    :raises OstiaryError: when the order cannot be obeyed, or nobody is there to obey it.
    """
    if args.action == "list":
        return _list(args)
    about = {"kind": args.kind, "about": " ".join(args.about)}
    subject_of(**about)  # a slip is said before anybody is asked
    if args.action == "lift":
        lifted = bool(pull(args, "POST /bans/lift", about)["lifted"])
        if args.json:
            print(json.dumps({"lifted": lifted}))
        else:
            print("lifted" if lifted else f"there is no order about {args.kind} {about['about']}")
        return 0 if lifted else 1
    order = pull(args, "POST /bans", {**about, "for": args.span, "why": args.why, "by": args.by})["order"]
    print(json.dumps(order) if args.json else _told(order))
    if args.kind == "challenge" and not _can_challenge(policy_alone(args.config)):
        print(f"nobody will be asked: the policy gives {_CHALLENGE} no key", file=sys.stderr)
    return 0


def _can_challenge(config: Config) -> bool:
    """Whether some operation may ask for one, as far as the policy says; without a policy nobody knows."""
    settings = resolve(config, _CHALLENGE).settings
    keyed = settings.key is not None or settings.secret is not None
    return keyed or not config.file or any(_CHALLENGE in each.controls for each in config.operations.values())


def _list(args: argparse.Namespace) -> int:
    found = pull(args, "GET /bans", {})
    if args.json:
        print(json.dumps(found["bans"], indent=2))
        return 0
    for order in found["bans"]:
        print(_told(order))
    if not found["bans"]:
        print("no order is in force")
    return 0


def _told(order: Mapping[str, Any]) -> str:
    """Two lines: what and until when, then why, who and since when."""
    end = f"ends in {_span(order['until'] - time.time())}"
    what = cut(f"{order['kind']} {order['about']}", columns() - len(end) - 2)
    signed = f" ({order['by']}, {order['at']})" if order["by"] else ""
    return f"{what}  {end}\n" + wrapped(f"{order['why']}{signed}", indent=4)


def _span(seconds: float) -> str:
    for length, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * length:
            return f"{round(seconds / length)} {unit}"
    return f"{max(0, round(seconds))} s"
