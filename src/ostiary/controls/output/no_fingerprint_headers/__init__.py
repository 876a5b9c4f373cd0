"""Responses do not reveal the server, framework, runtime or their versions.

Why
    Version banners let attackers match your stack against known vulnerabilities automatically and at scale.

Fix
    Remove ``Server``, ``X-Powered-By``, ``X-AspNet-Version``, ``X-Generator`` and ``X-Runtime`` at the outermost
    server. Uvicorn: ``--no-server-header``; nginx: ``server_tokens off;``; Apache: ``ServerTokens Prod``; Express:
    ``app.disable('x-powered-by')``; PHP: ``expose_php = Off``; Kestrel: ``AddServerHeader = false``. Check the
    answers to malformed requests too, since the front server writes those.

Traps
    - ASGI middleware cannot remove uvicorn's Server header: it is added after the app. In our probe the header
      persisted and an app-set value produced two; only --no-server-header or a proxy removes it.
    - Malformed requests are answered by the front server: test those too.
    - A bare 'cloudflare' or 'nginx' without version is info only.
"""

from __future__ import annotations

import functools

from ostiary.controls.output.no_fingerprint_headers.host import audit_host
from ostiary.controls.output.no_fingerprint_headers.source import audit_source
from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence import Http
from ostiary.model import (
    Control,
    Evidence,
    Finding,
    Hooks,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    Site,
    failed,
    passed,
    unknown,
)
from ostiary.parts.seen.banners import Banner, in_body, in_headers, in_raw
from ostiary.strict import Strict

NAMING = frozenset(
    {
        b"server", b"via", b"x-aspnet-version", b"x-aspnetmvc-version", b"x-backend", b"x-backend-server",
        b"x-cf-powered-by", b"x-confluence-request-time", b"x-drupal-cache", b"x-drupal-dynamic-cache",
        b"x-envoy-decorator-operation", b"x-envoy-upstream-service-time", b"x-framework", b"x-generator",
        b"x-jenkins", b"x-jenkins-session", b"x-kong-proxy-latency", b"x-kong-upstream-latency", b"x-litespeed-cache",
        b"x-magento-cache-debug", b"x-mod-pagespeed", b"x-nextjs-cache", b"x-owa-version", b"x-page-speed",
        b"x-php-version", b"x-pingback", b"x-powered-by", b"x-powered-by-plesk", b"x-powered-cms", b"x-rack-cache",
        b"x-redirect-by", b"x-runtime", b"x-server", b"x-server-name", b"x-served-by", b"x-sourcefiles",
        b"x-turbo-charged-by", b"x-varnish", b"x-varnish-cache", b"x-version", b"x-application-context",
        b"x-hudson", b"liferay-portal", b"microsoftsharepointteamservices", b"kbn-name", b"kbn-version",
    }
)  # fmt: skip


class Settings(Strict, frozen=True):
    """``also``: further header names that tell too much. ``keep``: names that clients of this API need."""

    also: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Drop every header that names software; hosts see to what their own server adds after them."""
    return _hooks(settings.also, settings.keep)


@functools.cache
def _hooks(also: tuple[str, ...], keep: tuple[str, ...]) -> Hooks:
    more = _names("also", also)
    if needed := more & {b"content-type", b"content-length", b"transfer-encoding", b"connection"}:
        where = "output.no-fingerprint-headers also"
        raise ConfigError(where, f"a reply cannot do without {min(needed).decode()}")
    return Hooks(drops=(NAMING | more) - _names("keep", keep))


def _names(key: str, given: tuple[str, ...]) -> frozenset[bytes]:
    for each in given:
        if not each.isascii() or not each.replace("-", "").replace("_", "").isalnum():
            raise ConfigError(f"output.no-fingerprint-headers {key}", f"{each!r} is not a header name")
    return frozenset(each.lower().encode() for each in given)


MALFORMED = b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: x\r\n\r\n"


async def audit_live(http: Http) -> Finding:
    """Read names and versions in headers and error pages, and in the answer to a request that only a server sees."""
    answers = await http.samples()
    if not answers:
        return unknown("no reply to look at")
    found: list[tuple[Banner, str]] = []
    evidence: list[Evidence] = []
    for answer in answers:
        banners = in_headers(answer) + in_body(answer)
        found += [(banner, f"a {answer.status}") for banner in banners]
        if banners and len(evidence) < 5:  # noqa: PLR2004
            evidence.append(http.show(answer, banners[0].what))
    try:
        raw = await http.raw(MALFORMED)
    except Unanswerable:
        raw = b""
    found += [(banner, "the answer to a malformed request") for banner in in_raw(raw)]
    if found:
        banner, where = min(found, key=lambda each: each[0].only_a_name)
        severity = Severity.INFO if banner.only_a_name else None
        return failed(f"{banner.what} on {where}", *evidence, severity=severity)
    also = " and the answer to a malformed request" if raw else "; a malformed request got no answer to look at"
    return passed(f"no software named in {len(answers)} replies{also}", http.show(answers[0], "the headers"))


control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source, Kind.HOST: audit_host},
    attest=(
        "Does an edge strip Server and X-Powered-By headers in production only (attach its configuration or "
        "captured production headers, including an error response)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("13.4.6",),
        cwe=(497,),
        standards=("RFC 9110 §10.2.4, §17.12",),
    ),
)
