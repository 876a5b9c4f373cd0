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

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ostiary.controls.input.api_gateway.pipeline import QUESTION, audit_ci
from ostiary.evidence import Http, Spec
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, attest

_FRONTS: Final = {
    "x-kong-request-id": "Kong", "x-kong-proxy-latency": "Kong", "x-envoy-upstream-service-time": "Envoy",
    "x-amzn-requestid": "Amazon API Gateway", "x-amz-apigw-id": "Amazon API Gateway", "cf-ray": "Cloudflare",
    "x-azure-ref": "Azure Front Door", "apim-request-id": "Azure API Management", "x-served-by": "a cache",
    "via": "a proxy",
}  # fmt: skip


async def audit_live(http: Http) -> Finding:
    """See what stands in front, on all typical replies or on some; the address of the origin, only its operator knows."""
    answers = [each for each in await http.samples() if each.status < 500]  # noqa: PLR2004 - RFC 9110 section 15.6
    seen = {name for each in answers for field, name in _FRONTS.items() if each.head(field)}
    some = {
        name for name in seen
        if any(not any(each.head(field) for field, known in _FRONTS.items() if known == name) for each in answers)
    }  # fmt: skip
    if some:
        return attest(
            f"{', '.join(sorted(some))} shows in some replies and not in others: do all calls go through? {control.attest}"
        )
    hint = f"{', '.join(sorted(seen))} shows in all replies, which does not tell what it enforces. " if seen else ""
    return attest(hint + control.attest)


async def audit_spec(spec: Spec) -> Finding:
    """Say which hosts the document sends callers to."""
    hosts = sorted({urlsplit(each).hostname or "" for each in spec.api.servers} - {""})
    if len(hosts) > 1:
        return attest(
            f"The document names the hosts {', '.join(hosts[:5])}: is each of them a gateway? {control.attest}"
        )
    return attest(control.attest)


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.CI: audit_ci},
    attest=QUESTION,
    reach="in part: it is one; that nobody walks round it is up to your network",
    maps=Maps(
        owasp_api=("API9:2023", "API8:2023"),
        asvs=("8.3.1", "4.1.3", "13.2.1"),
        cwe=(923, 653),
        standards=("NIST SP 800-204", "RFC 9110 §3.7"),
    ),
)
