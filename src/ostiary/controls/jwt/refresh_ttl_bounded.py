"""Refresh tokens rotate on each use and end at an idle and an absolute limit.

Why
    A stolen refresh token can mint new access tokens for ever. Without rotation and reuse detection nobody notices
    that two parties share it.

Fix
    Issue a new refresh token at each renewal and mark the old one used in the same transaction. Store only hashes,
    with a family id, an idle expiry (for example 14 days) and an absolute expiry (for example 90 days). When a used
    token returns, revoke the whole family and answer 400 ``invalid_grant``. On a ready-made server turn on
    rotation, for example Keycloak ``Revoke Refresh Token`` with reuse count 0.

Traps
    - A few seconds of reuse grace for lost responses is acceptable if documented and bound to the same client.
    - Confidential clients may use sender-constrained tokens instead of rotation.
    - Testing kills the test session: never use a person's session.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    attest=(
        "What are the idle and absolute refresh limits for each client, and what revokes a session (attach the "
        "settings or a policy extract)?"
    ),
    reach="cannot: refresh tokens are the issuer's to rotate and to end",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("10.4.5", "10.4.8", "10.4.9", "7.3.1", "7.3.2"),
        cwe=(613, 294),
        standards=("RFC 9700 §4.14", "RFC 7009", "draft-ietf-oauth-v2-1-16"),
    ),
)
