"""Who somebody is, told to a client whom they allowed to know, for a token that is alive (OpenID Connect Core 1.0 section 5.3)."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Any, Final

from ostiary.errors import Denied
from ostiary.exchange import Exchange
from ostiary.identity.oauth.clients import ASSERTION_ALGORITHMS
from ostiary.identity.oauth.presenting import living
from ostiary.identity.oauth.replies import answered
from ostiary.identity.services import Services
from ostiary.identity.storage import users
from ostiary.identity.storage.tokens import Issued
from ostiary.identity.storage.users import User
from ostiary.identity.web import Request, Response, visit_of
from ostiary.parts.tokens.dpop import Proofs

__all__ = ["ROUTES", "claims_of"]

_SENT: Final = re.compile(
    r"(?i:(bearer|dpop)) ([A-Za-z0-9\-._~+/]+={0,2})"
)  # RFC 6750 section 2.1, RFC 9449 section 7.1
_ALGORITHMS: Final = ASSERTION_ALGORITHMS  # as the metadata says
_PATH: Final = "/oauth/userinfo"
_WINDOW: Final = 60.0  # seconds that a proof is good for


def claims_of(user: User, scopes: tuple[str, ...]) -> dict[str, Any]:
    """What these scopes let a client know of an account; nothing that was not proven is told as proven."""
    said: dict[str, Any] = {"sub": user.id}
    if "profile" in scopes and user.name:
        said["name"] = user.name
    if "email" in scopes and user.email:
        said["email"] = user.email
        said["email_verified"] = user.email_verified_at is not None
    if "phone" in scopes and user.phone:
        said["phone_number"] = user.phone
        said["phone_number_verified"] = user.phone_verified_at is not None
    return said


async def _userinfo(services: Services, request: Request) -> Response:
    await services.gate.knock(visit_of(request), "userinfo")
    scheme, token = _presented(request)
    found = await living(services, token)
    if found is None or found.token.user_id is None:
        raise _challenge(401, "invalid_token", "the token is not active")
    await _check_binding(services, request, scheme, token, found.token)
    if "openid" not in found.token.scopes:
        raise _challenge(403, "insufficient_scope", "the token is not for this", scope="openid")
    async with services.database.read() as connection:
        user = await users.by_id(connection, services.ring, found.token.user_id)
    if user is None:
        raise _challenge(401, "invalid_token", "the token is not active")
    return answered(claims_of(user, found.token.scopes))


def _presented(request: Request) -> tuple[str, str]:
    """The token of the Authorization header field, where alone it may be: addresses are logged, bodies are replayed."""
    if "access_token" in request.query_params:
        raise _challenge(400, "invalid_request", "a token does not belong into an address")
    sent = request.headers.getlist("authorization")
    if not sent:
        raise _challenge(401, "", "a token is required")
    found = _SENT.fullmatch(sent[0])
    if len(sent) > 1 or found is None:
        raise _challenge(
            400 if len(sent) > 1 else 401, "invalid_request" if len(sent) > 1 else "", "a token is required"
        )
    return found[1].lower(), found[2]


async def _check_binding(services: Services, request: Request, scheme: str, token: str, kept: Issued) -> None:
    """A token that is bound to a key is no bearer token, and the other way round (RFC 9449 section 7)."""
    if not kept.jkt:
        if scheme != "bearer":
            raise _challenge(401, "invalid_token", "the token is not bound to a key")
        return
    if scheme != "dpop":
        raise _challenge(401, "invalid_token", "the token is bound to a key")
    proofs = Proofs(
        [services.issuer], algorithms=_ALGORITHMS, window=_WINDOW, nonces=None, now=services.now, once=services.store.once,
        where="userinfo",
    )  # fmt: skip
    sent = [each.encode("latin-1", "replace") for each in request.headers.getlist("dpop")]
    answer = proofs.check(Exchange(request.method, _PATH.encode(), b"", []), sent, token.encode(), kept.jkt)
    if isinstance(answer, Awaitable):
        await answer


def _challenge(status: int, error: str, reason: str, **more: str) -> Denied:
    """RFC 6750 section 3, and DPoP beside it (RFC 9449 section 7.1): without a token no error is named."""
    said = {"error": error, "error_description": reason, **more} if error else {}
    bearer = ", ".join(['Bearer realm="userinfo"', *(f'{name}="{value}"' for name, value in said.items())])
    dpop = f'DPoP algs="{" ".join(_ALGORITHMS)}"'
    return Denied(status, reason, {"www-authenticate": f"{bearer}, {dpop}"})


ROUTES: Final = ((_PATH, ("GET", "POST"), _userinfo),)
