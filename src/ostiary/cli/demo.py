"""The loop, shown: audit an API, put the gateway in front, audit again, and print what changed."""

from __future__ import annotations

import argparse
from pathlib import Path

from ostiary.cli.policy import policy_of
from ostiary.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary demo``."""
    parser.add_argument("--upstream", metavar="URL", help="your own API (default: the bundled careless shop)")
    parser.add_argument("--api", metavar="FILE", help="its OpenAPI or Swagger document")
    parser.add_argument("--config", type=Path, metavar="FILE", help="its policy (default: every control's defaults)")
    parser.add_argument("--bearer", metavar="TOKEN", help="a token for its operations that ask for one")
    parser.add_argument(
        "--header", action="append", default=[], metavar="'NAME: VALUE'", help="or a header; may be given again"
    )
    parser.add_argument("--once", action="store_true", help="stop after the table; exit 1 if something stays open")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="of the gateway (default: a free one)")
    parser.add_argument(
        "--reports",
        type=Path,
        default=Path("ostiary-report"),
        metavar="FOLDER",
        help="where the two HTML reports go (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Show it; 0 when the loop closed, 1 when something that should have closed did not.

    :raises ConfigError: when the API's document or policy cannot be read.
    """
    from ostiary.demo import loop  # noqa: PLC0415 - needs the extra "demo", which other commands do not

    subject = None
    if args.upstream is None and (args.api or args.config or args.bearer or args.header):
        raise ConfigError("--upstream", "is missing", "the other options speak of your API: say where it is")
    if args.upstream is not None:
        config, api = policy_of(args)
        subject = loop.own(args.upstream, api, config, headers=_credentials(args))
    return loop.show(subject, once=args.once, port=args.port, folder=args.reports)


def _credentials(args: argparse.Namespace) -> list[tuple[str, str]]:
    found = [("authorization", f"Bearer {args.bearer}")] if args.bearer else []
    for text in args.header:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise ConfigError("--header", "expected 'NAME: VALUE'")
        found.append((name.strip().lower(), value.strip()))
    return found
