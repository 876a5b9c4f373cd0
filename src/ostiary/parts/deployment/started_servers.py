"""Servers for a developer's folder that a container starts: they list every folder."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.deployment import Deployment
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.services import services, words

_LISTING: Final = frozenset(["http.server", "SimpleHTTPServer", "http-server"])


def listing(deployment: Deployment) -> Opinion:
    """Commands of Dockerfiles and of whatever starts containers."""
    opinion = Opinion()
    for each in deployment.settings("dockerfile", "CMD", "ENTRYPOINT"):
        _judge(opinion, each.place, words(each.value))
    for service in services(deployment):
        if not service.development:
            _judge(opinion, service.words_place, service.words)
    return opinion


def _judge(opinion: Opinion, place: str, told: tuple[object, ...]) -> None:
    spoken = [word for each in told if isinstance(each, str) for word in each.split()]
    found = _LISTING.intersection(spoken)
    if found and "-dfalse" not in spoken and "--no-dir-listing" not in spoken:
        opinion.fault(place, f"{min(found)} lists every folder that it serves")
