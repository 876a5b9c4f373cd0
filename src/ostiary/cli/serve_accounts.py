"""Identity served alone: our own guard stands around it, made for its document, as it would around anybody's API."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ostiary import __version__
from ostiary.cli.accounts import LOOPBACK, asked_password, config_of, settings_of
from ostiary.cli.policy import changed, tls_of
from ostiary.config import Config, Override
from ostiary.errors import ConfigError, Denied
from ostiary.model import Api
from ostiary.parts import openapi
from ostiary.parts.identity_settings import Identity as Settings
from ostiary.store.opening import open_store

if TYPE_CHECKING:
    from ostiary.identity.app import Identity
    from ostiary.identity.services import Services
    from ostiary.identity.serving import Run
    from ostiary.store.ports import Store

__all__ = ["add_arguments", "around", "run"]

PORT: Final = 8600
_PROXIES: Final = "beyond.host-and-proxy-trust"
_REPORTS: Final = "people.report-channel"
_TOKENS: Final = "processing.all-endpoints-authenticated"
_OWN: Final = "calls about accounts are made in sessions, which the application judges before anything else"
_LINKED: Final = Override(controls={"input.credentials-in-header": {"allow": ("token",)}})
_PICTURE: Final = Override(
    controls={"output.csp-none": {"policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}}
)  # what somebody handed in runs nowhere, whatever it is opened in
_PUBLIC: Final = Override(
    controls={"beyond.cors-allowlist": {"origins": ("*",)}}
)  # RFC 9700 section 2.6: no cookie matters
_FOR_ANYONE: Final = (
    "GET /.well-known/openid-configuration", "GET /.well-known/oauth-authorization-server", "GET /oauth/jwks",
)  # fmt: skip
EMAIL: Final = "OSTIARY_OPERATOR_EMAIL"
PASSWORD: Final = "OSTIARY_OPERATOR_PASSWORD"  # noqa: S105 - the name of a variable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary serve --identity``, beside those of the gateway."""
    group = parser.add_argument_group("accounts (--identity)")
    group.add_argument("--identity", action="store_true", help="serve accounts, sign-in and OAuth instead of a gateway")
    group.add_argument(
        "--dev", action="store_true", help="on loopback without TLS or captcha; mails stay in the outbox"
    )
    group.add_argument(
        "--port", type=int, metavar="N", help=f"where it listens on loopback (default: {PORT}; 0: any free one)"
    )
    group.add_argument("--issuer", metavar="URL", help="the public URL, instead of the policy's")
    group.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://..., instead of the policy's")
    group.add_argument("--keys", metavar="FOLDER", help="the folder of the key ring, instead of the policy's")


def run(args: argparse.Namespace) -> int:
    """Serve accounts until SIGTERM or Ctrl-C.

    :raises ConfigError: when the settings cannot work, or the port is in use.
    """
    from ostiary.gateway.tls import context_of  # noqa: PLC0415 - only where something is served
    from ostiary.identity import serving  # noqa: PLC0415 - needs the extra "identity", which other commands do not

    _refuse_others(args)
    config = config_of(args)
    config = changed(config, tls=tls_of(args) or config.tls)
    host, port = _address(args)
    _check_public(args, config, host)
    tls = context_of(config)
    with serving.bind(host, port, "--listen" if args.listen else "--port") as listening:
        config = _decided(args, config, listening.getsockname()[1])
        settings = config.identity or Settings()
        _log(quiet=args.quiet)
        app, guarded, store = around(config)

        def first(run: Run) -> None:
            run(store.start())
            _operator(run, run(app.services()), ask=sys.stdin.isatty() and not args.dev)

        async def last() -> None:
            await app.close()
            await store.stop()

        return serving.serve(
            guarded, listening, first=first, last=last, ready=lambda url: _say(url, config, settings), tls=tls
        )


def _refuse_others(args: argparse.Namespace) -> None:
    """Options of the gateway that would be passed over in silence."""
    for each in ("api", "upstream", "admin", "monitor", "workers"):
        if getattr(args, each) not in {None, False}:
            raise ConfigError(f"--{each}", "is about the gateway", "leave it out, or leave --identity out")
    if args.development:
        raise ConfigError("--development", "is about the gateway", "with --identity say --dev")
    if args.listen and args.port is not None:
        raise ConfigError("--port", "is in --listen already", "say one of the two")


def _check_public(args: argparse.Namespace, config: Config, host: str) -> None:
    """Passwords cross no network in clear text, and what is for trying things out is for this machine."""
    if _is_loopback(host):
        return
    if args.dev:
        raise ConfigError("--dev", f"is for this machine alone, and {host} is open to others", "leave --listen out")
    behind = config.controls.get(_PROXIES, {}).get("proxies")
    if config.tls is None and not behind:
        hint = f"give --tls-certificate and --tls-key, or name the proxies in front that do TLS: [{_PROXIES}] proxies"
        raise ConfigError("--listen", f"passwords would come to {host} without TLS", hint)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _decided(args: argparse.Namespace, config: Config, port: int) -> Config:
    """The policy with what options say instead."""
    from ostiary.identity.opening import check_issuer  # noqa: PLC0415 - as above

    issuer = args.issuer or (config.identity.issuer if config.identity else "")
    if not issuer and args.dev:
        issuer = f"{LOOPBACK if config.tls is None else LOOPBACK.replace('http:', 'https:')}:{port}"
    settings = settings_of(
        args, config, issuer=issuer or None, captcha=False if args.dev else None, unproven=args.dev or None
    )
    profile = "development" if args.dev else config.profile
    check_issuer(settings.issuer, profile, "--issuer" if args.issuer else "[identity] issuer")
    return changed(config, profile=profile, identity=settings)


