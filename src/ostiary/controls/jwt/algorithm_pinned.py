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

from ostiary.model import Control, Hooks, Maps, Operation, Probe, Severity, Site
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set here: ``[issuers.NAME]`` says whose keys are believed and what each may be used for."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Verify with the algorithm of our key, never with the header's; whatever names or brings a key is refused."""
    return None if site.tokens is None else Hooks(head=site.tokens.read)


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
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
