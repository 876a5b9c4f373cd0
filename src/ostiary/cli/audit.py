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
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostiary import config as policy
from ostiary.cli.reports import check_outputs, write
from ostiary.config import Config
from ostiary.errors import ConfigError, Unanswerable
from ostiary.model import Severity
from ostiary.parts.accounts import Account, Told

if TYPE_CHECKING:
    from ostiary.audit.result import Report

UNREACHABLE: Final = 3
BEARER: Final = "OSTIARY_BEARER"  # the environment variable that --bearer defaults to
_CREDENTIALS: Final = ("authorization", "cookie", "key", "token", "secret", "session", "credential", "password")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_EPILOG: Final = """\
exit codes:
  0  no finding at or above --fail-on      3  the target does not answer
  1  findings at or above --fail-on        4  authentication failed
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
    who.add_argument(
        "--user",
        action="append",
        default=[],
        metavar="NAME=USER:PASSWORD",
        help="sign in by the API's own login; the password may be env:VARIABLE",
    )
    who.add_argument("--no-register", action="store_true", help="register no accounts, though the API may let anybody")
    limits = parser.add_argument_group("what it may do")
    limits.add_argument("--authorized", action="store_true", help="the owner of a public target agreed")
    limits.add_argument("--intrusive", action="store_true", help="also probes that may change or lock something")
    limits.add_argument(
        "--budget", type=_number, metavar="N", help="requests in all (default: 400, and 30 an operation)"
    )
    limits.add_argument("--concurrency", type=_number, default=8, metavar="N", help="requests at once (default: 8)")
    limits.add_argument("--rate", type=_rate, default=0.0, metavar="N",
                        help="requests per second at most (default: what the target bears)")  # fmt: skip
    limits.add_argument("--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="per request (default: 10)")
    way = parser.add_argument_group("how to get there")
    way.add_argument("--resolve", action="append", default=[], metavar="HOST:PORT:ADDRESS", help="as curl has it")
    way.add_argument("--cacert", metavar="FILE", help="trust the authorities in this PEM file")
    way.add_argument("--insecure", action="store_true", help="send credentials although the certificate is bad")
    way.add_argument("--user-agent", default="", metavar="TEXT", help="(default: ostiary/VERSION)")
    again = parser.add_argument_group("before and after")
    again.add_argument("--plan", action="store_true", help="say what would be asked and changed; ask nothing")
    again.add_argument("--resume", type=Path, metavar="FILE", help="keep a journal, and go on where it ends")
    again.add_argument("--baseline", type=Path, metavar="OLD.json", help="only findings that this report lacks count")
    again.add_argument("--from-report", type=Path, metavar="OLD.json", help="ask again only what failed in this report")
    again.add_argument("--seed", type=int, metavar="N", help="make the same choices again (reports tell theirs)")
    out = parser.add_argument_group("reports")
    out.add_argument("--format", choices=["terminal", "json", "html"], help="of standard output and of odd suffixes")
    out.add_argument("-o", "--output", action="append", default=[], type=Path, metavar="FILE",
                     help="write .json, .html or .txt, by its suffix; may be given again")  # fmt: skip
    out.add_argument("-q", "--quiet", action="store_true", help="no progress; with -o, nothing on standard output")
    out.add_argument("--replay", type=Path, metavar="REPORT.json", help="ask a report's failures again, nothing else")


def run(args: argparse.Namespace) -> int:
    """Audit, write the reports, and return the exit code that `--help` lists."""
    check_outputs(args)
    headers, identities = credentials(args.bearer, args.header, args.identity)
    _sendable("--user-agent", args.user_agent)
    try:
        if args.replay is not None:
            return _replay(args, headers, identities)
        if args.plan:
            return _plan(args, identities)
        report = _compared(args, headers, identities)
    except Unanswerable as error:
        print(f"ostiary: {error}", file=sys.stderr)
        return UNREACHABLE
    write(args, report)
    if report.unauthenticated:
        said = next(
            (each for each in report.notes if each.startswith("Authentication failed")), "Authentication failed."
        )
        print(f"ostiary: {said[:1].lower()}{said[1:].removesuffix('.')}; no check was asked", file=sys.stderr)
    return report.exit_code(args.fail_on)


def _plan(args: argparse.Namespace, identities: Mapping[str, object]) -> int:
    from ostiary.audit.plan import plan  # noqa: PLC0415 - h11 is of the extra "audit"
    from ostiary.audit.report import planned  # noqa: PLC0415 - with it

    config = policy.read(args.config) if args.config else Config()
    made = asyncio.run(
        plan(
            args.url,
            api=args.api,
            config=config,
            only=args.only,
            skip=args.skip,
            intrusive=args.intrusive,
            authorized=args.authorized,
            resolve=args.resolve,
            cacert=args.cacert,
            identities=len({*identities, *users(args.user)}),
            register=not args.no_register,
            rate=args.rate,
            budget=args.budget,
        )
    )
    print(planned.as_json(made) if args.format == "json" else planned.as_text(made))
    return 0


def _compared(
    args: argparse.Namespace, headers: list[tuple[str, str]], identities: dict[str, list[tuple[str, str]]]
) -> Report:
    """The report, with what became of the findings of an older one if it names one."""
    from ostiary.audit import baseline  # noqa: PLC0415 - h11 is of the extra "audit"

    if args.baseline and args.from_report:
        raise ConfigError("--from-report", "does not go together with --baseline", "run two audits")
    option = "--baseline" if args.baseline else "--from-report"
    source = args.baseline or args.from_report
    old = baseline.read(source, option) if source else None
    if args.from_report and old is not None:
        args.only = [*dict.fromkeys(each.control for each in old)]
        if not args.only:
            raise ConfigError(f"--from-report {source}", "nothing failed in it, so there is nothing to ask again")
    report = asyncio.run(_audit(args, headers, identities))
    if old is None:
        return report
    return baseline.compared(report, old, str(source), only_new=args.baseline is not None)


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
            accounts=users(args.user),
            register=not args.no_register,
            user_agent=args.user_agent,
            budget=args.budget,
            concurrency=args.concurrency,
            timeout=args.timeout,
            rate=args.rate,
            seed=args.seed,
            journal=args.resume,
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


def users(given: list[str]) -> dict[str, Account]:
    """Accounts that sign in with a user and a password.

    :raises ConfigError: for what is not NAME=USER:PASSWORD, and for a variable that is not set.
    """
    found: dict[str, Account] = {}
    for each in given:
        name, equals, pair = each.partition("=")
        user, colon, password = pair.partition(":")
        if not (name and equals and user and colon and password):
            raise ConfigError("--user", "expected NAME=USER:PASSWORD")
        found[name] = Account(user=user, password=Told(text=_secret(password, f"--user {name}")))
    return found


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


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        msg = "must be more than 0 requests per second"
        raise argparse.ArgumentTypeError(msg)
    return value


def _number(text: str) -> int:
    value = int(text)
    if value < 1:
        msg = "must be 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return value
