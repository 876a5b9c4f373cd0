"""Commands about accounts open what the policy's [identity] table says, and give it back however they end."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ostiary.cli.policy import DEFAULT_FILE, policy_alone
from ostiary.config import Config
from ostiary.errors import ConfigError, Denied, OstiaryError
from ostiary.parts.identity_settings import Identity
from ostiary.store.opening import open_store

if TYPE_CHECKING:
    from ostiary.identity.services import Services

__all__ = ["add_accounts_arguments", "asked_password", "config_of", "opened", "run_with", "settings_of"]

_T = TypeVar("_T")
LOOPBACK = "http://localhost"


def add_accounts_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say where accounts are kept."""
    parser.add_argument("--config", metavar="FILE", help=f"the policy (default: {DEFAULT_FILE} where there is one)")
    parser.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://..., instead of the policy's")
    parser.add_argument("--keys", metavar="FOLDER", help="the folder of the key ring, instead of the policy's")


def config_of(args: argparse.Namespace) -> Config:
    """The policy that the options name.

    :raises ConfigError: when it cannot be read.
    """
    return policy_alone(args.config)


def settings_of(args: argparse.Namespace, config: Config, **more: Any) -> Identity:
    """The ``[identity]`` table, with what options say instead.

    :param more: fields that win over both; None leaves a field as it is.
    """
    written = config.identity or Identity()
    given = {"database": args.database, "keys": args.keys, **more}
    values = {name: getattr(written, name) for name in written.__struct_fields__}
    return Identity(**(values | {name: value for name, value in given.items() if value is not None}))


@asynccontextmanager
async def opened(args: argparse.Namespace) -> AsyncIterator[Services]:
    """What flows need, for a command that runs beside the server or without one.

    :raises ConfigError: when the table cannot be obeyed.
    :raises StoreError: when the database cannot be reached.
    """
    from ostiary.identity.opening import close_services, open_services  # noqa: PLC0415 - needs the extra "identity"

    config = config_of(args)
    settings = settings_of(args, config)
    _must_be_there(settings)
    if not settings.issuer:
        settings = settings_of(args, config, issuer=LOOPBACK)  # commands send nothing that is built on it but mails
    profile = "development" if settings.issuer.startswith("http:") else "production"
    store = open_store(config.store, where="store", clock=time.monotonic, now=time.time)
    await store.start()
    try:
        services = await open_services(settings, profile=profile, store=store, now=time.time, entropy=os.urandom)
        try:
            yield services
        finally:
            await close_services(services)
    finally:
        await store.stop()


def _must_be_there(settings: Identity) -> None:
    """A command about accounts that are elsewhere must not make an empty database here."""
    scheme, _, place = settings.database.partition(":///")
    if scheme == "sqlite" and not Path(place).is_file():
        hint = "ostiary serve --identity makes it; --database or --config say where it is"
        raise ConfigError(f"[identity] database: {place}", "there are no accounts here", hint)


def run_with(args: argparse.Namespace, act: Callable[[Services], Awaitable[_T]]) -> _T:
    """Open, act, close.

    :raises OstiaryError: a refusal of a flow, as a sentence.
    """

    async def inside() -> _T:
        async with opened(args) as services:
            return await act(services)

    try:
        return asyncio.run(inside())
    except Denied as denied:
        said = "; ".join(f"{pointer.strip('/')}: {rule}" for pointer, rule in denied.faults)
        raise OstiaryError(f"{denied.reason}{f' ({said})' if said else ''}") from denied


def asked_password(variable: str, *, what: str = "Password") -> str:
    """A password from the environment, from a terminal (twice), or from standard input; never from an argument.

    :param variable: the environment variable that is looked at first.
    :raises ConfigError: without a terminal and without input, or when the two differ.
    """
    given = os.environ.get(variable, "")
    if given:
        return given
    if not sys.stdin.isatty():
        line = sys.stdin.readline(4096).rstrip("\r\n")
        if line:
            return line
        raise ConfigError(what, "there is no terminal to ask on", f"set {variable}, or give it on standard input")
    first = getpass.getpass(f"{what}: ")
    if first != getpass.getpass(f"{what}, again: "):
        raise ConfigError(what, "the two differ", "try again")
    return first
