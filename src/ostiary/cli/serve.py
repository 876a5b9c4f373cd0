"""The gateway, started from a policy file or from two options."""

from __future__ import annotations

import argparse
import logging
from typing import Any

from ostiary.cli import serve_accounts
from ostiary.cli.policy import add_policy_arguments, changed, policy_of, tls_of
from ostiary.config import Config
from ostiary.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary serve``."""
    add_policy_arguments(parser)
    parser.add_argument("--listen", metavar="HOST:PORT", help="where clients connect (default: 127.0.0.1:8080)")
    parser.add_argument("--admin", metavar="HOST:PORT", help="/healthz and /metrics (default: 127.0.0.1:9901)")
    parser.add_argument("--monitor", action="store_true", help="count and log what would be refused, refuse nothing")
    parser.add_argument(
        "--development",
        action="store_true",
        help="let issuers be on this machine, without TLS, and captcha keys be test keys",
    )
    parser.add_argument("--tls-self-made", action="store_true", help="make a certificate for localhost, to try TLS")
    parser.add_argument("--tls-certificate", metavar="FILE", help="the certificate chain, PEM")
    parser.add_argument("--tls-key", metavar="FILE", help="the certificate's key, PEM")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one per core)")
    parser.add_argument("--quiet", action="store_true", help="log warnings only, not each refusal")
    serve_accounts.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C.

    :raises ConfigError: when the policy cannot work, or names no upstream.
    """
    if args.identity:
        return serve_accounts.run(args)
    for each in ("dev", "port", "issuer", "database", "keys"):
        if getattr(args, each) not in {None, False}:
            raise ConfigError(f"--{each}", "is about accounts", "say --identity too")
    given: dict[str, Any] = {
        "listen": args.listen,
        "admin": args.admin,
        "mode": "monitor" if args.monitor else None,
        "profile": "development" if args.development else None,
        "tls": tls_of(args),
    }
    config, api = policy_of(args, **given)
    if args.workers is not None:
        config = _with_workers(config, args.workers)
    if not config.upstream:
        raise ConfigError("upstream", "is not given", "say --upstream http://127.0.0.1:8000, or write it in the policy")
    from ostiary.gateway.server import serve  # noqa: PLC0415 - needs the extra "gateway", which other commands do not

    level = logging.WARNING if args.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")

    def ready(url: str, admin: str) -> None:
        print(f"{url} -> {config.upstream}   admin: {admin}", flush=True)

    return serve(config, api, ready=ready)


def _with_workers(config: Config, workers: int) -> Config:
    most = 1024
    if not 0 < workers <= most:
        raise ConfigError("--workers", f"expected a number from 1 to {most}")
    wire = {name: getattr(config.wire, name) for name in config.wire.__struct_fields__}
    return changed(config, wire=type(config.wire)(**(wire | {"workers": workers})))
