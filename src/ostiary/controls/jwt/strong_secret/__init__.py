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

from __future__ import annotations

from ostiary.controls.jwt.strong_secret.mobile import audit_mobile
from ostiary.controls.jwt.strong_secret.source import audit_source
from ostiary.evidence import Http
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
    passed,
    unknown,
)
from ostiary.parts.seen import token_facts, weak_keys
from ostiary.parts.seen.doors import Key, granted, keys, shut, with_token
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set: a key below the floor stops the start, and one that an issuer publishes is left out."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Verify with keys that were found strong enough when they were read, and with no others."""
    return None if site.tokens is None else Hooks(head=site.tokens.read)


_RSA = ("RS", "PS")
_SHORTEST_RSA = 2048  # bits


async def audit_live(http: Http) -> Finding:
    """Try to guess the key of the tokens given, offline; a signature's length tells how long an RSA key is."""
    found = await with_token(http)
    if isinstance(found, Finding):
        return found
    door = found[0]
    given = await keys(http, door)
    good = [each for each in given if granted(each.answer)]
    about = (http.api.title if http.api is not None else "", http.host)
    guessed = await _guessed(good, given, about)
    for each in guessed:
        if granted(each.answer):
            return failed(
                "the secret that signs tokens is one that anybody guesses (a word, a number or a manual's example)",
                http.show(each.answer, "a token signed with that secret is believed"),
                proof=(
                    f"the signature of the token that {door.operation.key} believes was made again offline, with a secret"
                    " out of a dictionary"
                ),
                places=(door.operation.key,),
                facts=await token_facts.told(http, door),
                confidence=Confidence.CERTAIN,
            )
    for each in good:
        if 0 < _rsa_bits(each) < _SHORTEST_RSA:
            return failed(
                f"tokens are signed with an RSA key of {_rsa_bits(each)} bits",
                http.show(each.answer, "is believed"),
                facts=await token_facts.told(http, door),
            )
    if guessed and good and all(shut(each.answer) for each in guessed):
        shown = http.show(guessed[0].answer, "a token signed with a secret that anybody guesses: refused")
        return passed("tokens signed with a secret out of the dictionary are refused, where another is believed", shown)
    if good and not any(each.token.is_hmac for each in good):
        kinds = ", ".join(sorted({each.token.algorithm for each in good}))
        return passed(f"tokens are signed with a private key ({kinds}): there is no secret to guess")
    return unknown(
        f"the secret is not among the {weak_keys.count():,} that were tried, which does not prove that it is strong"
    )


async def _guessed(good: list[Key], given: list[Key], about: tuple[str, ...]) -> list[Key]:
    """Those whose secret was guessed: all that can be tried for the first token, words for the others."""
    found: list[Key] = []
    secrets: set[bytes] = set()
    thoroughly = next((each for each in good if each.token.is_hmac), None)
    for each in sorted(given, key=lambda key: key is not thoroughly):
        if not each.token.is_hmac:
            continue
        secret = next((known for known in secrets if each.token.signed_by(known)), None)
        if secret is None and each is thoroughly:
            secret = await weak_keys.guessed(each.token, *about)
        elif secret is None:
            secret = weak_keys.guess(each.token, *about)
        if secret is not None:
            secrets.add(secret)
            found.append(each)
    return found


def _rsa_bits(key: Key) -> int:
    return len(key.token.signature) * 6 // 64 * 64 if key.token.algorithm[:2] in _RSA else 0


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    wants_issuers=True,
    attest=(
        "How was the token signing key generated, where is it stored, and how often is it rotated (attach the key "
        "policy or a key store record, not the key)?"
    ),
    reach="in part: it verifies with strong keys alone; only the issuer can change a weak one",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("11.5.1", "11.2.3", "13.3.1", "9.1.1"),
        cwe=(1391, 321, 331),
        standards=("RFC 7518 §3.2", "RFC 8725 §3.5", "draft-ietf-oauth-rfc8725bis-10 §3.5"),
    ),
)
