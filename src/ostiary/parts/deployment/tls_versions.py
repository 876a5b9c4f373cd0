"""Which TLS versions configuration of servers and clouds lets in; below 1.2 is a fault (RFC 8996)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ostiary.evidence.deployment import Deployment, Setting, Unknown
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.resources import Resource, resources
from ostiary.parts.deployment.servers import servers

OLD: Final = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")
_APACHE_ALL: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")  # httpd 2.4, mod_ssl: "all" since SSLv3 was dropped
_HAPROXY_OLD: Final = frozenset(["SSLv3", "TLSv1.0", "TLSv1.1"])
_HAPROXY_FORCED: Final = frozenset(["force-sslv3", "force-tlsv10", "force-tlsv11"])


def versions(deployment: Deployment) -> Opinion:
    """What nginx, Apache and HAProxy are told."""
    opinion = Opinion()
    for each in deployment.settings("nginx", "ssl_protocols", "proxy_ssl_protocols", "grpc_ssl_protocols"):
        _judge(opinion, each, [str(word) for word in each.value])
    for each in deployment.settings("apache", "sslprotocol", "sslproxyprotocol"):
        if not each.unresolved:
            _judge(opinion, each, apache_protocols([str(word) for word in each.value]))
        else:
            opinion.undecided(each.place, f"{each.name} rests on {', '.join(each.unresolved)}")
    for each in deployment.settings("haproxy"):
        _haproxy(opinion, each)
    _ingress(opinion, deployment)
    _silent(opinion, deployment)
    return opinion


def apache_protocols(words: Sequence[str]) -> list[str]:
    """What an ``SSLProtocol`` line switches on, read from left to right as mod_ssl does."""
    known = {each.lower(): each for each in (*OLD, *_APACHE_ALL)}
    enabled: list[str] = []
    for word in words:
        sign, name = (word[0], word[1:]) if word[:1] in {"+", "-"} else ("", word)
        named = list(_APACHE_ALL) if name.lower() == "all" else [known.get(name.lower(), name)]
        if sign == "-":
            enabled = [each for each in enabled if each not in named]
        else:
            enabled = (enabled if sign else []) + named if sign or name.lower() == "all" else enabled + named
    return list(dict.fromkeys(enabled))


def _judge(opinion: Opinion, setting: Setting, enabled: Sequence[str]) -> None:
    if setting.unresolved:
        opinion.undecided(setting.place, f"{setting.name} rests on {', '.join(setting.unresolved)}")
        return
    old = [each for each in enabled if each in OLD]
    if old:
        opinion.fault(setting.place, f"{setting.tool} lets in {' and '.join(old)} ({setting.name})")
    elif enabled:
        opinion.good(setting.place, f"{setting.tool} lets in {' and '.join(enabled)}")


def _haproxy(opinion: Opinion, setting: Setting) -> None:
    words = [str(each) for each in setting.value]
    if setting.name not in {"bind", "server", "default-server"} and not setting.name.startswith("ssl-default-"):
        return
    if "ssl-min-ver" in words[:-1]:
        least = words[words.index("ssl-min-ver") + 1]
        if setting.unresolved:
            opinion.undecided(setting.place, f"ssl-min-ver rests on {', '.join(setting.unresolved)}")
        elif least in _HAPROXY_OLD:
            opinion.fault(setting.place, f"HAProxy lets in {least} (ssl-min-ver)")
        else:
            opinion.good(setting.place, f"HAProxy lets in {least} and newer")
    for each in _HAPROXY_FORCED.intersection(words):
        opinion.fault(setting.place, f"HAProxy speaks an old version alone ({each})")


def _ingress(opinion: Opinion, deployment: Deployment) -> None:
    """What the map of an ingress controller or an annotation says; Traefik's options name a least version."""
    for each in deployment.settings("kubernetes", "ssl-protocols", "nginx.ingress.kubernetes.io/ssl-protocols"):
        if isinstance(each.value, str):
            _judge(opinion, each, each.value.split())
    for each in deployment.settings("kubernetes", "minVersion"):
        if isinstance(each.value, str) and each.value.startswith("Version"):
            old = each.value in {"VersionTLS10", "VersionTLS11", "VersionSSL30"}
            (opinion.fault if old else opinion.good)(each.place, f"Traefik's least version is {each.value}")


def _silent(opinion: Opinion, deployment: Deployment) -> None:
    """Servers that end TLS and say nothing of versions have those of their release, which is not known here."""
    for each in servers(deployment):
        name = "ssl_protocols" if each.tool == "nginx" else "sslprotocol"
        if not each.tls or each.block.effective(name):
            continue
        if any(block.own(name) for block in each.block.walk()):
            continue
        why = (
            "includes files that are not here"
            if each.block.uncertain
            else "says nothing of versions: its release decides"
        )
        opinion.undecided(each.place, f"a server of {each.tool} ends TLS and {why}")


