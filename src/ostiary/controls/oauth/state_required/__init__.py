"""Each OAuth login carries a random one-time state that the callback must return.

Why
    Without it an attacker can make a victim's browser finish the attacker's login (login CSRF) or inject a foreign
    code. The victim then works in the wrong account.

Fix
    Create at least 128 random bits per login (``secrets.token_urlsafe(32)``), store them in the session or a
    ``__Host-`` cookie with ``Secure; HttpOnly; SameSite=Lax``, and send them as ``state``. At the callback compare
    in constant time, delete the value, and refuse with 400 before the code exchange when it differs or is missing.
    Prefer a client library that does this, such as Authlib or openid-client, and use PKCE too.

Traps
    - OIDC nonce or PKCE can stand in for CSRF defence under RFC 9700: still a finding against the seeds, but low
      severity when PKCE is proven.
    - State that carries a return path must be integrity protected: presence alone is not a pass.
    - Long state is not random state: compare several samples.
"""

from __future__ import annotations

from ostiary.controls.oauth.state_required.live import audit_live
from ostiary.controls.oauth.state_required.source import audit_source
from ostiary.controls.oauth.state_required.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which library and option creates and checks the OAuth state value (attach the client configuration or the "
        "callback code)?"
    ),
    reach="cannot: the client has to make the state and compare it",
    enforced_by="ostiary.identity.oauth.wishes",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("10.1.2", "10.2.1"),
        cwe=(352,),
        standards=("RFC 6749 §10.12", "RFC 9700 §2.1, §4.7"),
    ),
)
