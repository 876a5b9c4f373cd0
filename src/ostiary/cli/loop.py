"""``ostiary loop``: audit an API, write the policy that closes what is found, serve it, and prove it by a second audit."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ostiary import config as policy
from ostiary.cli import audit as asking
from ostiary.config import Config
from ostiary.errors import ConfigError, Unanswerable
from ostiary.model import Api

if TYPE_CHECKING:
    from ostiary.audit.result import Report
    from ostiary.closing.loop import Outcomes

WIDTH = 80
_EPILOG = """\
exit codes:
  0  all that the policy closes is closed, and nothing legitimate broke
  1  not so                              2  wrong use
  3  the API does not answer             4  the credentials given are refused

The policy and a copy of the API's document are written into the current
folder unless --output says otherwise; an existing policy is never overwritten.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary loop``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("--upstream", required=True, metavar="URL", help="the API's own address")
    parser.add_argument("--api", metavar="FILE|URL", help="its document (default: look for it)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="an ostiary.toml with [audit] accounts")
    parser.add_argument("--bearer", metavar="TOKEN", help=f"a bearer token (default: ${asking.BEARER})")
    parser.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'", help="send this header")
    parser.add_argument(
        "--identity", action="append", default=[], metavar="NAME=...", help="named credentials, as in `ostiary audit`"
    )
    parser.add_argument("--intrusive", action="store_true", help="also probes that may change or lock something")
    parser.add_argument("--authorized", action="store_true", help="the owner of a public target agreed")
    parser.add_argument("--budget", type=int, default=2000, metavar="N", help="requests of each audit (default: 2000)")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="of the gateway (default: a free one)")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("ostiary.toml"),
        metavar="FILE",
        help="where the policy goes (default: %(default)s)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite that file")


def run(args: argparse.Namespace) -> int:
    """Go round once and show the table; the exit code that `--help` lists.

    :raises ConfigError: for wrong use.
    """
    if args.output.exists() and not args.force:
        raise ConfigError(str(args.output), "is there already, and stays as it is", "say --output FILE, or --force")
    if not args.output.absolute().parent.is_dir():
        raise ConfigError(str(args.output), "the folder does not exist")
    headers, identities = asking.credentials(args.bearer, args.header, args.identity)
    config = policy.read(args.config) if args.config else Config()
    logging.getLogger("ostiary").setLevel(logging.ERROR)  # an audit provokes warnings on purpose
    from ostiary.audit.run import audit  # noqa: PLC0415 - h11 is of the extra "audit"
    from ostiary.closing import loop  # noqa: PLC0415 - needs the extra "gateway" too
    from ostiary.gateway.loop import new_loop  # noqa: PLC0415 - as above

    async def ask(url: str, api: Api | None) -> Report:
        return await audit(
            url,
            api=api if api is not None else args.api,
            config=config,
            intrusive=args.intrusive,
            authorized=args.authorized,
            headers=headers,
            identities=identities,
            budget=args.budget,
        )

    with asyncio.Runner(loop_factory=new_loop) as runner:
        try:
            done = runner.run(
                loop.run(
                    ask,
                    upstream=args.upstream,
                    api=None,
                    file=args.output,
                    environ=os.environ,
                    say=lambda text: print(text, flush=True),
                    port=args.port,
                )
            )
        except Unanswerable as error:
            print(f"ostiary: {error}", file=sys.stderr)
            return asking.UNREACHABLE
    print(table(done))
    print("\n".join(loop.summary(done)))
    return int(not done.held)


def table(done: Outcomes) -> str:
    """Found, closed, left, broken: one line each, under 80 columns."""
    lines = [("CONTROL", "SEVERITY", "BEFORE", "AFTER", "")]
    lines += [(each.control, each.severity, each.before.value, each.after.value, each.word) for each in done.rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    text = ["", *("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines), ""]
    text += _listed("Left:", [f"{each.control}: {each.why}" for each in done.rows if each.word != "closed"])
    text += _listed("In the policy as questions:", done.draft.asks)
    broken = [f"{each.operation}: {each.behind or 'no answer'} instead of {each.bare}" for each in done.broken]
    text += _listed("Legitimate requests that the policy broke:", broken)
    return "\n".join(text)


def _listed(title: str, entries: Sequence[str]) -> list[str]:
    if not entries:
        return []
    wrapped = [
        textwrap.fill(each, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
        for each in entries
    ]
    return [title, *wrapped, ""]
