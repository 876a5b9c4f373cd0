"""The call that opens a session with a password; the session is a cookie, and in no body."""

from __future__ import annotations

from typing import Annotated, Final

from ostiary.errors import Denied
from ostiary.identity import cookies
from ostiary.identity.api.accounts import Email, Password
from ostiary.identity.flows import signing_in
from ostiary.identity.services import Services
from ostiary.identity.web import Answer, Asked, Call
from ostiary.strict import Body, Meta

__all__ = ["CALLS"]


class Credentials(Body, frozen=True):
    """Who signs in."""

    email: Email
    password: Password


class Opened(Body, frozen=True):
    """The session that was opened: `pending` while one of the factors that are `owed` is missing."""

    id: Annotated[str, Meta(max_length=36)]
    pending: bool
    owed: Annotated[
        tuple[Annotated[str, Meta(max_length=20)], ...], Meta(max_length=3, description="One of them is needed")
    ]
    must_change_password: bool


async def sign_in(services: Services, asked: Asked) -> Answer:
    """Sign in."""
    sent: Credentials = asked.body
    try:
        opened = await signing_in.sign_in(services, asked.visit, sent.email, sent.password, instead=asked.session)
    except Denied as denied:
        if denied.status != 401:  # noqa: PLR2004
            raise
        # RFC 9110 section 11.6.1 wants a challenge with a 401
        challenge = {"www-authenticate": f'Cookie realm="account", cookie-name="{cookies.SESSION}"'}
        raise Denied(401, denied.reason, {**denied.headers, **challenge}) from None
    shown = Opened(
        id=opened.session.id,
        pending=opened.session.pending,
        owed=opened.owed,
        must_change_password=opened.must_change_password,
    )
    return Answer(201, shown, cookies=(cookies.session_cookie(opened.secret),))


CALLS: Final = (
    Call(
        "POST", "/sessions", sign_in, "Sign in with address and password", access="public", takes=Credentials, gives=Opened,
        status=201, refusals=(401, 403, 429, 503),
    ),
)  # fmt: skip
