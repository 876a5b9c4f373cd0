"""Operations meant for trusted servers are called only by servers, never by the mobile app.

Why
    Privileged interfaces assume a trusted caller and need secrets that an app cannot keep, so anyone who unpacks
    the app can use them.

Fix
    Route such actions through your own API, which checks the user and calls the internal operation itself. Require
    mTLS, ``private_key_jwt`` or an internal network for server-only operations and answer ``403`` to mobile client
    ids. Remove their URLs, admin hosts and ``client_credentials`` grants from the app, dead code included. Leave
    them out of the public OpenAPI document.

Traps
    - Dead code paths still ship the URL and maybe the secret: report.
    - Third-party SDKs call their own back ends.
    - Same host may serve both audiences.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    attest=(
        "Which APIs, your own and third-party, are meant for servers only (attach the list with the expected caller"
        " and its authentication method)?"
    ),
    maps=Maps(
        owasp_api=("API5:2023", "API2:2023"),
        asvs=("13.2.1", "10.4.4", "8.2.1"),
        cwe=(923, 749),
        standards=("RFC 8252", "RFC 7523", "OWASP MASVS-AUTH-1"),
    ),
)
