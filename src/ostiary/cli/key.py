"""Signing keys of the OAuth server: when each signs, and the next one made before its time."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ostiary.cli.accounts import add_accounts_arguments, run_with
from ostiary.cli.columns import table

if TYPE_CHECKING:
    from ostiary.identity.services import Services
    from ostiary.identity.storage.keys import Kept

ACTOR: Final = "operator:cli"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary key``."""
    parser.epilog = "Keys rotate by themselves ([identity.lifetimes] signing-key); private halves are never shown."
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list signing keys, and from when to when each signs")
    rotate = actions.add_parser("rotate", help="publish the next key now; it signs when everybody has seen it")
    rotate.add_argument(
        "--at-once",
        action="store_true",
        help="it signs now, and nothing signed before is believed: for a key that leaked",
    )
    for each in (listing, rotate):
        add_accounts_arguments(each)
        each.add_argument("--json", action="store_true", help="say it as JSON")


def run(args: argparse.Namespace) -> int:
    """List the keys, after making one if that was asked.

    :raises OstiaryError: when the database or the key ring cannot be read.
    """

    async def act(services: Services) -> tuple[float, tuple[Kept, ...]]:
        from ostiary.identity.oauth import administering  # noqa: PLC0415 - needs the extra "identity"
        from ostiary.identity.storage import keys  # noqa: PLC0415 - as above

        if args.action == "rotate":
            await administering.rotate_key(services, at_once=args.at_once, actor=ACTOR)
        async with services.database.read() as connection:
            return services.now(), await keys.kept(connection)

    now, found = run_with(args, act)
    shown = [each for each in found if each.gone_at is None or now < each.gone_at]
    if args.json:
        names = ("kid", "algorithm", "created_at", "active_at", "retired_at", "gone_at")
        print(json.dumps([{name: getattr(each, name) for name in names} for each in shown], indent=2))
        return 0
    rows = [("ALGORITHM", "STATE", "SIGNS FROM", "UNTIL", "KEY")]
    rows += [
        (each.algorithm, _state(each, now), _time(each.active_at), _time(each.retired_at), each.kid) for each in shown
    ]
    print(table(rows))
    return 0


def _state(key: Kept, now: float) -> str:
    if now < key.active_at:
        return "next"
    return "signs" if key.retired_at is None or now < key.retired_at else "verifies"


def _time(seconds: float | None) -> str:
    return "-" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
