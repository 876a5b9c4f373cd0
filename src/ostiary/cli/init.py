"""A first policy is written once, with every line that most people change in it; an existing file is never touched."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ostiary.cli.explain import toml
from ostiary.cli.policy import DEFAULT_FILE
from ostiary.errors import ConfigError
from ostiary.parts import openapi

TEMPLATE = """\
# Ostiary's policy. `ostiary check` says whether it works, `ostiary serve` enforces it.
# Every built control is on with secure settings; write down only what is different here.

# The API itself, and its document: paths, methods, types and schemas are enforced from it.
upstream = {upstream}
{api}

# Where clients connect. /healthz and /metrics are on `admin`, which stays on loopback.
listen = "127.0.0.1:8080"
# admin = "127.0.0.1:9901"

# "monitor" refuses nothing, and counts and logs what "enforce" would refuse: start with it.
mode = "monitor"

# Where limits, quotas, the jail and used tokens are kept. In memory each process counts for itself;
# "redis://127.0.0.1:6379/0" and "postgresql://..." serve several hosts.
# store = "sqlite:///state.db"

# On a laptop: issuers may be on this machine, without TLS, and captcha keys be test keys.
# profile = "development"

# Paths that the document leaves out on purpose.
# also = ["GET /healthz"]

# [tls]
# certificate = "/etc/ssl/api.pem"
# key = "/etc/ssl/api.key"

# The names that this API has; without them callers on this machine alone are served. The proxies before it.
# [beyond.host-and-proxy-trust]
# hosts = ["api.example.com"]
# proxies = ["10.0.0.0/8"]

# Whose tokens are believed. With an issuer every operation needs a token, without one none does.
# [issuers.main]
# issuer = "https://id.example.com"          # the `iss` of its tokens; its keys are found from here
# audience = ["https://api.example.com"]     # one of these must be in `aud`

# What strangers may call; `ostiary check --open` writes the list to choose from.
# [processing.all-endpoints-authenticated]
# public = ["GET /health", "POST /login"]

# Whose an object is, operation by operation; `ostiary check` lists those without a rule.
# [operations."GET /orders/{{id}}".userdata.ownership-check]
# owner = "response.owner_id == token.sub"

# A login that was not recognised as one; the jail counts guesses at it.
# [operations."POST /enter"]
# role = "login"

# A control: its id is its table. `ostiary explain access.throttling` shows its settings.
# [access.throttling]
# requests = 1200
# per = "1m"

# What each caller has for a day.
# [input.rate-quota]
# requests = 10000
# per = "day"

# Web pages of other origins that call this API from a browser; without it, none may.
# [beyond.cors-allowlist]
# origins = ["https://app.example.com"]

# Where to report a vulnerability; served as /.well-known/security.txt.
# [people.report-channel]
# contact = ["mailto:security@example.com"]
# expires = "{expires}"

# One operation that differs.
# [operations."POST /orders"]
# mode = "enforce"

# Switching a control off takes a reason; every report repeats it.
# [off]
# "output.csp-none" = "this host also serves the HTML manual"
"""
LASTS = 180  # days until a fresh security.txt asks to be looked at again; RFC 9116 recommends less than a year


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary init``."""
    parser.add_argument(
        "--upstream",
        metavar="URL",
        default="http://127.0.0.1:8000",
        help="the API's own address (default: %(default)s)",
    )
    parser.add_argument("--api", metavar="FILE", help="the OpenAPI or Swagger document of the API")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", default=Path(DEFAULT_FILE), help="where to write (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the file.

    :raises ConfigError: when it is there already, or the document cannot be read.
    """
    if args.api is not None:
        operations = len(openapi.read(args.api).operations)
        api = f"api = {toml(args.api)}"
        print(f"{args.api}: {operations} operations")
    else:
        api = '# api = "openapi.yaml"'
    expires = datetime.now(UTC).date() + timedelta(days=LASTS)
    text = TEMPLATE.format(upstream=toml(args.upstream), api=api, expires=expires)
    try:
        with args.output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        hint = "choose another with --output"
        raise ConfigError(str(args.output), "is there already, and stays as it is", hint) from None
    print(f"{args.output}: written; next: ostiary check --config {args.output}")
    return 0
