"""All calls pass one gateway with shared policies, and no service is reachable around it.

Why
    Policies copied into each service drift apart. An origin that can be reached directly lets attackers skip every
    limit and check.

Fix
    Put one reverse proxy (nginx, Envoy, Kong, Traefik or a cloud API front end) before all services, with
    authentication, limits and logging there. Bind the services to a private network or unix socket and open their
    firewall or NetworkPolicy to the proxy only. Require mTLS or a signed header from the proxy in each service.
    List only the proxy host under ``servers`` in OpenAPI.

Traps
    - CDN headers alone do not prove policy enforcement.
    - Health-check ports are often left open: test all listening ports.
    - Do not demand a separate product when the in-process layer enforces the same policy.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
    attest=(
        "Which gateway fronts the API, which policies does it apply, and what stops calls around it (attach its "
        "configuration or a network diagram)?"
    ),
    reach="in part: it is one; that nobody walks round it is up to your network",
    maps=Maps(
        owasp_api=("API9:2023", "API8:2023"),
        asvs=("8.3.1", "4.1.3", "13.2.1"),
        cwe=(923, 653),
        standards=("NIST SP 800-204", "RFC 9110 §3.7"),
    ),
)
