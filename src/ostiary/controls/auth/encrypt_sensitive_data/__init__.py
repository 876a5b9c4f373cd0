"""Every sensitive data element is encrypted where it is stored and wherever it is sent.

Why
    A stolen disk, backup, database dump or packet capture otherwise gives up personal data and secrets directly.
    The attacker never needs to break the application.

Fix
    List each sensitive element with its class, storage place, cipher and key owner. Turn on encryption for volumes,
    buckets, databases and backups (``storage_encrypted = true`` in Terraform) and TLS on internal links
    (``sslmode=verify-full``, ``rediss://``). Encrypt the most sensitive fields in the application with AES-256-GCM
    or ChaCha20-Poly1305 and keep the keys in a KMS. Hash passwords instead of encrypting them.

Traps
    - base64 or hex is encoding, not encryption.
    - Passwords must be hashed, not encrypted.
    - Disk encryption does not protect against a compromised running application: do not let it alone satisfy
      field-level classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ostiary.controls.auth.encrypt_sensitive_data.mobile import audit_mobile
from ostiary.controls.auth.encrypt_sensitive_data.source import QUESTION, audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Spec
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, attest, failed
from ostiary.parts.seen import declared
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.personal import details_in
from ostiary.parts.seen.secrets import is_password_name, leaks
from ostiary.parts.seen.services import is_loopback

MOST: Final = 8  # replies
_CLASSES: Final = ("writeOnly", "x-sensitive", "x-classification", "x-pii", "x-data-classification")


async def audit_live(http: Http) -> Finding:
    """See whether details of people cross a network in clear; how they are kept, only people can tell."""
    if http.scheme == "https":
        return attest(f"What is sent is encrypted (access.https-only). {control.attest}")
    if is_loopback(http.host):
        return attest(control.attest)
    seen: list[tuple[Answer, str]] = []
    for operation in [each for each in http.operations if each.method == "GET" and each.declared][:MOST]:
        try:
            answer = await http.baseline(operation)
        except Unanswerable:
            continue
        seen += [
            (answer, each)
            for each in (*details_in(parse(answer.body)), *(leak.what for leak in leaks(parse(answer.body))))
        ]
    if seen:
        answer, what = seen[0]
        return failed(
            f"{answer.asked.method} {answer.asked.target.partition('?')[0]} sends {what} in clear text",
            http.show(answer, f"{what}, over http"),
            facts={"details": sorted({each for _, each in seen})},
        )
    return attest(f"The API is spoken to in clear text (access.https-only). {control.attest}")


async def audit_spec(spec: Spec) -> Finding:
    """Name properties that look sensitive and carry no classification; a document does not tell how they are stored."""
    found = sorted(
        {
            name
            for operation in spec.api.operations
            for body in (*declared.taken(operation), *declared.given(operation))
            for name, schema in declared.properties(spec, body)
            if _is_sensitive(name) and not _is_classified(schema)
        }
    )
    if found:
        return attest(f"Without a classification in the document: {', '.join(found[:8])}. {control.attest}")
    return attest(control.attest)


def _is_sensitive(name: str) -> bool:
    return is_password_name(name) or bool(details_in({name: "x"}))


def _is_classified(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") == "password" or any(schema.get(each) for each in _CLASSES)


control = Control(
    severity=Severity.HIGH,
    probe=Probe.PASSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=QUESTION,
    reach="cannot: what is stored lies behind the application",
    enforced_by="ostiary.identity.storage.sealed",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("14.1.1", "14.1.2", "14.2.4", "11.3.2", "11.3.3", "12.3.1"),
        cwe=(312, 319),
        standards=("NIST SP 800-57", "BCP 195", "NIST SP 800-111"),
    ),
)
