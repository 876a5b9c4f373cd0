"""Interfaces by which a gateway is changed while it runs: whether strangers reach them."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.deployment import Deployment
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.services import Service, services

_PORTS: Final = {  # of an image, the port by which it is changed
    "kong": (8001, 8444), "kong-gateway": (8001, 8444), "caddy": (2019,), "envoy": (9901,), "apisix": (9180,),
    "tyk-gateway": (), "traefik": (), "krakend": (),
}  # fmt: skip
_INSECURE: Final = ("--api.insecure=true", "--api.insecure")


def reachable(deployment: Deployment) -> Opinion:
    """What compose files and manifests publish of Kong, Traefik, Caddy, Envoy and APISIX."""
    opinion = Opinion()
    for service in services(deployment):
        if service.product in _PORTS:
            _judge(opinion, service)
    return opinion


def _judge(opinion: Opinion, service: Service) -> None:
    before = len(opinion.faults)
    ports = [each for each in service.ports if each.everywhere]
    insecure = [word for word in service.words if str(word).lower() in _INSECURE]
    insecure += [
        name
        for name, each in service.variables.items()
        if name.upper() == "TRAEFIK_API_INSECURE" and str(each.value).lower() == "true"
    ]
    for each in ports:
        if each.inner in _PORTS[service.product]:
            opinion.fault(
                each.place,
                f"the interface that changes {service.name} is published on every address (port {each.port})",
                sure=not service.development,
            )
        elif insecure and service.product == "traefik" and each.inner == 8080:  # noqa: PLR2004 - where Traefik's interface listens
            opinion.fault(
                each.place,
                f"the interface of {service.name} is published and asks nobody who they are ({insecure[0]})",
                sure=not service.development,
            )
    if len(opinion.faults) == before:
        opinion.good(service.place, f"the interface that changes {service.name} is not published")
