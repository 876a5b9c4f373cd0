"""Access tokens expire in minutes and the server refuses them after that.

Why
    A leaked bearer token works for anyone until it expires. A long life turns one log line into weeks of access
    that you cannot easily recall.

Fix
    Set the access token life to 10 minutes, at most 60, for example ``exp = now + timedelta(minutes=10)``,
    ``expiresIn: '10m'`` or the lifetime setting of your OAuth server. Require the claim when verifying (PyJWT:
    ``options={'require': ['exp', 'iat']}``) with at most 60 seconds of leeway, and never turn off ``verify_exp``.
    Use rotating refresh tokens for longer sessions.

Traps
    - ID tokens and access tokens have different lifetimes: check the right one.
    - expires_in and exp may disagree; the server's behaviour decides.
    - Clock skew of the auditor produces false expiry results: use the Date header as reference.
"""

import functools

from ostiary.errors import ConfigError
from ostiary.model import Control, Exchange, Hooks, Maps, Operation, Principal, Probe, Severity, Site
from ostiary.parts.tokens import Tokens
from ostiary.parts.tokens.refusals import refused
from ostiary.strict import Duration, Strict


class Settings(Strict, frozen=True):
    """``longest``: the life that a token may have been given, ``exp`` less ``iat``; longer ones are refused while they last.

    How far clocks may differ is each issuer's ``leeway``, a minute at most. Tokens that are introspected need no
    ``exp``: their issuer is asked again before long.
    """

    longest: Duration = Duration("60m")


@functools.lru_cache(maxsize=16)
def _hooks(longest: float, site: Site, tokens: Tokens) -> Hooks:
    if longest < 1:
        raise ConfigError("jwt.access-ttl-short longest", "is so short that no token could be used", 'write "10m"')
    now = site.now
    leeways = {name: issuer.leeway for name, issuer in tokens.issuers.items()}

    def check(exchange: Exchange, principal: Principal) -> None:
        expires = principal.expires
        if not expires:
            raise refused("the token never expires (exp)", exchange)
        moment = now()
        if expires + leeways[principal.issuer] <= moment:
            raise refused("the token has expired", exchange)
        if expires - (principal.issued or moment) > longest:
            raise refused("the token lives too long (exp, iat)", exchange)

    return Hooks(head=tokens.judge(check), by_caller=True)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse a token without an expiry, after it, and one that was given too long a life."""
    return None if site.tokens is None else _hooks(settings.longest, site, site.tokens)


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    wants_issuers=True,
    attest=(
        "How long do access tokens live for each client type, and why is any above 60 minutes (attach the lifetime "
        "table or server settings)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("9.2.1", "7.3.2", "7.1.1"),
        cwe=(613,),
        standards=("RFC 7519 §4.1.4", "RFC 9068 §2.2", "RFC 9700 §2.2"),
    ),
)
