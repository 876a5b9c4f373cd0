"""Identity served alone: our own guard stands around it, made for its document, as it would around anybody's API."""

from __future__ import annotations

import argparse
import asyncio
import functools
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ostiary import __version__
from ostiary.cli.accounts import LOOPBACK, asked_password, config_of, settings_of
from ostiary.cli.policy import changed
from ostiary.config import Config, Override
from ostiary.errors import ConfigError, Denied
from ostiary.model import Api
from ostiary.parts import openapi
from ostiary.parts.identity_settings import Identity as Settings
from ostiary.store.opening import open_store

if TYPE_CHECKING:
    from ostiary.identity.app import Identity
    from ostiary.identity.services import Services

__all__ = ["add_arguments", "around", "run"]

PORT: Final = 8600
_TOKENS: Final = "processing.all-endpoints-authenticated"
_OWN: Final = "calls about accounts are made in sessions, which the application judges before anything else"
_LINKED: Final = Override(controls={"input.credentials-in-header": {"allow": ("token",)}})
EMAIL: Final = "OSTIARY_OPERATOR_EMAIL"
PASSWORD: Final = "OSTIARY_OPERATOR_PASSWORD"  # noqa: S105 - the name of a variable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary serve --identity``, beside those of the gateway."""
    group = parser.add_argument_group("accounts (--identity)")
    group.add_argument("--identity", action="store_true", help="serve accounts, sign-in and OAuth instead of a gateway")
    group.add_argument("--dev", action="store_true", help="on loopback, without TLS; mails stay in the outbox")
    group.add_argument(
        "--port", type=int, metavar="N", help=f"where it listens on loopback (default: {PORT}; 0: any free one)"
    )
    group.add_argument("--issuer", metavar="URL", help="the public URL, instead of the policy's")
    group.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://..., instead of the policy's")
    group.add_argument("--keys", metavar="FOLDER", help="the folder of the key ring, instead of the policy's")


def run(args: argparse.Namespace) -> int:
    """Serve accounts until SIGTERM or Ctrl-C.

    :raises ConfigError: when the settings cannot work.
    :raises OSError: when the port is in use.
    """
    from ostiary.identity import serving  # noqa: PLC0415 - needs the extra "identity", which other commands do not

    config = config_of(args)
    host, port = _address(args)
    listening = serving.bind(host, port)
    try:
        port = listening.getsockname()[1]
        issuer = args.issuer or (config.identity.issuer if config.identity else "")
        if not issuer and args.dev:
            issuer = f"{LOOPBACK}:{port}"
        settings = settings_of(args, config, issuer=issuer or None)
        config = changed(config, profile="development" if args.dev else config.profile, identity=settings)
        logging.basicConfig(level=logging.WARNING if args.quiet else logging.INFO, format="%(levelname)s %(message)s")
        for noisy in ("alembic", "aiosqlite", "uvicorn"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        app, guarded = around(config)
        first = functools.partial(_first_run, app, dev=args.dev)
        return serving.serve(guarded, listening, first=first, ready=lambda url: _say(url, settings))
    finally:
        listening.close()


def _say(url: str, settings: Settings) -> None:
    print(f"{settings.title} accounts: {settings.issuer} (listens on {url.removeprefix('http://')})", flush=True)


def _address(args: argparse.Namespace) -> tuple[str, int]:
    """Where it listens: --listen as the gateway has it, or a port on loopback."""
    if args.listen:
        host, _, port = args.listen.rpartition(":")
        if not host or not port.isdecimal():
            raise ConfigError("--listen", "expected HOST:PORT", "127.0.0.1:8600")
        return host.strip("[]"), int(port)
    most = 65535
    port = PORT if args.port is None else args.port
    if not 0 <= port <= most:
        raise ConfigError("--port", f"expected a number from 0 to {most}")
    return "127.0.0.1", port


def around(config: Config) -> tuple[Identity, Any]:
    """The app of accounts, and the guard around it.

    :param config: with its ``identity`` table.
    :raises ConfigError: when the policy cannot work.
    """
    from ostiary.guard.app import Guard  # noqa: PLC0415 - as above
    from ostiary.identity.app import Identity  # noqa: PLC0415 - as above

    settings = config.identity or Settings()
    store = open_store(config.store, where="store", clock=time.monotonic, now=time.time)
    app = Identity(settings, profile=config.profile, store=store)
    return app, Guard(app, _policy(config, app), api=_document(app))


def _document(app: Identity) -> Api:
    return openapi.from_plain(app.document(__version__), source="identity")


def _policy(config: Config, app: Identity) -> Config:
    """The policy around accounts: the operator's own, with pages served besides the document's operations."""
    host = urlsplit(app.settings.issuer).netloc
    off = {_TOKENS: _OWN, **config.off} if not config.issuers else config.off
    also = (*config.also, *app.pages())
    return changed(
        config, api=None, upstream=None, also=also, controls=_controls(config, host), off=off,
        operations={**dict.fromkeys(app.linked(), _LINKED), **config.operations},
    )  # fmt: skip


def _controls(config: Config, host: str) -> dict[str, Any]:
    """Unless the policy says otherwise: only the issuer's host is answered, and pages keep the nonces that they came with."""
    ours: dict[str, Any] = {"output.csp-none": {"pages": "keep"}}
    if host:
        ours["beyond.host-and-proxy-trust"] = {"hosts": (host.rpartition(":")[0] if ":" in host else host, host)}
    return {**ours, **config.controls}


async def _first_run(app: Identity, *, dev: bool) -> None:
    """Make what the first start needs: keys, tables, and an operator where somebody says who."""
    try:
        await _operator(await app.services(), dev=dev)
    except BaseException:
        await app.close()
        raise


async def _operator(services: Services, *, dev: bool) -> None:
    from ostiary.identity.flows import operating  # noqa: PLC0415 - as above

    if await operating.any_operator(services):
        return
    email = os.environ.get(EMAIL, "")
    if not email and sys.stdin.isatty() and not dev:
        print("There is no operator yet. Operators see accounts and clients, and need a second factor for it.")
        email = await asyncio.to_thread(
            input, "E-mail address of the first one (empty: later, by `ostiary user add`): "
        )
    if not email:
        print(f"No operator yet: `ostiary user add ADDRESS --role operator`, or set {EMAIL}.", file=sys.stderr)
        return
    password = await asyncio.to_thread(asked_password, PASSWORD, what="Their password")
    try:
        await operating.add(services, email.strip(), password, role="operator", actor="system")
    except Denied as denied:
        said = "; ".join(rule for _, rule in denied.faults)
        raise ConfigError(EMAIL, f"{denied.reason}{f': {said}' if said else ''}", "choose another") from denied
