"""What the API's users own: objects that the audit creates for them, and what their own lists show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ostiary.errors import Unanswerable
from ostiary.evidence import Thing
from ostiary.model import Operation

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live


class Objects:
    """The model of objects; made once, on demand."""

    def __init__(self, live: Live) -> None:
        self._live = live

    async def things(self, http: LiveHttp) -> Sequence[Thing]:
        """As in the port."""
        return ()

    async def make(self, http: LiveHttp, kind: str, identity: str, members: Mapping[str, Any]) -> Thing:
        """As in the port."""
        raise Unanswerable(f"nothing at {kind} can be created")

    def aim(self, operation: Operation, thing: Thing, identifier: str | None = None) -> str:
        """As in the port."""
        return self._live.maker.target(operation)

    async def close(self, http: LiveHttp) -> None:
        """Remove what was created."""
