"""Security rests on cryptography done by the server, never on browser or app code alone.

Why
    Client-side schemes ship their keys and code to the attacker and are skipped by calling the API directly. A
    password hashed in the client simply becomes the password.

Fix
    Send the password itself over TLS and hash it on the server with Argon2id or bcrypt; remove hashing or
    encryption in the client (CryptoJS, forge) that the server relies on, and fields such as ``passwordHash``.
    Encrypt stored data on the server with keys in a KMS. Recompute prices, signatures and integrity checks on the
    server. End-to-end encryption may be added on top.

Traps
    - End-to-end encryption, WebAuthn signatures, DPoP proofs, JWE to the server's public key and PAKE are
      legitimate client-side cryptography: they add to server checks.
    - TLS is performed by the client too: do not report it.
    - Client-side k-anonymity lookups are fine.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ostiary.evidence import Http, Spec
from ostiary.model import (
    Confidence,
    Control,
    Finding,
    Kind,
    Maps,
    Probe,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.role_fields import PASSWORD, keys_of

_DIGESTS: Final = {"SHA-256": "sha256", "SHA-1": "sha1", "MD5": "md5"}  # hex, as scripts in pages make them
_NAMED: Final = re.compile(
    r"(?:hashed|encrypted|digested)(?:password|passwd|pwd|pin)|(?:password|passwd|pwd|pin)(?:hash|hashed|encrypted|digest|md5|sha1|sha256|sha512)"
)


async def audit_live(http: Http) -> Finding:
    """Sign a throwaway account in with digests of its password; a login that takes one relies on the client."""
    if not http.intrusive:
        return unknown("needs --intrusive: an account of its own signs in wrongly")
    account = await http.throwaway()
    right = await http.sign_in(account.user, account.password)
    if not http.signed_in(right):
        return unknown("the account made for it could not sign in with its password")
    wrong = await http.sign_in(account.user, f"{account.password[::-1]}x")
    if http.signed_in(wrong):
        return unknown("any password signs in, so a digest proves nothing")
    answer = wrong
    for name, algorithm in _DIGESTS.items():
        if not http.signed_in(await http.sign_in(account.user, account.password)):  # also ends a row of failures
            return unknown("after a wrong password not even the right one signs in, so refusals prove nothing")
        digest = hashlib.new(algorithm, account.password.encode(), usedforsecurity=False).hexdigest()
        answer = await http.sign_in(account.user, digest)
        if http.signed_in(answer):
            return failed(
                f"a login takes the {name} of a password for the password",
                http.show(wrong, "a wrong password is refused"),
                http.show(answer, f"the {name} of the right one signs in"),
                proof="the password and its digest signed in, a wrong password did not",
                facts={"digest": name},
                confidence=Confidence.CERTAIN,
            )
    return passed("no digest of a password signs in, only the password", http.show(answer, "a digest is refused"))


async def audit_spec(spec: Spec) -> Finding:
    """Look at what logins and registrations take: a digest in the place of a password is made by the client."""
    asked = [each for each in spec.api.operations if each.role in {"login", "register"}]
    for operation in asked:
        keys = {re.sub(r"[^a-z0-9]", "", name.lower()) for name in keys_of(operation)}
        named = sorted(each for each in keys if _NAMED.fullmatch(each))
        if named and not (keys & PASSWORD) - set(named):
            return failed(
                f"{operation.key} takes {named[0]} and no password: a digest that the client makes is as good as the password",
                spec.at(operation.pointer, "what it takes"),
                places=(operation.key,),
                facts={"fields": named},
                confidence=Confidence.TENTATIVE,
            )
    if not asked:
        return not_applicable("the document has no operation that signs in or registers")
    return passed(f"{len(asked)} operations that sign in or register take passwords, not digests")


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "What is each use of cryptography in the browser or app for (attach the list with the server-side "
        "protection behind each one)?"
    ),
    reach="cannot: cryptography is the application's",
    enforced_by="ostiary.identity.flows.passwords",
    maps=Maps(
        owasp_api=("API8:2023", "API2:2023"),
        asvs=("8.3.1", "2.2.2", "11.4.2", "7.2.1"),
        cwe=(602, 603),
        standards=("NIST SP 800-63B-4 §3.1.1.2", "RFC 7516"),
    ),
)
