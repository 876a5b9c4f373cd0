"""Tokens are believed after their signature, and by nobody else's word than the policy's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from ostiary.model import Exchange
from ostiary.parts.issuers import Issuer
from ostiary.store.ports import Store

__all__ = ["Tokens"]


class Tokens:
    """All issuers of a policy.

    `read` is a head hook: several controls give it as theirs, and a plan runs it once.
    """

    def __init__(
        self,
        issuers: Mapping[str, Issuer],
        *,
        where: str,
        profile: str,
        store: Store,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        raise NotImplementedError

    def read(self, exchange: Exchange) -> Awaitable[None] | None:
        """Verify the request's token, if there is one, and set ``exchange.principal``.

        None: done, or there is no token (then the principal stays None). An awaitable: keys or an issuer have to be
        asked first; it does the same.

        :raises Denied: 401 for a token that is not believed; 503 where it could not be found out.
        """
        raise NotImplementedError

    async def start(self) -> None:
        """Begin to fetch keys; does not wait for them."""

    async def stop(self) -> None:
        """End what `start` began."""
