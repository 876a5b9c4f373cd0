"""An address that a body takes in parts, a host here and a path there, is put together as its target would."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

from ostiary.evidence import Answer, Http
from ostiary.parts.seen.addressed import HOSTS
from ostiary.parts.seen.fields import members_taken
from ostiary.parts.seen.inputs import Input, members_of, words
from ostiary.parts.seen.leftovers import Leftovers
from ostiary.parts.seen.trials import Trial

_PATHS: Final = frozenset({"path", "uri", "route"})
_SCHEMES: Final = frozenset({"scheme", "protocol"})
_PORTS: Final = frozenset({"port"})


class PartsTrial(Trial):
    """A host beside members for the rest of its address: each gets its part of what is put there."""

    def __init__(self, http: Http, at: Input, siblings: dict[str, str], *, leftovers: Leftovers | None = None) -> None:
        super().__init__(http, at, leftovers=leftovers)
        self._siblings = siblings

    async def put(self, value: Any, **more: Any) -> Answer:
        """As for any place, with the parts where they go; a text that is no address goes in as it is."""
        text = str(value)
        parts = urlsplit(text if "://" in text else f"//{text}")
        made = self.http.body_of(self.at.operation)
        if made is None or not parts.hostname or not parts.path:
            return await super().put(value, **more)
        given = {"path": parts.path, "scheme": parts.scheme or "http", "port": parts.port or 80}
        body = {**members_of(made[1]), **{name: given[part] for part, name in self._siblings.items()}}
        body[self.at.name] = parts.hostname if "port" in self._siblings else parts.netloc
        return await super().put(value, body=json.dumps(body).encode(), **more)


def trial_of(http: Http, at: Input, leftovers: Leftovers) -> Trial:
    """How a place is tried: in parts where its body has a member for the path beside the host."""
    if at.place is not None or at.within or words(at.name).isdisjoint(HOSTS):
        return Trial(http, at, leftovers=leftovers)
    siblings = {
        part: name
        for part, called in (("path", _PATHS), ("scheme", _SCHEMES), ("port", _PORTS))
        for name in members_taken(at.operation)
        if name != at.name and words(name) <= called
    }
    if "path" not in siblings:
        return Trial(http, at, leftovers=leftovers)
    return PartsTrial(http, at, siblings, leftovers=leftovers)
