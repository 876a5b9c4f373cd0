"""The key that signs tokens is long, randomly generated and never a default or in the code.

Why
    An attacker holding one HMAC-signed token can guess a weak key offline at millions of tries per second. The
    found key lets them mint tokens for any user.

Fix
    Generate a new key: ``openssl rand -base64 32`` for HS256, or ``openssl genpkey -algorithm ed25519`` when other
    services verify your tokens. Load it from a secret store and refuse to start when it is missing or under 32
    bytes; delete fallbacks such as ``getenv('JWT_SECRET', 'secret')``. Use at least 2048-bit RSA (3072 preferred).
    Replace any key that was ever committed, and rotate by ``kid``.

Traps
    - Not cracking the token proves little: report PASS only with key evidence, otherwise 'not in dictionary'.
    - Base64-looking secrets may be used as text, halving real entropy: measure decoded and raw.
    - Test fixtures contain weak keys on purpose: exclude test paths but check they are not imported by runtime
      code.
"""

from ostiary.model import Control, Hooks, Maps, Operation, Probe, Severity, Site
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set: a key below the floor stops the start, and one that an issuer publishes is left out."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Verify with keys that were found strong enough when they were read, and with no others."""
    return None if site.tokens is None else Hooks(head=site.tokens.read)


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    wants_issuers=True,
    attest=(
        "How was the token signing key generated, where is it stored, and how often is it rotated (attach the key "
        "policy or a key store record, not the key)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("11.5.1", "11.2.3", "13.3.1", "9.1.1"),
        cwe=(1391, 321, 331),
        standards=("RFC 7518 §3.2", "RFC 8725 §3.5", "draft-ietf-oauth-rfc8725bis-10 §3.5"),
    ),
)