def _log(*, quiet: bool) -> None:
    logging.basicConfig(level=logging.WARNING if quiet else logging.INFO, format="%(levelname)s %(message)s")
    for noisy in ("alembic", "aiosqlite", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _say(url: str, config: Config, settings: Settings) -> None:
    print(f"{settings.title} accounts: {settings.issuer} (listens on {url.partition('://')[2]})", flush=True)
    if config.profile == "development":
        print("--dev: mails stay in the outbox, and nobody is asked for a proof of work.", flush=True)
    if _REPORTS not in config.controls and _REPORTS not in config.off:
        print(f"Nobody can report a weakness yet: say who reads reports ([{_REPORTS}] contact, expires).", flush=True)


def _address(args: argparse.Namespace) -> tuple[str, int]:
    """Where it listens: --listen as the gateway has it, or a port on loopback."""
    most = 65535
    if args.listen:
        host, colon, port = args.listen.rpartition(":")
        if not colon or not (port.isascii() and port.isdecimal()) or int(port) > most:
            raise ConfigError("--listen", f"{args.listen!r} is not an address and port", 'write "127.0.0.1:8600"')
        return host.strip("[]") or "127.0.0.1", int(port)
    port = PORT if args.port is None else args.port
    if not 0 <= port <= most:
        raise ConfigError("--port", f"expected a number from 0 to {most}")
    return "127.0.0.1", port


def around(config: Config) -> tuple[Identity, Any, Store]:
    """The app of accounts, the guard around it, and the store of the former, not yet started.

    :param config: with its ``identity`` table.
    :raises ConfigError: when the policy cannot work.
    """
    from ostiary.guard.app import Guard  # noqa: PLC0415 - as above
    from ostiary.identity.app import Identity  # noqa: PLC0415 - as above

    settings = config.identity or Settings()
    store = open_store(config.store, where="store", clock=time.monotonic, now=time.time)
    app = Identity(settings, profile=config.profile, store=store)
    return app, Guard(app, _policy(config, app), api=_document(app)), store


def _document(app: Identity) -> Api:
    return openapi.from_plain(app.document(__version__), source="identity")


def _policy(config: Config, app: Identity) -> Config:
    """The policy around accounts: the operator's own, with pages served besides the document's operations."""
    host = urlsplit(app.settings.issuer).netloc
    off = {_TOKENS: _OWN, **config.off} if not config.issuers else config.off
    also = (*config.also, *app.pages())
    return changed(
        config, api=None, upstream=None, also=also, controls=_controls(config, host), off=off,
        operations={
            **dict.fromkeys(app.linked(), _LINKED), **dict.fromkeys(_FOR_ANYONE, _PUBLIC), "GET /me/avatar": _PICTURE,
            **config.operations,
        },
    )  # fmt: skip


def _controls(config: Config, host: str) -> dict[str, Any]:
    """Unless the policy says otherwise: only the issuer's host is answered, and pages keep the nonces that they came with."""
    ours: dict[str, Any] = {"output.csp-none": {"pages": "keep"}}
    if host:
        ours[_PROXIES] = {"hosts": (host.rpartition(":")[0] if ":" in host else host, host)}
    return {**ours, **config.controls}


def _operator(run: Run, services: Services, *, ask: bool) -> None:
    """The first start makes an operator, where somebody says who.

    :raises ConfigError: when the address or the password cannot be taken.
    """
    from ostiary.identity.flows import operating  # noqa: PLC0415 - as above

    if run(operating.any_operator(services)):
        return
    email = os.environ.get(EMAIL, "").strip()
    if not email and ask:
        print("There is no operator yet: somebody who sees accounts and registers applications.")
        email = _answer("E-mail address of the first one (empty: later, by `ostiary user add`): ")
    if not email:
        print(f"No operator yet: `ostiary user add ADDRESS --role operator`, or set {EMAIL}.", file=sys.stderr)
        return
    password = asked_password(PASSWORD, what=f"Password of {email}")
    try:
        run(operating.add(services, email, password, role="operator", actor="system"))
    except Denied as denied:
        said = "; ".join(rule for _, rule in denied.faults)
        raise ConfigError("the first operator", f"{denied.reason}{f': {said}' if said else ''}") from denied
    print(f"{email} is an operator now. Before operators can do anything, they sign in and set up a second factor:")
    print(f"{services.issuer}/account/factors", flush=True)


def _answer(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:  # Ctrl-D
        print()
        return ""
