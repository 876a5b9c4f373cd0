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

import re
from collections.abc import Sequence

from ostiary.controls.jwt.algorithm_pinned.source import audit_source
from ostiary.evidence import Answer, Http, Spec
from ostiary.model import (
    Confidence,
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
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import forgeries, keysets, token_facts, tokens
from ostiary.parts.seen.doors import Door, with_token
from ostiary.parts.seen.forgeries import Forgery
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set here: ``[issuers.NAME]`` says whose keys are believed and what each may be used for."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Verify with the algorithm of our key, never with the header's; whatever names or brings a key is refused."""
    return None if site.tokens is None else Hooks(head=site.tokens.read)


_ENOUGH = 3  # operations


async def audit_live(http: Http) -> Finding:
    """Present tokens whose header chooses how they are checked: not at all, or with a key that everybody has.

    At most 30 requests: 20 forgeries at one operation, and the two most telling ones at two more.
    """
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
    keys = await keysets.published(http, str(token.header.get("kid", "")))
    tried: list[Answer] = []
    unsigned = forgeries.unsigned(token)
    for each in [*unsigned, *forgeries.bringing_its_key(token), *forgeries.confused(token, keys)]:
        opens, answer = await first.opens(http, each.text)
        tried.append(answer)
        if opens:
            return await _failed(http, found, each, answer)
    for door in found[1:]:
        opens, answer = await door.opens(http, unsigned[0].text)
        if opens:
            return await _failed(http, [door], unsigned[0], answer)
    return passed(_closed(len(tried), first), http.show(tried[0], f"{unsigned[0].what}: refused"))


async def _failed(http: Http, doors: Sequence[Door], forgery: Forgery, answer: Answer) -> Finding:
    """The finding, at all doors that the same forgery opens."""
    first = doors[0]
    opened = [first, *[each for each in doors[1:] if (await each.opens(http, forgery.text))[0]]]
    return failed(
        f"{forgery.what} is believed",
        http.show(answer, f"{forgery.what} opens {first.operation.key}"),
        http.show(first.nobody, "nobody is refused"),
        proof=f"{first.operation.key} opens to {forgery.what} as to the real one, and is shut to nobody and to rubbish",
        places=tuple(each.operation.key for each in opened),
        facts=await token_facts.told(http, first),
        confidence=Confidence.CERTAIN,
    )


def _closed(count: int, door: Door) -> str:
    return (
        f"{door.operation.key} answers {door.opened.status} to the token given and refuses {count} forged forms of it"
    )


_NO_SIGNATURE = re.compile(r"\balg(?:orithm)?\W{1,4}none\b|\bunsigned (?:jwt|token)", re.IGNORECASE)


async def audit_spec(spec: Spec) -> Finding:
    """Look for what the document says of its tokens' algorithm; that it names one does not show that it is compared."""
    schemes = [
        (name, each)
        for name, each in spec.api.security_schemes.items()
        if each.get("type") == "openIdConnect" or "jwt" in str(each.get("bearerFormat", "")).lower()
    ]
    if not schemes:
        return not_applicable("the document does not say that tokens are JWTs (bearerFormat, openIdConnect)")
    for name, each in schemes:
        told = f"{each.get('bearerFormat', '')} {each.get('description', '')}"
        if _NO_SIGNATURE.search(told):
            where = spec.at(f"/components/securitySchemes/{name}", "the scheme takes tokens without a signature")
            return failed("the document says that unsigned tokens are taken", where, confidence=Confidence.TENTATIVE)
    return unknown("the document says that tokens are JWTs, and not that their algorithm is fixed")


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    wants_issuers=True,
    attest=(
        "Which algorithm and key is accepted for each token issuer (attach the table or verifier configuration that"
        " binds issuer, algorithm and key)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("9.1.1", "9.1.2", "9.1.3"),
        cwe=(347, 757),
        standards=("RFC 8725 §3.1-3.2", "draft-ietf-oauth-rfc8725bis-10 §3.1", "RFC 9864", "RFC 7515 §5.2"),
    ),
)
