"""The key or salt that signs payment requests exists only on the server, never in the app.

Why
    Anyone can unpack the app, take the salt and forge amounts, refunds or success callbacks.

Fix
    Compute the payment hash in a server operation that takes the amount from your own order data and returns only
    the signed parameters. Remove the salt from source, ``strings.xml``, ``BuildConfig``, plists, native libraries
    and script bundles. Ask the payment provider for a new salt if any released version held it, because old
    versions stay extractable. Scan the built APK and IPA in CI.

Traps
    - Publishable or client keys are meant to be public: keep a list per gateway.
    - Random-looking asset hashes are not salts: require context.
    - React Native and Flutter bundles hide strings in JS or AOT blobs: extract those too.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.PASSIVE,
    strength="must",
    attest=(
        "Which payment provider is used, and where is the request hash computed (attach the server code extract or "
        "a flow diagram)?"
    ),
    reach="cannot: the app is not served here",
    maps=Maps(
        owasp_api=("API8:2023", "API6:2023"),
        asvs=("13.3.1",),
        cwe=(798, 321),
        standards=("OWASP MASVS-CRYPTO-2, MASVS-STORAGE-1", "MASTG-TEST-0212, 0213", "PCI DSS 4.0.1"),
    ),
)
