"""Whom the audit is, what it may do, and how it gets there: the options that every command has which audits."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import math
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ostiary import config as policy
from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.parts.accounts import Account, Told

UNREACHABLE: Final = 3  # exit code
BEARER: Final = "OSTIARY_BEARER"  # the environment variable that --bearer defaults to
_CREDENTIALS: Final = ("authorization", "cookie", "key", "token", "secret", "session", "credential", "password")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2


def add_credentials(parser: argparse.ArgumentParser) -> None:
    """Who asks."""
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


def add_limits(parser: argparse.ArgumentParser) -> None:
    """What may be done to the target."""
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


def add_way(parser: argparse.ArgumentParser) -> None:
    """How to reach the target."""
    way = parser.add_argument_group("how to get there")
    way.add_argument("--resolve", action="append", default=[], metavar="HOST:PORT:ADDRESS", help="as curl has it")
    way.add_argument("--cacert", metavar="FILE", help="trust the authorities in this PEM file")
    way.add_argument("--insecure", action="store_true", help="send credentials although the certificate is bad")
    add_agent(way)


def add_agent(group: argparse._ActionsContainer) -> None:
    """What the requests call themselves."""
    group.add_argument("--user-agent", default="", metavar="TEXT", help="(default: ostiary/VERSION)")


def check_new(path: Path, option: str, *, force: bool = False) -> None:
    """Whether a policy and the document beside it may be written, before anything is asked.

    :param force: they may be there already.
    :raises ConfigError: when one is there already, or cannot be written, or the folder is not there.
    """
    for each in (path, path.with_name(f"{path.stem}.api.json")):
        if (each.exists() or each.is_symlink()) and not force:
            raise ConfigError(f"{option} {each}", "is there already, and stays as it is", "name another file")
        check_writable(each, option)


def check_writable(path: Path, option: str) -> None:
    """Whether a file can be written, before an audit that would be lost with it.

    :raises ConfigError: when it cannot.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise ConfigError(f"{option} {path}", "the folder does not exist")
    if path.is_dir():
        raise ConfigError(f"{option} {path}", "is a folder", "name a file in it")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise ConfigError(f"{option} {path}", "cannot be written")


def options(args: argparse.Namespace) -> dict[str, Any]:
    """What `ostiary.audit.run.audit` is to be told of these options, and of ``--config``.

    :raises ConfigError: for what cannot be read or sent.
    """
    headers, identities = credentials(args.bearer, args.header, args.identity)
    return {
        "config": policy.read(args.config) if args.config else Config(),
        "headers": headers,
        "identities": identities,
        "accounts": users(args.user),
        "register": not args.no_register,
        "authorized": args.authorized,
        "intrusive": args.intrusive,
        "budget": args.budget,
        "concurrency": args.concurrency,
        "rate": args.rate,
        "timeout": args.timeout,
        "resolve": args.resolve,
        "cacert": args.cacert,
        "insecure": args.insecure,
        "user_agent": sendable("--user-agent", args.user_agent),
    }


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Without the guard's warnings: an audit provokes them on purpose, and a policy that is being written is unfinished."""
    log = logging.getLogger("ostiary")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


class interruptible(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads as a statement
    """The first Ctrl-C or SIGTERM ends the audit with what it has, and cleans up; the second one ends the program."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # no signals here: Ctrl-C just raises
            for each in (signal.SIGINT, signal.SIGTERM):
                self._loop.add_signal_handler(each, self._on_signal)

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            for each in (signal.SIGINT, signal.SIGTERM):
                self._loop.remove_signal_handler(each)

    def _on_signal(self) -> None:
        self._stop.set()
        for each in (signal.SIGINT, signal.SIGTERM):
            self._loop.remove_signal_handler(each)


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
        bearer_of = ("Authorization", sendable(f"--identity {name}", f"Bearer {value}"))
        pair = _pair(value, "--identity") if ": " in value else bearer_of
        named.setdefault(name, []).append(pair)
    own: list[tuple[str, str]] = []
    token = _secret(bearer, "--bearer") if bearer else os.environ.get(BEARER, "").strip()
    if token:
        own.append(("Authorization", sendable("--bearer", f"Bearer {token}")))
    plain: list[tuple[str, str]] = []
    for each in headers:
        name, value = _pair(each, "--header")
        pair = (name, sendable(f"--header {name}", _secret(value, f"--header {name}")))
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
    return name.strip(), sendable(f"{option} {name.strip()}", value.strip())


def _secret(text: str, option: str) -> str:
    if not text.startswith("env:"):
        return text
    name = text.removeprefix("env:")
    if name not in os.environ:
        raise ConfigError(option, f"the environment has no {name}")
    return os.environ[name].strip()


def sendable(option: str, value: str) -> str:
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
    try:
        value = float(text)
    except ValueError:
        value = 0.0
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
