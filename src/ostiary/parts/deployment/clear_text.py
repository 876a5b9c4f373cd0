"""Clear text beside TLS: servers that answer over http what they also serve over https, and headers that keep browsers off it."""

from __future__ import annotations

import re
from typing import Any, Final

from ostiary.evidence.deployment import Deployment, Setting, Unknown
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.resources import Resource, resources
from ostiary.parts.deployment.servers import Server, servers

YEAR: Final = 31_536_000  # seconds; RFC 6797 names no floor, preload lists and ASVS 3.4.1 do
_AGE: Final = re.compile(r'max-age\s*=\s*"?(\d{1,12})', re.IGNORECASE)
_HSTS: Final = "strict-transport-security"
_LOCAL: Final = frozenset(["localhost", "127.0.0.1", "[::1]", "::1"])


def https(deployment: Deployment) -> Opinion:
    """Whether virtual servers send clear text to https, where TLS ends at the same server."""
    opinion = Opinion()
    found = list(servers(deployment))
    secured: dict[
        int, set[str]
    ] = {}  # by the configuration that a virtual server is in: others may never run beside it
    for each in found:
        if each.tls:
            secured.setdefault(id(each.root), set()).update(each.names or ("_",))
    for each in found:
        if each.clear:
            _clear(opinion, each, secured.get(id(each.root), set()))
        else:
            opinion.good(each.place, f"a virtual server of {each.tool} takes TLS alone")
    for line in deployment.settings("haproxy", "redirect"):
        if tuple(line.value[:2]) == ("scheme", "https"):
            opinion.good(line.place, "HAProxy redirects to https")
    return opinion


def _clear(opinion: Opinion, server: Server, secured: set[str]) -> None:
    serving, names = server.serves, set(server.names or ("_",))
    redirect = server.redirects()
    if redirect is not None:
        opinion.good(redirect.place, f"{server.tool} sends clear text to https")
    elif serving is None or (server.names and names <= _LOCAL):
        return
    elif server.tls or names & secured:
        opinion.fault(serving.place, f"{server.tool} answers over http what it serves over https, without a redirect")
    elif secured:
        opinion.undecided(server.place, f"a virtual server of {server.tool} is clear text while others end TLS")
    else:
        opinion.undecided(server.place, f"{server.tool} takes clear text; whether TLS ends before it is not told here")


def hsts(deployment: Deployment) -> Opinion:
    """Whether servers that end TLS send Strict-Transport-Security, on errors too, for a year."""
    opinion = Opinion()
    for each in deployment.settings("nginx", "add_header"):
        if each.value and str(each.value[0]).lower() == _HSTS:
            _header(opinion, each, [str(word) for word in each.value[1:]])
            if "always" not in each.value:
                opinion.fault(each.place, "nginx leaves the header off errors (add_header without always)")
    for each in deployment.settings("apache", "header"):
        words = [str(word) for word in each.value]
        lower = [word.lower() for word in words]
        if _HSTS in lower and not {"unset", "edit"}.intersection(lower):
            _header(opinion, each, words[lower.index(_HSTS) + 1 :])
            if "always" not in lower:
                opinion.fault(each.place, "Apache leaves the header off errors (Header set without always)")
    _dropped(opinion, deployment)
    _absent(opinion, deployment)
    return opinion


def _header(opinion: Opinion, setting: Setting, words: list[str]) -> None:
    if setting.unresolved:
        opinion.undecided(setting.place, f"the header rests on {', '.join(setting.unresolved)}")
        return
    found = _AGE.search(" ".join(words))
    age = int(found[1]) if found else 0
    if age < YEAR:
        opinion.fault(setting.place, f"max-age of Strict-Transport-Security is {age} seconds, less than a year")
    else:
        opinion.good(setting.place, f"{setting.tool} sends Strict-Transport-Security for {age} seconds")


def _dropped(opinion: Opinion, deployment: Deployment) -> None:
    """In nginx one ``add_header`` in a section drops all of the sections around it."""
    for server in servers(deployment):
        if server.tool != "nginx" or not server.tls or not _sent(server.block.effective("add_header")):
            continue
        for block in server.block.walk():
            own = block.own("add_header")
            if block is not server.block and own and not _sent(block.effective("add_header")):
                opinion.fault(
                    own[0].place, "its own add_header drops Strict-Transport-Security of the section around it"
                )


def _sent(settings: list[Setting]) -> bool:
    return any(str(each.value[0]).lower() == _HSTS for each in settings if each.value)


def _absent(opinion: Opinion, deployment: Deployment) -> None:
    if opinion.faults or opinion.fine:
        return
    for server in servers(deployment):
        if server.tls:
            opinion.undecided(server.place, f"{server.tool} ends TLS without the header; the application may send it")


