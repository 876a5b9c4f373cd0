"""API operations are called with a bearer token or signed JWT, never with HTTP Basic.

Why
    Basic sends the same long-lived, unscoped password in reversible base64 on every call. One logged, cached or
    proxied request hands an attacker the whole account.

Fix
    Remove the Basic authenticator: delete ``httpBasic()`` in Spring Security, drop ``BasicAuthentication`` from
    ``DEFAULT_AUTHENTICATION_CLASSES`` in DRF, delete ``auth_basic`` from nginx. Accept an OAuth access token
    instead and answer 401 with ``WWW-Authenticate: Bearer``. Declare ``type: http, scheme: bearer`` in OpenAPI.
    Keep Basic only for OAuth client authentication at the token, introspection and revocation endpoints.

Traps
    - client_secret_basic at a token, revocation or introspection endpoint is legitimate OAuth client
      authentication: classify by metadata, report as info.
    - A staging lock in front of the API may add its own challenge; compare realm and host before blaming the API.
    - API-key-as-username over Basic is still Basic but scoped and revocable: lower the severity, do not pass it.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("7.2.2", "13.2.1", "10.4.10"),
        cwe=(522, 1390),
        standards=("RFC 7617 §4", "RFC 6750", "RFC 9110 §11", "RFC 6749 §2.3.1"),
    ),
)
