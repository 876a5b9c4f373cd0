"""TLS uses only forward-secret, authenticated cipher suites and strong certificate keys.

Why
    Null, export, RC4, 3DES, CBC or static-RSA suites let someone on the path decrypt or change traffic although TLS
    is on.

Fix
    Allow only ECDHE with AEAD: ``ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;`` in nginx, the same string in Apache
    ``SSLCipherSuite``, or a forward-secrecy policy on a cloud load balancer. Use a P-256 or at least 2048-bit RSA
    certificate signed with SHA-256. Turn off TLS compression and insecure renegotiation. Check with ``testssl.sh``
    or ``sslscan``.

Traps
    - TLS 1.3 suites are all acceptable: do not grade their order.
    - ECDHE with CBC-SHA2 on 1.2 is weak but not broken: medium, not critical.
    - Legacy suites offered only to old clients still count.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    attest="Which cipher suites and certificate key does the managed edge use (attach the policy or a scan report)?",
    reach="in part: where it ends TLS itself; a load balancer in front has its own suites",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("12.1.2", "12.1.4", "11.2.3"),
        cwe=(326, 327),
        standards=("RFC 9325 §4", "NIST SP 800-52r2"),
    ),
)
