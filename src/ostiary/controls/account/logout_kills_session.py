"""Logging out makes the session and every token derived from it stop working at once.

Why
    If logout only clears the cookie, a copied session identifier keeps working for its full life.

Fix
    On logout delete the session record on the server (``request.session.flush()`` in Django,
    ``req.session.destroy()`` in Express, ``session.invalidate()`` in Java) and revoke the refresh token family. For
    JWTs put the ``jti`` on a deny-list that every request checks, or keep access tokens to minutes. Then expire the
    cookie and send ``Clear-Site-Data``.

Traps
    - A cached 200 is not a live session: bypass caches.
    - Single sign-on may silently log in again: check the old value, not the new one.
    - Logging out one device must not be required to kill others.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    attest=(
        "How long can a self-contained token still work after logout (attach the revocation design and the "
        "configured access token lifetime)?"
    ),
    reach="cannot: sessions are the application's to end; ban burns a token by hand",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("7.4.1", "14.3.1"),
        cwe=(613,),
        standards=("RFC 7009", "OpenID Connect RP-Initiated Logout"),
    ),
)
