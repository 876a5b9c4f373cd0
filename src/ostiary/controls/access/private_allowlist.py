"""A private API refuses every connection from outside its approved networks or hosts.

Why
    An internal API that anyone can reach gets attacked with assumptions that were only safe inside, such as weak
    login or debug operations.

Fix
    Bind the service to a private interface instead of ``0.0.0.0`` and open the firewall or security group only to
    approved ranges (nginx: ``allow 10.0.0.0/8; deny all;``). Better, require client certificates with
    ``ssl_verify_client on;``. Decide on the real peer address and ignore ``X-Forwarded-For`` unless your own proxy
    set it. Still require authentication behind the list.

Traps
    - A refusal must be tested with a valid token too, or 401 masks a missing network control.
    - IPv6 listeners are often forgotten.
    - DNS names on the list can be re-pointed: prefer addresses or certificates.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    attest=(
        "Which APIs are private, and from which networks or hosts may they be called (attach the allow-list or the "
        "firewall rules)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023", "API9:2023"),
        asvs=("4.1.3", "15.3.4", "8.4.2", "13.2.1"),
        cwe=(1327, 290, 348),
        standards=("NIST SP 800-207", "RFC 7239", "RFC 8705"),
    ),
)
