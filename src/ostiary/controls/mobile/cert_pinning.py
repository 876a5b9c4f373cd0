"""The app trusts only the expected keys of its own servers and can rotate them without an outage.

Why
    On a hostile network or device, a mis-issued or user-installed certificate authority lets an attacker read and
    change all app traffic.

Fix
    Never disable certificate checks in a release build. Pin public keys of your own hosts only, with at least one
    backup key: ``<pin-set expiration=...>`` in the Android network security config, ``NSPinnedDomains`` in the iOS
    ``Info.plist``, or OkHttp ``CertificatePinner``. Write down how pins are rotated before a server key changes. If
    you decide not to pin, record the decision and its reason.

Traps
    - Pinning third-party hosts you do not control causes outages.
    - Debug overrides are fine only in debug builds.
    - Pins on leaf certificates break at renewal: prefer key or intermediate.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="should",
    attest=(
        "Does the mobile app pin its server keys, or was pinning rejected on purpose (attach the pin list and "
        "rotation plan, or the dated decision record)?"
    ),
    reach="cannot: the app decides whom it trusts",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("12.3.2",),
        cwe=(295,),
        standards=("OWASP MASVS-NETWORK-2", "MASTG-TEST-0242, 0243", "RFC 7469 (HPKP, abandoned by browsers)"),
    ),
)
