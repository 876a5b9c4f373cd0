"""What is kept of accounts: backed up, brought back, brought up to date, sealed anew; and the mails that stay here."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ostiary.cli.accounts import add_accounts_arguments, config_of, run_with, settings_of
from ostiary.errors import ConfigError

if TYPE_CHECKING:
    from ostiary.identity.services import Services

_ACTIONS: Final = {
    "backup": "write a backup into one new file, while the service runs, and prove it",
    "verify": "prove a backup without bringing it back",
    "restore": "bring a backup back; the service must not be running, and nothing is overwritten",
    "migrate": "bring the tables up to date; the service does it at its start too",
    "rotate-keys": "add a sealing key and seal everything anew with it, while the service runs",
    "reseal": "seal anew what older keys sealed; it may be ended and begun again, and says which keys may go",
    "forget-key": "remove an old key that nothing needs any more",
    "settle": "end what may not come back to life, after a restore of PostgreSQL by its own tools",
    "outbox": "show messages that no server takes, with their links: for trying things out",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary identity``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in _ACTIONS.items():
        each = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name in {"backup", "verify", "restore"}:
            each.add_argument("file", type=Path, metavar="FILE", help="the backup")
        if name == "backup":
            each.add_argument(
                "--without-keys", action="store_true", help="leave the key ring out: it is kept elsewhere"
            )
        if name == "forget-key":
            each.add_argument("number", type=int, metavar="NUMBER", help="the key's number")
        if name == "outbox":
            each.add_argument(
                "--most", type=int, default=20, metavar="N", help="how many, the newest first (default: 20)"
            )
            each.add_argument("--json", action="store_true", help="say it as JSON")
        add_accounts_arguments(each)


def run(args: argparse.Namespace) -> int:
    """Do what the action says.

    :raises OstiaryError: when it cannot be done.
    """
    if args.action in {"backup", "verify", "restore"}:
        return _copies(args)
    if args.action == "migrate":
        return _migrate(args)
    if args.action in {"reseal", "forget-key", "settle"}:
        return _after(args)
    return _rotate(args) if args.action == "rotate-keys" else _outbox(args)


def _copies(args: argparse.Namespace) -> int:
    from ostiary.identity import backup  # noqa: PLC0415 - needs the extra "identity"

    settings = settings_of(args, config_of(args))
    if args.action == "backup":
        work = backup.backup(settings, args.file, with_keys=not args.without_keys, now=time.time())
    elif args.action == "verify":
        work = backup.verify(args.file, Path(settings.keys))
    else:
        work = backup.restore(settings, args.file, now=time.time())
    report = asyncio.run(work)
    keys = "with the key ring" if report.keys else "without the key ring"
    done = {"backup": "backed up", "verify": "whole", "restore": "brought back"}[args.action]
    when = datetime.fromtimestamp(report.made_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    print(f"{args.file}: {done}, of {when}, {keys}, {report.values} sealed values open")
    return 0


def _migrate(args: argparse.Namespace) -> int:
    from ostiary.identity.storage.database import Database  # noqa: PLC0415 - as above
    from ostiary.identity.storage.migrations import migrate  # noqa: PLC0415 - as above

    settings = settings_of(args, config_of(args))

    async def act() -> None:
        database = Database(settings.database)
        try:
            await migrate(database)
        finally:
            await database.close()

    asyncio.run(act())
    print("the tables are up to date")
    return 0


def _rotate(args: argparse.Namespace) -> int:
    async def act(services: Services) -> tuple[int, Any]:
        from ostiary.identity import resealing  # noqa: PLC0415 - as above

        number = await resealing.rotate(services)
        return number, await resealing.reseal(services)

    number, done = run_with(args, act)
    print(f"key {number} seals from now on; {done.renewed} values were sealed anew")
    if done.broken:
        raise ConfigError(
            "[identity] keys", f"{done.broken} values do not open with any key", "restore the former folder"
        )
    return 0


def _after(args: argparse.Namespace) -> int:
    async def act(services: Services) -> str:
        from ostiary.identity import backup, resealing  # noqa: PLC0415 - as above

        if args.action == "settle":
            await backup.settle(services.database, services.now())
            return "sessions, grants, tokens and links have ended"
        if args.action == "forget-key":
            await resealing.let_go(services, args.number)
            return f"key {args.number} is gone"
        done = await resealing.reseal(services)
        free = ", ".join(map(str, done.free)) or "none"
        return f"{done.renewed} values were sealed anew, {done.broken} do not open; keys that may go: {free}"

    print(run_with(args, act))
    return 0


def _outbox(args: argparse.Namespace) -> int:
    most = 500
    if not 0 < args.most <= most:
        raise ConfigError("--most", f"expected a number from 1 to {most}")

    async def act(services: Services) -> Any:
        from ostiary.identity.outgoing import list_outbox  # noqa: PLC0415 - as above

        return await list_outbox(services, args.most)

    found = run_with(args, act)
    if args.json:
        print(json.dumps([each._asdict() for each in found], indent=2))
        return 0
    for each in found:
        when = datetime.fromtimestamp(each.created_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        print(f"{when}  {each.state}  {each.channel}{f' to {each.to}: {each.subject}' if each.to else ''}")
        if each.body:
            print("    " + each.body.strip().replace("\n", f"{os.linesep}    ") + "\n")
    if not found:
        print("nothing was sent yet")
    return 0
