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

from __future__ import annotations

import functools

from ostiary.errors import ConfigError
from ostiary.evidence import Http
from ostiary.model import (
    Control,
    Exchange,
    Finding,
    Hooks,
    Kind,
    Maps,
    Operation,
    Principal,
    Probe,
    Severity,
    Site,
    failed,
    passed,
    unknown,
)
from ostiary.parts.seen import doors, weak_keys
from ostiary.parts.seen import tokens as seen
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


_CEILING = 3600.0  # seconds
_LEEWAY = 60.0


async def audit_live(http: Http) -> Finding:
    """Read how long the tokens given live, and present one that has ended."""
    found = await doors.with_token(http)
    if isinstance(found, Finding):
        return found
    door = found[0]
    now = doors.moment(door.opened)
    given = await doors.keys(http, door)
    living = [each for each in given if doors.granted(each.answer) and not each.token.is_id_token]
    for each in living:
        finding = await _too_long(http, door, each, now)
        if finding is not None:
            return finding
    ended = [each for each in given if 0 < each.token.number("exp") + _LEEWAY < now and doors.shut(each.answer)]
    if ended:
        shown = http.show(ended[0].answer, "a token that has expired: refused")
        return passed("a token that has expired is refused, and those that are believed live an hour at most", shown)
    key = weak_keys.guess(living[0].token) if living else None
    if key is not None:
        then = {"iat": int(now) - 7200, "exp": int(now) - 3600}
        opens, answer = await door.opens(
            http, seen.made(living[0].token.header, {**living[0].token.claims, **then}, key)
        )
        shown = http.show(answer, "exp is an hour ago")
        return (
            failed("a token that has expired is believed", shown)
            if opens
            else passed("expired tokens are refused", shown)
        )
    return unknown(
        "tokens live an hour at most by what they say; whether the server refuses them afterwards shows with an expired "
        "one (--identity expired=TOKEN)"
    )


async def _too_long(http: Http, door: doors.Door, given: doors.Key, now: float) -> Finding | None:
    token = given.token
    expires = token.number("exp")
    if not expires:
        return failed("a token that never expires (no exp) is believed", http.show(given.answer, "no exp"))
    if expires + _LEEWAY < now:
        again = await http.send_to(door.operation, identity=given.name, fresh=True)
        if doors.granted(again):
            why = f"a token that ended {_words(now - expires)} ago is believed"
            return failed(why, http.show(again, f"the token of {given.name}, which has expired"))
        return None
    life = expires - (token.number("iat") or token.number("nbf") or now)
    if life > _CEILING + _LEEWAY:
        return failed(f"access tokens live {_words(life)}", http.show(given.answer, "exp less iat"))
    return None


def _words(seconds: float) -> str:
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    wants_issuers=True,
    attest=(
        "How long do access tokens live for each client type, and why is any above 60 minutes (attach the lifetime "
        "table or server settings)?"
    ),
    reach="in part: it refuses tokens that live too long; their issuer still makes them",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("9.2.1", "7.3.2", "7.1.1"),
        cwe=(613,),
        standards=("RFC 7519 §4.1.4", "RFC 9068 §2.2", "RFC 9700 §2.2"),
    ),
)
