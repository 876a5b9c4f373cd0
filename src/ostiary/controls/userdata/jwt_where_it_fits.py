"""The choice between self-contained tokens and server sessions is deliberate and recorded.

Why
    Unplanned choices end in tokens that any script can read, access that cannot be revoked, or sessions that break
    API clients.

Fix
    Write a short decision record: client types, token style, lifetime and revocation need. Good defaults are JWT
    access tokens (RFC 9068) between services and for APIs, and a backend-for-frontend with an ``HttpOnly`` cookie
    for browsers; opaque tokens are fine when instant revocation matters. Do not keep tokens in ``localStorage``,
    and do not accept an OIDC ID token as an API credential.

Traps
    - Opaque tokens are not a violation: the seed recommends, it does not require.
    - Service meshes add their own JWTs.
    - OIDC id_tokens used as API credentials are the wrong token.
"""

import functools
from typing import Literal

from ostiary.errors import ConfigError
from ostiary.model import Control, Exchange, Hooks, Maps, Operation, Principal, Probe, Severity, Site
from ostiary.parts.tokens import Tokens
from ostiary.parts.tokens.refusals import refused
from ostiary.strict import Strict

Kind = Literal["jwt", "opaque"]


class Settings(Strict, frozen=True):
    """``accepts``: the kinds of token that were chosen, ``"jwt"`` (signed, RFC 9068) and ``"opaque"`` (introspected).

    Empty: whatever the issuers give. An operation whose access must end the moment it is taken back accepts
    ``["opaque"]``; one that no call to the issuer may hold up accepts ``["jwt"]``.
    """

    accepts: tuple[Kind, ...] = ()


@functools.lru_cache(maxsize=16)
def _hooks(accepted: frozenset[Kind], tokens: Tokens) -> Hooks:
    if "opaque" in accepted and not any(each.asks for each in tokens.issuers.values()):
        where = "userdata.jwt-where-it-fits accepts"
        raise ConfigError(where, "names opaque tokens, which no issuer is asked about", "give an issuer introspection")

    def check(exchange: Exchange, principal: Principal) -> None:
        sent = exchange.head(b"authorization") or b""
        kind: Kind = "jwt" if sent.count(b".") == 2 else "opaque"  # noqa: PLR2004 - RFC 7515 section 7.1
        if kind not in accepted:
            raise refused("the token is not of a kind that is accepted here", exchange)

    return Hooks(head=tokens.judge(check), by_caller=True)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse tokens of a kind that was not chosen, where a choice was made."""
    if site.tokens is None or not settings.accepts:
        return None
    return _hooks(frozenset(settings.accepts), site.tokens)


control = Control(
    severity=Severity.INFO,
    probe=Probe.PASSIVE,
    strength="may",
    settings=Settings,
    guard=guard,
    wants_issuers=True,
    attest=(
        "Which token style was chosen for each client type, and how is access revoked (attach the decision record)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("7.2.2", "10.1.1", "14.3.3"),
        cwe=(922,),
        standards=("RFC 9068", "draft-ietf-oauth-browser-based-apps", "RFC 8725"),
    ),
)
