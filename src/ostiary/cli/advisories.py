"""``ostiary advisories``: fetch what is known of vulnerable packages, and say how old what is at hand is."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Final

from ostiary.cli.columns import table
from ostiary.errors import Unanswerable
from ostiary.parts.printable import on_one_line

UNREACHABLE: Final = 3
_EPILOG: Final = """\
exit codes:
  0  done                 2  wrong use, or a dump that cannot be read
  1  (status) nothing     3  the source cannot be reached

Dumps are those of osv.dev: https://google.github.io/osv.dev/data/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary advisories``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    update = actions.add_parser("update", help="fetch the dumps of osv.dev, or read one that is given")
    update.add_argument("--ecosystem", action="append", default=[], metavar="NAME", help="PyPI, npm, Go, Debian, ...; may be given again")  # fmt: skip
    update.add_argument("--from", dest="given", default="", metavar="ZIP|FOLDER|URL", help="a dump, a folder of OSV records, or a mirror")  # fmt: skip
    update.add_argument("-q", "--quiet", action="store_true", help="say nothing while it goes on")
    status = actions.add_parser("status", help="say what is at hand, and how old it is")
    status.add_argument("--json", action="store_true", help="for programs")
    for each in (update, status):
        each.add_argument("--dir", type=Path, metavar="FOLDER", help="of the database (default: in the user's cache)")


def run(args: argparse.Namespace) -> int:
    """Update, or tell."""
    from ostiary.audit.gather.supply.advisories import usual_folder  # noqa: PLC0415 - other commands do without

    folder = args.dir or usual_folder()
    return _status(args, folder) if args.action == "status" else _update(args, folder)


def _update(args: argparse.Namespace, folder: Path) -> int:
    from ostiary.audit.gather.supply.updating import update  # noqa: PLC0415 - it brings httpx

    def say(sentence: str) -> None:
        if not args.quiet:
            print(on_one_line(sentence), file=sys.stderr)

    try:
        made = update(folder, args.ecosystem, args.given, say)
    except Unanswerable as error:
        print(f"ostiary: {on_one_line(str(error))}", file=sys.stderr)
        return UNREACHABLE
    for each in made:
        print(f"{each.ecosystem}: {each.records:,} advisories of {each.packages:,} packages, the newest of {each.newest:%Y-%m-%d}")  # fmt: skip
    return 0


def _status(args: argparse.Namespace, folder: Path) -> int:
    from ostiary.audit.gather.supply.advisories import HOW, held  # noqa: PLC0415 - as above

    found = list(held(folder))
    if args.json:
        print(json.dumps([{
            "ecosystem": each.ecosystem, "records": each.records, "packages": each.packages, "source": each.source,
            "fetched": each.fetched.isoformat(), "newest": each.newest.isoformat(), "dated": each.dated.isoformat(),
        } for each in found], indent=2))  # fmt: skip
        return 0 if found else 1
    if not found:
        print(f"no advisories in {folder}: {HOW}")
        return 1
    now = dt.datetime.now(dt.UTC)
    rows = [("ECOSYSTEM", "ADVISORIES", "PACKAGES", "NEWEST", "FETCHED", "AGE")]
    rows += [
        (each.ecosystem, f"{each.records:,}", f"{each.packages:,}", f"{each.newest:%Y-%m-%d}", f"{each.fetched:%Y-%m-%d}", f"{(now - each.dated).days} d")
        for each in found
    ]  # fmt: skip
    print(table(rows))
    return 0
