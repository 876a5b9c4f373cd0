"""A token is asked for without naming a scope: what is granted shows in the reply or in the token."""

from __future__ import annotations

from urllib.parse import urlsplit

from ostiary.evidence import Answer, Http
from ostiary.model import Confidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts.seen import authorizing, authorizing_starts, browsing, tokens
from ostiary.parts.seen.authorizing import VERIFIER, Client, Server
from ostiary.parts.seen.bodies import parse

_IDENTITY = frozenset({"openid", "profile", "email", "address", "phone", "offline_access"})  # say who somebody is
_REFUSALS = frozenset({"invalid_scope", "invalid_request"})
_FEW = 2


async def audit_live(http: Http) -> Finding:
    """Ask for a token without a scope, as a client alone and for a user; at most 20 requests."""
    at = await authorizing.server(http)
    if at.elsewhere:
        return unknown(f"the authorization server is on another host ({urlsplit(at.elsewhere).netloc}): audit it there")
    if not at.token or not (at.authorize or http.oauth_client):
        return not_applicable("neither metadata nor the document names an authorization server")
    known = _known(http, at)
    if not known:
        return not_applicable("the authorization server and the document name no scopes of an API")
    of = await authorizing.client(http, at, await authorizing_starts.addresses(http))
    if of is None:
        return unknown("no client is known that could ask for a token ([audit.client])")
    answer = await _without(http, at, of)
    if answer is None:
        return unknown(
            "no token could be had without naming a scope, nor was that refused: no sign-in or secret was given"
        )
    if not authorizing.token_in(answer):
        return passed("a request without a scope is refused", http.show(answer, authorizing.error_in(answer)))
    scopes = granted(answer)
    if scopes is None:
        return unknown("a token came without naming a scope, and neither it nor the reply says what it is good for")
    got = (scopes - _IDENTITY) & known
    shown = http.show(answer, f"granted without being asked for: {' '.join(sorted(scopes)) or 'nothing'}")
    if len(known) >= _FEW and got == known:
        return failed(
            f"whoever names no scope gets all {len(known)} of them",
            shown,
            proof="the scopes of the token are all that the server or its document knows, and none was asked for",
            places=at.places[-1:],
            facts={"scopes": sorted(known)},
            confidence=Confidence.CERTAIN,
        )
    if not got or len(got) < len(known):
        return passed(f"whoever names no scope gets {len(got)} of {len(known)}", shown)
    return unknown("there is one scope, and whoever names none gets it", shown)


def _known(http: Http, at: Server) -> set[str]:
    """The scopes of the API, as the server and the document name them."""
    found = set(at.scopes)
    for scheme in http.api.security_schemes.values() if http.api is not None else ():
        flows = scheme.get("flows")
        for flow in [scheme, *(flows.values() if isinstance(flows, dict) else ())]:
            scopes = flow.get("scopes") if isinstance(flow, dict) else None
            found |= {str(each) for each in scopes} if isinstance(scopes, (dict, list)) else set()
    return found - _IDENTITY


async def _without(http: Http, at: Server, of: Client) -> Answer | None:
    """The token endpoint's reply to a client that names no scope, or a refusal for that very reason."""
    if of.secret:
        answer = await authorizing.redeemed(http, at, of, grant_type="client_credentials")
        if authorizing.token_in(answer) or authorizing.error_in(answer) == "invalid_scope":
            return answer
    if not at.authorize:
        return None
    came = await browsing.led(http, authorizing.request(at, of, scope=None), of, http.owner)
    if came.told.get("error") in _REFUSALS:
        sound = await browsing.led(http, authorizing.request(at, of), of, http.owner)
        return came.answer if sound.goes_on else None
    code = came.told.get("code")
    if not code:
        return None
    return await authorizing.redeemed(
        http, at, of, grant_type="authorization_code", code=code, redirect_uri=of.redirect, code_verifier=VERIFIER
    )


def granted(answer: Answer) -> set[str] | None:
    """The scopes of a token reply (RFC 6749 section 5.1), or of the token in it; None: neither says."""
    told = parse(answer.body)
    named = told.get("scope") if isinstance(told, dict) else None
    if named is None:
        token = tokens.find(authorizing.token_in(answer))
        claims = token.claims if token is not None else {}
        named = next((claims[name] for name in ("scope", "scp", "scopes") if name in claims), None)
    if isinstance(named, str):
        return set(named.split())
    return {str(each) for each in named} if isinstance(named, list) else None
