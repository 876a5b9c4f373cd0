"""Where servers and ingresses ask for HTTP Basic."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.deployment import Deployment, Setting
from ostiary.parts.deployment.opinion import Opinion

_ASIDE: Final = re.compile(
    r"/(?:nginx_status|server-status|stub_status|status|metrics|monitor|prometheus|grafana|kibana|phpmyadmin|adminer|admin|"
    r"flower|munin|stats|docs|swagger|api-docs|redoc|token|oauth2?/token|introspect|revoke)",
    re.IGNORECASE,
)


def basic(deployment: Deployment) -> Opinion:
    """Basic in front of operations is a fault; in front of consoles, or of a whole site, it is only a sign of one."""
    opinion = Opinion()
    for each in deployment.settings("nginx", "auth_basic"):
        if each.value and each.value[0] != "off":
            _asked(opinion, each, "nginx asks for Basic (auth_basic)")
    for each in deployment.settings("apache", "authtype"):
        if each.value and str(each.value[0]).lower() == "basic":
            _asked(opinion, each, "Apache asks for Basic (AuthType)")
    _ingresses(opinion, deployment)
    if opinion.empty:
        for tool in ("nginx", "apache", "haproxy"):
            for root in deployment.roots(tool):
                if not any(block.open_end for block in root.walk()):
                    opinion.good(f"{root.file}:1", f"{tool} asks nobody for Basic")
    return opinion


def _ingresses(opinion: Opinion, deployment: Deployment) -> None:
    for each in deployment.settings("kubernetes", "nginx.ingress.kubernetes.io/auth-type"):
        if each.value == "basic":
            opinion.fault(each.place, "the ingress asks for Basic")
    for each in deployment.settings("kubernetes", "basicAuth"):
        opinion.fault(each.place, "a middleware of Traefik asks for Basic")
    for each in deployment.settings("haproxy", "http-request"):
        if "auth" in each.value[:1]:
            opinion.fault(each.place, "HAProxy asks for Basic (http-request auth)")


def _asked(opinion: Opinion, setting: Setting, what: str) -> None:
    where = " ".join(setting.path)
    if setting.unresolved and setting.name == "auth_basic":
        opinion.undecided(setting.place, f"auth_basic rests on {', '.join(setting.unresolved)}")
    elif _ASIDE.search(where):
        opinion.good(setting.place, f"{what} for a console or for clients of OAuth")
    else:
        opinion.fault(setting.place, what)