def cloud_https(deployment: Deployment) -> Opinion:
    """Whether load balancers, edges, ingresses and managed services of clouds take clear text."""
    opinion = Opinion()
    for each in resources(deployment):
        _listener(opinion, each)
        for path, bad, good in _SWITCHES.get(each.type, ()):
            value = each.get(*path)
            if isinstance(value, Unknown):
                opinion.undecided(each.place_of(*path), f"{path[-1]} of {each.title} rests on {', '.join(value.names)}")
            elif value in bad:
                opinion.fault(each.place_of(*path), f"{each.title} takes clear text ({path[-1]} is {_told(value)})")
            elif value in good:
                opinion.good(each.place_of(*path), f"{each.title} takes https alone")
    _ingresses(opinion, deployment)
    return opinion


def _told(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listener(opinion: Opinion, each: Resource) -> None:
    if each.type not in {"aws_lb_listener", "aws_alb_listener", "AWS::ElasticLoadBalancingV2::Listener"}:
        return
    protocol = each.get("protocol") or each.get("Protocol")
    action = each.get("default_action", "type") or each.get("DefaultActions", "Type")
    if isinstance(protocol, Unknown) or isinstance(action, Unknown):
        opinion.undecided(each.place, f"the protocol of {each.title} rests on what is not known here")
    elif protocol == "HTTP" and action == "forward":
        opinion.fault(each.place, f"{each.title} forwards what comes in over http")
    elif protocol == "HTTP" and action == "redirect":
        opinion.good(each.place, f"{each.title} redirects http")
    elif protocol in {"HTTPS", "TLS"}:
        opinion.good(each.place, f"{each.title} takes {protocol}")


def _ingresses(opinion: Opinion, deployment: Deployment) -> None:
    for each in deployment.settings("kubernetes"):
        kind, _, name = each.name.partition("/")
        if each.path or kind != "Ingress" or not isinstance(each.value, dict):
            continue
        spec, metadata = each.value.get("spec"), each.value.get("metadata")
        notes = metadata.get("annotations") if isinstance(metadata, dict) else None
        told = " ".join(f"{key}={value}" for key, value in notes.items()).lower() if isinstance(notes, dict) else ""
        if isinstance(spec, dict) and spec.get("tls"):
            opinion.good(each.place, f"Ingress {name} ends TLS")
        elif re.search(r"cert|tls|ssl|https", told):
            opinion.undecided(each.place, f"Ingress {name} has no tls block; its annotations speak of TLS elsewhere")
        elif isinstance(spec, dict) and spec.get("rules"):
            opinion.fault(each.place, f"Ingress {name} has no tls block: its hosts answer over http")


_Row = tuple[tuple[str, ...], tuple[Any, ...], tuple[Any, ...]]
_VIEWER_GOOD: Final = ("https-only", "redirect-to-https")
_SWITCHES: Final[dict[str, tuple[_Row, ...]]] = {
    "aws_cloudfront_distribution": (
        (("default_cache_behavior", "viewer_protocol_policy"), ("allow-all",), _VIEWER_GOOD),
    ),
    "AWS::CloudFront::Distribution": (
        (("DistributionConfig", "DefaultCacheBehavior", "ViewerProtocolPolicy"), ("allow-all",), _VIEWER_GOOD),
    ),
    "aws_elasticsearch_domain": ((("domain_endpoint_options", "enforce_https"), (False,), (True,)),),
    "aws_opensearch_domain": ((("domain_endpoint_options", "enforce_https"), (False,), (True,)),),
    "azurerm_app_service": ((("https_only",), (False, None), (True,)),),
    "azurerm_linux_web_app": ((("https_only",), (False, None), (True,)),),
    "azurerm_windows_web_app": ((("https_only",), (False, None), (True,)),),
    "azurerm_function_app": ((("https_only",), (False, None), (True,)),),
    "azurerm_storage_account": (
        (("enable_https_traffic_only",), (False,), (True,)),
        (("https_traffic_only_enabled",), (False,), (True,)),
    ),
    "azurerm_postgresql_server": ((("ssl_enforcement_enabled",), (False,), (True,)),),
    "azurerm_mysql_server": ((("ssl_enforcement_enabled",), (False,), (True,)),),
    "azurerm_redis_cache": (
        (("enable_non_ssl_port",), (True,), (False,)),
        (("non_ssl_port_enabled",), (True,), (False,)),
    ),
    "aws_elasticache_replication_group": ((("transit_encryption_enabled",), (False,), (True,)),),
}
