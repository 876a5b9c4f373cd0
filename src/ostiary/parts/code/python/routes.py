"""What a web framework serves: operations with the names of everything that may stand guard before them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ostiary.evidence.code import Route
from ostiary.parts.code.python.guards import Guards
from ostiary.parts.code.python.linking import Links
from ostiary.parts.code.python.routes_django import Django
from ostiary.parts.code.python.routes_fastapi import FastApi
from ostiary.parts.code.python.routes_flask import Flask


def routes(links: Links) -> Mapping[str, Sequence[Route]]:
    """All routes by the path of the module that their function or declaration stands in."""
    found: dict[str, list[Route]] = defaultdict(list)
    guards = Guards(links)
    frameworks = (FastApi(guards), Flask(guards), Django(guards))
    for reading in links.readings:
        seen: set[tuple[int, str, tuple[str, ...]]] = set()
        for framework in frameworks:
            for route in framework.routes(reading):
                key = (route.line, route.route, route.methods)
                if key not in seen:
                    seen.add(key)
                    found[route.path].append(route)
    return {path: sorted(each, key=lambda route: route.line) for path, each in found.items()}
