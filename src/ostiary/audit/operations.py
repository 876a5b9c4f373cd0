"""A request names its operation: what evidence shows is said in the document's words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ostiary.evidence import Shown
from ostiary.model import Api, Finding, Operation

_HOLE: Final = re.compile(r"(\{[^}]*\})")


class Finder:
    """Finds the operation that a request was for; templates with fewer parameters go first.

    :param api: the document; without one nothing is found.
    """

    def __init__(self, api: Api | None) -> None:
        declared = sorted((each for each in (api.operations if api else ()) if each.declared), key=_openness)
        self._patterns: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        for each in declared:
            self._patterns.setdefault(each.method, []).append((_pattern(each.path), each.key))

    def find(self, method: str, target: str) -> str:
        """The operation's key (``GET /items/{id}``), or an empty string."""
        path = target.partition("?")[0]
        return next((key for pattern, key in self._patterns.get(method, ()) if pattern.fullmatch(path)), "")

    def places(self, finding: Finding) -> tuple[str, ...]:
        """Where a finding holds: what its check says, or else where its evidence was seen; sorted."""
        said: Iterable[str] = finding.places
        if not finding.places:
            shown = [each for each in finding.evidence if isinstance(each, Shown)]
            said = [found for each in shown if (found := self.find(each.method, each.target))]
        return tuple(sorted(set(said), key=lambda each: (each.partition(" ")[2], each)))


def _openness(operation: Operation) -> tuple[int, str]:
    return operation.path.count("{"), operation.path


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in _HOLE.split(path)))
