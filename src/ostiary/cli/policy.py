"""A policy is a file, options, or both: options win over the file, the file over the defaults."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ostiary.config import Config, Tls, check, read
from ostiary.errors import ConfigError
from ostiary.model import Api
from ostiary.parts import openapi

DEFAULT_FILE = "ostiary.toml"


def add_policy_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that name a policy and a document."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"the policy (default: {DEFAULT_FILE} where there is one and --upstream is not given)",
    )
    parser.add_argument("--api", metavar="FILE", help="the OpenAPI or Swagger document of the API")
    parser.add_argument("--upstream", metavar="URL", help="the API's own address, such as http://127.0.0.1:8000")


def policy_of(args: argparse.Namespace, **more: Any) -> tuple[Config, Api | None]:
    """Read the policy and its document.

    :param more: fields of `Config` that an option gives; None where the option was not used.
    :raises ConfigError: when either cannot be read.
    """
    path: Path | None = args.config
    if path is None and args.upstream is None and Path(DEFAULT_FILE).is_file():
        path = Path(DEFAULT_FILE)
    config = read(path) if path is not None else Config()
    given = {"api": args.api, "upstream": args.upstream, **more}
    if given.get("tls") is not None and config.tls is not None:
        given["tls"] = _asking_clients(given["tls"], config.tls)
    document = args.api or beside(config)
    config = check(changed(config, **{name: value for name, value in given.items() if value is not None}))
    return config, openapi.read(document) if document else None


def _asking_clients(ours: Tls, written: Tls) -> Tls:
    """Another certificate of the server's own changes nothing about those that clients have to show."""
    return Tls(
        certificate=ours.certificate,
        key=ours.key,
        self_made=ours.self_made,
        client_authorities=written.client_authorities,
        client_certificate=written.client_certificate,
    )


def policy_alone(path: str | None) -> Config:
    """Read a policy without its document; the defaults where there is none.

    :raises ConfigError: when it cannot be read.
    """
    if path is None and not Path(DEFAULT_FILE).is_file():
        return Config()
    return read(Path(path or DEFAULT_FILE))


def beside(config: Config) -> str | None:
    """The document that a policy names, relative to the policy's own folder."""
    if config.api is None or "://" in config.api or not config.file:
        return config.api
    return str(Path(config.file).parent / config.api)


def changed(config: Config, **changes: Any) -> Config:
    """The config with some fields replaced."""
    values = {name: getattr(config, name) for name in config.__struct_fields__}
    return Config(**(values | changes))


def tls_of(args: argparse.Namespace) -> Tls | None:
    """What the TLS options say; None when none was used.

    :raises ConfigError: when a certificate comes without its key, or the other way round.
    """
    if args.tls_self_made:
        if args.tls_certificate or args.tls_key:
            raise ConfigError("--tls-self-made", "makes a certificate of its own", "leave out the other two")
        return Tls(self_made=True)
    if not args.tls_certificate and not args.tls_key:
        return None
    if not args.tls_certificate or not args.tls_key:
        raise ConfigError("--tls-certificate", "a certificate and its key come together", "give --tls-key too")
    return Tls(certificate=str(args.tls_certificate), key=str(args.tls_key))
