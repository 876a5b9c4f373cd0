"""``ostiary loop``: audit an API, write the policy that closes what is found, serve it, and prove it by a second audit."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ostiary.cli import asking
from ostiary.errors import Unanswerable
from ostiary.model import Api
from ostiary.parts.printable import on_one_line, printable

if TYPE_CHECKING:
    from ostiary.audit.result import Report
    from ostiary.closing.loop import Outcomes, Then

WIDTH = 80
UNAUTHENTICATED = 4
INTERRUPTED = 130
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
    parser.add_argument("--port", type=int, default=0, metavar="N", help="of the gateway (default: a free one)")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("ostiary.toml"),
        metavar="FILE",
        help="where the policy goes (default: %(default)s)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite that file")
    asking.add_credentials(parser)
    asking.add_limits(parser)
    asking.add_agent(parser)
    # The gateway goes where the system's resolver and authorities lead it: nobody may be sent elsewhere before it than behind it.
    parser.set_defaults(resolve=[], cacert=None, insecure=False)


def run(args: argparse.Namespace) -> int:
    """Go round once and show the table; the exit code that `--help` lists.

    :raises ConfigError: for wrong use.
    """
    asking.check_new(args.output, "--output", force=args.force)
    from ostiary.gateway.loop import new_loop  # noqa: PLC0415 - of the extra "gateway", which other commands do not need
    from ostiary.gateway.server import bind  # noqa: PLC0415 - with it

    bind(f"127.0.0.1:{args.port}", "--port").close()  # said now, and not after an audit

    with asking.hushed(), asyncio.Runner(loop_factory=new_loop) as runner:
        try:
            done = runner.run(_round(args, asking.options(args)))
        except Unanswerable as error:
            print(f"ostiary: {on_one_line(str(error))}", file=sys.stderr)
            return asking.UNREACHABLE
    if isinstance(done, int):
        print(f"Nothing was found that a policy could close; {done} findings are left (ostiary audit shows them).")
        return int(done > 0)
    if done is None:
        return INTERRUPTED
    if isinstance(done, str):
        print(f"ostiary: {on_one_line(done)}", file=sys.stderr)
        return UNAUTHENTICATED
    print(table(done))
    print("\n".join(summary(done)))
    return int(not done.held)


async def _round(args: argparse.Namespace, options: dict[str, Any]) -> Outcomes | str | int | None:
    """One round; a sentence where nobody could sign in, a number of findings where none can be closed, None where the
    operator had enough.
    """
    from ostiary.audit.run import audit  # noqa: PLC0415 - h11 is of the extra "audit"
    from ostiary.closing import loop  # noqa: PLC0415 - needs both extras

    stop = asyncio.Event()

    async def ask(url: str, api: Api | None, then: Then | None) -> Report:
        return await audit(url, api=api if api is not None else args.api, stop=stop, then=then, **options)

    with asking.interruptible(stop):
        try:
            return await loop.run(
                ask,
                upstream=args.upstream,
                file=args.output,
                environ=os.environ,
                say=lambda text: print(printable(text), flush=True),
                port=args.port,
            )
        except loop.NothingToClose as nothing:
            return nothing.findings
        except loop.Refused as refused:
            return str(refused)
        except loop.Interrupted:
            return None


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
    return printable("\n".join(text))


def summary(done: Outcomes) -> Sequence[str]:
    """The last lines: what was closed, and what broke."""
    found = [each for each in done.rows if each.found]
    good = sum(each.good for each in done.replayed)
    return (
        f"{sum(each.closed for each in found)} of {len(found)} live findings closed by the policy.",
        f"{good} of {len(done.replayed)} legitimate requests work behind it, {len(done.broken)} broken by it.",
    )


def _listed(title: str, entries: Sequence[str]) -> list[str]:
    if not entries:
        return []
    wrapped = [
        textwrap.fill(each, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
        for each in entries
    ]
    return [title, *wrapped, ""]
