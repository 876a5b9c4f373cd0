"""A URL says where Redis is; a password may stand elsewhere."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from ostiary.store.redis.link import Target

_OPTIONS = {"timeout", "prefix", "db", "ca", "cert", "key", "password-env", "password-file"}


def read_url(url: str) -> Target:
    """Where a URL points: ``redis://user:password@host:6379/0``, ``rediss://`` for TLS, ``unix:///path``.

    Options: ``timeout`` (seconds), ``prefix``, ``db``, ``ca``, ``cert`` and ``key`` (files), ``password-env`` and
    ``password-file``, for a password that does not stand in the policy.

    :raises ValueError: for what cannot be read, or does not exist.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    unknown = sorted(options.keys() - _OPTIONS)
    if unknown:
        raise ValueError(f"no option is called {unknown[0]!r}; there are {', '.join(sorted(_OPTIONS))}")
    local = parts.scheme == "unix"
    timeout = float(options.get("timeout", "0.25"))
    if not 0.001 <= timeout <= 60:  # noqa: PLR2004 - as the message says
        raise ValueError("timeout is not between 0.001 and 60 seconds")
    return Target(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 6379,
        path=unquote(parts.path) if local else "",
        user=unquote(parts.username or ""),
        password=_password(unquote(parts.password or ""), options),
        database=int(options.get("db") or (0 if local else parts.path.strip("/") or 0)),
        tls=_tls(options) if parts.scheme == "rediss" else None,
        timeout=timeout,
        prefix=options.get("prefix", "ostiary:"),
    )


def _password(written: str, options: dict[str, str]) -> str:
    if "password-env" in options:
        found = os.environ.get(options["password-env"])
        if not found:
            raise ValueError(f"the environment has no {options['password-env']}")
        return found
    if "password-file" in options:
        try:
            return Path(options["password-file"]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ValueError(f"password-file cannot be read: {error.strerror}") from error
    return written


def _tls(options: dict[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.get("ca"))
        if "cert" in options:
            context.load_cert_chain(options["cert"], options.get("key"))
    except OSError as error:
        raise ValueError(f"ca, cert or key cannot be read: {error.strerror or type(error).__name__}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
