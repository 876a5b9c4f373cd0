"""An issuer that could not be believed, or only by accident, stops the start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ostiary.errors import ConfigError
from ostiary.parts import fetching
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens.algorithms import ALGORITHMS

__all__ = ["check", "is_url", "publishes"]

MOST_LEEWAY = 60.0  # seconds: more is no skew of clocks but a longer life (jwt.access-ttl-short)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,31}")  # RFC 9110 section 11.1, without what nobody uses
_NO_TOKENS: Final = frozenset({"basic", "digest", "hoba", "mutual", "negotiate", "ntlm", "scram-sha-256", "vapid"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def is_url(text: str) -> bool:
    """Whether a setting is a URL, and not a file."""
    return "://" in text


def publishes(issuer: Issuer) -> bool:
    """Whether the issuer's keys have to be fetched."""
    return is_url(issuer.jwks) or bool(issuer.discovery) or (_sources(issuer) == 0 and not issuer.asks)


def _sources(issuer: Issuer) -> int:
    return bool(issuer.discovery) + bool(issuer.jwks) + (issuer.key is not None)


def check(issuers: Mapping[str, Issuer], where: str, *, loopback: bool) -> None:
    """Check every issuer's table, and that they can be told from each other.

    :param loopback: whether URLs may lead to this machine, as in the development profile.
    :raises ConfigError: naming the table and the setting.
    """
    seen: dict[str, str] = {}
    for name, issuer in issuers.items():
        table = f"{where}: [issuers.{name}]"
        if _NAME.fullmatch(name) is None:
            raise ConfigError(table, "is not a name", "use letters, digits, dashes, dots and underscores")
        _check_one(issuer, table, loopback=loopback)
        if issuer.issuer in seen:
            problem = "is the same as of" if issuer.issuer else "is empty, as that of"
            raise ConfigError(
                f"{table} issuer", f"{problem} [issuers.{seen[issuer.issuer]}]", "a token would be of both"
            )
        seen[issuer.issuer] = name
    _check_prefixes(issuers, where)


def _check_prefixes(issuers: Mapping[str, Issuer], where: str) -> None:
    """A token that one issuer made is shown to no other: whoever is asked about it could use it."""
    seen: dict[str, str] = {}
    for name, issuer in issuers.items():
        if not issuer.asks:
            if issuer.prefix:
                raise ConfigError(
                    f"{where}: [issuers.{name}] prefix", "is only for introspection and userinfo", "leave it out"
                )
            continue
        if issuer.prefix in seen:
            hint = "say how its tokens begin: nobody is asked about another's"
            raise ConfigError(
                f"{where}: [issuers.{name}] prefix", f"is the same as of [issuers.{seen[issuer.prefix]}]", hint
            )
        seen[issuer.prefix] = name


def _check_one(issuer: Issuer, table: str, *, loopback: bool) -> None:
    _check_sources(issuer, table)
    _check_algorithms(issuer, table)
    if "iss" in issuer.required and not issuer.issuer and not issuer.asks:
        hint = "write the `iss` of its tokens, exactly as they have it" + _without("iss", issuer)
        raise ConfigError(f"{table} issuer", "is not given", hint)
    if "aud" in issuer.required and not issuer.audience and _signs(issuer):
        hint = "write what its tokens for this API have in `aud`; without it any token of the issuer would do"
        raise ConfigError(f"{table} audience", "is not given", hint + _without("aud", issuer))
    _check_scheme(issuer, table)
    if not 0 <= issuer.leeway <= MOST_LEEWAY:
        raise ConfigError(f"{table} leeway", "is over a minute", "set the clocks instead (NTP)")
    if issuer.refresh < 1 or issuer.stale < issuer.refresh:
        raise ConfigError(f"{table} stale", "is shorter than refresh", 'write refresh = "10m" and stale = "24h"')
    if not 256 <= issuer.longest <= 64 * 1024:  # noqa: PLR2004 - a signature alone; a server's whole head
        raise ConfigError(f"{table} longest", "is not between 256B and 64KiB")
    for setting, url in (
        ("discovery", issuer.discovery),
        ("jwks", issuer.jwks),
        ("introspection", issuer.introspection),
    ):
        if url and (setting != "jwks" or is_url(url)):
            fetching.check_url(url, f"{table} {setting}", private=issuer.private, loopback=loopback)
    if publishes(issuer) and not issuer.jwks:
        fetching.check_url(issuer.issuer, f"{table} issuer", private=issuer.private, loopback=loopback)


def _check_scheme(issuer: Issuer, table: str) -> None:
    if _SCHEME.fullmatch(issuer.scheme) is None or issuer.scheme.lower() in _NO_TOKENS:
        raise ConfigError(f"{table} scheme", f"{issuer.scheme!r} is no word for tokens", 'write "Bearer", or "Token"')
    if issuer.scheme.lower() == "dpop":
        raise ConfigError(
            f"{table} scheme", "DPoP is always known", 'demand it: beyond.sender-constrained-tokens, demand = "dpop"'
        )


def _without(claim: str, issuer: Issuer) -> str:
    """How to do without, for those whose application makes its tokens itself, with a key of its own."""
    if issuer.key is None:
        return ""
    left = ", ".join(f'"{each}"' for each in issuer.required if each != claim)
    return f"; if its tokens have none: required = [{left}]"


def _signs(issuer: Issuer) -> bool:
    """Whether some of the issuer's tokens are verified here, and not by asking it."""
    return bool(_sources(issuer)) or not issuer.asks


def _check_sources(issuer: Issuer, table: str) -> None:
    if _sources(issuer) > 1:
        raise ConfigError(table, "takes its keys from several places", "give one of discovery, jwks and key")
    if issuer.userinfo and (
        issuer.introspection or not issuer.userinfo.startswith("/") or not issuer.userinfo.isascii()
    ):
        hint = 'write userinfo = "/me", and no introspection beside it'
        raise ConfigError(f"{table} userinfo", "is no path of the API, or not the only one to be asked", hint)
    if not _sources(issuer) and not issuer.asks and not is_url(issuer.issuer):
        raise ConfigError(table, "has no keys", "give discovery, jwks or key, or introspection for opaque tokens")
    if issuer.discovery and not issuer.issuer:
        raise ConfigError(f"{table} discovery", "needs `issuer`, to know that it found the right one")
    if (issuer.client_secret is not None or issuer.client) and not issuer.introspection:
        raise ConfigError(f"{table} client", "is only for introspection", "give introspection, or leave it out")


def _check_algorithms(issuer: Issuer, table: str) -> None:
    where = f"{table} algorithms"
    for each in issuer.algorithms:
        if each.lower() == "none":
            raise ConfigError(where, '"none" is no signature, and never accepted', "leave it out")
        if each not in ALGORITHMS:
            raise ConfigError(where, f"{each!r} is not known", f"take one of {', '.join(sorted(ALGORITHMS))}")
    symmetric = {each.startswith("HS") for each in issuer.algorithms}
    if len(symmetric) > 1:
        hint = "give each its own issuer: a public key must never be taken for a shared secret"
        raise ConfigError(where, "mixes shared secrets and public keys", hint)
    if True in symmetric and issuer.key is None and (publishes(issuer) or not issuer.jwks):
        raise ConfigError(where, "is for shared secrets, which are not published", "give the secret as `key`")
