"""The token endpoint: a client that has proven itself spends what it was granted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.client_credentials import for_itself
from ostiary.identity.oauth.clients import DEVICE
from ostiary.identity.oauth.redeeming import redeem
from ostiary.identity.oauth.refreshing import refresh
from ostiary.identity.oauth.replies import answered
from ostiary.identity.oauth.steps import walk
from ostiary.identity.services import Services
from ostiary.identity.web import Request, Response

__all__ = ["BY_GRANT", "ROUTES", "token"]

Grant = Callable[[State], Awaitable[dict[str, Any]]]


async def _device(state: State) -> dict[str, Any]:
    from ostiary.identity.oauth.devices import redeem as redeem_device  # noqa: PLC0415 - it has endpoints of its own

    return await redeem_device(state)


BY_GRANT: Final[Mapping[str, Grant]] = MappingProxyType({
    "authorization_code": redeem,
    "refresh_token": refresh,
    "client_credentials": for_itself,
    DEVICE: _device,
})  # fmt: skip


async def token(services: Services, request: Request) -> Response:
    """``POST /oauth/token`` (RFC 6749 section 3.2)."""
    return await walk(services, request, "token", _granted)


async def _granted(state: State) -> Response:
    return answered(await BY_GRANT[state.fields["grant_type"]](state))


ROUTES: Final = (("/oauth/token", ("POST",), token),)