_ELB_OLD: Final = re.compile(
    r"ELBSecurityPolicy-(?:2016-08|2015-\d\d|2014-\d\d|2011-\d\d|TLS-1-[01]-.*|FS-2018-06|FS-1-1-.*|TLS13-1-[01]-.*)"
)
_EDGE_OLD: Final = re.compile(r"SSLv3|TLSv1|TLSv1_2016|TLSv1\.1_2016")
_LEAST_OLD: Final = re.compile(
    r"(?:TLS|tls)?[_ v]*1[._][01]|Policy-Min-TLS-1-0-.*|TLSEnforcementDisabled|TLSv1|TLSv1_1|TLS_1_0"
)
_NEW: Final = re.compile(r".*1[._-][23].*")


def cloud_versions(deployment: Deployment) -> Opinion:
    """What load balancers, edges and managed services of clouds are told."""
    opinion = Opinion()
    for each in resources(deployment):
        for name, path, old in _CLOUD.get(each.type, ()):
            value = each.get(*path)
            if value is not None:
                _least(opinion, each, name, value, old, each.place_of(*path))
            elif name in _DEFAULTS_OLD and _ends_tls(each):
                opinion.fault(each.place, f"{each.title} names no policy: its default lets in TLS 1.0")
    return opinion


def _ends_tls(each: Resource) -> bool:
    return str(each.get("protocol") or each.get("Protocol") or "").upper() in {"HTTPS", "TLS"}


def _least(opinion: Opinion, each: Resource, name: str, value: Any, old: re.Pattern[str], place: str) -> None:  # noqa: PLR0917 - one row of the table
    if isinstance(value, Unknown):
        opinion.undecided(place, f"{name} of {each.title} rests on {', '.join(value.names)}")
    elif old.fullmatch(str(value)):
        opinion.fault(place, f"{each.title} lets in old versions of TLS ({name} {value})")
    elif _NEW.fullmatch(str(value)):
        opinion.good(place, f"{each.title} has {name} {value}")


_DEFAULTS_OLD: Final = frozenset(["ssl_policy", "SslPolicy"])
_Row = tuple[str, tuple[str, ...], re.Pattern[str]]
_CLOUD: Final[Mapping[str, Sequence[_Row]]] = {
    "aws_lb_listener": [("ssl_policy", ("ssl_policy",), _ELB_OLD)],
    "aws_alb_listener": [("ssl_policy", ("ssl_policy",), _ELB_OLD)],
    "AWS::ElasticLoadBalancingV2::Listener": [("SslPolicy", ("SslPolicy",), _ELB_OLD)],
    "aws_cloudfront_distribution": [
        ("minimum_protocol_version", ("viewer_certificate", "minimum_protocol_version"), _EDGE_OLD)
    ],
    "AWS::CloudFront::Distribution": [
        ("MinimumProtocolVersion", ("DistributionConfig", "ViewerCertificate", "MinimumProtocolVersion"), _EDGE_OLD)
    ],
    "aws_api_gateway_domain_name": [("security_policy", ("security_policy",), _LEAST_OLD)],
    "aws_apigatewayv2_domain_name": [("security_policy", ("domain_name_configuration", "security_policy"), _LEAST_OLD)],
    "AWS::ApiGateway::DomainName": [("SecurityPolicy", ("SecurityPolicy",), _LEAST_OLD)],
    "aws_elasticsearch_domain": [
        ("tls_security_policy", ("domain_endpoint_options", "tls_security_policy"), _LEAST_OLD)
    ],
    "aws_opensearch_domain": [("tls_security_policy", ("domain_endpoint_options", "tls_security_policy"), _LEAST_OLD)],
    "azurerm_storage_account": [("min_tls_version", ("min_tls_version",), _LEAST_OLD)],
    "azurerm_mssql_server": [("minimum_tls_version", ("minimum_tls_version",), _LEAST_OLD)],
    "azurerm_mysql_server": [("ssl_minimal_tls_version_enforced", ("ssl_minimal_tls_version_enforced",), _LEAST_OLD)],
    "azurerm_postgresql_server": [
        ("ssl_minimal_tls_version_enforced", ("ssl_minimal_tls_version_enforced",), _LEAST_OLD)
    ],
    "azurerm_redis_cache": [("minimum_tls_version", ("minimum_tls_version",), _LEAST_OLD)],
    "azurerm_app_service": [("min_tls_version", ("site_config", "min_tls_version"), _LEAST_OLD)],
    "azurerm_linux_web_app": [("minimum_tls_version", ("site_config", "minimum_tls_version"), _LEAST_OLD)],
    "azurerm_windows_web_app": [("minimum_tls_version", ("site_config", "minimum_tls_version"), _LEAST_OLD)],
    "azurerm_function_app": [("min_tls_version", ("site_config", "min_tls_version"), _LEAST_OLD)],
    "google_compute_ssl_policy": [("min_tls_version", ("min_tls_version",), _LEAST_OLD)],
}
