"""The server offers TLS 1.3 and TLS 1.2 and nothing older.

Why
    SSL 3, TLS 1.0 and TLS 1.1 allow downgrade and known cryptographic attacks. An attacker on the path can use them
    to recover traffic.

Fix
    Set ``ssl_protocols TLSv1.2 TLSv1.3;`` in nginx, ``SSLProtocol -all +TLSv1.2 +TLSv1.3`` in Apache, or
    ``ssl-min-ver TLSv1.2`` in HAProxy. On a cloud load balancer choose a security policy that allows only TLS 1.2
    and 1.3. In code set the minimum, for example Python ``ctx.minimum_version = ssl.TLSVersion.TLSv1_2`` or Node
    ``minVersion: 'TLSv1.2'``. Apply it to every listener and the default host.

Traps
    - The auditor's OpenSSL may refuse to offer old versions, so a failed handshake proves nothing: craft the hello
      or mark inconclusive.
    - Different addresses or SNI names behind one host may differ.
    - 1.2-only is a pass with a note, 1.3-only is a pass.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    attest=(
        "Which TLS policy does the managed load balancer or CDN apply (attach the policy name and its list of "
        "protocol versions)?"
    ),
    reach="in part: where it ends TLS itself; a load balancer in front has its own versions",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("12.1.1",),
        cwe=(757, 327),
        standards=("BCP 195: RFC 8996, RFC 9325, RFC 9852", "RFC 9846 (TLS 1.3, obsoletes 8446)", "NIST SP 800-52r2"),
    ),
)
