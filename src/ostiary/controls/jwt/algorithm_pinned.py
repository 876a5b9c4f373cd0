"""The server, not the token header, decides which signature algorithm is accepted.

Why
    If the token picks the algorithm, an attacker sends ``none`` or signs with HMAC keyed by your public RSA key.
    Either way they forge valid tokens for anyone.

Fix
    Pass a fixed algorithm list on every verification, one family per issuer: ``jwt.decode(token, key,
    algorithms=['EdDSA'])`` in PyJWT or ``jwtVerify(token, key, { algorithms: ['ES256'] })`` in jose. Never read the
    list from the header and never mix HS and RS. Ignore ``jku``, ``x5u`` and ``jwk`` in the token and fetch keys
    only from a configured JWKS URL. Answer 401 to anything else.

Traps
    - Without a working baseline a 401 proves nothing: mark inconclusive.
    - An endpoint that never checks tokens returns 2xx for all variants: report as missing authentication instead.
    - Library behaviour differs: PyJWT 2.15.1 was seen to refuse decode without algorithms and PEM-as-HMAC keys;
      older or other libraries do not.
"""

from __future__ import annotations

from ostiary.evidence import Answer, Http
from ostiary.model import (
    Control,
    Finding,
    Hooks,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    Site,
    failed,
    passed,
    unknown,
)
from ostiary.parts.seen import keysets, tokens
from ostiary.parts.seen.doors import Door, with_token
from ostiary.parts.seen.tokens import Token
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set here: ``[issuers.NAME]`` says whose keys are believed and what each may be used for."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Verify with the algorithm of our key, never with the header's; whatever names or brings a key is refused."""
    return None if site.tokens is None else Hooks(head=site.tokens.read)


_NONE = ("none", "None", "NONE", "nOnE", "")  # a list of forbidden names forgets one
_ENOUGH = 3  # operations


async def audit_live(http: Http) -> Finding:
    """Present tokens whose header chooses how they are checked: not at all, or with a key that everybody has."""
    found = await with_token(http, _ENOUGH)
    if isinstance(found, Finding):
        return found
    first = found[0]
    token = first.carrier.token if first.carrier is not None else None
    if token is None:
        return unknown("the credentials given hold no JWT")
    believed, answer = await first.opens(http, tokens.broken(token))
    if believed:
        return unknown(
            "no signature is checked at all (jwt.verify-before-use), so it does not matter which algorithm is named",
            http.show(answer, "a signature of nobody's is believed"),
        )
    tried: list[Answer] = []
    for what, text in await _forgeries(http, token):
        opens, answer = await first.opens(http, text)
        tried.append(answer)
        if opens:
            return failed(f"{what} is believed", http.show(answer, f"{what} opens {first.operation.key}"))
    for door in found[1:]:
        opens, answer = await door.opens(http, _unsigned(token, "none"))
        if opens:
            return failed(
                f"an unsigned token is believed at {door.operation.key}", http.show(answer, "alg none, no signature")
            )
    return passed(_closed(len(tried), first), http.show(tried[0], "alg none, no signature: refused"))


def _closed(count: int, door: Door) -> str:
    return (
        f"{door.operation.key} answers {door.opened.status} to the token given and refuses {count} forged forms of it"
    )


def _unsigned(token: Token, name: str) -> str:
    return tokens.made({**token.header, "alg": name}, token.claims)


async def _forgeries(http: Http, token: Token) -> list[tuple[str, str]]:
    found = [(f'an unsigned token that names "{name}" as its algorithm', _unsigned(token, name)) for name in _NONE]
    found.append(("a token without its signature", f"{token.raw.rpartition('.')[0]}."))
    unknown_name = tokens.made({**token.header, "alg": "XX256"}, token.claims, signature="b3N0aWFyeQ")
    found.append(("a token of an algorithm that does not exist", unknown_name))
    own = {"kty": "oct", "k": "b3N0aWFyeS1vc3RpYXJ5LW9zdGlhcnktb3N0aWFyeQ"}  # ostiary:probe
    header = {"alg": "HS256", "typ": token.header.get("typ", "JWT"), "jwk": own}
    found.append(
        ("a token that brings its own key", tokens.made(header, token.claims, b"ostiary-ostiary-ostiary-ostiary"))
    )
    if not token.is_hmac:
        head = {**token.header, "alg": "HS256"}
        keys = await keysets.published(http, str(token.header.get("kid", "")))
        found += [("a token signed with the public key", tokens.made(head, token.claims, key)) for key in keys]
    return found


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    wants_issuers=True,
    attest=(
        "Which algorithm and key is accepted for each token issuer (attach the table or verifier configuration that"
        " binds issuer, algorithm and key)?"
    ),
    reach="in part: for tokens of issuers that the policy names",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("9.1.1", "9.1.2", "9.1.3"),
        cwe=(347, 757),
        standards=("RFC 8725 §3.1-3.2", "draft-ietf-oauth-rfc8725bis-10 §3.1", "RFC 9864", "RFC 7515 §5.2"),
    ),
)
