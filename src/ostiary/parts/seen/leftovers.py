"""What probes created on their way is removed again: only what a reply shows to be new and ours."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Operation
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.things import id_of

MOST: Final = 60  # that one check removes
_HOLE: Final = re.compile(r"/\{([^{}/]+)\}/?")
_OURS: Final = "ostiary"


class Leftovers:
    """Objects that replies to our creations show, and how they are removed."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._targets: dict[str, Operation] = {}

    def note(self, operation: Operation, answer: Answer) -> None:
        """Remember an object if the reply repeats what only we would write, and names it, and its collection removes such."""
        if operation.method not in {"POST", "PUT"} or not answer.accepted or _OURS not in answer.text:
            return
        removal = self._removal(operation)
        found = parse(answer.body)
        inner = [found, *(found.values() if isinstance(found, dict) else ())]
        for each in inner if removal is not None else ():
            name = id_of(each, removal[1]) if isinstance(each, dict) and removal is not None else ""
            if name and removal is not None and len(self._targets) < MOST:
                path = answer.asked.target.partition("?")[0].rstrip("/")
                self._targets[f"{path}/{quote(name, safe='')}"] = removal[0]
                return

    def _removal(self, operation: Operation) -> tuple[Operation, str] | None:
        """DELETE of one of the collection, and the name of its hole."""
        root = operation.path.rstrip("/")
        listed = self._http.api.operations if self._http.api is not None else ()
        for each in listed:
            hole = _HOLE.fullmatch(each.path[len(root) :]) if each.path.startswith(root) else None
            if each.method == "DELETE" and hole is not None:
                return each, hole[1]
        return None

    async def remove(self) -> None:
        """Remove what was noted; equal removals, of checks that shared the creation, are sent once."""
        for target, operation in self._targets.items():
            try:
                await self._http.send_to(operation, target=target)
            except Unanswerable:
                continue
        self._targets.clear()
