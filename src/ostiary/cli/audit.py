"""``ostiary audit``: which controls an API keeps, with evidence; the exit code says whether findings matter."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from ostiary import config as policy
from ostiary.cli.pipe import drop_output
from ostiary.config import Config
from ostiary.errors import ConfigError, Unanswerable
from ostiary.model import Severity

if TYPE_CHECKING:
    from ostiary.audit.result import Report

UNREACHABLE: Final = 3
BEARER: Final = "OSTIARY_BEARER"  # the environment variable that --bearer defaults to
_SUFFIXES: Final = {".json": "json", ".html": "html", ".htm": "html", ".txt": "terminal"}
_CREDENTIALS: Final = ("authorization", "cookie", "key", "token", "secret", "session", "credential", "password")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_EPILOG: Final = """\
exit codes:
  0  no finding at or above --fail-on      3  the target does not answer
  1  findings at or above --fail-on        4  the credentials given are refused
  2  wrong use                           130  interrupted; the report is partial

Secrets need not stand on the command line: env:NAME reads a variable, and
OSTIARY_BEARER is used when --bearer is absent.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary audit``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("url", metavar="URL", help="base URL of the API")
    parser.add_argument("--api", metavar="FILE|URL", help="its OpenAPI or Swagger document (default: look for it)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="an ostiary.toml: [off] is shown as WAIVED")
    parser.add_argument("--only", action="append", metavar="ID", help="ask only this control, section or pattern")
    parser.add_argument("--skip", action="append", default=[], metavar="ID", help="leave this one out")
    parser.add_argument(
        "--fail-on",
        type=Severity,
        choices=list(Severity),
        default=Severity.LOW,
        metavar="SEVERITY",
        help="exit 1 for findings from here: critical, high, medium, low, info (default: low)",
    )
    who = parser.add_argument_group("credentials")
    who.add_argument("--bearer", metavar="TOKEN", help=f"a bearer token (default: ${BEARER})")
    who.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'", help="send this header")
    who.add_argument(
        "--identity",
        action="append",
        default=[],
        metavar="NAME=...",
        help="named credentials: NAME='Header: value' or NAME=TOKEN; the first is the default",
    )
    limits = parser.add_argument_group("what it may do")
    limits.add_argument("--authorized", action="store_true", help="the owner of a public target agreed")
    limits.add_argument("--intrusive", action="store_true", help="also probes that may change or lock something")
    limits.add_argument("--budget", type=_number, metavar="N", help="requests in all (default: 400, and 30 an operation)")
    limits.add_argument("--concurrency", type=_number, default=8, metavar="N", help="requests at once (default: 8)")
    limits.add_argument("--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="per request (default: 10)")
    way = parser.add_argument_group("how to get there")
    way.add_argument("--resolve", action="append", default=[], metavar="HOST:PORT:ADDRESS", help="as curl has it")
    way.add_argument("--cacert", metavar="FILE", help="trust the authorities in this PEM file")
    way.add_argument("--insecure", action="store_true", help="send credentials although the certificate is bad")
    way.add_argument("--user-agent", default="", metavar="TEXT", help="(default: ostiary/VERSION)")
    out = parser.add_argument_group("reports")
    out.add_argument("--format", choices=["terminal", "json", "html"], help="of standard output and of odd suffixes")
    out.add_argument("-o", "--output", action="append", default=[], type=Path, metavar="FILE",
                     help="write .json, .html or .txt, by its suffix; may be given again")  # fmt: skip
    out.add_argument("-q", "--quiet", action="store_true", help="no progress; with -o, nothing on standard output")
    out.add_argument("--replay", type=Path, metavar="REPORT.json", help="ask a report's failures again, nothing else")


def run(args: argparse.Namespace) -> int:
    """Audit, write the reports, and return the exit code that `--help` lists."""
    _check_outputs(args)
    headers, identities = credentials(args.bearer, args.header, args.identity)
    _sendable("--user-agent", args.user_agent)
    try:
        if args.replay is not None:
            return _replay(args, headers, identities)
        report = asyncio.run(_audit(args, headers, identities))
    except Unanswerable as error:
        print(f"ostiary: {error}", file=sys.stderr)
        return UNREACHABLE
    _write(args, report)
    if report.unauthenticated:
        print("ostiary: authentication failed: every operation refused the credentials given", file=sys.stderr)
    return report.exit_code(args.fail_on)


async def _audit(
    args: argparse.Namespace, headers: list[tuple[str, str]], identities: dict[str, list[tuple[str, str]]]
) -> Report:
    from ostiary.audit.report.terminal import watching  # noqa: PLC0415 - rich is of the extra "audit"
    from ostiary.audit.run import audit  # noqa: PLC0415 - h11 is too

    stop = asyncio.Event()
    with _interruptible(stop), watching(sys.stderr, quiet=args.quiet) as say:
        return await audit(
            args.url,
            api=args.api,
            config=policy.read(args.config) if args.config else Config(),
            only=args.only,
            skip=args.skip,
            intrusive=args.intrusive,
            authorized=args.authorized,
            insecure=args.insecure,
            cacert=args.cacert,
            resolve=args.resolve,
            headers=headers,
            identities=identities,
            user_agent=args.user_agent,
            budget=args.budget,
            concurrency=args.concurrency,
            timeout=args.timeout,
            progress=say,
            stop=stop,
        )


class _interruptible(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads as a statement
    """The first Ctrl-C ends the audit with what it has; the second one ends the program."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # no signals here: Ctrl-C just raises
            self._loop.add_signal_handler(signal.SIGINT, self._on_signal)

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            self._loop.remove_signal_handler(signal.SIGINT)

    def _on_signal(self) -> None:
        self._stop.set()
        self._loop.remove_signal_handler(signal.SIGINT)


def _replay(
    args: argparse.Namespace, headers: list[tuple[str, str]], identities: dict[str, list[tuple[str, str]]]
) -> int:
    from ostiary.audit import replay  # noqa: PLC0415 - h11 is of the extra "audit"

    found = asyncio.run(
        replay.replay(
            args.url,
            args.replay,
            authorized=args.authorized,
            cacert=args.cacert,
            resolve=args.resolve,
            headers=headers,
            identities=identities,
            timeout=args.timeout,
        )
    )
    for each in found:
        print(each)
    still = sum(each.still for each in found)
    print(f"{still} of {len(found)} failures answer as they did")
    return int(still > 0)


def _check_outputs(args: argparse.Namespace) -> None:
    for path in args.output:
        if args.format is None and path.suffix.lower() not in _SUFFIXES:
            raise ConfigError(f"-o {path}", "its suffix names no format", "use .json, .html or .txt, or say --format")
        if not path.parent.is_dir():
            raise ConfigError(f"-o {path}", "the folder does not exist")


def _write(args: argparse.Namespace, report: Report) -> None:
    for path in args.output:
        form = _SUFFIXES.get(path.suffix.lower(), args.format)
        with path.open("w", encoding="utf-8") as stream:
            _FORMS[form](report, stream)
        if not args.quiet:
            print(f"wrote {path}", file=sys.stderr)
    if not args.output or (args.format is None and not args.quiet):
        try:
            _FORMS[args.format or "terminal"](report, sys.stdout)
            sys.stdout.flush()
        except BrokenPipeError:  # what was found decides the exit code all the same
            drop_output()


def _terminal(report: Report, stream: IO[str]) -> None:
    from ostiary.audit.report import terminal  # noqa: PLC0415 - rich is of the extra "audit"

    terminal.render(report, stream)


def _json(report: Report, stream: IO[str]) -> None:
    from ostiary.audit.report import json  # noqa: PLC0415 - with its siblings

    stream.write(json.render(report))


def _html(report: Report, stream: IO[str]) -> None:
    from ostiary.audit.report import html  # noqa: PLC0415 - jinja2 is of the extra "audit"

    stream.write(html.render(report))


_FORMS: Final[dict[str, Callable[[Report, IO[str]], None]]] = {"terminal": _terminal, "json": _json, "html": _html}


def credentials(
    bearer: str | None, headers: list[str], identities: list[str]
) -> tuple[list[tuple[str, str]], dict[str, list[tuple[str, str]]]]:
    """Headers for everybody, and named credentials.

    A header that carries a credential belongs to the default identity, so that an anonymous probe goes without it.

    :raises ConfigError: for what is no header, and for a variable that is not set.
    """
    named: dict[str, list[tuple[str, str]]] = {}
    for each in identities:
        name, equals, value = each.partition("=")
        if not equals or not name or not value:
            raise ConfigError("--identity", "expected NAME=TOKEN or NAME='Header: value'")
        value = _secret(value, f"--identity {name}")
        bearer_of = ("Authorization", _sendable(f"--identity {name}", f"Bearer {value}"))
        pair = _pair(value, "--identity") if ": " in value else bearer_of
        named.setdefault(name, []).append(pair)
    own: list[tuple[str, str]] = []
    token = _secret(bearer, "--bearer") if bearer else os.environ.get(BEARER, "").strip()
    if token:
        own.append(("Authorization", _sendable("--bearer", f"Bearer {token}")))
    plain: list[tuple[str, str]] = []
    for each in headers:
        name, value = _pair(each, "--header")
        pair = (name, _sendable(f"--header {name}", _secret(value, f"--header {name}")))
        (own if any(word in name.lower() for word in _CREDENTIALS) else plain).append(pair)
    if own and not named:
        return plain, {"default": own}
    if own:
        first = next(iter(named))
        if {each[0].lower() for each in own} & {each[0].lower() for each in named[first]}:
            return plain, {"default": own, **{name: each for name, each in named.items() if name != "default"}}
        named[first] = [*own, *named[first]]
    return plain, named


def _pair(text: str, option: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not _TOKEN.fullmatch(name.strip()):
        raise ConfigError(option, f"{name[:40]!r} is not 'Name: value'")
    return name.strip(), _sendable(f"{option} {name.strip()}", value.strip())


def _secret(text: str, option: str) -> str:
    if not text.startswith("env:"):
        return text
    name = text.removeprefix("env:")
    if name not in os.environ:
        raise ConfigError(option, f"the environment has no {name}")
    return os.environ[name].strip()


def _sendable(option: str, value: str) -> str:
    """The value, if a header can carry it (RFC 9110 section 5.5)."""
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise ConfigError(option, "holds a character that no header carries") from None
    if any((char < " " and char != "\t") or char == "\x7f" for char in value):
        raise ConfigError(option, "holds a line break or another control character")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        msg = "must be more than 0 seconds"
        raise argparse.ArgumentTypeError(msg)
    return value


def _number(text: str) -> int:
    value = int(text)
    if value < 1:
        msg = "must be 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return value
