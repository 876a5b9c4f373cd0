"""Secrets and access tokens of outside services are not built into the mobile app.

Why
    They are extracted from the package within minutes and abused at your cost.

Fix
    Move calls that need a secret to your server and let the app call your own API with the user's token and a
    per-user limit. Revoke and replace every secret that was ever shipped; obfuscation does not protect it. Restrict
    keys meant to be public, such as Maps or Firebase keys, to the package name, signing certificate and needed
    APIs. Scan the unpacked build with ``gitleaks dir`` or ``trufflehog filesystem``.

Traps
    - Firebase and Maps keys are identifiers but need restrictions: report unrestricted ones if the operator lets
      you check.
    - Obfuscation or string encryption does not change the verdict.
    - Never test found keys against the provider.
"""

from ostiary.controls.mobile.no_third_party_secrets.mobile import audit_mobile
from ostiary.controls.mobile.no_third_party_secrets.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Which third-party keys are embedded in the app, and how is each restricted at its provider (attach the "
        "list with screenshots of the restrictions)?"
    ),
    reach="cannot: the app is not served here",
    maps=Maps(
        owasp_api=("API8:2023", "API2:2023"),
        asvs=("13.3.1",),
        cwe=(798, 540),
        standards=("OWASP MASVS-STORAGE-1, MASVS-CRYPTO-2", "MASTG-TEST-0213, 0214"),
    ),
)
