"""Bounds and trust that a server in front of an application is told of: bodies, bursts, connections, whose word counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ostiary.evidence.deployment import Deployment
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.published import is_everybody

_LIMITS: Final = ("client_max_body_size", "limitrequestbody")


def bodies(deployment: Deployment) -> Opinion:
    """Whether bodies are bounded: 0 switches the bound off."""
    opinion = Opinion()
    found = [*deployment.settings("nginx", _LIMITS[0]), *deployment.settings("apache", _LIMITS[1])]
    found += deployment.settings("kubernetes", "nginx.ingress.kubernetes.io/proxy-body-size")
    for each in found:
        value = each.value[0] if isinstance(each.value, tuple) and each.value else str(each.value)
        if each.unresolved:
            opinion.undecided(each.place, f"{each.name} rests on {', '.join(each.unresolved)}")
        elif value.strip().rstrip("kKmMgG") == "0":
            opinion.fault(each.place, f"bodies have no bound ({each.name} 0)")
        else:
            opinion.good(each.place, f"{each.name} {value}")
    return opinion


def trust(deployment: Deployment) -> Opinion:
    """Whether everybody may say where a call comes from."""
    opinion = Opinion()
    for each in deployment.settings("nginx", "set_real_ip_from"):
        _admits(opinion, each, each.value[:1], "nginx")
    for each in deployment.settings("apache", "remoteiptrustedproxy", "remoteipinternalproxy"):
        _admits(opinion, each, each.value, "Apache")
    return opinion


def _admits(opinion: Opinion, setting: Any, blocks: Sequence[Any], who: str) -> None:
    if any(is_everybody(one) for one in blocks):
        opinion.fault(setting.place, f"{who} believes everybody's word for a client's address ({setting.name})")
    elif blocks:
        opinion.good(setting.place, f"{who} believes {', '.join(str(one) for one in blocks[:3])}")
