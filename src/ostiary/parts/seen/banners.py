"""Software that names itself, in header fields and on error pages."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ostiary.evidence import Answer, Asked


class Banner(NamedTuple):
    """What was seen; ``only_a_name``: a widespread front server or CDN, without version."""

    what: str
    only_a_name: bool = False


# Fields that exist to name software; of `server` and `via` the value decides.
_TELLING: Final = (
    "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "x-runtime", "x-backend", "x-backend-server",
    "x-powered-cms", "x-powered-by-plesk", "x-drupal-cache", "x-drupal-dynamic-cache", "x-mod-pagespeed", "x-page-speed",
    "x-litespeed-cache", "x-varnish", "x-jenkins", "x-application-context", "x-php-version", "x-owa-version",
    "microsoftsharepointteamservices", "liferay-portal", "x-sourcefiles", "x-turbo-charged-by", "x-envoy-upstream-service-time",
    "x-kong-upstream-latency", "x-kong-proxy-latency", "x-server-name", "x-redirect-by", "kbn-name", "kbn-version",
)  # fmt: skip
_FRONTS: Final = frozenset(
    {
        "cloudflare", "nginx", "apache", "openresty", "amazons3", "akamaighost", "google frontend", "gws", "esf", "gse",
        "awselb", "cloudfront", "fastly", "vercel", "netlify", "github.com", "varnish", "envoy", "istio-envoy", "caddy",
        "haproxy", "tengine", "bunnycdn", "keycdn", "sucuri", "ghs", "microsoft-azure-application-gateway", "litespeed",
    }
)  # fmt: skip
_VERSION: Final = re.compile(r"[A-Za-z][\w .+-]{0,60}?[/ (]v?[0-9]+(?:\.[0-9]+)*")
_PSEUDONYM: Final = re.compile(r"(?:[0-9.]+|HTTP/[0-9.]+)\s+[\w.:-]+")
_PAGE: Final = re.compile(
    r"(?:nginx|openresty|Apache|Apache Tomcat|Jetty\(|Jetty|Werkzeug|Phusion Passenger|LiteSpeed|IIS|WildFly|JBoss|GlassFish|"
    r"WebLogic|Kestrel|gunicorn|CherryPy|TornadoServer|Tengine|squid|Varnish|HAProxy|lighttpd|Eclipse Jetty)"
    r"[/ :(]{1,2}v?[0-9]+(?:\.[0-9]+)+",
)
_FRONT_PAGE: Final = re.compile(r"<hr>\s*<center>\s*(nginx|openresty|cloudflare|tengine)\s*</center>", re.IGNORECASE)


def in_headers(answer: Answer) -> list[Banner]:
    """Banners in a reply's header fields."""
    found = []
    for name, value in answer.headers:
        if name == "server" and value.strip():
            found.append(_server(value.strip()))
        elif name == "via" and value.strip():
            plain = all(_PSEUDONYM.fullmatch(part.strip()) for part in value.split(","))
            found.append(Banner(f"Via names what stands in front ({value[:60]!r})", plain))
        elif name in _TELLING and value.strip():
            found.append(Banner(f"{name} names software ({value[:60]!r})"))
    return found


def _server(value: str) -> Banner:
    if _VERSION.match(value):
        return Banner(f"Server names software and version ({value[:60]!r})")
    return Banner(f"Server names software ({value[:60]!r})", value.lower() in _FRONTS)


def in_body(answer: Answer) -> list[Banner]:
    """Product and version on an error page; a success may speak of software as much as it likes."""
    if answer.status < 400 or not answer.body:  # noqa: PLR2004
        return []
    text = answer.body[:65536].decode("utf-8", "replace")
    match = _PAGE.search(text)
    if match:
        return [Banner(f"the error page names software and version ({match[0][:60]!r})")]
    front = _FRONT_PAGE.search(text)
    return [Banner(f"the error page is the one of {front[1]}", True)] if front else []


def in_raw(data: bytes) -> list[Banner]:
    """Banners in a reply as it came from the wire."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    match = re.match(r"HTTP/1\.[01] ([0-9]{3})", lines[0])
    if match is None:
        return []
    pairs = [line.partition(":") for line in lines[1:] if ":" in line]
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    answer = Answer(asked=Asked(method="GET", target="/"), status=int(match[1]), headers=headers, body=body)
    return in_headers(answer) + in_body(answer)
